/* SPDX-License-Identifier: MIT */
/* A call stack as a list, innermost first, with lines of the source where they could be read. */
#include "page.h"

#include <inttypes.h>
#include <string.h>

#include "../stack.h"

#define SOURCES_MAX 6 /* of a stack: the frames further out say why, seldom what */
#define TAB_COLUMNS 8
#define LINE_MAX 2048

/* A line with its tabs as blanks, which are the same everywhere. */
static void expand_tabs(const char *line, char text[LINE_MAX])
{
	size_t used = 0;

	for (; *line && used + TAB_COLUMNS < LINE_MAX; line++) {
		if (*line != '\t') {
			text[used++] = *line;
			continue;
		}
		do
			text[used++] = ' ';
		while (used % TAB_COLUMNS);
	}
	text[used] = '\0';
}

static void put_source(struct page *p, const struct model_frame *frame)
{
	const struct model_source *source = frame->source;
	char text[LINE_MAX];

	markup_open(&p->m, "pre", "class", "source", "tabindex", "0", NULL);
	for (uint32_t i = 0; i < source->line_count; i++) {
		uint32_t number = source->first_line + i;

		expand_tabs(source->lines[i], text);
		if (number == frame->line)
			markup_open(&p->m, "mark", NULL);
		markup_printf(&p->m, "%6" PRIu32 "%s %s", number, number == frame->line ? ">" : " ",
			      text);
		if (number == frame->line)
			markup_close(&p->m, "mark");
		putc('\n', p->m.file);
	}
	markup_close(&p->m, "pre");
	if (source->newer)
		markup_leaf(
			&p->m, "p",
			"This file was changed after the program was built: lines may have moved.",
			"class", "remark", NULL);
}

static void put_place(struct page *p, const struct model_frame *frame)
{
	const char *module = stack_module(frame);

	if (*frame->file) {
		markup_text(&p->m, " ");
		markup_open(&p->m, "span", "class", "place", NULL);
		markup_text(&p->m, frame->file);
		if (frame->line)
			markup_printf(&p->m, ":%" PRIu32, frame->line);
		markup_close(&p->m, "span");
	}
	if (*frame->function && *module) {
		markup_text(&p->m, " ");
		markup_leaf(&p->m, "span", module, "class", "module", NULL);
	}
	if (frame->inlined)
		markup_leaf(&p->m, "span", " inlined", "class", "module", NULL);
}

static void put_line(struct page *p, const struct model_frame *frame)
{
	char function[4096];

	stack_function(frame, function, sizeof function);
	markup_leaf(&p->m, "code", function, NULL);
	if (!*frame->note)
		put_place(p, frame);
}

/* with_source: lines of it, if there are any; they are in sight if it is the first of the program's own. */
static void put_frame(struct page *p, const struct model_frame *frame, bool with_source,
		      bool first_own)
{
	const char *class = *frame->note ? "note" : stack_is_library(frame) ? "library" : "own";

	markup_open(&p->m, "li", "class", class, NULL);
	if (with_source) {
		markup_open(&p->m, "details", "open", first_own ? "" : NULL, NULL);
		markup_open(&p->m, "summary", NULL);
		put_line(p, frame);
		markup_close(&p->m, "summary");
		put_source(p, frame);
		markup_close(&p->m, "details");
	} else {
		put_line(p, frame);
	}
	markup_close(&p->m, "li");
}

void page_put_stack(struct page *p, const struct model_stack *stack)
{
	struct stack_range range = stack_shown(stack, p->options->all_frames);
	const struct model_frame *own = stack_own(stack);
	unsigned sources = 0;

	if (!stack->frame_count) {
		markup_leaf(&p->m, "p", "(no call stack)", "class", "remark", NULL);
		return;
	}
	markup_open(&p->m, "ol", "class", "stack", NULL);
	for (uint32_t i = range.first; i < range.end; i++) {
		const struct model_frame *frame = &stack->frames[i];
		uint32_t calls = stack_recursion(stack, i, range.end);
		bool with_source = frame->source && frame->source->line_count &&
				   !stack_is_library(frame) && sources++ < SOURCES_MAX;

		put_frame(p, frame, with_source, frame == own);
		/* The first and the last call of a recursion stay. */
		if (!p->options->all_frames && calls > 3) {
			markup_open(&p->m, "li", "class", "note", NULL);
			markup_printf(&p->m, "... %s more calls of the same function",
				      human_count(calls - 2).text);
			markup_close(&p->m, "li");
			i += calls - 2;
		}
	}
	markup_close(&p->m, "ol");
}
