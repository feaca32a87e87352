/* SPDX-License-Identifier: MIT */
/*
 * The walk from frame to frame. A step by call frame information is a cache lookup and three loads:
 * the row of the program counter says how the CFA follows from sp or bp, the return address lies
 * below it, and bp may be saved at a known distance.
 */
#include "unwind_walk.h"

#include "modules.h"
#include "settings.h"
#include "syscalls.h"

#define NOWHERE UINT64_MAX /* no word begins here */
#define OWN_STACK_STEP (16u << 20) /* a stack pointer further below known stack is another stack */
#define FRAME_BYTES_MOST (1u << 20) /* a frame pointer further away is of another stack */
#define FRAMES_WALKED_MOST (1u << 20) /* a corrupt stack could lead in circles */

/* Extends the thread's known stack downwards to sp if all pages between can be read. */
static bool is_own_stack(struct thread *t, uint64_t sp)
{
	uint64_t page = t->stack_low;

	if (sp >= t->stack_high)
		return false;
	if (sp >= page)
		return true;
	if (page - sp > OWN_STACK_STEP)
		return false;
	while (page > sp) {
		if (!sys_page_readable(page - SYS_PAGE_BYTES))
			return false;
		page -= SYS_PAGE_BYTES;
	}
	t->stack_low = page;
	return true;
}

static void enter_stack(struct walk *w, uint64_t sp)
{
	bool own = is_own_stack(w->t, sp) && w->t->stack_high - sp >= sizeof(uint64_t);

	w->low = own ? sp : NOWHERE;
	w->span = own ? w->t->stack_high - sp - sizeof(uint64_t) : 0;
}

void walk_begin(struct walk *w, struct thread *t, uint64_t sp)
{
	*w = (struct walk){.t = t};
	enter_stack(w, sp);
}

bool walk_read_foreign(struct walk *w, uint64_t address, uint64_t *word)
{
	uint64_t page = address & ~(uint64_t)(SYS_PAGE_BYTES - 1);

	w->forgetful = true;
	if (address & 7 || !sys_page_readable(page))
		return false;
	w->low = page;
	w->span = SYS_PAGE_BYTES - sizeof(uint64_t);
	memcpy(word, (const void *)address, sizeof *word);
	return true;
}

static bool read_for_cfi(void *walk, uint64_t address, uint64_t *word)
{
	return walk_read(walk, address, word);
}

/* Code without information (JIT compilers, assembly) mostly keeps frame pointers; the ABI marks
 * the outermost frame by a frame pointer of zero. */
static enum unwind_step step_by_frame_pointer(struct walk *w, struct cfi_registers *r)
{
	uint64_t caller_bp, caller_pc;

	if (r->bp == 0)
		return UNWIND_END;
	if (r->bp < r->sp || r->bp - r->sp > FRAME_BYTES_MOST || r->bp & 7 ||
	    !walk_read(w, r->bp, &caller_bp) || !walk_read(w, r->bp + 8, &caller_pc))
		return UNWIND_LOST;
	r->sp = arch_caller_sp(r->bp, caller_bp);
	r->bp = caller_bp;
	r->pc = arch_code_address(caller_pc);
	r->saved = 0;
	return UNWIND_OK;
}

static enum unwind_step step_complex(struct walk *w, bool is_signal, uint64_t pc,
				     struct cfi_registers *r)
{
	/* A function that a signal interrupted may have had no frame yet. */
	uint64_t least = r->sp + !r->saved;

	if (is_signal ? !cfi_step_signal(r, read_for_cfi, w)
		      : !cfi_step(modules_frame_info(pc), pc, r, read_for_cfi, w))
		return UNWIND_LOST;
	if (r->saved)
		enter_stack(w, r->sp); /* the handler may have had a stack of its own */
	else if (r->sp < least)
		return UNWIND_LOST;
	return UNWIND_OK;
}

enum unwind_step walk_step_slowly(struct walk *w, struct cfi_row row, uint64_t pc,
				  struct cfi_registers *r)
{
	if (row.kind == CFI_OUTERMOST)
		return UNWIND_END;
	if (row.kind == CFI_COMPLEX || row.kind == CFI_SIGNAL)
		return step_complex(w, row.kind == CFI_SIGNAL, pc, r);
	return step_by_frame_pointer(w, r);
}

/*
 * Frames in the order they come, innermost first. The inner half of the room fills once; the
 * outer half goes round, so that in the end it holds the outermost frames.
 */
struct keeper {
	uint64_t *frames;
	uint32_t room, inner; /* frames kept at most; of which the innermost */
	uint64_t seen;
};

static inline void keep(struct keeper *k, uint64_t frame)
{
	if (k->seen < k->inner)
		k->frames[k->seen] = frame;
	else
		k->frames[k->inner + (k->seen - k->inner) % (k->room - k->inner)] = frame;
	k->seen++;
}

static void reverse(uint64_t *frames, uint64_t count)
{
	for (uint64_t i = 0; i < count / 2; i++) {
		uint64_t frame = frames[i];

		frames[i] = frames[count - 1 - i];
		frames[count - 1 - i] = frame;
	}
}

/* Puts the round part into order and the gap mark before it. */
static uint32_t finish(struct keeper *k)
{
	uint32_t outer = k->room - k->inner, turn;

	if (k->seen <= k->room)
		return (uint32_t)k->seen;
	turn = (uint32_t)((k->seen - k->inner) % outer); /* the oldest kept frame is here */
	reverse(k->frames + k->inner, turn);
	reverse(k->frames + k->inner + turn, outer - turn);
	reverse(k->frames + k->inner, outer);
	k->frames[k->inner] = FRAME_GAP;
	return k->room;
}

uint32_t unwind_capture(struct thread *t, const struct unwind_start *start, uint64_t *frames)
{
	struct cfi_registers r = {start->pc, start->sp, start->bp, 0};
	struct keeper k = {frames, settings.stack_depth, settings.stack_depth / 2, 0};
	struct modules_reused reused = modules_reused();
	enum unwind_step result = UNWIND_OK;
	struct walk w;

	walk_begin(&w, t, r.sp);
	while (result == UNWIND_OK && r.pc >= CODE_LOWEST && k.seen < FRAMES_WALKED_MOST) {
		keep(&k, modules_tag(reused, walk_lookup_pc(&r)));
		result = walk_step(&w, &r);
	}
	if (result == UNWIND_LOST)
		keep(&k, FRAME_TRUNCATED);
	return finish(&k);
}
