/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* qsort_r */
#include "encode.h"

#include <stdlib.h>

#include "../util/array.h"
#include "layout.h"

#define UNUSED UINT32_MAX

/* What numbers of the pool are called in the file: by their place in order, UNUSED if they are not in
 * it. Stacks that gave way to smaller ones leave things in the pool that no one uses. */
struct ranks {
	uint32_t *rank; /* by number */
	uint32_t *order; /* numbers by rank */
	uint32_t count;
};

struct encoder {
	const struct profile *profile;
	struct bytes *out;
	struct chunk_packer packer;
	struct chunk_payload payload;
	struct ranks strings, frames;
};

static void init_ranks(struct ranks *r, size_t numbers)
{
	r->rank = xmalloc(numbers * sizeof *r->rank);
	r->order = xmalloc(numbers * sizeof *r->order);
	for (size_t i = 0; i < numbers; i++)
		r->rank[i] = UNUSED;
}

/* Returns whether it was not yet. */
static bool use(struct ranks *r, uint32_t number)
{
	if (r->rank[number] != UNUSED)
		return false;
	r->rank[number] = 0;
	r->order[r->count++] = number;
	return true;
}

static void use_frame(struct encoder *e, uint32_t number)
{
	struct pool_frame frame;

	if (!use(&e->frames, number))
		return;
	frame = pool_frame_at(&e->profile->pool, number);
	use(&e->strings, frame.function);
	use(&e->strings, frame.file);
	use(&e->strings, frame.module);
	use(&e->strings, frame.language);
	use(&e->strings, frame.note);
}

static void use_program(struct encoder *e, const struct profile_program *program)
{
	use(&e->strings, program->name);
	for (size_t i = 0; i < program->site_count; i++) {
		const struct profile_stack *stack = &program->sites[i].stack;

		use(&e->strings, stack->api);
		use(&e->strings, stack->type);
		for (uint32_t k = 0; k < stack->frame_count; k++)
			use_frame(e, stack->frames[k]);
	}
}

static int compare_strings(const void *a, const void *b, void *context)
{
	const struct pool *pool = context;

	return pool_compare_strings(pool, *(const uint32_t *)a, pool, *(const uint32_t *)b);
}

static int compare_frames(const void *a, const void *b, void *context)
{
	const struct pool *pool = context;

	return pool_compare(pool, *(const uint32_t *)a, pool, *(const uint32_t *)b);
}

static void sort_ranks(struct ranks *r, const struct pool *pool,
		       int (*compare)(const void *, const void *, void *))
{
	qsort_r(r->order, r->count, sizeof *r->order, compare, (void *)pool);
	for (uint32_t i = 0; i < r->count; i++)
		r->rank[r->order[i]] = i;
}

static void rank_all(struct encoder *e)
{
	const struct profile *profile = e->profile;

	init_ranks(&e->strings, profile->pool.strings.count);
	init_ranks(&e->frames, profile->pool.frames.count);
	for (size_t i = 0; i < profile->program_count; i++)
		use_program(e, &profile->programs[i]);
	sort_ranks(&e->strings, &profile->pool, compare_strings);
	sort_ranks(&e->frames, &profile->pool, compare_frames);
}

static void put(struct encoder *e, uint64_t number)
{
	bytes_put_varint(&e->payload.bytes, number);
}

static void put_numbers(struct encoder *e, const uint64_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put(e, numbers[i]);
}

static void put_string(struct encoder *e, uint32_t string)
{
	put(e, e->strings.rank[string]);
}

static void end_chunk(struct encoder *e, enum layout_chunk type)
{
	const struct bytes *chunk;

	if (!e->payload.bytes.used)
		return;
	chunk = chunk_pack(&e->packer, type, &e->payload);
	bytes_append(e->out, chunk->data, chunk->used);
	chunk_payload_clear(&e->payload);
}

static void end_record(struct encoder *e, enum layout_chunk type)
{
	if (e->payload.bytes.used >= LAYOUT_CHUNK_BYTES)
		end_chunk(e, type);
}

