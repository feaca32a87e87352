/* SPDX-License-Identifier: MIT */
/*
 * model_diff.h - two runs of a program compared: what `tenure diff` finds.
 *
 * Plain data beside model.h, and like it: analysis/ builds it, report/ prints it. Sites of the same
 * fingerprint are added up on either side, so a row is about one chain of functions.
 */
#ifndef TENURE_MODEL_DIFF_H
#define TENURE_MODEL_DIFF_H

#include "model.h"

enum measure {
	MEASURE_LIVE = 0, /* bytes at the end */
	MEASURE_ALLOCATED, /* bytes in all */
	MEASURE_ALLOCATIONS,
	MEASURE_PEAK, /* bytes at the run's peak */
	MEASURE_TEMPORARY, /* allocations */
	MEASURES
};

enum change_kind {
	CHANGE_APPEARED = 0, /* the old run has no such site */
	CHANGE_GREW,
	CHANGE_SHRANK,
	CHANGE_VANISHED, /* the new run has no such site */
	CHANGE_SAME, /* within what counts as noise, be it in one run only */
	CHANGE_KINDS
};

/* What one run says about a row. */
struct model_change_side {
	const struct model_site *site; /* the largest of them by the measure; NULL: there is none */
	uint32_t sites; /* that were added up */
	enum verdict verdict; /* the gravest of theirs, */
	const char *why; /* and the sentence that explains it; "" without a site */
	uint64_t values[MEASURES];
};

struct model_change {
	enum change_kind kind; /* by the measure that was asked for */
	uint64_t fingerprint; /* 0: allocations without a call stack */
	struct model_change_side old_side, new_side;
	bool verdict_changed; /* both runs have one, and they differ */
	int64_t difference; /* new minus old by the measure; the nearest if it does not fit */
	double scaled_difference; /* the same, had the new run allocated as many bytes as the old */
};

struct model_diff {
	const struct model *old_model, *new_model; /* with the stacks of all sites */
	enum measure measure;
	uint32_t tolerance_percent; /* of the old value: smaller changes are noise, */
	uint64_t least; /* as are those of less than this */
	uint64_t old_totals[MEASURES], new_totals[MEASURES]; /* of the runs */
	double length_ratio; /* bytes allocated, new by old; 0 if one of them allocated nothing */
	bool lengths_differ; /* by more than 10 % */
	const char *const *notes; /* sentences: what to mind in comparing these two */
	uint32_t note_count;
	const struct model_change *changes; /* by kind, then the largest differences first */
	uint32_t change_count;
	uint32_t counts[CHANGE_KINDS];
};

#endif
