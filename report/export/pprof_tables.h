/* SPDX-License-Identifier: MIT */
/*
 * pprof_tables.h - what samples of a pprof profile refer to by number: strings, mappings, functions and
 * the locations of stacks, each written when it is first asked for; mappings at the end, when it is
 * known what they have. Names are written such that they cannot drive a terminal. Private to pprof.c.
 */
#ifndef TENURE_REPORT_EXPORT_PPROF_TABLES_H
#define TENURE_REPORT_EXPORT_PPROF_TABLES_H

#include "../frame_keys.h"
#include "gzip.h"
#include "protobuf.h"

/* Fields of the message Profile. */
enum profile_field {
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLE,
	PROFILE_MAPPING,
	PROFILE_LOCATION,
	PROFILE_FUNCTION,
	PROFILE_STRING,
	PROFILE_TIME_NANOS = 9,
	PROFILE_DURATION_NANOS,
	PROFILE_PERIOD_TYPE,
	PROFILE_PERIOD,
	PROFILE_COMMENT,
	PROFILE_DEFAULT_SAMPLE_TYPE,
};

/* Ids are numbers from 1; 0 is none. */
struct pprof_frame {
	uint64_t function, line;
	uint64_t mapping, address;
};

struct pprof_mapping {
	uint64_t file, build_id; /* strings */
	uint64_t limit;
	bool has_files, has_lines, has_inlined;
};

struct pprof {
	const struct model *model;
	struct gzip out;
	struct numbering strings, mapping_names, frame_keys, functions, locations;
	struct pprof_frame *frames; /* by numbers of frame_keys */
	size_t frame_capacity;
	struct pprof_mapping *mappings;
	size_t mapping_count, mapping_capacity;
	/* Put together now, empty in between. */
	struct bytes field, message, part, key;
};

/* Begins with what must come first. Model and FILE stay yours. */
void pprof_begin(struct pprof *p, const struct model *model, FILE *file);

/* Ends the file and releases all. */
void pprof_end(struct pprof *p);

/* Writes p->message as a field of the profile, and empties it. */
void pprof_put_message(struct pprof *p, enum profile_field field);

/* The number of a string; may be called while a message is put together. */
uint64_t pprof_string(struct pprof *p, const char *text);

/* Of a module; 0 if it is "". */
uint64_t pprof_mapping(struct pprof *p, const char *module);

/* Of an address: `count` frames, all but the last inlined into the next. p->message must be empty. */
uint64_t pprof_location(struct pprof *p, const struct model_frame *frames, uint32_t count);

#endif
