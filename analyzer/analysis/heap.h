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
#include "replay.h"

/* Zero-initialise to start; end with heap_release. */
struct heap {
	struct fragmentation end, peak; /* by index of the tally's sites */
};

/* After a replay that followed pages; the reader is read again. */
void heap_survey(struct heap *heap, struct reader *reader, const struct replay *replay,
		 const struct replay_options *options, const struct model_run *run);

/* ids: model_site.id by stack id. */
void heap_build(const struct heap *heap, struct model *model, struct arena *arena,
		const struct reader *reader, const struct replay *replay, const uint32_t *ids);

void heap_release(struct heap *heap);

#endif
