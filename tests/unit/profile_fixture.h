/* SPDX-License-Identifier: MIT */
/*
 * profile_fixture.h - profiles of runs that never were, their bytes, and the way back.
 *
 * Names, fingerprints and verdicts are of few, so that any two profiles have some in common.
 */
#ifndef TENURE_PROFILE_FIXTURE_H
#define TENURE_PROFILE_FIXTURE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/analysis/ages.h"
#include "analyzer/profile/decode.h"
#include "analyzer/profile/encode.h"
#include "analyzer/profile/fold.h"
#include "analyzer/util/array.h"

static uint64_t random_state = 1;

/* Marsaglia's xorshift64*: the same numbers everywhere. */
static inline uint64_t next_random(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1dull;
}

static inline uint32_t below(uint32_t end)
{
	return (uint32_t)(next_random() >> 33) % end;
}

/* Of any size: small ones, and such as add up to more than fits. */
static inline uint64_t random_number(void)
{
	return next_random() >> below(64);
}

static inline uint32_t random_name(struct pool *pool, const char *kind, uint32_t names)
{
	char text[32];

	snprintf(text, sizeof text, "%s%u", kind, below(names));
	return pool_string(pool, text);
}

static inline void fill_stack(struct profile_stack *stack, struct pool *pool)
{
	stack->api = random_name(pool, "api", 3);
	stack->type = random_name(pool, "", 2);
	stack->frame_count = below(4);
	stack->frames = xcalloc(stack->frame_count, sizeof *stack->frames);
	for (uint32_t i = 0; i < stack->frame_count; i++) {
		struct pool_frame frame = {
			.function = random_name(pool, "function", 5),
			.file = random_name(pool, "file", 2),
			.module = random_name(pool, "module", 2),
			.language = random_name(pool, "C", 1),
			.note = pool_string(pool, ""),
			.line = below(3),
			.offset = next_random() << below(64),
			.inlined = below(2),
		};

		stack->frames[i] = pool_frame(pool, &frame);
	}
}

static inline void fill_ages(struct profile_ages *ages)
{
	ages->list = xcalloc(AGES_BUCKETS, sizeof *ages->list);
	for (uint32_t bucket = below(6); bucket < AGES_BUCKETS; bucket += 1 + below(6) * bucket)
		ages->list[ages->count++] = (struct profile_bucket){
			random_number(), random_number(), random_number(), bucket};
}

static inline void fill_site(struct profile_site *site, struct pool *pool, uint64_t fingerprint)
{
	site->fingerprint = fingerprint;
	site->runs = 1 + below(9);
	fill_stack(&site->stack, pool);
	site->parts = xcalloc(VERDICTS, sizeof *site->parts);
	for (enum verdict v = 0; v < VERDICTS; v++) {
		struct profile_part *part = &site->parts[site->part_count];

		if (below(3) && (v + 1 < VERDICTS || site->part_count))
			continue;
		site->part_count++;
		part->verdict = v;
		for (int i = 0; i < PROFILE_PART_NUMBERS; i++)
			part->numbers[i] = random_number();
		part->numbers[PART_RUNS] |= 1;
		fill_ages(&part->dead);
		fill_ages(&part->alive);
	}
}

static inline void fill_program(struct profile_program *program, struct pool *pool, uint32_t number)
{
	char name[32];

	snprintf(name, sizeof name, "program%u", number);
	program->name = pool_string(pool, name);
	for (int i = 0; i < PROFILE_TOTALS; i++)
		program->numbers[i] = random_number();
	for (uint32_t i = below(9); i < PROFILE_SIZES; i += 1 + below(9))
		program->sizes[i] = (struct profile_size){random_number(), random_number(),
							  random_number(), random_number()};
	program->sites = xcalloc(16, sizeof *program->sites);
	for (uint32_t i = below(3); i < 16; i += 1 + below(3))
		fill_site(&program->sites[program->site_count++], pool, i * 0x0123456789abcdefull);
}

static inline struct profile random_profile(void)
{
	struct profile profile = {.skipped = below(3)};

	profile.programs = xcalloc(3, sizeof *profile.programs);
	for (uint32_t i = below(2); i < 3; i += 1 + below(2))
		fill_program(&profile.programs[profile.program_count++], &profile.pool, i);
	return profile;
}

static inline struct bytes bytes_of(const struct profile *profile)
{
	struct bytes bytes = {0};

	encode_profile(profile, &bytes);
	return bytes;
}

/* Reads from memory. */
struct memory {
	const uint8_t *data;
	size_t bytes, done;
};

static inline size_t fill_from_memory(void *context, uint8_t *to, size_t bytes)
{
	struct memory *memory = context;
	size_t left = memory->bytes - memory->done;
	size_t part = bytes < left ? bytes : left;

	if (part)
		memcpy(to, memory->data + memory->done, part);
	memory->done += part;
	return part;
}

static inline enum decode_result decode_bytes(struct profile *profile, const uint8_t *data,
					      size_t bytes, struct decode_error *error)
{
	struct memory memory = {data, bytes, 0};
	struct decode_source source = {.fill = fill_from_memory, .context = &memory};

	return decode_profile(profile, &source, error);
}

static inline struct profile profile_of(const struct bytes *bytes)
{
	struct profile profile = {0};
	struct decode_error error = {.message = ""};

	ck_assert_msg(decode_bytes(&profile, bytes->data, bytes->used, &error) == DECODE_PROFILE,
		      "%s", error.message);
	return profile;
}

static inline void assert_same(const struct profile *a, const struct profile *b)
{
	struct bytes x = bytes_of(a), y = bytes_of(b);

	ck_assert_uint_eq(x.used, y.used);
	ck_assert_mem_eq(x.data, y.data, x.used);
	bytes_release(&x);
	bytes_release(&y);
}

#endif
