/* SPDX-License-Identifier: MIT */
/*
 * python_fixture.h - interpreters of every known layout that are made of plain memory: frames, code
 * objects and strings lie where CPython has them.
 */
#ifndef TENURE_PYTHON_FIXTURE_H
#define TENURE_PYTHON_FIXTURE_H

#include <check.h>
#include <string.h>
#include <unistd.h>

#include "preload/atomics.h"
#include "preload/python_codes.h"
#include "preload/python_layout.h"
#include "preload/python_stack.h"
#include "preload/region.h"
#include "preload/stacks.h"
#include "suite.h"

#define LAYOUTS 8
#define VERSION(minor) (3u << 24 | (uint32_t)(minor) << 16 | 1u << 8 | 0xf0)
#define LIMIT THREAD_PYTHON_FRAMES
#define DEEP 256 /* innermost functions that are told of a stack too deep to be kept */
#define FRAMES_MOST 1400
#define CODES 12
#define GENERATORS 4
#define LINE(code) (*(const int *)((code)->at + layout->first_line))
#define POINT(object, offset, value) put(object, offset, (uint64_t)(value), 8)
#define COUNT(array) (sizeof(array) / sizeof *(array))

struct object {
	char at[144];
} __attribute__((aligned(16)));

struct frame {
	char at[112]; /* as the interpreter has it; and what should be told of it: */
	const struct object *code; /* NULL: it only marks an entry of the loop */
	int position; /* -1: before its first instruction */
	bool entry; /* as 3.11 says it in the frame itself */
	bool taken; /* it must not be used for another call now */
} __attribute__((aligned(16)));

static const struct spelling {
	unsigned kind;
	bool ascii;
	const void *text;
	size_t length;
	const char *utf8;
} spellings[] = {
	{1, true, "run", 3, "run"},
	{1, false, "caf\xe9\x7f\x80\xff", 7, "caf\xc3\xa9\x7f\xc2\x80\xc3\xbf"},
	{2, false, (uint16_t[]){0x65e5, 'x', 0x7ff, 0x800}, 4, "\xe6\x97\xa5x\xdf\xbf\xe0\xa0\x80"},
	{4, false, (uint32_t[]){0x1f40d, 0xffff, 'y'}, 3, "\xf0\x9f\x90\x8d\xef\xbf\xbfy"},
};

static const struct python_layout *layout;
static struct thread thread;
static struct object code_type, string_type, bytes_type, other;
static struct object state, holder; /* of the thread, and in between in 3.11 and 3.12 */
static struct object name, files[COUNT(spellings)], lines, codes[CODES];
static struct {
	struct frame functions[2 * FRAMES_MOST], marks[2 * FRAMES_MOST], generators[GENERATORS];
} frames;
static struct frame *chain[FRAMES_MOST]; /* outermost first */
static unsigned depth;
static int newest_line;
static uint64_t random_state;

static inline unsigned random_below(unsigned limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % limit;
}

static inline void put(void *object, unsigned offset, uint64_t value, size_t bytes)
{
	memcpy((char *)object + offset, &value, bytes);
}

static inline void make_string(struct object *object, const struct spelling *s)
{
	POINT(object, PYTHON_TYPE, &string_type);
	put(object, PYTHON_SIZE, s->length, 8);
	put(object, PYTHON_STRING_STATE, s->kind << 2 | 1u << 5 | s->ascii << 6 | 0x81, 4);
	memcpy(object->at + (s->ascii ? layout->ascii : layout->wide), s->text,
	       s->length * s->kind);
}

static inline void make_code(void *code, int first_line)
{
	memset(code, 0, sizeof(struct object));
	POINT(code, PYTHON_TYPE, &code_type);
	POINT(code, layout->name, &name);
	POINT(code, layout->file, &files[0]);
	POINT(code, layout->line_table, &lines);
	put(code, layout->first_line, (uint64_t)first_line, 4);
}

