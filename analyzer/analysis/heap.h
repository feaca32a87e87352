/* SPDX-License-Identifier: MIT */
/*
 * heap.h - the fragmentation part of the model: how blocks lie at the end and at the peak, and who
 * is to blame. Private to build.c.
 *
 * What lies where at the peak is not known when the peak is over, so the trace is read once more up
 * to there. Sites count as long-lived if half of their blocks get as old as the old generation.
 */
#ifndef TENURE_HEAP_H
#define TENURE_HEAP_H

#include "../model.h"
#include "../trace/reader.h"
#include "../util/arena.h"
#include "fragmentation.h"
#include "pools.h"
#include "replay.h"

/* Zero-initialise to start; end with heap_release. */
struct heap {
	struct fragmentation end, peak; /* by index of the tally's sites */
	struct pools pools; /* of the end */

	/* Own */
	struct stretches stretches; /* of the end */
	bool mapped;
	bool *long_lived; /* by index of the tally's sites */
	enum fragmentation_layout layout;
};

/* After a replay that followed pages. old_age: where the old generation begins. maps: of regions are
 * wanted, too. */
void heap_survey_end(struct heap *heap, const struct replay *replay, uint64_t old_age, bool maps);

/* Reads the trace again; live blocks of the replay are not needed any more. */
void heap_survey_peak(struct heap *heap, struct reader *reader, const struct replay *replay);

/* ids: model_site.id by stack id. */
void heap_build(const struct heap *heap, struct model *model, struct arena *arena,
		const struct reader *reader, const struct replay *replay, const uint32_t *ids);

void heap_release(struct heap *heap);

#endif
