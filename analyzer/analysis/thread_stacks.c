/* SPDX-License-Identifier: MIT */
#include "thread_stacks.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "livemap.h"

#define SLOTS_FIRST 16u

/* The slot of a pointer, or the empty one where it belongs. */
static struct thread_stack *find(const struct thread_stacks *s, uint64_t pointer)
{
	size_t at = livemap_hash(pointer) & (s->slot_count - 1);

	while (s->slots[at].pointer && s->slots[at].pointer != pointer)
		at = (at + 1) & (s->slot_count - 1);
	return &s->slots[at];
}

static void grow(struct thread_stacks *s)
{
	struct thread_stacks larger = {
		.count = s->count,
		.slot_count = s->slot_count ? 2 * s->slot_count : SLOTS_FIRST,
	};

	larger.slots = xcalloc(larger.slot_count, sizeof *larger.slots);
	for (size_t i = 0; i < s->slot_count; i++)
		if (s->slots[i].pointer)
			*find(&larger, s->slots[i].pointer) = s->slots[i];
	free(s->slots);
	*s = larger;
}

static void set(struct thread_stacks *s, uint64_t pointer, bool joined)
{
	struct thread_stack *stack;

	if (!pointer)
		return;
	if (2 * (s->count + 1) > s->slot_count)
		grow(s);
	stack = find(s, pointer);
	s->count += stack->pointer == 0;
	*stack = (struct thread_stack){pointer, joined};
}

void thread_stacks_begin(struct thread_stacks *s, uint64_t pointer)
{
	set(s, pointer, false);
}

void thread_stacks_join(struct thread_stacks *s, uint64_t pointer)
{
	set(s, pointer, true);
}

struct thread_stacks thread_stacks_copy(const struct thread_stacks *s)
{
	struct thread_stacks copy = *s;

	if (s->slot_count) {
		copy.slots = xmalloc(s->slot_count * sizeof *copy.slots);
		memcpy(copy.slots, s->slots, s->slot_count * sizeof *copy.slots);
	}
	return copy;
}

void thread_stacks_release(struct thread_stacks *s)
{
	free(s->slots);
	memset(s, 0, sizeof *s);
}
