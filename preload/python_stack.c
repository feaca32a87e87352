/* SPDX-License-Identifier: MIT */
#include "python_stack.h"

#include <stddef.h>

#include "python_codes.h"
#include "region.h"
#include "stacks.h"

#define NOWHERE UINT32_MAX
#define ENTRY_BIT 63 /* in a moment: the loop was entered for this frame */
#define ENTRY (1ull << ENTRY_BIT)
#define DEEP_FRAMES 256u /* innermost ones, of stacks that have more than THREAD_PYTHON_FRAMES */

static struct python_layout layout;

/*
 * The code of the interpreter's own frame between a class and its __init__, which it puts there for some
 * calls since 3.13 and shows to nobody. One object for all, that is never released; NULL until one is met.
 */
static const char *_Atomic init_cleanup;

void python_stack_start(const struct python_layout *known)
{
	layout = *known;
}

static inline const char *pointer_at(const char *at, unsigned offset)
{
	return *(const char *const *)(at + offset);
}

static inline const char *innermost(const char *state)
{
	const char *frame = pointer_at(state, layout.head);

	return layout.hop >= 0 && frame ? pointer_at(frame, (unsigned)layout.hop) : frame;
}

/* Since 3.14 references have tags in their lowest bits. */
static inline const char *code_of(const char *frame)
{
	return (const char *)((uint64_t)pointer_at(frame, layout.code) & ~3ull);
}

/* Marks an entry of the loop. */
static inline bool is_entry_shim(const char *frame)
{
	uint8_t owner = layout.owner ? *(const uint8_t *)(frame + layout.owner) : 0;

	return layout.owner && owner >= layout.shim_first && owner <= layout.shim_last &&
	       layout.shim_first != UINT8_MAX;
}

static inline bool is_shim(const char *frame)
{
	const char *hidden = load_relaxed(&init_cleanup);

	return is_entry_shim(frame) || (hidden && code_of(frame) == hidden);
}

/* What differs between two visits of a frame. */
static inline uint64_t moment_of(const char *frame)
{
	uint64_t moment;

	if (layout.moment_kind == PYTHON_MOMENT_POINTER)
		moment = (uint64_t)pointer_at(frame, layout.moment);
	else
		moment = *(const uint32_t *)(frame + layout.moment);
	if (layout.entry && *(const char *)(frame + layout.entry))
		moment |= ENTRY;
	return moment;
}

static uint64_t position_of(const char *code, uint64_t moment)
{
	int64_t units;

	switch (layout.moment_kind) {
	case PYTHON_MOMENT_BYTES:
		units = (int32_t)moment >> 1;
		break;
	case PYTHON_MOMENT_UNITS:
		units = (int32_t)moment;
		break;
	default:
		units = (int64_t)((moment & ~ENTRY) - (uint64_t)code - layout.instructions) / 2;
	}
	/* Before its first instruction a function is at none. */
	return units > 0 ? (uint64_t)units & FRAME_PYTHON_POSITION_MASK : 0;
}

static bool is_entry(uint64_t moment, bool behind_shim)
{
	if (layout.entry)
		return moment & ENTRY;
	return behind_shim || !layout.owner;
}

/* Code that is compiled has a string of its own for its file. */
static bool is_init_cleanup(const char *code)
{
	return layout.minor >= 13 && pointer_at(code, layout.file) == pointer_at(code, layout.name);
}

static uint64_t frame_value(const char *code, uint64_t moment, bool behind_shim, bool *wrong)
{
	uint64_t number = python_codes_number(code, wrong);

	if (!*wrong && is_init_cleanup(code) && !load_relaxed(&init_cleanup))
		store_relaxed(&init_cleanup, code);
	return FRAME_PYTHON << FRAME_ADDRESS_BITS | number << FRAME_PYTHON_CODE_SHIFT |
	       (is_entry(moment, behind_shim) ? FRAME_PYTHON_ENTRY : 0) | position_of(code, moment);
}

/* Where among the frames of the last stack. */
static inline uint32_t find(const struct thread_python *p, const char *frame)
{
	uint32_t at = p->positions[(uint64_t)frame >> 4 & (THREAD_PYTHON_POSITIONS - 1)];

	return at < p->count && p->frames[at].frame == frame ? at : NOWHERE;
}

