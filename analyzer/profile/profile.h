/* SPDX-License-Identifier: MIT */
/*
 * profile.h - what runs of programs have in common, added up: results, not events.
 *
 * A profile holds for every program, by its base name, how many runs there were and what they did in
 * all; for every allocation site, by its fingerprint, the same once for each verdict that runs came to
 * on it. So a site that leaks in 3 of 300 runs keeps the numbers of those three apart from the others.
 *
 * The one operation is fold_profile (fold.h). It only adds integers, which stop at UINT64_MAX, takes
 * the smaller or the larger of two, and unites sorted sets; of two call stacks with one fingerprint it
 * keeps the smaller by its content. All of that is associative and commutative, so profiles of any
 * runs may be added in any order and any grouping, and encode_profile writes the same bytes. Nothing
 * here depends on the order, on clocks or on names of the environment.
 *
 * Invariants: programs ascend by name, sites by fingerprint, parts by verdict, buckets by age, each
 * without duplicates.
 */
#ifndef TENURE_PROFILE_H
#define TENURE_PROFILE_H

#include <stddef.h>
#include <stdint.h>

#include "../model.h"
#include "pool.h"

#define PROFILE_SIZES 65u /* classes of sizes, by the number of bits of the size */

/* In 4,096 square bytes, so that the error of a terabyte fits. */
#define PROFILE_VARIANCE_BYTES 64

/* How two numbers become one. Without any, sums and maxima are 0, minima UINT64_MAX. */
enum profile_rule { RULE_ADD = 0, RULE_MIN, RULE_MAX };

/* Of a program: sums over its runs, but where said otherwise. man/tenure-profile.5 has them all. */
enum profile_total {
	TOTAL_RUNS = 0,
	TOTAL_INCOMPLETE, /* runs without an END record, as are: */
	TOTAL_DETACHED, /* recorded to some moment before their end */
	TOTAL_LOSSY, /* with lost events */
	TOTAL_SAMPLED,
	TOTAL_FORKED,
	TOTAL_OWN_ALLOCATOR,
	TOTAL_WITHOUT_STACKS,
	TOTAL_DEEP_BOUND,
	TOTAL_KILLED, /* by a signal */
	TOTAL_DURATION_NS,
	TOTAL_THREADS,
	TOTAL_ALLOCATIONS,
	TOTAL_FREES,
	TOTAL_ALLOCATED_BYTES,
	TOTAL_LIVE_BLOCKS,
	TOTAL_LIVE_BYTES,
	TOTAL_PEAK_BLOCKS, /* of each run's own peak, as is: */
	TOTAL_PEAK_BYTES,
	TOTAL_TEMPORARY,
	TOTAL_FAILED_ALLOCATIONS,
	TOTAL_INJECTED_FAILURES,
	TOTAL_LOST_EVENTS,
	TOTAL_STACKS_DEEP,
	TOTAL_STACKS_UNFINISHED,
	TOTAL_STACKS_TRUNCATED,
	TOTAL_EVENTS,
	TOTAL_TRACE_BYTES,
	TOTAL_MAPPED_BYTES,
	TOTAL_MAPPINGS,
	TOTAL_INHERITED_FREES,
	TOTAL_UNSEEN_RELEASES,
	TOTAL_UNDECIDED_RELEASES,
	TOTAL_RESIZED,
	TOTAL_REMOTE_FREES,
	TOTAL_TURNOVER_BYTES,
	/* Recorded blocks: all of them but in sampled runs. Variances of what is estimated there. */
	TOTAL_RECORDED_BLOCKS,
	TOTAL_RECORDED_LIVE_BLOCKS,
	TOTAL_ALLOCATIONS_VARIANCE,
	TOTAL_ALLOCATED_BYTES_VARIANCE,
	TOTAL_LIVE_BLOCKS_VARIANCE,
	TOTAL_LIVE_BYTES_VARIANCE,
	TOTAL_PEAK_BYTES_VARIANCE,
	/* Findings by enum finding_rule: how often, and in how many runs. */
	TOTAL_FINDINGS,
	TOTAL_FINDING_RUNS = TOTAL_FINDINGS + FINDING_RULES,
	TOTAL_FIRST_START_NS = TOTAL_FINDING_RUNS + FINDING_RULES, /* since 1970; the least */
	TOTAL_LAST_END_NS, /* since 1970; the largest, as are: */
	TOTAL_LONGEST_NS,
	TOTAL_LARGEST_PEAK_BYTES,
	TOTAL_LARGEST_LIVE_BYTES,
	TOTAL_PEAK_RESIDENT_BYTES,
	TOTAL_SAMPLE_INTERVAL_BYTES,
	PROFILE_TOTALS
};

