/* SPDX-License-Identifier: MIT */
/*
 * lexis.h - all blocks by site, by when they were born and by how old they got, while they die.
 *
 * Columns are equal parts of the time that blocks are counted in, rows are buckets of ages.h taken in
 * pairs, which makes two an octave. The tally adds every block once: when it is released, or at the
 * end if it lives. Memory is bounded: when there are as many cells as there may be, blocks that
 * would need another one are counted without their site, so that the sums of all sites stay exact.
 * Invariant once finished: blocks of dead cells are the releases of blocks that did not go on in a
 * reallocation; blocks and bytes of live cells are what is live at the end. What was overwritten
 * without a release that was seen is in neither.
 */
#ifndef TENURE_LEXIS_H
#define TENURE_LEXIS_H

#include "../model.h"
#include "../trace/reader.h"
#include "../util/arena.h"
#include "amounts.h"

#define LEXIS_COLUMNS 64u

struct tally;

/* Zero-initialise to start, for a replay to count in; end with lexis_release. */
struct lexis {
	size_t cell_limit; /* 0: 1,500,000, which take 48 MiB, 72 while they get there */

	/* Own */
	struct amounts cells;
	uint32_t first_tick; /* in coarse time, see tally.h */
	uint32_t column_ticks, column_count;
};

/* The time that blocks are born in. Called by the tally. */
void lexis_begin(struct lexis *l, uint32_t first_tick, uint32_t last_tick);

/* So many blocks, of so many bytes together. `site` is an index into the tally's sites. */
void lexis_count(struct lexis *l, uint32_t site, uint32_t birth_tick, uint64_t age, bool alive,
		 uint64_t blocks, uint64_t bytes);

/* Nothing can be counted any more. ids: model_site.id by stack id. */
void lexis_build(struct lexis *l, struct model *model, struct arena *arena,
		 const struct reader *reader, const struct tally *tally, const uint32_t *ids);

void lexis_release(struct lexis *l);

#endif