static inline void use_layout(int number)
{
	const struct python_types types = {&code_type, &string_type, &bytes_type};

	layout = python_layout_of(VERSION(8 + number % LAYOUTS));
	ck_assert(layout && layout->minor == 8 + number % LAYOUTS);
	python_codes_start(layout, &types);
	python_stack_start(layout);
	make_string(&name, &spellings[0]);
	for (unsigned i = 0; i < COUNT(spellings); i++)
		make_string(&files[i], &spellings[i]);
	POINT(&lines, PYTHON_TYPE, &bytes_type);
	put(&lines, PYTHON_SIZE, 4, 8);
	put(&lines, PYTHON_BYTES_DATA, 0x03000201, 4);
	for (int i = 0; i < CODES; i++)
		make_code(&codes[i], 10 + i);
}

static inline void write_frame(unsigned at)
{
	struct frame *f = chain[at];
	uint64_t position = (uint64_t)f->position;

	POINT(f, layout->previous, at ? chain[at - 1] : NULL);
	put(f, layout->code, (uint64_t)f->code | (layout->minor >= 14), 8);
	if (layout->moment_kind == PYTHON_MOMENT_POINTER)
		put(f, layout->moment, (uint64_t)f->code + layout->instructions + position * 2, 8);
	else if (layout->moment_kind == PYTHON_MOMENT_BYTES && f->position > 0)
		put(f, layout->moment, position * 2, 4);
	else
		put(f, layout->moment, position, 4);
	if (layout->minor == 11)
		put(f, layout->entry, f->entry, 1);
	if (layout->minor >= 12)
		put(f, layout->owner, f->code ? at % 3 : 3 + (layout->minor > 13) * at % 2, 1);
}

static inline void enter(struct frame *f)
{
	f->taken = true;
	chain[depth] = f;
	write_frame(depth++);
}

static inline void call_code(const struct object *code, int position)
{
	struct frame *f = &frames.functions[random_below(2)];

	while (f->taken)
		f++;
	*f = (struct frame){{0}, code, position, random_below(3) == 0, true};
	enter(f);
}

static inline void call_any(void)
{
	call_code(&codes[random_below(CODES)],
		  (int)random_below(random_below(9) ? 4 : 1u << 26) - 1);
}

/* The evaluation loop is entered, which earlier versions do not tell by a frame. Its frame lies on
 * the C stack: never where one of a function is. */
static inline void enter_loop(void)
{
	struct frame *f = frames.marks;

	while (f->taken)
		f++;
	if (layout->minor < 12)
		call_any();
	else
		enter(f);
}

/* Generators go on where they were, over whoever calls them now. Their code is never released. */
static inline void resume(void)
{
	struct frame *f = &frames.generators[random_below(GENERATORS)];

	if (f->taken)
		return;
	if (!f->code || random_below(4) == 0) {
		f->code = &codes[random_below(2)];
		f->position = -1;
	}
	f->entry = random_below(2);
	enter(f);
}

static inline void leave(void)
{
	if (depth)
		chain[--depth]->taken = false;
}

static inline void go_to(unsigned to)
{
	while (depth > to)
		leave();
	while (depth < to)
		if (depth % 100 == 2)
			enter_loop();
		else
			call_any();
}

/* As if all calls inside of it had ended meanwhile and been made again, in the same memory. */
static inline void move(void)
{
	unsigned at = random_below(2) ? random_below(depth + 1) : depth;

	if (!at || !chain[at - 1]->code)
		return;
	chain[at - 1]->position = (int)random_below(4) - 1;
	chain[at - 1]->entry ^= random_below(4) == 0;
	write_frame(at - 1);
}

/* The same, but of what lies outside of these one frame has gone or come. */
static inline void change_outside(void)
{
	unsigned at = random_below(depth + 1), inside = depth - at;
	struct frame *again[FRAMES_MOST];

	memcpy(again, &chain[at], inside * sizeof *again);
	depth = at;
	if (random_below(2))
		leave();
	else
		resume();
	for (unsigned i = 0; i < inside; i++)
		enter(again[i]);
}

