/* SPDX-License-Identifier: MIT */
#include "components.h"

#include <stdlib.h>

#include "../util/array.h"
#include "large.h"

/* A block whose edges are being followed. */
struct frame {
	uint32_t block;
	uint32_t edge; /* the next one */
	uint32_t index; /* that it came with: if it keeps it, it is the first of its component */
};

/*
 * ranks[block] is 0 before the block is met; then the smallest index that it is known to lead back to;
 * then COMPONENTS_NONE - 1 - its component, which is larger than all indexes.
 */
struct search {
	const struct graph *graph;
	const uint8_t *kinds;
	uint8_t kind;
	uint32_t *ranks;
	uint32_t next_index, components;
	struct frame *frames;
	size_t frame_count, frame_capacity;
	uint32_t *members; /* blocks that are done, and wait for the first of their component */
	size_t member_count, member_capacity;
};

static void enter(struct search *s, uint32_t block)
{
	ARRAY_GROW(s->frames, s->frame_count + 1, s->frame_capacity);
	s->frames[s->frame_count++] = (struct frame){
		.block = block, .edge = s->graph->edge_start[block], .index = s->next_index};
	s->ranks[block] = s->next_index++;
}

/* Follows edges of the innermost block up to one that was not met before, or to the end. */
static void advance(struct search *s)
{
	struct frame *frame = &s->frames[s->frame_count - 1];
	uint32_t end = s->graph->edge_start[frame->block + 1];
	uint32_t *rank = &s->ranks[frame->block];

	while (frame->edge < end) {
		uint32_t target = graph_block_of(s->graph->edges[frame->edge]);

		if (s->kinds[target] == s->kind) {
			if (!s->ranks[target]) {
				enter(s, target); /* and looks at this edge once more afterwards */
				return;
			}
			if (s->ranks[target] < *rank)
				*rank = s->ranks[target];
		}
		frame->edge++;
	}
}

static void close_component(struct search *s, uint32_t first)
{
	uint32_t rank = COMPONENTS_NONE - 1 - s->components++;

	s->next_index--;
	while (s->member_count && s->ranks[s->members[s->member_count - 1]] >= s->ranks[first]) {
		s->ranks[s->members[--s->member_count]] = rank;
		s->next_index--;
	}
	s->ranks[first] = rank;
}

static void search_from(struct search *s, uint32_t block)
{
	enter(s, block);
	while (s->frame_count) {
		size_t depth = s->frame_count;
		struct frame frame;

		advance(s);
		if (s->frame_count > depth)
			continue;
		frame = s->frames[--s->frame_count];
		if (s->ranks[frame.block] == frame.index) {
			close_component(s, frame.block);
		} else {
			ARRAY_GROW(s->members, s->member_count + 1, s->member_capacity);
			s->members[s->member_count++] = frame.block;
		}
	}
}

void components_init(struct components *components, const struct graph *graph, const uint8_t *kinds,
		     uint8_t kind)
{
	struct search s = {.graph = graph, .kinds = kinds, .kind = kind, .next_index = 1};

	s.ranks = large_new(graph->block_count, sizeof *s.ranks);
	for (uint32_t i = 0; i < graph->block_count; i++) {
		if (kinds[i] == kind && !s.ranks[i])
			search_from(&s, i);
	}
	for (uint32_t i = 0; i < graph->block_count; i++)
		s.ranks[i] = s.ranks[i] ? COMPONENTS_NONE - 1 - s.ranks[i] : COMPONENTS_NONE;
	components->of_block = s.ranks;
	components->count = s.components;
	free(s.frames);
	free(s.members);
}

void components_release(struct components *components)
{
	free(components->of_block);
	*components = (struct components){0};
}
