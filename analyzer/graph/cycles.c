/* SPDX-License-Identifier: MIT */
#include "cycles.h"

#include <stdlib.h>

#include "../util/array.h"
#include "large.h"

struct cycle {
	uint64_t bytes;
	uint32_t first; /* block */
	uint32_t count;
};

static int compare_cycles(const void *a, const void *b)
{
	const struct cycle *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return (x->first > y->first) - (x->first < y->first);
}

/* Numbers from 1, by component, of those of two blocks and more; 0 of the others. */
static uint32_t *number_cycles(const struct graph *graph, const struct components *components,
			       uint32_t *cycle_count)
{
	uint32_t *numbers = large_new(components->count, sizeof *numbers);

	for (uint32_t block = 0; block < graph->block_count; block++) {
		if (components->of_block[block] != COMPONENTS_NONE)
			numbers[components->of_block[block]]++;
	}
	*cycle_count = 0;
	for (uint32_t i = 0; i < components->count; i++)
		numbers[i] = numbers[i] > 1 ? ++*cycle_count : 0;
	return numbers;
}

static uint32_t cycle_of(const struct components *components, const uint32_t *numbers,
			 uint32_t block)
{
	uint32_t component = components->of_block[block];

	return component == COMPONENTS_NONE ? 0 : numbers[component];
}

/* Members of kept cycles: kept is by number of the cycle the place in the list, from 1, or 0. */
static void list_members(struct mark *mark, const struct graph *graph,
			 const struct components *components, const uint32_t *numbers,
			 const uint32_t *places)
{
	uint32_t *next = xcalloc(mark->cycle_count, sizeof *next);
	size_t sum = 0;

	for (uint32_t i = 0; i < mark->cycle_count; i++)
		sum += mark->cycles[i].member_count;
	mark->cycle_members = xmalloc(sum * sizeof *mark->cycle_members);
	sum = 0;
	for (uint32_t i = 0; i < mark->cycle_count; i++) {
		next[i] = (uint32_t)sum;
		mark->cycles[i].members = mark->cycle_members + sum;
		sum += mark->cycles[i].member_count;
	}
	for (uint32_t block = 0; block < graph->block_count; block++) {
		uint32_t place = places[cycle_of(components, numbers, block)];

		if (place)
			mark->cycle_members[next[place - 1]++] = block;
	}
	free(next);
}

void cycles_find(struct mark *mark, const struct graph *graph, const struct components *components,
		 uint32_t cycles_max)
{
	uint32_t count;
	uint32_t *numbers = number_cycles(graph, components, &count);
	struct cycle *cycles = xcalloc((size_t)count + 1, sizeof *cycles);
	uint32_t *places = xcalloc((size_t)count + 1, sizeof *places);

	mark->cycles_in_all = count;
	for (uint32_t block = 0; block < graph->block_count; block++) {
		uint32_t number = cycle_of(components, numbers, block);
		struct cycle *cycle = &cycles[number];

		if (!number)
			continue;
		if (!cycle->count++)
			cycle->first = block;
		cycle->bytes += graph->blocks[block].size;
	}
	qsort(cycles + 1, count, sizeof *cycles, compare_cycles);
	mark->cycle_count = count < cycles_max ? count : cycles_max;
	mark->cycles = xcalloc(mark->cycle_count, sizeof *mark->cycles);
	for (uint32_t i = 0; i < mark->cycle_count; i++) {
		const struct cycle *cycle = &cycles[i + 1];

		mark->cycles[i] = (struct mark_cycle){.member_count = cycle->count,
						      .bytes = cycle->bytes};
		places[cycle_of(components, numbers, cycle->first)] = i + 1;
	}
	list_members(mark, graph, components, numbers, places);
	free(places);
	free(cycles);
	free(numbers);
}
