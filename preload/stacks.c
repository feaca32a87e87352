/* SPDX-License-Identifier: MIT */
#include "stacks.h"

#include <stddef.h>

#include "atomics.h"
#include "region.h"

static uint32_t hash(uint32_t parent, uint64_t frame)
{
	uint64_t h = (frame + 0x9e3779b97f4a7c15ull * (parent + 1ull)) * 0xff51afd7ed558ccdull;

	return (uint32_t)((h ^ (h >> 33)) >> 3);
}

/* Takes a node that no slot refers to yet. */
static uint32_t take_node(struct thread *t)
{
	uint32_t node;

	if (t && t->spare_node) {
		node = t->spare_node;
		t->spare_node = 0;
		return node;
	}
	if (load_relaxed(&region.header->nodes_used) >= STACK_NODES)
		return 0;
	node = add_relaxed(&region.header->nodes_used, 1);
	return node < STACK_NODES ? node : 0;
}

uint32_t stacks_intern(struct thread *t, uint32_t parent, uint64_t frame)
{
	uint32_t mine = 0, at = hash(parent, frame) & (STACK_SLOTS - 1);

	for (uint32_t probes = 0; probes < STACK_SLOTS; probes++) {
		uint32_t node = load_acquire(&region.slots[at]);

		if (!node) {
			if (!mine) {
				mine = take_node(t);
				if (!mine)
					return 0;
				region.nodes[mine].parent = parent;
				region.nodes[mine].frame = frame;
			}
			if (cas_release(&region.slots[at], &node, mine))
				return mine;
		}
		if (region.nodes[node].frame == frame && region.nodes[node].parent == parent) {
			if (mine && t)
				t->spare_node = mine;
			return node;
		}
		at = (at + 1) & (STACK_SLOTS - 1);
	}
	return 0;
}

/* Number of outermost frames that the stack shares with the last one of the thread. */
static uint32_t shared_prefix(const struct thread_last *last, const uint64_t *frames,
			      uint32_t count)
{
	uint32_t most = count < last->count ? count : last->count, shared = 0;

	while (shared < most && last->frames[shared] == frames[count - 1 - shared])
		shared++;
	return shared;
}

uint32_t stacks_intern_all(struct thread *t, uint32_t level, const uint64_t *frames, uint32_t count)
{
	struct thread_last *last = level == 0 ? &t->last : NULL;
	uint32_t shared = last ? shared_prefix(last, frames, count) : 0;
	uint32_t node = shared ? last->nodes[shared - 1] : 0;

	if (last)
		last->count = shared;
	for (uint32_t i = shared; i < count; i++) {
		uint64_t frame = frames[count - 1 - i];
		uint32_t child = stacks_intern(last ? t : NULL, node, frame);

		if (!child) {
			add_relaxed(&region.header->stacks_truncated, 1);
			return node;
		}
		node = child;
		if (last) {
			last->frames[i] = frame;
			last->nodes[i] = node;
			last->count = i + 1;
		}
	}
	return node;
}
