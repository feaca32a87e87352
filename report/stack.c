/* SPDX-License-Identifier: MIT */
#include "stack.h"

#include <inttypes.h>
#include <string.h>

#include "../analyzer/util/human.h"
#include "../analyzer/util/origins.h"
#include "visible.h"
#include "wrap.h"

/* What is left of a name at least. */
#define SHORT_WIDTH_MIN 12u

/* Functions are padded to the widest of the stack, but no further than this. */
#define FUNCTION_WIDTH_MAX 36u

struct stack_range stack_shown(const struct model_stack *stack, bool all_frames)
{
	struct stack_range range = {0, stack->frame_count};
	const struct model_frame *frames = stack->frames;

	if (all_frames)
		return range;
	while (range.first < range.end &&
	       origins_of_module(frames[range.first].module) == ORIGIN_RECORDER)
		range.first++;
	while (range.first < range.end && origins_is_library_inside(frames[range.first].function))
		range.first++;
	/* Only _start calls into libc's start-up code, whatever its name was before stripping. */
	if (range.end > range.first + 1 && !*frames[range.end - 1].function &&
	    origins_is_startup(frames[range.end - 2].function))
		range.end--;
	while (range.end > range.first && origins_is_startup(frames[range.end - 1].function))
		range.end--;
	if (range.first == range.end)
		return (struct stack_range){0, stack->frame_count};
	return range;
}

void stack_function(const struct model_frame *frame, char *text, size_t bytes)
{
	if (*frame->note)
		snprintf(text, bytes, "(%s)", frame->note);
	else if (*frame->function)
		snprintf(text, bytes, "%s", frame->function);
	else
		snprintf(text, bytes, "%s+0x%" PRIx64, human_basename(frame->module),
			 frame->offset);
}

/* Leading directories go first when a line is too long; the file's name stays. */
static const char *fit_path(const char *path, size_t columns)
{
	const char *shown = path;

	while (visible_width(shown) > columns) {
		const char *slash = strchr(shown + (*shown == '/'), '/');

		if (!slash)
			break;
		shown = slash + 1;
	}
	return shown;
}

const char *stack_module(const struct model_frame *frame)
{
	return strcmp(frame->module, frame->file) != 0 ? human_basename(frame->module) : "";
}

static void put_module(FILE *file, const struct model_frame *frame, const char *module,
		       const struct stack_style *style)
{
	if (!*module)
		return;
	fprintf(file, "  %s", style->dim);
	visible_put(file, module);
	if (frame->inlined)
		fputs(" (inlined)", file);
	fputs(style->plain, file);
}

static void put_frame(FILE *file, const struct model_frame *frame, size_t pad,
		      const struct stack_style *style)
{
	const char *module = stack_module(frame);
	char function[4096];
	char line[16] = "";
	size_t width;
	size_t used;

	stack_function(frame, function, sizeof function);
	width = visible_width(function);
	visible_put(file, function);
	if (*frame->note || !*frame->function) {
		putc('\n', file);
		return;
	}
	fprintf(file, "%*s", width < pad ? (int)(pad - width) : 0, "");
	if (frame->line)
		snprintf(line, sizeof line, ":%" PRIu32, frame->line);
	if (*frame->file) {
		used = strlen(style->indent) + (width < pad ? pad : width) + 2 + strlen(line) + 2 +
		       visible_width(module);
		fputs("  ", file);
		visible_put(file, fit_path(frame->file,
					   used < style->columns ? style->columns - used : 1));
		fputs(line, file);
	}
	put_module(file, frame, module, style);
	putc('\n', file);
}

static bool same_function(const struct model_frame *a, const struct model_frame *b)
{
	return *a->function && !strcmp(a->function, b->function) && !strcmp(a->module, b->module);
}

uint32_t stack_recursion(const struct model_stack *stack, uint32_t first, uint32_t end)
{
	uint32_t next = first + 1;

	while (next < end && same_function(&stack->frames[first], &stack->frames[next]))
		next++;
	return next - first;
}

