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
 * The words lie between the stack pointer of some earlier moment and the end of the thread's stack:
 * they can be read as long as the thread lives, also where the stack has shrunk since.
 *
 * A handler may interrupt anything here; its own section is nested and stays away from the last
 * stack. If it never returns, `count` covers only what is complete.
 */
#include "modules.h"
#include "settings.h"
#include "stacks.h"
#include "unwind_walk.h"

/* The sp of the mark that stands for outer frames which could not be found: no walk passes it. */
#define BEYOND_ALL_FRAMES UINT64_MAX

/*
 * How many of the outermost frames of the last stack are as they were. Often all of them, so words are
 * compared eight at a time without a jump. Stale ones may lie where another function keeps its guard
 * zones.
 */
static inline __attribute__((no_sanitize_address)) uint32_t
still_there(const struct thread_last *last)
{
	const struct thread_word *words = last->words;
	uint32_t word_count = last->count ? last->frames[last->count - 1].words : 0;
	uint32_t same = 0, frames = last->count;

	for (; same + 8 <= word_count; same += 8) {
		uint64_t difference = 0;

#pragma GCC unroll 8
		for (uint32_t i = 0; i < 8; i++)
			difference |= *words[same + i].address ^ words[same + i].value;
		if (difference)
			break;
	}
	while (same < word_count && *words[same].address == words[same].value)
		same++;
	while (frames && last->frames[frames - 1].words > same)
		frames--;
	return frames;
}

/* Drops those of the `known` outermost frames that a walk which is at r has passed; true if it has now
 * come to the innermost of the others. */
static inline bool has_come_to(const struct thread_last *last, uint32_t *known,
			       const struct cfi_registers *r)
{
	const struct thread_frame *f;

	while (*known && last->frames[*known - 1].sp < r->sp)
		--*known;
	f = &last->frames[*known - 1];
	return *known && f->pc == r->pc && f->sp == r->sp && f->bp == r->bp && !r->saved;
}

/* A walk that stops where the last one has been. */
struct resumption {
	struct walk walk;
	struct thread_frame *fresh; /* frames met, up to the end of t->fresh */
	uint32_t fresh_count;
	uint32_t kept; /* outermost frames of the last stack that they follow */
};

/* The walk has come to a frame. One that a signal interrupted is not compared with others: how it goes
 * on from there may depend on all of its registers. */
static inline void add_fresh(struct resumption *s, const struct cfi_registers *r, uint64_t frame)
{
	struct thread_frame *f = --s->fresh;

	f->pc = r->saved ? 0 : r->pc;
	f->sp = r->sp;
	f->bp = r->bp;
	f->frame = frame;
	f->words = (uint32_t)(s->walk.words_end - s->walk.words);
	s->fresh_count++;
}

/* False if there are more frames than fit. */
static bool walk_to_known(struct resumption *s, struct cfi_registers r)
{
	const struct thread_last *last = &s->walk.t->last;
	uint32_t most = settings.stack_depth;
	enum unwind_step result = UNWIND_OK;

	while (result == UNWIND_OK && r.pc >= CODE_LOWEST) {
		if (has_come_to(last, &s->kept, &r))
			return s->fresh_count + s->kept <= most;
		if (s->fresh_count == most)
			return false;
		add_fresh(s, &r, modules_tag(walk_lookup_pc(&r)));
		result = walk_step(&s->walk, &r);
	}
	s->kept = 0;
	if (result != UNWIND_LOST)
		return true;
	if (s->fresh_count == most)
		return false;
	add_fresh(s, &(struct cfi_registers){.sp = BEYOND_ALL_FRAMES}, FRAME_TRUNCATED);
	return true;
}

/* Puts the fresh frames inside those kept, and their words. */
static void remember(struct thread *t, struct resumption *s)
{
	struct thread_last *last = &t->last;
	uint32_t words = s->kept ? last->frames[s->kept - 1].words : 0;
	uint32_t fresh_words = (uint32_t)(s->walk.words_end - s->walk.words);

	last->count = s->kept;
	signal_fence();
	if (words + fresh_words > THREAD_WORDS)
		return;
	for (uint32_t i = 0; i < s->fresh_count; i++)
		s->fresh[i].words = words + fresh_words - s->fresh[i].words;
	memcpy(last->words + words, s->walk.words, fresh_words * sizeof *last->words);
	memcpy(last->frames + s->kept, s->fresh, s->fresh_count * sizeof *last->frames);
	signal_fence();
	last->count = s->kept + s->fresh_count;
}

/* `known` outermost frames of the last stack are as they were. */
static __attribute__((noinline)) bool resume_below(struct thread *t, const struct cfi_registers *r,
						   uint32_t known, uint32_t *stack)
{
	struct resumption s;

	walk_begin(&s.walk, t, 0, r->sp);
	s.walk.words = s.walk.words_end = t->fresh.words + THREAD_WORDS;
	s.walk.room = THREAD_WORDS;
	s.fresh = t->fresh.frames + THREAD_FRAMES;
	s.fresh_count = 0;
	s.kept = known;
	if (!walk_to_known(&s, *r))
		return false;
	if (stacks_intern_fresh(t, s.fresh, s.fresh_count, s.kept, stack) && !s.walk.forgetful)
		remember(t, &s);
	return true;
}

bool unwind_resume(struct thread *t, const struct unwind_start *start, uint32_t *stack)
{
	struct cfi_registers r = {start->pc, start->sp, start->bp, 0};
	uint32_t known = still_there(&t->last);

	if (!has_come_to(&t->last, &known, &r))
		return resume_below(t, &r, known, stack);
	*stack = t->last.frames[known - 1].node;
	t->last.count = known;
	return true;
}