/* Of a site in the runs that came to one verdict on it: sums over them, but where said otherwise. */
enum profile_part_number {
	PART_RUNS = 0,
	PART_LIVE_RUNS, /* with live blocks at the end */
	PART_CONFIDENCE_PPM, /* of the verdict, in millionths */
	PART_ALLOCATIONS,
	PART_FREES,
	PART_ALLOCATED_BYTES,
	PART_LIVE_BLOCKS,
	PART_LIVE_BYTES,
	PART_PEAK_BLOCKS, /* its share at each run's peak, as is: */
	PART_PEAK_BYTES,
	PART_OWN_PEAK_BYTES,
	PART_TEARDOWN_BLOCKS,
	PART_TEARDOWN_BYTES,
	PART_TEMPORARY,
	PART_FAILURES,
	PART_RESIZED,
	PART_REMOTE_FREES,
	PART_RECORDED_BLOCKS,
	PART_RECORDED_LIVE_BLOCKS,
	PART_ALLOCATIONS_VARIANCE,
	PART_ALLOCATED_BYTES_VARIANCE,
	PART_LIVE_BLOCKS_VARIANCE,
	PART_LIVE_BYTES_VARIANCE,
	PART_PEAK_BYTES_VARIANCE,
	PART_MIN_BYTES, /* asked for; the least, as are: */
	PART_FIRST_NS, /* since the start of its run */
	PART_FIRST_SEEN_NS, /* since 1970 */
	PART_MAX_BYTES, /* asked for; the largest, as are: */
	PART_LAST_NS,
	PART_LAST_RELEASE_NS,
	PART_LAST_SEEN_NS,
	PART_LARGEST_LIVE_BYTES, /* in one run */
	PART_LONGEST_CHAIN,
	PART_STACKS, /* of this fingerprint in one run */
	PROFILE_PART_NUMBERS
};

extern const uint8_t profile_total_rules[PROFILE_TOTALS]; /* enum profile_rule */
extern const uint8_t profile_part_rules[PROFILE_PART_NUMBERS];

/* Ages by the allocation clock in bytes; buckets are those of analysis/ages.h. */
struct profile_bucket {
	uint64_t blocks, bytes;
	uint64_t byte_ms; /* memory rent in byte-milliseconds */
	uint32_t bucket;
};

struct profile_ages {
	struct profile_bucket *list;
	uint32_t count;
};

struct profile_part {
	enum verdict verdict;
	uint64_t numbers[PROFILE_PART_NUMBERS];
	struct profile_ages dead, alive; /* at death; at the end of the runs */
};

/* Strings and frames by their numbers in the pool. */
struct profile_stack {
	uint32_t api, type;
	uint32_t *frames; /* innermost first */
	uint32_t frame_count;
};

struct profile_site {
	uint64_t fingerprint; /* 0: allocations without a call stack */
	uint64_t runs; /* that have it; parts of one run may differ in their verdict */
	struct profile_stack stack;
	struct profile_part *parts;
	uint32_t part_count;
};

struct profile_size {
	uint64_t allocations, allocated_bytes, live_blocks, live_bytes;
};

struct profile_program {
	uint32_t name; /* base name */
	uint64_t numbers[PROFILE_TOTALS];
	struct profile_size sizes[PROFILE_SIZES];
	struct profile_site *sites;
	size_t site_count;
};

/* Zero-initialise to start, and it is a profile of no runs; end with profile_release. */
struct profile {
	struct pool pool;
	uint64_t skipped; /* files that were damaged and are not in it */
	struct profile_program *programs;
	size_t program_count;
};

void profile_release(struct profile *profile);

void profile_release_site(struct profile_site *site);

/* Forgets all programs but the one of this name. */
void profile_keep_program(struct profile *profile, const char *name);

/* What numbers are before there is anything. */
void profile_clear_numbers(uint64_t *numbers, const uint8_t *rules, size_t count);

/* Adds numbers up as the rules say. */
void profile_add_numbers(uint64_t *into, const uint64_t *from, const uint8_t *rules, size_t count);

uint64_t profile_site_count(const struct profile *profile);

#endif