void stack_put(FILE *file, const struct model_stack *stack, const struct stack_style *style)
{
	struct stack_range range = stack_shown(stack, style->all_frames);
	size_t pad = 0;

	if (!stack->frame_count) {
		fprintf(file, "%s(no call stack)\n", style->indent);
		return;
	}
	for (uint32_t i = range.first; i < range.end; i++) {
		size_t width = visible_width(stack->frames[i].function);

		if (width > pad && width <= FUNCTION_WIDTH_MAX)
			pad = width;
	}
	for (uint32_t i = range.first; i < range.end; i++) {
		const struct model_frame *frame = &stack->frames[i];
		uint32_t calls = stack_recursion(stack, i, range.end);

		fputs(style->indent, file);
		put_frame(file, frame, pad, style);
		/* The first and the last call of a recursion stay. */
		if (!style->all_frames && calls > 3) {
			fprintf(file, "%s%s... %s more calls of the same function%s\n",
				style->indent, style->dim, human_count(calls - 2).text,
				style->plain);
			i += calls - 2;
		}
	}
}

/* The name of a C++ function without its parameters, which seldom tell functions apart. */
static void cut_parameters(char *function)
{
	char *p = strrchr(function, ')');
	unsigned depth = 0;

	if (!p || (p[1] && strcmp(p + 1, " const")))
		return;
	for (; p > function; p--) {
		depth += *p == ')';
		depth -= *p == '(';
		if (!depth)
			break;
	}
	if (p > function && !depth && !strstr(function, "operator"))
		*p = '\0';
}

/* The function's name gives way when there are too few columns for both; 0: there are enough. */
static void put_short(FILE *file, const struct model_frame *frame, unsigned columns)
{
	char function[4096];
	char place[4096] = "";
	size_t width;

	stack_function(frame, function, sizeof function);
	if (*frame->function)
		cut_parameters(function);
	if (*frame->file && frame->line)
		snprintf(place, sizeof place, "%s:%" PRIu32, human_basename(frame->file),
			 frame->line);
	else if (*frame->file)
		snprintf(place, sizeof place, "%s", human_basename(frame->file));
	width = visible_width(place) + (*place ? 1 : 0);
	if (!columns)
		visible_put(file, function);
	else if (columns > width + SHORT_WIDTH_MIN)
		wrap_put_cut(file, function, columns - (unsigned)width);
	else
		wrap_put_cut(file, function, SHORT_WIDTH_MIN);
	if (*place) {
		putc(' ', file);
		if (columns)
			wrap_put_cut(file, place,
				     columns > SHORT_WIDTH_MIN * 2 ? columns - SHORT_WIDTH_MIN - 1
								   : SHORT_WIDTH_MIN);
		else
			visible_put(file, place);
	}
}

void stack_put_innermost(FILE *file, const struct model_stack *stack,
			 const struct stack_style *style)
{
	if (!stack->frame_count) {
		fputs("(no call stack)\n", file);
		return;
	}
	put_short(file, &stack->frames[stack_shown(stack, style->all_frames).first], 0);
	putc('\n', file);
}

bool stack_is_library(const struct model_frame *frame)
{
	return !origins_is_own(frame->module, frame->function) ||
	       origins_is_wrapper(frame->function) ||
	       !strncmp(frame->file, "/usr/include/", strlen("/usr/include/"));
}

/* Code without a name that Python called says less than the line which called it. */
const struct model_frame *stack_own(const struct model_stack *stack)
{
	struct stack_range range = stack_shown(stack, false);
	const struct model_frame *own = NULL;

	for (uint32_t i = range.first; i < range.end; i++) {
		const struct model_frame *frame = &stack->frames[i];

		if (*frame->note || stack_is_library(frame))
			continue;
		if (*frame->function)
			return own && strcmp(frame->language, "python") != 0 ? own : frame;
		if (!own)
			own = frame;
	}
	if (own)
		return own;
	return stack->frame_count ? &stack->frames[range.first] : NULL;
}

void stack_put_name(FILE *file, const struct model_stack *stack, unsigned columns)
{
	const struct model_frame *frame = stack_own(stack);

	if (frame)
		put_short(file, frame, columns);
	else
		fputs("(no call stack)", file);
}

void stack_put_own(FILE *file, const struct model_stack *stack, unsigned columns)
{
	stack_put_name(file, stack, columns);
	putc('\n', file);
}
