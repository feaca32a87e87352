/* SPDX-License-Identifier: MIT */
#include "unwind.h"

#include <string.h>

#include "atomics.h"
#include "modules.h"
#include "rows.h"
#include "settings.h"
#include "stacks.h"
#include "verify.h"

/* Caches are keyed by address; flushes them when addresses may have changed their meaning. */
static inline void check_caches(struct thread *t)
{
	uint32_t generation = load_relaxed(&modules_generation);

	if (__builtin_expect(t->module_generation == generation, 1))
		return;
	rows_forget(generation);
	memset(t->callers, 0, sizeof t->callers);
	unwind_forget(t);
	t->module_generation = generation;
}

static uint32_t find_stack(struct thread *t, uint32_t level, const struct unwind_start *start)
{
	uint32_t count, stack;

	if (level >= THREAD_LEVELS)
		return stacks_intern_all(NULL, (uint64_t[]){FRAME_TRUNCATED}, 1);
	if (level == 0) {
		check_caches(t);
		if (unwind_resume(t, start, &stack))
			return stack;
	}
	count = unwind_capture(t, start, t->frames[level]);
	return stacks_intern_all(level == 0 ? t : NULL, t->frames[level], count);
}

uint32_t unwind_stack(struct thread *t, uint32_t level, const struct unwind_start *start)
{
	uint32_t stack = settings.stack_depth ? find_stack(t, level, start) : 0;

	if (__builtin_expect(verify_enabled, 0))
		verify_stack(start, stack);
	return stack;
}

uint32_t unwind_release(struct thread *t, uint32_t level, const struct unwind_start *start)
{
	struct thread_caller *caller = &t->callers[(start->pc >> 1) & (THREAD_CALLERS - 1)];

	if (level || !settings.stack_depth)
		return unwind_stack(t, level, start);
	check_caches(t);
	if (caller->pc != start->pc) {
		caller->pc = start->pc;
		caller->count = 0;
		caller->stack = stacks_intern_all(
			t,
			(uint64_t[]){modules_tag(modules_reused(), start->pc - 1),
				     FRAME_CALLER_ONLY},
			2);
	}
	caller->count++;
	if ((caller->count & (caller->count - 1)) == 0)
		return unwind_stack(t, level, start);
	return caller->stack;
}