static inline void note_position(struct thread_python *p, uint32_t at)
{
	p->positions[(uint64_t)p->frames[at].frame >> 4 & (THREAD_PYTHON_POSITIONS - 1)] =
		(uint16_t)at;
}

/*
 * Whether the frames from `top` outwards are linked as they were; *changed is the outermost one that
 * stands elsewhere, or `top` + 1. A frame is looked at only after the one inside of it has been seen
 * to lead there, so all of them live. Nearly all that is done for an allocation in Python is this loop, so
 * it is there once for each way in which versions say where a frame stands, with offsets in registers.
 */
static inline __attribute__((always_inline)) bool is_chain_of(const struct thread_python *p,
							      uint32_t top, uint32_t *changed,
							      bool by_address, bool has_entry)
{
	const unsigned previous = layout.previous, moment = layout.moment, entry = layout.entry;
	const struct thread_python_frame *f = &p->frames[top];
	const char *frame = f->frame;

	*changed = top + 1;
	for (;; f--) {
		const char *outer = pointer_at(frame, previous);
		uint64_t stands;
		bool same;

		if (outer != f->outer)
			return false;
		stands = by_address ? (uint64_t)pointer_at(frame, moment)
				    : *(const uint32_t *)(frame + moment);
		if (has_entry)
			stands |= (uint64_t)(*(frame + entry) != 0) << ENTRY_BIT;
		/* An address of an instruction is one of its code: that is not gone, or all were forgotten. */
		same = f->code && stands == f->moment && (by_address || code_of(frame) == f->code);
		if (__builtin_expect(!same, 0) && (f->code || !is_shim(frame)))
			*changed = (uint32_t)(f - p->frames);
		if (!outer)
			return true;
		frame = outer;
	}
}

static bool is_chain(const struct thread_python *p, uint32_t top, uint32_t *changed)
{
	if (layout.moment_kind != PYTHON_MOMENT_POINTER)
		return is_chain_of(p, top, changed, false, false);
	return layout.entry ? is_chain_of(p, top, changed, true, true)
			    : is_chain_of(p, top, changed, true, false);
}

/* Sets what follows from the frame outside of it and from where it stands. False if no node was left. */
static bool complete(struct thread *t, uint32_t at, bool *wrong)
{
	struct thread_python_frame *f = &t->python.frames[at];
	const struct thread_python_frame *outer = at ? f - 1 : NULL;
	uint64_t value;

	f->outer = outer ? outer->frame : NULL;
	f->hash = outer ? outer->hash : 0;
	f->node = outer ? outer->node : 0;
	f->depth = outer ? outer->depth : 0;
	if (is_shim(f->frame)) {
		f->code = NULL;
		return true;
	}
	f->code = code_of(f->frame);
	f->moment = moment_of(f->frame);
	value = frame_value(f->code, f->moment,
			    !outer || (!outer->code && is_entry_shim(outer->frame)), wrong);
	if (*wrong)
		return false;
	if (f->code == load_relaxed(&init_cleanup)) { /* it was met just now */
		f->code = NULL;
		return true;
	}
	f->node = stacks_intern_child(t, f->node, value, f->depth++, &f->hash);
	return f->node;
}

/* Deeper than can be kept: the innermost functions, behind a gap. */
static uint32_t walk_deep(struct thread *t, const char *frame, bool *wrong)
{
	const char **met = t->python.fresh;
	uint32_t count = 0, node, depth = 0;
	uint64_t hash = 0;

	t->python.count = 0;
	for (; frame && count < DEEP_FRAMES; frame = pointer_at(frame, layout.previous))
		if (!is_shim(frame))
			met[count++] = frame;
	node = stacks_intern_child(t, 0, FRAME_GAP, depth++, &hash);
	while (count-- > 0 && node) {
		const char *outer = pointer_at(met[count], layout.previous);
		uint64_t value = frame_value(code_of(met[count]), moment_of(met[count]),
					     !outer || is_entry_shim(outer), wrong);

		if (*wrong)
			return 0;
		node = stacks_intern_child(t, node, value, depth++, &hash);
	}
	return node;
}

