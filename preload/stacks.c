/* SPDX-License-Identifier: MIT */
#include "stacks.h"

#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "atomics.h"
#include "region.h"
#include "syscalls.h"

/*
 * Paths that were looked up before, newer ones first in each set, which is a cache line: the node, and
 * above it the upper half of the hash. 0: empty.
 */
#define PATH_SETS 4096u /* a power of two */
#define PATH_WAYS 8

static _Atomic uint64_t paths[PATH_SETS][PATH_WAYS] __attribute__((aligned(4096)));

/* The multipliers are those of splitmix64 and MurmurHash3. */
static inline uint64_t add_to_hash(uint64_t hash, uint64_t frame, uint32_t position)
{
	uint64_t mixed = (frame ^ (uint64_t)position << 52) * 0xbf58476d1ce4e5b9ull;

	return hash + (mixed ^ mixed >> 29) * 0x94d049bb133111ebull;
}

static inline uint32_t first_slot(uint64_t hash)
{
	return (uint32_t)((hash ^ hash >> 32) * 0xff51afd7ed558ccdull >> 36) & (STACK_SLOTS - 1);
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

/* The child `frame` of `parent`; hash is that of its path. 0 if the table is full. */
static uint32_t intern(struct thread *t, uint32_t parent, uint64_t frame, uint64_t hash)
{
	uint32_t mine = 0, at = first_slot(hash);

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

uint32_t stacks_intern_child(struct thread *t, uint32_t parent, uint64_t frame, uint32_t position,
			     uint64_t *hash)
{
	uint32_t child;

	*hash = add_to_hash(*hash, frame, position);
	child = intern(t, parent, frame, *hash);
	if (!child)
		add_relaxed(&region.header->stacks_truncated, 1);
	return child;
}

uint32_t stacks_intern_all(struct thread *t, const uint64_t *frames, uint32_t count)
{
	uint64_t hash = 0;
	uint32_t node = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint64_t frame = frames[count - 1 - i];
		uint32_t child;

		hash = add_to_hash(hash, frame, i);
		child = intern(t, node, frame, hash);
		if (!child) {
			add_relaxed(&region.header->stacks_truncated, 1);
			break;
		}
		node = child;
	}
	return node;
}

static uint64_t hash_frames(struct thread_frame *frames, uint32_t count, uint64_t hash,
			    uint32_t position)
{
	for (uint32_t i = 0; i < count; i++) {
		hash = add_to_hash(hash, frames[i].frame, position + i);
		frames[i].hash = hash;
	}
	return hash;
}

/* Whether the path from a node outwards is that of the frames inside `prefix`; sets their nodes. */
static bool is_path(struct thread_frame *frames, uint32_t count, uint32_t node, uint32_t prefix)
{
	for (uint32_t i = count; i-- > 0;) {
		const struct stack_node *n = &region.nodes[node];

		if (n->frame != frames[i].frame)
			return false;
		frames[i].node = node;
		node = n->parent;
	}
	return node == prefix;
}

static _Atomic uint64_t *path_set(uint64_t hash)
{
	return paths[(uint32_t)hash >> 12 & (PATH_SETS - 1)];
}

/* The nodes of a path that was met before, by any thread. */
static bool find_path(struct thread_frame *frames, uint32_t count, uint64_t hash, uint32_t prefix)
{
	_Atomic uint64_t *set = path_set(hash);

	for (int i = 0; i < PATH_WAYS; i++) {
		uint64_t path = load_acquire(&set[i]); /* with it, what the node says */

		if (path >> 32 == hash >> 32 && path &&
		    is_path(frames, count, (uint32_t)path, prefix))
			return true;
	}
	return false;
}

/* Threads that do so at the same time may lose an entry of each other: it is found again. */
static void keep_path(uint64_t hash, uint32_t node)
{
	_Atomic uint64_t *set = path_set(hash);

	for (int i = PATH_WAYS - 1; i > 0; i--)
		store_release(&set[i], load_acquire(&set[i - 1]));
	store_release(&set[0], (hash >> 32 << 32) | node);
}

void stacks_reset(void)
{
	if (sys_failed(sys_call(SYS_madvise, (long)paths, sizeof paths, MADV_DONTNEED, 0, 0, 0)))
		memset(paths, 0, sizeof paths);
}

static bool intern_each(struct thread *t, struct thread_frame *frames, uint32_t count,
			uint32_t prefix, uint32_t *stack)
{
	uint32_t node = prefix;

	for (uint32_t i = 0; i < count; i++)
		__builtin_prefetch(&region.slots[first_slot(frames[i].hash)]);
	for (uint32_t i = 0; i < count; i++) {
		*stack = node;
		node = intern(t, node, frames[i].frame, frames[i].hash);
		if (!node) {
			add_relaxed(&region.header->stacks_truncated, 1);
			return false;
		}
		frames[i].node = node;
	}
	*stack = node;
	return true;
}

bool stacks_intern_fresh(struct thread *t, struct thread_frame *fresh, uint32_t count,
			 uint32_t kept, uint32_t *stack)
{
	const struct thread_frame *outer = &t->last.frames[kept]; /* of zeros, if none is kept */
	uint32_t prefix = outer->node;
	uint64_t hash = hash_frames(fresh, count, outer->hash, kept);

	if (find_path(fresh, count, hash, prefix)) {
		*stack = fresh[count - 1].node;
		return true;
	}
	if (!intern_each(t, fresh, count, prefix, stack))
		return false;
	keep_path(hash, *stack);
	return true;
}
