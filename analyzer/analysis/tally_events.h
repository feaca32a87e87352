/* SPDX-License-Identifier: MIT */
/*
 * tally_events.h - what a birth and a release do to the tally, for the replay.
 *
 * Inline, because nearly all of an analysis is this: in one piece with the replay's loop an event
 * takes a fifth fewer instructions than through calls, each of which saves registers and reloads
 * what the last one knew. What happens seldom is called. For replay.c, tally.c and epochs.c alone.
 */
#ifndef TENURE_TALLY_EVENTS_H
#define TENURE_TALLY_EVENTS_H

#include "sampling.h"
#include "tally.h"

/* Where compilers would rather share one copy among the callers. */
#define TALLY_INLINE inline __attribute__((always_inline))

/* The clock stops here, far from where sums of slices would overflow: sizes of a hostile trace. */
#define TALLY_CLOCK_MAX (1ull << 62)

/* Called from here alone. */
uint32_t tally_add_site(struct tally *t, stack_id stack, uint8_t api);
void tally_take_census(struct tally *t, uint64_t stamp);
void tally_occupy(struct tally *t, const struct live_block *block);
void tally_vacate(struct tally *t, const struct live_block *block);

/* Of a released block that did not go on in a reallocation: where lexis is counted. */
void tally_follow_death(struct tally *t, const struct live_block *block, uint64_t stamp);

/* The site of an event, made at its first one. May move the sites. */
static inline uint32_t tally_site(struct tally *t, stack_id stack, uint8_t api)
{
	uint32_t known = t->site_of_stack[stack];

	return known ? known - 1 : tally_add_site(t, stack, api);
}

static inline uint64_t tally_since_start(const struct tally *t, uint64_t stamp)
{
	return stamp > t->stamps.start_stamp ? stamp - t->stamps.start_stamp : 0;
}

static inline uint32_t tally_tick_at(const struct tally *t, uint64_t stamp)
{
	uint64_t tick = tally_since_start(t, stamp) >> t->tick_shift;

	return tick < UINT32_MAX ? (uint32_t)tick : UINT32_MAX;
}

/* How many blocks one that was recorded stands for. */
static inline uint64_t tally_weight(const struct tally *t, uint64_t size_bytes)
{
	return __builtin_expect(t->sample_interval_bytes != 0, 0)
		       ? sampling_weight(t->sample_interval_bytes, size_bytes)
		       : 1;
}

static inline double tally_rent(const struct tally *t, const struct live_block *block,
				uint64_t stamp)
{
	uint32_t tick = tally_tick_at(t, stamp);

	if (tick <= block->birth_tick)
		return 0;
	return (double)block->size_bytes * (tick - block->birth_tick) * t->tick_seconds;
}

/* The age clock at an event. */
static inline uint64_t tally_clock_at(const struct tally *t, uint64_t stamp)
{
	double ns;

	if (t->stamps.kind != AGE_NS)
		return t->clock;
	ns = (double)tally_since_start(t, stamp) * t->stamps.ns_per_stamp;
	return ns < (double)TALLY_CLOCK_MAX ? (uint64_t)ns : TALLY_CLOCK_MAX;
}

/* The clock after the birth of one more block. */
static inline uint64_t tally_next_clock(const struct tally *t, uint64_t size_bytes, uint64_t stamp)
{
	uint64_t weight = tally_weight(t, size_bytes);
	uint64_t step = t->stamps.kind == AGE_BYTES ? weight * size_bytes : weight;
	uint64_t now;

	if (t->stamps.kind == AGE_NS) {
		now = tally_clock_at(t, stamp);
		return now > t->clock ? now : t->clock;
	}
	return step < TALLY_CLOCK_MAX - t->clock ? t->clock + step : TALLY_CLOCK_MAX;
}

/*
 * Before a site's live numbers change: if the run has seen a new peak since they last did, they
 * are the site's share of that peak. So a new peak costs O(1), however many sites there are.
 */
static inline void tally_note_share(const struct tally *t, struct tally_site *site)
{
	if (site->peak_number != t->peak_number) {
		site->peak_number = t->peak_number;
		site->peak_bytes = site->live_bytes;
		site->peak_blocks = site->live_blocks;
		if (site->kept)
			site->kept->sample.peak_bytes_variance =
				site->kept->sample.live_bytes_variance;
	}
}

static inline void tally_note_series(const struct tally *t, struct tally_site *site)
{
	series_note(&site->series, &t->slices, site->live_blocks, site->live_bytes,
		    site->allocations - site->resized);
}

/* Before a block of this size is born: clocks move on, and what was live until now is noted. */
static inline void tally_advance(struct tally *t, uint64_t size_bytes, uint64_t stamp)
{
	uint64_t clock = tally_next_clock(t, size_bytes, stamp);

	slices_advance(&t->slices, t->births, t->clock, stamp);
	while (census_is_due(&t->census, clock))
		tally_take_census(t, stamp);
	t->live_area += (double)t->live_bytes * (double)tally_weight(t, size_bytes) *
			(double)size_bytes;
	t->clock = clock;
}

static inline void tally_sample_born(struct tally_sample *s, uint64_t weight, uint64_t size_bytes)
{
	double of_blocks = (double)weight * ((double)weight - 1);
	double of_bytes = of_blocks * (double)size_bytes * (double)size_bytes;

	s->blocks++;
	s->live_blocks++;
	s->blocks_variance += of_blocks;
	s->bytes_variance += of_bytes;
	s->live_blocks_variance += of_blocks;
	s->live_bytes_variance += of_bytes;
}

