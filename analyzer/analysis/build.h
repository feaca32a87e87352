/* SPDX-License-Identifier: MIT */
/*
 * build.h - from a trace to its model: replays, judges, names what is shown, and seals.
 *
 * The model and all its strings belong to the struct build and live until build_release; the
 * reader may go before.
 */
#ifndef TENURE_BUILD_H
#define TENURE_BUILD_H

#include "../model.h"
#include "../symbols/symbols.h"
#include "../trace/reader.h"
#include "../util/arena.h"
#include "generations.h"
#include "groups.h"

#define BUILD_EVENT_KINDS (EVENT_KINDS)

struct build_options {
	bool run_only; /* the totals of the run, without sites and findings */
	struct sites_choice shown; /* of groups, too */
	bool pages; /* fragmentation, too; reads up to the peak twice */
	const struct generations_rule *generations; /* NULL: the default */
	/* What pictures and pages on single sites show: resident memory over time, model.lexis, maps
	 * of regions if pages are followed, releasers. */
	bool details;
	bool sources; /* lines of the source files that can be read, for all stacks of the model */
	groupings groupings; /* of sites, beside the sites themselves */
	bool ages; /* sites have their histograms of ages, from which curves can be made again */
	bool threads; /* sites know the threads that allocated there */
	bool to_the_end; /* also what is released while an interpreter takes itself apart */
	uint64_t since_stamp, until_stamp; /* blocks born in between alone; until 0: to the end */
};

struct build {
	struct model model;
	uint64_t events_by_kind[BUILD_EVENT_KINDS]; /* enum event_kind */
	const char **notes; /* "MODULE: what is missing for its names" */
	uint32_t note_count;

	/* Own */
	struct arena arena;
	struct symbols *symbols;
};

/* The reader must be at its first event; trace_path is for the model and for messages. Damage ends
 * the reading early and is told by model.run.damage. */
void build_model(struct build *b, struct reader *reader, const char *trace_path,
		 const struct build_options *options);

void build_release(struct build *b);

#endif
