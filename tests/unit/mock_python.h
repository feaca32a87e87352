/* SPDX-License-Identifier: MIT */
/*
 * mock_python.h - a synthetic process that runs Python, for tests of the collector: code objects, nodes
 * of Python's and of native stacks and links between them, and the stacks that come out as text.
 */
#ifndef TENURE_MOCK_PYTHON_H
#define TENURE_MOCK_PYTHON_H

#include "mock_target.h"

/* Run-time addresses: of the interpreter, of its evaluation loop, of other modules. */
#define INTERPRETER 0x7f1000000000ull
#define CALL (INTERPRETER + 0x5000)
#define EVALUATION_LOW (INTERPRETER + 0x1000)
#define EVALUATION_HIGH (INTERPRETER + 0x2000)
#define EVALUATION (EVALUATION_LOW + 0x234)
#define EXTENSION 0x7f2000000000ull
#define MAIN 0x400123ull
#define START 0x400011ull

#define FRAMES_MOST 12
#define STACK_TEXT_BYTES 400

/* Playing an interpreter. */

static inline uint64_t python(uint64_t code, uint64_t position)
{
	return FRAME_PYTHON << FRAME_ADDRESS_BITS | code << FRAME_PYTHON_CODE_SHIFT | position;
}

/* For which the evaluation loop was entered anew. */
static inline uint64_t entry(uint64_t code, uint64_t position)
{
	return python(code, position) | FRAME_PYTHON_ENTRY;
}

static inline uint64_t link_to(uint32_t node)
{
	return FRAME_PYTHON_LINK << FRAME_ADDRESS_BITS | node;
}

static inline uint32_t add_text(const void *text, uint32_t bytes)
{
	uint32_t at = load_relaxed(&target.header->python_text_used);

	memcpy(target.base + PYTHON_TEXT_OFFSET + at, text, bytes);
	store_release(&target.header->python_text_used, at + bytes);
	return at;
}

static inline struct python_code *code_slot(uint32_t number)
{
	return (struct python_code *)(target.base + PYTHON_CODES_OFFSET) + number - 1;
}

static inline void add_code(const char *function, const char *file, int32_t first_line,
			    uint8_t lines, const char *table, uint32_t table_bytes)
{
	uint32_t number = load_relaxed(&target.header->python_codes_used) + 1;
	struct python_code *code = code_slot(number);

	code->name_bytes = (uint16_t)strlen(function);
	code->name_offset = add_text(function, code->name_bytes);
	code->file_bytes = (uint16_t)strlen(file);
	code->file_offset = add_text(file, code->file_bytes);
	code->lines_bytes = table_bytes;
	code->lines_offset = add_text(table, table_bytes);
	code->first_line = first_line;
	code->lines = lines;
	store_release(&target.header->python_codes_used, number);
}

/* Code 1 is a, 2 is b, and so on to d. The instruction at a position is on the line of this number, up
 * to STEPS, which is that of all behind. */
#define STEPS 20

static inline void begin_python(bool native)
{
	char steps[2 * STEPS];

	struct region_header *h = target.header;

	use_rings(1);
	add_module("", 0x400000, 0, 0);
	add_module("libpython.so", INTERPRETER, INTERPRETER, 0);
	add_module("extension.so", EXTENSION, EXTENSION, 0);
	h->python_native = native;
	h->python_low = INTERPRETER;
	h->python_high = INTERPRETER + 0x10000;
	h->python_eval_low = EVALUATION_LOW;
	h->python_eval_high = EVALUATION_HIGH;
	for (int i = 0; i < STEPS; i++) {
		steps[2 * i] = 2; /* bytes */
		steps[2 * i + 1] = 1;
	}
	for (const char *function = "a\0b\0c\0d\0"; *function; function += 2)
		add_code(function, "x.py", 0, PYTHON_LINES_LNOTAB, steps, sizeof steps);
	store_release(&h->python_state, PYTHON_ON);
	target_hello(true);
	begin_thread(0, 1, 1);
}

/* The nodes of a stack, outermost first; ends with a frame of 0. Returns the innermost one. */
static inline uint32_t add_stack(uint32_t outer, const uint64_t *frames)
{
	for (; *frames; frames++) {
		uint32_t id = load_relaxed(&target.header->nodes_used);

		ck_assert_uint_lt(id, NODES);
		add_node(id, outer, *frames);
		store_relaxed(&target.header->nodes_used, id + 1);
		outer = id;
	}
	return outer;
}

#define STACK(...) add_stack(0, (const uint64_t[]){__VA_ARGS__, 0})
#define LINK(native, python_node) add_stack((native), (const uint64_t[]){link_to(python_node), 0})

/* An allocation with what both say at one moment. */
static inline void allocate_mixed(uint32_t native, uint32_t python_node)
{
	allocate(0, 16, LINK(native, python_node));
}

/* Reading what came out. */

static inline void append(char *text, const char *more)
{
	ck_assert_uint_lt(strlen(text) + strlen(more), STACK_TEXT_BYTES - 1);
	if (*text)
		strcat(text, " ");
	strcat(text, more);
}

static inline const char *frame_text(struct reader *r, const struct trace_frame *frame)
{
	const struct trace_module *module = reader_module(r, frame->module);
	const struct trace_code *code;
	static char text[200];

	if (!module) {
		snprintf(text, sizeof text, "<%llx>", (unsigned long long)frame->address);
	} else if (!strcmp(module->path, TRACE_PYTHON)) {
		code = reader_code(r, (code_id)(frame->address >> TRACE_CODE_SHIFT));
		snprintf(text, sizeof text, "%s:%u", code ? code->name : "?",
			 (uint32_t)frame->address);
	} else {
		snprintf(text, sizeof text, "%s+%llx", module->path,
			 (unsigned long long)frame->address);
	}
	return text;
}

/* Innermost first: function:line, module+offset. */
static inline const char *stack_text(struct reader *r, stack_id stack)
{
	static char text[STACK_TEXT_BYTES];

	*text = '\0';
	while (stack) {
		const struct trace_frame *frame = reader_stack(r, stack);

		ck_assert_ptr_nonnull(frame);
		append(text, frame_text(r, frame));
		stack = frame->parent;
	}
	return text;
}

static inline stack_id expect_next(struct reader *r, const char *wanted)
{
	struct trace_event event;

	ck_assert(reader_next(r, &event));
	ck_assert_str_eq(stack_text(r, event.stack), wanted);
	return event.stack;
}

static inline void expect_end(struct reader *r)
{
	struct trace_event event;

	ck_assert(!reader_next(r, &event));
	ck_assert_ptr_null(reader_damage(r));
	ck_assert_ptr_nonnull(reader_end(r));
	reader_free(r);
}

#endif
