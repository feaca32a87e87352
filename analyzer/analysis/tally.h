/* SPDX-License-Identifier: MIT */
/*
 * tally.h - what is counted as blocks are born and die: per site, per thread, per size, over time.
 *
 * The replay decides who lives; the tally only adds up. It keeps the two clocks of an analysis: the
 * age clock, by which ages are measured, and the number of allocations, by which the run is cut
 * into slices. Memory follows sites and threads, never events.
 * Of a sampled recording every block counts for as many as it stands for (sampling.h): all numbers
 * of blocks and bytes are estimates then, and the age clock with them, but for those said to be of
 * blocks recorded.
 * Invariants once finished: totals are the sums over sites, and for the run and every site
 * allocations == frees + live_blocks + overwritten, and
 * allocations == resized + blocks of `dead` + blocks of `alive` + overwritten.
 */
#ifndef TENURE_TALLY_H
#define TENURE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../model.h"
#include "../trace/trace.h"
#include "ages.h"
#include "census.h"
#include "chunks.h"
#include "lexis.h"
#include "livemap.h"
#include "pages.h"
#include "series.h"
#include "slices.h"

#define TALLY_SIZE_CLASSES 65u /* by the number of bits of the size */

/* Of a sampled recording: how many blocks all numbers are estimated from, and their variances. */
struct tally_sample {
	uint64_t blocks, live_blocks; /* recorded; 0 if everything was */
	double blocks_variance, bytes_variance; /* of allocations, allocated_bytes */
	double live_blocks_variance, live_bytes_variance;
	double peak_bytes_variance; /* of peak_bytes */
};

/* What only some sites have: survivors by when they were born, as recorded and not estimated; and
 * what is known of estimates. */
struct tally_kept {
	uint32_t by_slice[SLICES + 1]; /* the last one: in the slice under way */
	uint32_t by_time[SLICES]; /* equal parts of the run by time */
	struct tally_sample sample;
};

/*
 * An allocating call stack. A release touches the first cache line, a birth the second one as well:
 * sites are many, and their numbers seldom in the cache.
 */
struct tally_site {
	struct series series;
	uint64_t live_blocks, live_bytes;
	uint64_t peak_number; /* the run's peak that peak_* belong to */
	struct ages dead; /* ages at death of all that were released */
	uint64_t last_release_stamp; /* 0: never */

	uint64_t allocations, allocated_bytes;
	uint64_t resized;
	uint64_t own_peak_bytes;
	uint64_t record_stamp; /* when live_bytes last rose above all before */
	uint64_t min_bytes, max_bytes; /* asked for; 0 if nothing was allocated */
	uint64_t last_birth_stamp; /* 0: never */

	uint64_t peak_blocks, peak_bytes; /* at the run's peak */
	uint64_t temporary, remote_frees;
	uint64_t first_birth, first_birth_stamp; /* by the age clock, by the stamp */
	uint64_t first_release; /* by the age clock; UINT64_MAX: never */
	uint64_t overwritten;
	uint64_t failures;
	uint32_t injected_failures; /* of these, up to UINT32_MAX */
	stack_id stack;
	uint64_t frees; /* valid once finished, as are: */
	struct ages alive; /* of survivors */
	struct tally_kept *kept; /* NULL without survivors, but of a sampled recording */
	uint64_t newest_survivor; /* birth, by the age clock */
	uint32_t newest_tick; /* the same in coarse time */
	uint8_t first_slice; /* of the run, in which the site first allocated */
	uint8_t api; /* of its first event */
	uint8_t longest_chain; /* of reallocations, up to LIVE_CHAIN_MAX */
};

struct tally_thread {
	uint64_t allocations, allocated_bytes;
	uint64_t frees, remote_frees; /* by this thread */
	uint64_t live_blocks, live_bytes; /* allocated by it; valid once finished */
};

struct tally_size {
	uint64_t allocations, allocated_bytes;
	uint64_t live_blocks, live_bytes; /* valid once finished */
};

/* How stamps become time. */
struct tally_clock {
	enum age_clock kind;
	uint64_t start_stamp, last_stamp;
	double ns_per_stamp;
};

