/* SPDX-License-Identifier: MIT */
/*
 * export.h - formats that other tools read: profilers' viewers, spreadsheets, databases.
 *
 * One file a format, as in report.h: writers own their escaping, conclude nothing, and read no
 * files. What a format has no place for is left out; what it has is exact, but where it says
 * otherwise.
 */
#ifndef TENURE_REPORT_EXPORT_H
#define TENURE_REPORT_EXPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "../../analyzer/model.h"

/* What a number of a site is about, for formats that hold one number a stack. */
enum export_measure {
	EXPORT_LIVE_BYTES = 0, /* at the end, as is: */
	EXPORT_LIVE_BLOCKS,
	EXPORT_LEAKED_BYTES, /* live at the end, of sites that leak or grow */
	EXPORT_PEAK_BYTES, /* at the run's peak */
	EXPORT_ALLOCATED_BYTES,
	EXPORT_ALLOCATIONS,
	EXPORT_TEMPORARY, /* allocations */
	EXPORT_PINNED_BYTES,
	EXPORT_MEASURES
};

struct export_options {
	enum export_measure measure;
	bool all_frames; /* also those of start-up code and inside the C++ library */
};

struct export_format {
	const char *name; /* for --format */
	const char
		*extension; /* of files that get this format unasked, with its dot; may be ".a.b" */
	bool binary; /* not for terminals */
	bool measured; /* holds the one measure that options name */
	bool by_thread; /* holds the threads of sites */
	bool detailed; /* holds what build_options.details brings, and groups of sites */
	const char
		*absent; /* why this format was left out of the build, then it cannot be written */
	/* Writes all. Returns 0, or -1 with errno set. */
	int (*write)(const struct model *model, const struct export_options *options, FILE *file);
};

/* Ended by NULL. */
extern const struct export_format *const export_formats[];

/* NULL if there is none of this name. */
const struct export_format *export_by_name(const char *name);

/* By the end of a path, the longest extension that fits; NULL if none does. */
const struct export_format *export_by_path(const char *path);

/* What each format's file exports. */
extern const struct export_format export_folded, export_pprof, export_speedscope, export_dhat,
	export_massif, export_callgrind, export_openmetrics, export_sqlite;

/* Stands in for a call stack that is not known. */
extern const struct model_frame export_no_stack;

/* "(note)", the whole function however long, or "module+0xoffset" in `text`. */
const char *export_frame_name(const struct model_frame *frame, char *text, size_t bytes);

/* Words of measures that --measure takes, and what they are of a site. */
bool export_parse_measure(const char *word, enum export_measure *measure);
uint64_t export_measure_of(const struct model_site *site, enum export_measure measure);
bool export_is_bytes(enum export_measure measure);
const char *export_measure_word(enum export_measure measure);
#define EXPORT_MEASURES_WORDS "live|blocks|leaked|peak|allocated|allocations|temporary|pinned"

#endif
