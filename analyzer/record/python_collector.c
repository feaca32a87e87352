/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "python_collector.h"

#include <stdbool.h>
#include <string.h>
#include <sys/uio.h>

/*
 * struct _gc_runtime_state of CPython 3.8 to 3.13 (Include/internal), from its member `enabled` on; by
 * gc_generation and gc_generation_stats.
 */
struct generation {
	uint64_t next, previous; /* the list of its objects */
	int32_t threshold, count;
};

struct state {
	int32_t enabled, debug, unused;
	struct generation generations[PYTHON_GENERATIONS];
	uint64_t first;
	struct generation permanent;
	struct {
		int64_t collections, collected, uncollectable;
	} stats[PYTHON_GENERATIONS];
} __attribute__((packed));

#define ENABLED_BYTES 12 /* before the generations */

/* Anything else is none of the known layout, or not set up yet. */
static bool is_sound(const struct state *state)
{
	for (int i = 0; i < PYTHON_GENERATIONS; i++)
		if (!state->generations[i].next || !state->generations[i].previous ||
		    state->generations[i].threshold < 0 || state->stats[i].collections < 0 ||
		    state->stats[i].collected < 0 || state->stats[i].uncollectable < 0)
			return false;
	return state->enabled == 0 || state->enabled == 1;
}

void python_collector_read(pid_t memory_tid, uint64_t generations,
			   struct trace_python_collector *collector)
{
	struct state state;
	struct iovec here = {&state, sizeof state};
	struct iovec there = {(void *)(uintptr_t)(generations - ENABLED_BYTES), sizeof state};

	memset(collector, 0, sizeof *collector);
	if (!generations ||
	    process_vm_readv(memory_tid, &here, 1, &there, 1, 0) != (ssize_t)sizeof state ||
	    !is_sound(&state))
		return;
	collector->known = 1;
	collector->enabled = (uint32_t)state.enabled;
	for (int i = 0; i < PYTHON_GENERATIONS; i++) {
		struct trace_python_generation *to = &collector->generations[i];

		to->threshold = (uint32_t)state.generations[i].threshold;
		to->collections = (uint64_t)state.stats[i].collections;
		to->collected = (uint64_t)state.stats[i].collected;
		to->uncollectable = (uint64_t)state.stats[i].uncollectable;
	}
}