/* The code of the newest call is released, and other or the same is compiled to where it was. */
static inline void compile_anew(void)
{
	struct frame *f = depth ? chain[depth - 1] : &frames.generators[0];
	struct object *code = (struct object *)f->code;

	if (code < &codes[2])
		return;
	leave();
	for (unsigned i = 0; i < depth; i++)
		if (chain[i]->code == code)
			return;
	python_codes_released(code);
	make_code(code, random_below(2) ? ++newest_line : LINE(code));
	enter(f);
}

static inline uint32_t stack_now(bool *wrong)
{
	struct frame *innermost = depth ? chain[depth - 1] : NULL;

	POINT(&state, layout->head, layout->hop < 0 ? (void *)innermost : &holder);
	if (layout->hop >= 0)
		POINT(&holder, (unsigned)layout->hop, innermost);
	return python_stack(&thread, state.at, wrong);
}

static inline void check_frame(uint64_t frame, unsigned at)
{
	const struct frame *f = chain[at];
	bool entry = layout->minor < 12 ? layout->minor < 11 || f->entry
					: !at || !chain[at - 1]->code;
	uint64_t number = frame >> FRAME_PYTHON_CODE_SHIFT & FRAME_PYTHON_CODE_MASK;
	uint64_t expected = FRAME_PYTHON << FRAME_ADDRESS_BITS | number << FRAME_PYTHON_CODE_SHIFT |
			    (entry ? FRAME_PYTHON_ENTRY : 0) |
			    (uint64_t)(f->position > 0 ? f->position : 0);

	if (frame != expected)
		ck_abort_msg("frame %u is %lx, not %lx", at, (long)frame, (long)expected);
	if (!number || region.python_codes[number - 1].first_line != LINE(f->code))
		ck_abort_msg("frame %u is of code %u, not of another", at, (unsigned)number);
}

/* A naive walk of what was built. Of each path there is but one node. */
static inline void check_stack(uint32_t stack)
{
	bool deep = depth > LIMIT;
	uint64_t path[FRAMES_MOST];
	uint32_t node = stack, count = 0;

	for (unsigned at = depth; at-- > 0 && !(deep && count == DEEP);) {
		if (!chain[at]->code)
			continue;
		path[count] = region.nodes[node].frame;
		check_frame(path[count++], at);
		node = region.nodes[node].parent;
	}
	if (deep && region.nodes[node].frame == FRAME_GAP) {
		path[count++] = FRAME_GAP;
		node = region.nodes[node].parent;
	}
	if (node || (deep && count != DEEP + 1) || stacks_intern_all(NULL, path, count) != stack)
		ck_abort_msg("stack %u is not that of these %u frames", stack, count);
}

static inline void compare(void)
{
	bool wrong = false;
	uint32_t stack = stack_now(&wrong);

	check_stack(stack);
	if (stack_now(&wrong) != stack || wrong)
		ck_abort_msg("not the same once more");
}

static inline uint32_t number_of(const void *code)
{
	bool wrong = false;
	uint32_t number = python_codes_number(code, &wrong);

	if (wrong)
		ck_abort_msg("no code object");
	return number;
}

static inline void assert_text(uint32_t offset, uint32_t bytes, const char *expected)
{
	ck_assert_uint_eq(bytes, strlen(expected));
	ck_assert_mem_eq(region.python_text + offset, expected, bytes);
}

static inline void setup(void)
{
	long fd;

	region_forget(&region, false);
	fd = region_create(NULL);
	ck_assert_int_ge(fd, 0);
	close((int)fd);
	stacks_reset();
	python_codes_reset();
	memset(&thread, 0, sizeof thread);
	memset(&frames, 0, sizeof frames);
	random_state = depth = 0;
}

#endif