uint32_t python_stack(struct thread *t, const char *state, bool *wrong)
{
	uint32_t generation = load_relaxed(&python_codes_generation), fresh = 0, kept = 0;
	struct thread_python *p = &t->python;
	const char *frame = innermost(state);

	if (p->generation != generation) {
		p->count = 0;
		p->generation = generation;
	}
	for (; frame; frame = pointer_at(frame, layout.previous)) {
		uint32_t at = find(p, frame), changed;

		if (at != NOWHERE && is_chain(p, at, &changed)) {
			kept = at + 1;
			for (; changed < kept; changed++)
				if (!complete(t, changed, wrong)) {
					p->count = 0;
					return 0;
				}
			break;
		}
		if (fresh == THREAD_PYTHON_FRAMES)
			return walk_deep(t, innermost(state), wrong);
		p->fresh[fresh++] = frame;
	}
	if (kept + fresh > THREAD_PYTHON_FRAMES)
		return walk_deep(t, innermost(state), wrong);
	p->count = kept;
	while (fresh-- > 0) {
		p->frames[p->count].frame = p->fresh[fresh];
		if (!complete(t, p->count, wrong)) {
			uint32_t node = p->count ? p->frames[p->count - 1].node : 0;

			p->count = 0;
			return *wrong ? 0 : node;
		}
		note_position(p, p->count++);
	}
	return p->count ? p->frames[p->count - 1].node : 0;
}

bool python_stack_is(const char *state, uint32_t node)
{
	const char *frame = innermost(state);
	bool wrong = false;

	for (; frame; frame = pointer_at(frame, layout.previous)) {
		const char *outer = pointer_at(frame, layout.previous);
		const struct stack_node *n = &region.nodes[node];

		if (is_shim(frame))
			continue;
		if (n->frame == FRAME_GAP)
			return true; /* deeper than can be kept */
		if (!node || n->frame != frame_value(code_of(frame), moment_of(frame),
						     !outer || is_entry_shim(outer), &wrong))
			return false;
		node = n->parent;
	}
	return !node;
}

/* A hash: places are told apart by it alone, and 2^64 is enough for that. */
static uint64_t caller_key(const char *code, uint64_t moment)
{
	uint64_t key = (uint64_t)code * 0x9e3779b97f4a7c15ull;

	key = (key ^ key >> 29 ^ (moment & ~ENTRY)) * 0xbf58476d1ce4e5b9ull;
	key ^= load_relaxed(&python_codes_generation);
	key = (key ^ key >> 31) * 0x94d049bb133111ebull;
	return key ^ key >> 29;
}

static uint32_t intern_caller(struct thread *t, const char *code, uint64_t moment, bool *wrong)
{
	uint64_t hash = 0, value = frame_value(code, moment, false, wrong);
	uint32_t outer = *wrong ? 0 : stacks_intern_child(t, 0, FRAME_CALLER_ONLY, 0, &hash);

	return outer ? stacks_intern_child(t, outer, value, 1, &hash) : 0;
}

uint32_t python_stack_of_release(struct thread *t, const char *state, bool *wrong)
{
	const char *frame = innermost(state);
	struct thread_caller *caller;
	const char *code;
	uint64_t key;

	while (frame && is_shim(frame))
		frame = pointer_at(frame, layout.previous);
	if (!frame)
		return 0;
	code = code_of(frame);
	key = caller_key(code, moment_of(frame));
	caller = &t->callers[key & (THREAD_CALLERS - 1)];
	if (caller->pc != key) {
		uint32_t stack = intern_caller(t, code, moment_of(frame), wrong);

		if (*wrong)
			return 0;
		*caller = (struct thread_caller){.pc = key, .stack = stack};
	}
	caller->count++;
	if ((caller->count & (caller->count - 1)) == 0)
		return python_stack(t, state, wrong);
	return caller->stack;
}

uint32_t python_stack_link(struct thread *t, uint32_t native, uint32_t python)
{
	uint64_t hash = (uint64_t)native * 0x9e3779b97f4a7c15ull;

	return stacks_intern_child(t, native, FRAME_PYTHON_LINK << FRAME_ADDRESS_BITS | python, 0,
				   &hash);
}
