/* SPDX-License-Identifier: MIT */
/*
 * epochs.h - what was allocated between the marks of a program, and what of it was left behind.
 *
 * A mark begins an epoch of its name, which lasts until the next mark; epochs of one name are added
 * up. Which of them a block belongs to follows from its birth by the age clock: between two blocks
 * with a mark between them that clock always moves, if need be by 1 (replay.c). A block that goes on
 * in a reallocation keeps its birth, and with it its epoch.
 *
 * Nothing is done before the first mark. Memory follows names and live blocks: of the stretches that
 * marks cut the age clock into, those in which no live block was born are dropped now and then.
 */
#ifndef TENURE_EPOCHS_H
#define TENURE_EPOCHS_H

#include "../model.h"
#include "../trace/reader.h"
#include "../util/arena.h"
#include "amounts.h"
#include "livemap.h"

#define EPOCHS_MAX 4000u /* names; the marks of all others are added up */
#define EPOCHS_OF_SITE 5u /* shown */
#define EPOCHS_NONE UINT32_MAX

struct tally;

/* All epochs of one name. */
struct epoch {
	mark_id mark; /* 0: of all names that found no room */
	uint64_t first_stamp;
	uint64_t stamps; /* that they lasted, */
	uint64_t marks; /* and how many they are */
	struct model_amount allocated, left, live;
};

/* From a mark to the next one at which the age clock had moved. */
struct epochs_stretch {
	uint64_t clock; /* births in it are later */
	uint32_t epoch; /* index into the list, or EPOCHS_NONE */
	bool kept; /* while thinning */
};

/* Zero-initialise to start; end with epochs_release. */
struct epochs {
	size_t pair_limit; /* 0: 786,432 pairs of a site and an epoch, as for releasers */

	/* Results, valid once finished */
	struct epoch *list; /* in order of first mark */
	size_t count, capacity;

	/* Own */
	const struct reader *reader; /* knows the names; NULL: no mark has one */
	uint64_t end_stamp; /* when the last epoch ends, if no event is later */
	uint32_t *index_of_mark; /* + 1, by mark_id; 0: not seen yet */
	uint32_t others; /* index + 1 of those that found no room; 0: all have */
	struct epochs_stretch *stretches; /* clocks ascending; none before the first mark */
	size_t stretch_count, stretch_capacity;
	size_t thin_at; /* stretches */
	/* Of the epoch under way. */
	uint32_t current; /* index into the list, or EPOCHS_NONE */
	uint64_t begin_stamp;
	struct model_amount before; /* allocated in all when it began */
	struct model_amount gone; /* of what was born since the last mark */
	struct amounts pairs; /* live blocks by site and epoch */
	const struct amount *sorted; /* by site, most bytes first */
};

/* Before the first event, where the trace is at hand. until_stamp: as in replay_options. */
void epochs_init(struct epochs *e, const struct reader *reader, uint64_t until_stamp);
void epochs_release(struct epochs *e);

/* There was a mark. */
static inline bool epochs_begun(const struct epochs *e)
{
	return e->stretch_count > 0;
}

/* Whether a block was born since the last mark. There must have been one. */
static inline bool epochs_is_new(const struct epochs *e, uint64_t birth)
{
	return birth > e->stretches[e->stretch_count - 1].clock;
}

void epochs_mark(struct epochs *e, const struct tally *tally, const struct trace_event *mark);

/* Blocks born since the last mark have gone, or are not to count as such. */
static inline void epochs_gone(struct epochs *e, uint64_t blocks, uint64_t bytes)
{
	e->gone.blocks += blocks;
	e->gone.bytes += bytes;
}

/* Whether stretches should be dropped; then epochs_keep for the birth of every block that may live,
 * and epochs_thin. */
static inline bool epochs_want_thinning(const struct epochs *e, size_t live_blocks)
{
	return e->stretch_count >= e->thin_at && e->stretch_count / 2 >= live_blocks;
}

void epochs_keep(struct epochs *e, uint64_t birth);
void epochs_thin(struct epochs *e);

/* The run has ended. */
void epochs_finish(struct epochs *e, const struct tally *tally, const struct livemap *live,
		   uint64_t last_stamp);

/* What is told of all, and of a site by its index in the tally; after epochs_finish. */
void epochs_build(const struct epochs *e, struct model *model, struct arena *arena,
		  const struct tally *tally);
void epochs_fill(const struct epochs *e, uint32_t site, struct model_site *to, struct arena *arena);

#endif