static void put_strings(struct encoder *e)
{
	for (uint32_t i = 0; i < e->strings.count; i++) {
		const char *text = pool_text(&e->profile->pool, e->strings.order[i]);

		bytes_put_string(&e->payload.bytes, text, strlen(text));
		end_record(e, LAYOUT_STRINGS);
	}
	end_chunk(e, LAYOUT_STRINGS);
}

static void put_frames(struct encoder *e)
{
	for (uint32_t i = 0; i < e->frames.count; i++) {
		struct pool_frame frame = pool_frame_at(&e->profile->pool, e->frames.order[i]);

		put_string(e, frame.function);
		put_string(e, frame.file);
		put(e, frame.line);
		put_string(e, frame.module);
		put(e, frame.offset);
		put(e, frame.inlined);
		put_string(e, frame.language);
		put_string(e, frame.note);
		end_record(e, LAYOUT_FRAMES);
	}
	end_chunk(e, LAYOUT_FRAMES);
}

static void put_ages(struct encoder *e, const struct profile_ages *ages)
{
	uint32_t last = 0;

	put(e, ages->count);
	for (uint32_t i = 0; i < ages->count; i++) {
		const struct profile_bucket *bucket = &ages->list[i];

		put(e, bucket->bucket - last);
		put(e, bucket->blocks);
		put(e, bucket->bytes);
		put(e, bucket->byte_ms);
		last = bucket->bucket;
	}
}

static void put_site(struct encoder *e, const struct profile_site *site, uint64_t last)
{
	put(e, site->fingerprint - last);
	put(e, site->runs);
	put_string(e, site->stack.api);
	put_string(e, site->stack.type);
	put(e, site->stack.frame_count);
	for (uint32_t i = 0; i < site->stack.frame_count; i++)
		put(e, e->frames.rank[site->stack.frames[i]]);
	put(e, site->part_count);
	for (uint32_t i = 0; i < site->part_count; i++) {
		const struct profile_part *part = &site->parts[i];

		put(e, part->verdict);
		put_numbers(e, part->numbers, PROFILE_PART_NUMBERS);
		put_ages(e, &part->dead);
		put_ages(e, &part->alive);
	}
	end_record(e, LAYOUT_SITES);
}

static void put_program(struct encoder *e, const struct profile_program *program)
{
	uint64_t last = 0;

	put_string(e, program->name);
	put_numbers(e, program->numbers, PROFILE_TOTALS);
	for (uint32_t i = 0; i < PROFILE_SIZES; i++) {
		put(e, program->sizes[i].allocations);
		put(e, program->sizes[i].allocated_bytes);
		put(e, program->sizes[i].live_blocks);
		put(e, program->sizes[i].live_bytes);
	}
	put(e, program->site_count);
	end_chunk(e, LAYOUT_PROGRAM);
	for (size_t i = 0; i < program->site_count; i++) {
		put_site(e, &program->sites[i], last);
		last = program->sites[i].fingerprint;
	}
	end_chunk(e, LAYOUT_SITES);
}

static void put_end(struct encoder *e)
{
	put(e, e->strings.count);
	put(e, e->frames.count);
	put(e, e->profile->program_count);
	put(e, profile_site_count(e->profile));
	put(e, e->profile->skipped);
	end_chunk(e, LAYOUT_END);
}

static void put_header(struct encoder *e)
{
	uint8_t header[LAYOUT_HEADER_BYTES] = LAYOUT_MAGIC;

	bytes_store_u16(header + LAYOUT_MAGIC_BYTES, LAYOUT_VERSION);
	bytes_append(e->out, header, sizeof header);
}

void encode_profile(const struct profile *profile, struct bytes *out)
{
	struct encoder e = {.profile = profile, .out = out};

	chunk_packer_init(&e.packer);
	rank_all(&e);
	put_header(&e);
	put_strings(&e);
	put_frames(&e);
	for (size_t i = 0; i < profile->program_count; i++)
		put_program(&e, &profile->programs[i]);
	put_end(&e);
	chunk_packer_release(&e.packer);
	chunk_payload_release(&e.payload);
	free(e.strings.rank);
	free(e.strings.order);
	free(e.frames.rank);
	free(e.frames.order);
}
