/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "verify.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "arch.h"
#include "atomics.h"
#include "digits.h"
#include "record.h"
#include "region.h"
#include "settings.h"
#include "warn.h"

bool verify_enabled;

#if defined(__x86_64__)

#define DIFFERENCES_TOLD 5u

/* As large as in libunwind-x86_64.h 1.6, which is not needed to build. */
struct cursor {
	uint64_t opaque[127];
};
struct context {
	uint64_t opaque[128];
} __attribute__((aligned(16)));

static struct {
	int (*get_context)(struct context *context);
	int (*init_local)(struct cursor *cursor, struct context *context);
	int (*step)(struct cursor *cursor);
	int (*get_register)(struct cursor *cursor, int number, uint64_t *value);
} reference;

static _Atomic uint64_t equal; /* the same frames to the end */
static _Atomic uint64_t longer; /* the reference stops before the outermost frame that we have */
static _Atomic uint64_t truncated; /* we stop before the outermost frame and say so */
static _Atomic uint64_t cut; /* deeper than --stack-depth, or for the table of stacks */
static _Atomic uint64_t wrong;

static _Atomic uint64_t python_equal, python_wrong;

static char *put_text(char *to, const char *text)
{
	size_t bytes = strlen(text);

	memcpy(to, text, bytes);
	return to + bytes;
}

static void tell_python(void)
{
	char line[100], *end;

	if (!load_relaxed(&python_equal) && !load_relaxed(&python_wrong))
		return;
	end = put_text(digits_put(line, load_relaxed(&python_equal), 10), " equal, ");
	end = put_text(digits_put(end, load_relaxed(&python_wrong), 10), " wrong");
	*end = '\0';
	warn("verify_python: ", line);
}

static void tell_totals(int status, void *unused)
{
	static const char *const names[] = {" equal, ", " longer, ", " truncated, ", " cut, ",
					    " wrong"};
	const uint64_t counts[] = {load_relaxed(&equal), load_relaxed(&longer),
				   load_relaxed(&truncated), load_relaxed(&cut),
				   load_relaxed(&wrong)};
	char line[300], *end = line;

	(void)status;
	(void)unused;
	for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++)
		end = put_text(digits_put(end, counts[i], 10), names[i]);
	*end = '\0';
	warn("verify_unwind: ", line);
	tell_python();
}

void verify_python(bool same)
{
	add_relaxed(same ? &python_equal : &python_wrong, 1);
}

/* One frame of each; ours is 0 where it has none. */
static void tell_difference(uint32_t depth, uint64_t ours, uint64_t theirs)
{
	char line[200], *end;

	if (load_relaxed(&wrong) > DIFFERENCES_TOLD)
		return;
	end = digits_put(put_text(line, "frame "), depth, 10);
	end = digits_put(put_text(end, " is 0x"), ours, 16);
	end = digits_put(put_text(end, ", by libunwind 0x"), theirs, 16);
	*end = '\0';
	warn("verify_unwind: ", line);
}

/* Brings a cursor to the frame that called us; false if the reference does not come by there. */
static bool find_caller(struct cursor *cursor, const struct unwind_start *start)
{
	uint64_t pc, sp;

	do {
		if (reference.get_register(cursor, ARCH_REGISTER_PC, &pc) < 0 ||
		    reference.get_register(cursor, ARCH_REGISTER_SP, &sp) < 0)
			return false;
		if (sp == start->sp && pc == start->pc)
			return true;
	} while (reference.step(cursor) > 0);
	return false;
}

/* The pc of the frame that the cursor is at, 0 if the reference has no more frames. */
static uint64_t pc_of(const struct cursor *cursor)
{
	uint64_t pc;

	return reference.get_register((struct cursor *)cursor, ARCH_REGISTER_PC, &pc) < 0 ? 0 : pc;
}

/* Frame by frame, since there may be little room on this stack. */
static void compare(const struct unwind_start *start, uint32_t stack)
{
	struct context context;
	struct cursor cursor;
	uint64_t theirs = 0;

	if (reference.get_context(&context) == 0 && reference.init_local(&cursor, &context) == 0 &&
	    find_caller(&cursor, start))
		theirs = pc_of(&cursor);
	for (uint32_t depth = 0; stack; depth++, stack = region.nodes[stack].parent) {
		uint64_t ours = region.nodes[stack].frame & FRAME_ADDRESS_MASK;

		if (ours == FRAME_TRUNCATED || ours == FRAME_GAP || ours == FRAME_TABLE_FULL) {
			add_relaxed(ours == FRAME_TRUNCATED ? &truncated : &cut, 1);
			return;
		}
		if (!theirs) {
			add_relaxed(&longer, 1);
			return;
		}
		/* A frame that a signal interrupted has its own address, not that of a call. */
		if (ours != theirs - 1 && ours != theirs) {
			add_relaxed(&wrong, 1);
			tell_difference(depth, ours, theirs);
			return;
		}
		theirs = reference.step(&cursor) > 0 ? pc_of(&cursor) : 0;
	}
	add_relaxed(theirs ? &wrong : &equal, 1);
	if (theirs)
		tell_difference(0, 0, theirs);
}

void verify_stack(const struct unwind_start *start, uint32_t stack)
{
	if (thread_local_state.inside)
		return;
	RECORD_INSIDE_VOID(compare(start, stack));
}

void verify_start(void)
{
	void *library;

	if (!settings.verify_unwind)
		return;
	library = RECORD_INSIDE(dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL));
	if (library) {
		*(void **)&reference.get_context = dlsym(library, "_Ux86_64_getcontext");
		*(void **)&reference.init_local = dlsym(library, "_ULx86_64_init_local");
		*(void **)&reference.step = dlsym(library, "_ULx86_64_step");
		*(void **)&reference.get_register = dlsym(library, "_ULx86_64_get_reg");
	}
	if (!reference.get_context || !reference.init_local || !reference.step ||
	    !reference.get_register) {
		warn("stacks are not verified: ", "libunwind.so.8 cannot be loaded");
		return;
	}
	on_exit(tell_totals, NULL);
	verify_enabled = true;
}

#else

void verify_stack(const struct unwind_start *start, uint32_t stack)
{
	(void)start;
	(void)stack;
}

void verify_python(bool same)
{
	(void)same;
}

void verify_start(void)
{
	if (settings.verify_unwind)
		warn("stacks are not verified: ", "only x86-64 can");
}

#endif