static inline void tally_sample_left(struct tally_sample *s, uint64_t weight, uint64_t size_bytes)
{
	double of_blocks = (double)weight * ((double)weight - 1);

	s->live_blocks--;
	s->live_blocks_variance -= of_blocks;
	s->live_bytes_variance -= of_blocks * (double)size_bytes * (double)size_bytes;
}

static inline uint32_t tally_size_class(uint64_t size_bytes)
{
	return size_bytes ? 64 - (uint32_t)__builtin_clzll(size_bytes) : 0;
}

/* The block goes on where an older one ended. */
static inline void tally_continue(struct tally_site *site, struct live_block *block,
				  const struct live_block *before)
{
	block->birth = before->birth;
	block->birth_tick = before->birth_tick;
	block->chain = before->chain < LIVE_CHAIN_MAX ? before->chain + 1u : LIVE_CHAIN_MAX;
	if (block->chain > site->longest_chain)
		site->longest_chain = (uint8_t)block->chain;
}

/*
 * A block was allocated: all but its birth is set, chain to 0. If it is an older block reallocated
 * from the same site, `before` is that block, which goes on in it.
 */
static TALLY_INLINE void tally_born(struct tally *t, struct live_block *block, uint64_t stamp,
				    const struct live_block *before)
{
	struct tally_site *site = &t->sites[block->site];
	struct tally_thread *thread = &t->threads[block->thread];
	uint64_t size_bytes = block->size_bytes;
	uint64_t weight = tally_weight(t, size_bytes);
	uint64_t bytes = weight * size_bytes;
	struct tally_size *size = &t->sizes[tally_size_class(size_bytes)];

	if (before) {
		tally_continue(site, block, before);
	} else {
		block->birth = t->clock;
		block->birth_tick = tally_tick_at(t, stamp);
	}
	if (!site->allocations) {
		site->first_birth = t->clock;
		site->first_birth_stamp = stamp;
	}
	site->last_birth_stamp = stamp;
	tally_note_series(t, site);
	tally_note_share(t, site);
	site->allocations += weight;
	site->allocated_bytes += bytes;
	if (size_bytes < site->min_bytes)
		site->min_bytes = size_bytes;
	if (size_bytes > site->max_bytes)
		site->max_bytes = size_bytes;
	site->live_blocks += weight;
	site->live_bytes += bytes;
	if (site->live_bytes > site->own_peak_bytes) {
		site->own_peak_bytes = site->live_bytes;
		site->record_stamp = stamp;
	}
	thread->allocations += weight;
	thread->allocated_bytes += bytes;
	size->allocations += weight;
	size->allocated_bytes += bytes;
	t->births++;
	t->allocations += weight;
	t->allocated_bytes += bytes;
	t->live_blocks += weight;
	t->live_bytes += bytes;
	if (__builtin_expect(t->sample_interval_bytes != 0, 0)) {
		tally_sample_born(&site->kept->sample, weight, size_bytes);
		tally_sample_born(&t->sample, weight, size_bytes);
	}
	if (t->live_bytes > t->peak_bytes) {
		t->peak_bytes = t->live_bytes;
		t->peak_blocks = t->live_blocks;
		t->peak_stamp = stamp;
		t->peak_number++;
		t->sample.peak_bytes_variance = t->sample.live_bytes_variance;
	}
	if (before)
		census_restore(&t->census, block->birth, bytes);
	else
		census_add(&t->census, block->birth, bytes);
	if (t->follow_pages)
		tally_occupy(t, block);
}

/* A block leaves the live set; then one of the following. */
static inline void tally_leave(struct tally *t, struct tally_site *site,
			       const struct live_block *block)
{
	uint64_t weight = tally_weight(t, block->size_bytes);
	uint64_t bytes = weight * block->size_bytes;

	tally_note_share(t, site);
	tally_note_series(t, site);
	site->live_blocks -= weight;
	site->live_bytes -= bytes;
	t->live_blocks -= weight;
	t->live_bytes -= bytes;
	if (__builtin_expect(t->sample_interval_bytes != 0, 0)) {
		tally_sample_left(&site->kept->sample, weight, block->size_bytes);
		tally_sample_left(&t->sample, weight, block->size_bytes);
	}
	census_subtract(&t->census, block->birth, bytes);
	if (t->follow_pages)
		tally_vacate(t, block);
}

/* It was released by a thread, or reallocated, and `resized` tells whether it goes on as the same
 * block. */
static TALLY_INLINE void tally_released(struct tally *t, const struct live_block *block,
					uint64_t stamp, thread_id thread, bool resized)
{
	struct tally_site *site = &t->sites[block->site];
	uint64_t now = tally_clock_at(t, stamp);
	uint64_t weight = tally_weight(t, block->size_bytes);

	tally_leave(t, site, block);
	t->threads[thread].frees += weight;
	site->last_release_stamp = stamp;
	if (thread != block->thread) {
		t->threads[thread].remote_frees += weight;
		site->remote_frees += weight;
	}
	if (resized) {
		site->resized += weight;
		return;
	}
	if (!site->dead.count)
		site->first_release = now;
	ages_add(&site->dead, now > block->birth ? now - block->birth : 0, weight,
		 weight * block->size_bytes, (double)weight * tally_rent(t, block, stamp));
}

/* Its address was handed out again unexplained. */
static inline void tally_overwritten(struct tally *t, const struct live_block *block)
{
	struct tally_site *site = &t->sites[block->site];

	tally_leave(t, site, block);
	site->overwritten += tally_weight(t, block->size_bytes);
}

static inline void tally_temporary(struct tally *t, const struct live_block *block)
{
	uint64_t weight = tally_weight(t, block->size_bytes);

	t->temporary += weight;
	t->sites[block->site].temporary += weight;
}

#endif
