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

/* The registers that no frame has: of the mark that stands for frames which could not be found. */
#define NO_FRAME UINT64_MAX

static inline bool same_registers(const struct thread_frame *f, const struct cfi_registers *r)
{
	return f->pc == r->pc && f->sp == r->sp && f->bp == r->bp && f->saved == r->saved;
}

/*
 * How many of the outermost frames of the last stack are as they were. Often all of them, so words are
 * compared eight at a time without a jump. Stale ones may lie where another function keeps its guard
 * zones.
 */
static __attribute__((no_sanitize_address)) uint32_t still_there(const struct thread_last *last)
{
	const struct thread_word *words = last->words;
	uint32_t word_count = last->count ? last->frames[last->count - 1].words : 0;
	uint32_t same = 0, frames = last->count;

	for (; same + 8 <= word_count; same += 8) {
		uint64_t difference = 0;

		for (uint32_t i = same; i < same + 8; i++)
			difference |= *words[i].address ^ words[i].value;
		if (difference)
			break;
	}
	while (same < word_count && *words[same].address == words[same].value)
		same++;
	while (frames && last->frames[frames - 1].words > same)
		frames--;
	return frames;
}

/* A walk that stops where the last one has been. */
struct resumption {
	struct walk walk;
	uint32_t fresh; /* frames met, in t->fresh */
	uint32_t kept; /* outermost frames of the last stack that follow them */
};

static inline void add_fresh(struct resumption *s, const struct cfi_registers *r, uint64_t frame)
{
	struct thread_frame *f = &s->walk.t->fresh.frames[s->fresh++];

	f->pc = r->pc;
	f->sp = r->sp;
	f->bp = r->bp;
	f->saved = r->saved;
	f->frame = frame;
}

/* False if there are more frames than fit. */
static bool walk_to_known(struct resumption *s, struct cfi_registers *r)
{
	const struct thread_last *last = &s->walk.t->last;
	uint32_t most = settings.stack_depth, known = still_there(last);
	enum unwind_step result = UNWIND_OK;

	while (result == UNWIND_OK && r->pc >= CODE_LOWEST) {
		while (known && last->frames[known - 1].sp < r->sp)
			known--;
		if (known && same_registers(&last->frames[known - 1], r))
			break;
		if (s->fresh == most)
			return false;
		add_fresh(s, r, modules_tag(walk_lookup_pc(r)));
		result = walk_step(&s->walk, r);
		s->walk.t->fresh.frames[s->fresh - 1].words = s->walk.word_count;
	}
	s->kept = result == UNWIND_OK && r->pc >= CODE_LOWEST ? known : 0;
	if (result == UNWIND_LOST) {
		if (s->fresh == most)
			return false;
		add_fresh(s, &(struct cfi_registers){NO_FRAME, NO_FRAME, NO_FRAME, 0},
			  FRAME_TRUNCATED);
		s->walk.t->fresh.frames[s->fresh - 1].words = s->walk.word_count;
	}
	return s->fresh + s->kept <= most;
}

/* Puts the fresh frames in front of those kept; their words, too, outermost frame first. */
static void remember(struct thread *t, const struct resumption *s)
{
	struct thread_last *last = &t->last;
	uint32_t words = s->kept ? last->frames[s->kept - 1].words : 0, count = s->kept;

	last->count = s->kept;
	signal_fence();
	if (words + s->walk.word_count > THREAD_WORDS)
		return;
	for (uint32_t i = s->fresh; i-- > 0;) {
		uint32_t begin = i ? t->fresh.frames[i - 1].words : 0;
		uint32_t end = t->fresh.frames[i].words;
		struct thread_frame *f = &last->frames[count++];

		while (begin < end)
			last->words[words++] = t->fresh.words[begin++];
		*f = t->fresh.frames[i];
		f->words = words;
	}
	signal_fence();
	last->count = count;
}

bool unwind_resume(struct thread *t, const struct unwind_start *start, uint32_t *stack)
{
	struct cfi_registers r = {start->pc, start->sp, start->bp, 0};
	struct resumption s;

	s.fresh = s.kept = 0;
	walk_begin(&s.walk, t, 0, r.sp);
	s.walk.words = t->fresh.words;
	s.walk.word_room = THREAD_WORDS;
	if (!walk_to_known(&s, &r))
		return false;
	if (!s.fresh) {
		*stack = t->last.frames[s.kept - 1].node;
		t->last.count = s.kept;
		return true;
	}
	if (stacks_intern_fresh(t, s.fresh, s.kept, stack) && !s.walk.forgetful)
		remember(t, &s);
	return true;
}
