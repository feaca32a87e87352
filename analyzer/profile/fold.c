/* SPDX-License-Identifier: MIT */
#include "fold.h"

#include <stdlib.h>
#include <string.h>

#include "../analysis/ages.h"
#include "../util/array.h"

static void add_bucket(struct profile_bucket *into, const struct profile_bucket *from)
{
	into->blocks = ages_add_saturated(into->blocks, from->blocks);
	into->bytes = ages_add_saturated(into->bytes, from->bytes);
	into->byte_ms = ages_add_saturated(into->byte_ms, from->byte_ms);
}

void fold_ages(struct profile_ages *into, const struct profile_ages *from)
{
	struct profile_bucket *list;
	uint32_t count = 0, a = 0, b = 0;

	if (!from->count)
		return;
	list = xcalloc((size_t)into->count + from->count, sizeof *list);
	while (a < into->count || b < from->count) {
		bool first = b == from->count ||
			     (a < into->count && into->list[a].bucket <= from->list[b].bucket);
		bool both = first && b < from->count &&
			    into->list[a].bucket == from->list[b].bucket;

		list[count] = first ? into->list[a++] : from->list[b++];
		if (both)
			add_bucket(&list[count], &from->list[b++]);
		count++;
	}
	free(into->list);
	into->list = list;
	into->count = count;
}

static void add_part(struct profile_part *into, const struct profile_part *from)
{
	profile_add_numbers(into->numbers, from->numbers, profile_part_rules, PROFILE_PART_NUMBERS);
	fold_ages(&into->dead, &from->dead);
	fold_ages(&into->alive, &from->alive);
}

/* Where the part of that verdict is, to which it is added if it is not there. */
static struct profile_part *find_part(struct profile_site *site, enum verdict verdict)
{
	struct profile_part *part;
	uint32_t i = 0;

	while (i < site->part_count && site->parts[i].verdict < verdict)
		i++;
	if (i < site->part_count && site->parts[i].verdict == verdict)
		return &site->parts[i];
	site->parts = xrealloc(site->parts, (site->part_count + 1) * sizeof *site->parts);
	part = &site->parts[i];
	memmove(part + 1, part, (site->part_count++ - i) * sizeof *part);
	*part = (struct profile_part){.verdict = verdict};
	profile_clear_numbers(part->numbers, profile_part_rules, PROFILE_PART_NUMBERS);
	return part;
}

static int compare_stacks(const struct pool *pool_a, const struct profile_stack *a,
			  const struct pool *pool_b, const struct profile_stack *b)
{
	int order = pool_compare_strings(pool_a, a->api, pool_b, b->api);

	if (!order)
		order = pool_compare_strings(pool_a, a->type, pool_b, b->type);
	if (!order && a->frame_count != b->frame_count)
		order = a->frame_count < b->frame_count ? -1 : 1;
	for (uint32_t i = 0; !order && i < a->frame_count; i++)
		order = pool_compare(pool_a, a->frames[i], pool_b, b->frames[i]);
	return order;
}

static struct profile_stack bring_stack(struct pool *pool, const struct pool *from_pool,
					const struct profile_stack *from)
{
	struct profile_stack stack = {
		.api = pool_bring_string(pool, from_pool, from->api),
		.type = pool_bring_string(pool, from_pool, from->type),
		.frames = xcalloc(from->frame_count, sizeof *stack.frames),
		.frame_count = from->frame_count,
	};

	for (uint32_t i = 0; i < from->frame_count; i++)
		stack.frames[i] = pool_bring(pool, from_pool, from->frames[i]);
	return stack;
}

void fold_site(struct profile_site *into, struct pool *pool, const struct profile_site *from,
	       const struct pool *from_pool)
{
	bool fresh = !into->part_count; /* every site has parts */

	into->fingerprint = from->fingerprint;
	into->runs = ages_add_saturated(into->runs, from->runs);
	if (fresh || compare_stacks(pool, &into->stack, from_pool, &from->stack) > 0) {
		free(into->stack.frames);
		into->stack = bring_stack(pool, from_pool, &from->stack);
	}
	for (uint32_t i = 0; i < from->part_count; i++)
		add_part(find_part(into, from->parts[i].verdict), &from->parts[i]);
}

static void fold_sites(struct profile_program *into, struct pool *pool,
		       const struct profile_program *from, const struct pool *from_pool)
{
	struct profile_site *sites = xcalloc(into->site_count + from->site_count, sizeof *sites);
	const struct profile_site *b = from->sites, *b_end = b + from->site_count;
	const struct profile_site *a = into->sites, *a_end = a + into->site_count;
	size_t count = 0;

	while (a < a_end || b < b_end) {
		bool old = a < a_end && (b == b_end || a->fingerprint <= b->fingerprint);
		bool both = old && b < b_end && a->fingerprint == b->fingerprint;

		if (old)
			sites[count] = *a++;
		if (!old || both)
			fold_site(&sites[count], pool, b++, from_pool);
		count++;
	}
	free(into->sites);
	into->sites = sites;
	into->site_count = count;
}

static void add_sizes(struct profile_size *into, const struct profile_size *from)
{
	for (uint32_t i = 0; i < PROFILE_SIZES; i++) {
		into[i].allocations = ages_add_saturated(into[i].allocations, from[i].allocations);
		into[i].allocated_bytes = ages_add_saturated(into[i].allocated_bytes,
							     from[i].allocated_bytes);
		into[i].live_blocks = ages_add_saturated(into[i].live_blocks, from[i].live_blocks);
		into[i].live_bytes = ages_add_saturated(into[i].live_bytes, from[i].live_bytes);
	}
}

/* Where the program of that name is, to which it is added if it is not there. */
static struct profile_program *find_program(struct profile *into, const char *name)
{
	struct profile_program *program;
	size_t i = 0;

	while (i < into->program_count &&
	       strcmp(pool_text(&into->pool, into->programs[i].name), name) < 0)
		i++;
	if (i < into->program_count &&
	    !strcmp(pool_text(&into->pool, into->programs[i].name), name))
		return &into->programs[i];
	into->programs = xrealloc(into->programs,
				  (into->program_count + 1) * sizeof *into->programs);
	program = &into->programs[i];
	memmove(program + 1, program, (into->program_count++ - i) * sizeof *program);
	*program = (struct profile_program){.name = pool_string(&into->pool, name)};
	profile_clear_numbers(program->numbers, profile_total_rules, PROFILE_TOTALS);
	return program;
}

void fold_profile(struct profile *into, const struct profile *from)
{
	into->skipped = ages_add_saturated(into->skipped, from->skipped);
	for (size_t i = 0; i < from->program_count; i++) {
		const struct profile_program *more = &from->programs[i];
		struct profile_program *program = find_program(into,
							       pool_text(&from->pool, more->name));

		profile_add_numbers(program->numbers, more->numbers, profile_total_rules,
				    PROFILE_TOTALS);
		add_sizes(program->sizes, more->sizes);
		fold_sites(program, &into->pool, more, &from->pool);
	}
}
