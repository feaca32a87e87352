/* SPDX-License-Identifier: MIT */
/*
 * Reuse of the last stack. Most allocations of a thread come from below the same outer frames as the
 * one before; those need not be walked again, only to be the same.
 *
 * Why the result is exact. From any frame on, a walk is a function of three things: the registers
 * there (pc, sp, bp, and where the kernel saved the others, if it interrupted that frame), what the
 * loaded modules say, and the words that it reads from the stack. So if a new walk comes to a frame
 * with the registers that the last walk had at one of its frames, and every word that the last walk
 * read from there on still has the value it had, then the new walk would read the same words and meet
 * the same frames: they are taken over. This does not depend on how a step is made. Frames with a
 * frame pointer, variable-length arrays, realigned stacks (whose CFA is itself read from the stack),
 * signal frames: whatever a step reads went through walk_read and is among the words. A function
 * called again from elsewhere at the same depth differs in a return address, which is one of them.
 * When modules come or go, all is forgotten (check_caches).
 *
 * Two things a walk may learn that are no words of the stack: that some other memory can be read, and
 * what is in there (another stack, which may be unmapped by now). A walk that asked for that is
 * forgetful and not remembered.
 *
 * Only words of frames that lie above the stack pointer are looked at again, so in the part of the stack
 * that is in use: what is below it may have been given back, or protected, since.
 *
 * A handler may interrupt anything here; its own section is nested and stays away from the last
 * stack. If it never returns, `count` covers only what is complete.
 */
#include "modules.h"
#include "settings.h"
#include "stacks.h"
#include "unwind_walk.h"

/* The sp of what no walk passes: the end of the last stack, and the mark for frames not found. */
#define BEYOND_ALL_FRAMES UINT64_MAX

void unwind_forget(struct thread *t)
{
	t->last.frames[0].sp = BEYOND_ALL_FRAMES;
	t->last.count = 0;
}

/* The innermost frame of the last stack, from f outwards, that a walk at sp has not passed. */
static inline const struct thread_frame *not_passed(const struct thread_frame *f, uint64_t sp)
{
	while (f->sp < sp)
		f--;
	return f;
}

/*
 * The innermost frame, from f outwards, that is as it was together with all outside it. Mostly that is
 * f, so words are compared eight at a time without a jump. They may lie where the sanitizer's guard
 * zones are by now.
 */
static inline __attribute__((no_sanitize_address)) const struct thread_frame *
still_there(const struct thread_last *last, const struct thread_frame *f)
{
	const struct thread_word *word = last->words, *end = word + f->words;

	for (; word + 8 <= end; word += 8) {
		uint64_t difference = 0;

#pragma GCC unroll 8
		for (uint32_t i = 0; i < 8; i++)
			difference |= *word[i].address ^ word[i].value;
		if (difference)
			break;
	}
	while (word < end && *word->address == word->value)
		word++;
	while (f->words > (uint32_t)(word - last->words))
		f--;
	return f;
}

static inline bool has_registers(const struct thread_frame *f, const struct cfi_registers *r)
{
	return f->pc == r->pc && f->sp == r->sp && f->bp == r->bp && !r->saved;
}

/* A walk that stops where the last one has been. */
struct resumption {
	struct walk walk;
	struct thread_frame *fresh; /* the frames met, up to the end of t->fresh */
	const struct thread_frame *known; /* innermost of the last stack that they follow */
};

/* The walk has come to a frame. One that a signal interrupted is not compared with others: how it goes
 * on from there may depend on all of its registers. */
static inline void add_fresh(struct thread_frame *f, const struct cfi_registers *r, uint64_t frame,
			     uint32_t room)
{
	f->pc = r->saved ? 0 : r->pc;
	f->sp = r->sp;
	f->bp = r->bp;
	f->frame = frame;
	f->words = room;
}

/* False if there are more frames than `least` leaves room for. */
static bool walk_to_known(struct resumption *s, struct cfi_registers r,
			  const struct thread_frame *least)
{
	struct modules_reused reused = modules_reused();
	const struct thread_frame *known = s->known;
	struct thread_frame *fresh = s->fresh;
	enum unwind_step result = UNWIND_OK;

	while (result == UNWIND_OK && r.pc >= CODE_LOWEST) {
		known = not_passed(known, r.sp);
		if (has_registers(known, &r))
			break;
		if (fresh == least)
			return false;
		add_fresh(--fresh, &r, modules_tag(reused, walk_lookup_pc(&r)), s->walk.room);
		result = walk_step(&s->walk, &r);
	}
	if (result != UNWIND_OK || r.pc < CODE_LOWEST)
		known = s->walk.t->last.frames;
	if (result == UNWIND_LOST) {
		if (fresh == least)
			return false;
		add_fresh(--fresh, &(struct cfi_registers){.sp = BEYOND_ALL_FRAMES},
			  FRAME_TRUNCATED, s->walk.room);
	}
	s->fresh = fresh;
	s->known = known;
	return true;
}

/* Puts the fresh frames inside those kept, and their words. */
static void remember(struct thread *t, const struct resumption *s, uint32_t count, uint32_t kept)
{
	struct thread_last *last = &t->last;
	uint32_t words = s->known->words;
	uint32_t fresh_words = THREAD_WORDS - s->walk.room;

	last->count = kept;
	signal_fence();
	if (words + fresh_words > THREAD_WORDS)
		return;
	/* From the outermost frame to this one: all words but those of frames inside. */
	for (uint32_t i = 0; i < count; i++)
		s->fresh[i].words += words + fresh_words - THREAD_WORDS;
	memcpy(last->words + words, s->walk.words + s->walk.room,
	       fresh_words * sizeof *last->words);
	memcpy(last->frames + 1 + kept, s->fresh, count * sizeof *last->frames);
	signal_fence();
	last->count = kept + count;
}

static __attribute__((noinline)) bool resume_below(struct thread *t, const struct cfi_registers *r,
						   const struct thread_frame *known,
						   uint32_t *stack)
{
	struct thread_frame *end = t->fresh.frames + THREAD_FRAMES;
	struct resumption s = {.fresh = end, .known = known};
	uint32_t count, kept;

	walk_begin(&s.walk, t, r->sp);
	s.walk.words = t->fresh.words;
	s.walk.room = THREAD_WORDS;
	if (!walk_to_known(&s, *r, end - settings.stack_depth))
		return false;
	count = (uint32_t)(end - s.fresh);
	kept = (uint32_t)(s.known - t->last.frames);
	if (count + kept > settings.stack_depth)
		return false;
	if (stacks_intern_fresh(t, s.fresh, count, kept, stack) && !s.walk.forgetful)
		remember(t, &s, count, kept);
	return true;
}

bool unwind_resume(struct thread *t, const struct unwind_start *start, uint32_t *stack)
{
	struct cfi_registers r = {start->pc, start->sp, start->bp, 0};
	const struct thread_frame *known = still_there(
		&t->last, not_passed(&t->last.frames[t->last.count], r.sp));

	if (!has_registers(known, &r))
		return resume_below(t, &r, known, stack);
	*stack = known->node;
	t->last.count = (uint32_t)(known - t->last.frames);
	return true;
}