struct tally {
	/* Set before the first event. */
	uint64_t sample_interval_bytes; /* 0: everything was recorded */
	struct chunk_rules chunks;

	/* Results */
	uint64_t allocations, allocated_bytes;
	uint64_t live_blocks, live_bytes;
	uint64_t peak_blocks, peak_bytes, peak_stamp;
	uint64_t temporary, failures, injected_failures;
	uint64_t frees; /* valid once finished, as are: */
	uint64_t overwritten; /* blocks whose release was never seen */
	uint64_t resized; /* reallocations that went on as the same block */
	uint64_t remote_frees;
	uint64_t clock; /* age clock of the last birth */
	double live_area; /* integral of live bytes over allocated bytes */
	struct tally_site *sites;
	size_t site_count;
	struct tally_thread *threads; /* by id; 0 takes those beyond */
	size_t thread_count;
	struct tally_size sizes[TALLY_SIZE_CLASSES];
	struct slices slices;
	struct census census;
	/* Only if pages are followed. */
	struct pages pages;
	struct chunk_overhead overhead; /* of all live blocks */
	struct pages_summary peak_pages; /* at the peak, as are: */
	struct chunk_overhead peak_overhead;

	struct tally_sample sample;

	/* Own */
	uint64_t births; /* recorded, by which the run is cut into slices */
	struct lexis *lexis; /* NULL: not counted */
	bool follow_pages;
	uint64_t peak_pages_number; /* the run's peak that peak_pages belongs to */
	struct tally_clock stamps;
	uint32_t tick_shift; /* a tick is 1 << tick_shift stamps */
	double tick_seconds;
	size_t site_capacity;
	uint64_t peak_number; /* grows with every new peak */
	uint32_t *site_of_stack; /* index + 1; 0: no site yet */
	uint32_t stack_count;
};

/* Stack ids are up to stack_count, thread ids below thread_count. clock may be NULL. Following
 * pages costs about as much as all the rest. */
void tally_init(struct tally *t, uint32_t stack_count, size_t thread_count,
		const struct tally_clock *clock, bool follow_pages);
void tally_release(struct tally *t);

/* Counts there, too, blocks born from one stamp until before another; until 0: to the end. Before the
 * first event; `lexis` must outlive the tally. */
void tally_count_lexis(struct tally *t, struct lexis *lexis, uint64_t since_stamp,
		       uint64_t until_stamp);

/* Where the index + 1 of a stack's site stands, 0 if it has none yet; of stack 0 for stacks that the
 * tally does not know. */
static inline const uint32_t *tally_index(const struct tally *t, stack_id stack)
{
	return &t->site_of_stack[stack <= t->stack_count ? stack : 0];
}

/* When a tick of coarse time began. */
static inline uint64_t tally_stamp_of_tick(const struct tally *t, uint64_t tick)
{
	return t->stamps.start_stamp + (tick << t->tick_shift);
}

/* NULL if there is none. */
static inline const struct tally_sample *tally_sample_of(const struct tally_site *site)
{
	return site->kept ? &site->kept->sample : NULL;
}

/* How many recorded blocks there are per block that is estimated to have been allocated. */
static inline double tally_recorded_share(const struct tally_sample *sample, uint64_t allocations)
{
	return sample && sample->blocks ? (double)sample->blocks / (double)allocations : 1;
}

/* How old a survivor is at the end, by the age clock; valid once finished. */
static inline uint64_t tally_final_age(const struct tally *t, const struct live_block *block)
{
	return t->clock > block->birth ? t->clock - block->birth : 0;
}

void tally_failed(struct tally *t, uint32_t site, bool injected);

/* Shares at the peak, ages of survivors, series up to the end. */
void tally_finish(struct tally *t, const struct livemap *live, uint64_t last_stamp);

/* Adds all that is known of one site to another, after tally_finish. `into` may be zeroed. Its own
 * peak is a lower bound from then on. */
void tally_merge_site(struct tally_site *into, const struct tally_site *from);
void tally_release_site(struct tally_site *site);

#endif
