/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <string.h>

uint32_t pool_string(struct pool *pool, const char *text)
{
	bool fresh;

	return numbering_find(&pool->strings, text, strlen(text) + 1, &fresh);
}

const char *pool_text(const struct pool *pool, uint32_t string)
{
	return numbering_content(&pool->strings, string);
}

uint32_t pool_frame(struct pool *pool, const struct pool_frame *frame)
{
	bool fresh;

	return numbering_find(&pool->frames, frame, sizeof *frame, &fresh);
}

struct pool_frame pool_frame_at(const struct pool *pool, uint32_t frame)
{
	struct pool_frame result;

	memcpy(&result, numbering_content(&pool->frames, frame), sizeof result);
	return result;
}

int pool_compare_strings(const struct pool *pool_a, uint32_t a, const struct pool *pool_b,
			 uint32_t b)
{
	if (pool_a == pool_b && a == b)
		return 0;
	return strcmp(pool_text(pool_a, a), pool_text(pool_b, b));
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

int pool_compare(const struct pool *pool_a, uint32_t a, const struct pool *pool_b, uint32_t b)
{
	struct pool_frame x, y;
	int order;

	if (pool_a == pool_b && a == b)
		return 0;
	x = pool_frame_at(pool_a, a);
	y = pool_frame_at(pool_b, b);
	order = pool_compare_strings(pool_a, x.function, pool_b, y.function);
	if (!order)
		order = pool_compare_strings(pool_a, x.file, pool_b, y.file);
	if (!order)
		order = compare_numbers(x.line, y.line);
	if (!order)
		order = pool_compare_strings(pool_a, x.module, pool_b, y.module);
	if (!order)
		order = compare_numbers(x.offset, y.offset);
	if (!order)
		order = compare_numbers(x.inlined, y.inlined);
	if (!order)
		order = pool_compare_strings(pool_a, x.language, pool_b, y.language);
	if (!order)
		order = pool_compare_strings(pool_a, x.note, pool_b, y.note);
	return order;
}

uint32_t pool_bring_string(struct pool *to, const struct pool *from, uint32_t string)
{
	return pool_string(to, pool_text(from, string));
}

uint32_t pool_bring(struct pool *to, const struct pool *from, uint32_t frame)
{
	struct pool_frame brought = pool_frame_at(from, frame);

	brought.function = pool_bring_string(to, from, brought.function);
	brought.file = pool_bring_string(to, from, brought.file);
	brought.module = pool_bring_string(to, from, brought.module);
	brought.language = pool_bring_string(to, from, brought.language);
	brought.note = pool_bring_string(to, from, brought.note);
	return pool_frame(to, &brought);
}

void pool_release(struct pool *pool)
{
	numbering_release(&pool->strings);
	numbering_release(&pool->frames);
}
