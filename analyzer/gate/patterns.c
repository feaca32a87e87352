/* SPDX-License-Identifier: MIT */
#include "patterns.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../symbols/demangle.h"
#include "../util/array.h"
#include "../util/human.h"
#include "../util/origins.h"
#include "glob.h"

/* What Valgrind calls what it does not know; ? are wildcards in patterns, so that it meets itself. */
#define UNKNOWN "???"

/* A $ ends the pattern wherever it stands, a ^ has its meaning in front only. */
bool patterns_read_text(struct arena *arena, const char *text, struct suppression_pattern *p)
{
	bool from_start = *text == '^';
	const char *body = text + from_start;
	size_t length = strcspn(body, "$");
	char *glob = arena_alloc(arena, length + 3);

	if (!from_start)
		strcpy(glob, "*");
	strncat(glob, body, length);
	if (!body[length])
		strcat(glob, "*");
	*p = (struct suppression_pattern){.kind = PATTERN_TEXT, .glob = glob};
	return length > 0;
}

/* Symbols have versions behind an @ and copies of functions a dot and a word. Where wildcards stand
 * there, digits would do, and digits are what copies are numbered by. */
static const char *base_of(struct arena *arena, const char *glob)
{
	char *digits = arena_strdup(arena, glob);
	char *base;
	size_t length;

	for (char *c = digits; *c; c++)
		if (*c == '*' || *c == '?')
			*c = '0';
	length = demangle_base_length(digits);
	if (!glob[length])
		return NULL;
	base = arena_strndup(arena, glob, length);
	return glob_asks_for_something(base) ? base : NULL;
}

static void read_function(struct arena *arena, struct suppression_pattern *p)
{
	const char *language;
	const char *name;
	char *demangled;

	p->base = base_of(arena, p->glob);
	name = p->base ? p->base : p->glob;
	if (strpbrk(name, "*?")) {
		p->has_mangled = mangled_read(arena, name, &p->mangled);
	} else if ((demangled = demangle_symbol(name, &language))) {
		p->demangled = arena_strdup(arena, demangled);
		free(demangled);
	}
}

/* FILE or FILE:LINE */
static bool read_source(struct arena *arena, const char *text, struct suppression_pattern *p)
{
	size_t length = strcspn(text, ":");
	uint64_t line = 0;

	if (!length)
		return false;
	p->glob = arena_strndup(arena, text, length);
	if (!text[length])
		return true;
	if (!text[length + 1])
		return false;
	for (const char *c = text + length + 1; *c; c++) {
		if (!isdigit((unsigned char)*c) || line > UINT32_MAX / 16)
			return false;
		line = line * 10 + (uint64_t)(*c - '0');
	}
	p->line = (uint32_t)line;
	return true;
}

bool patterns_read_frame(struct arena *arena, const char *text, struct suppression_pattern *p)
{
	*p = (struct suppression_pattern){.kind = PATTERN_FRAMES};
	if (!strcmp(text, "..."))
		return true;
	if (!strncmp(text, "src:", 4)) {
		p->kind = PATTERN_SOURCE;
		return read_source(arena, text + 4, p);
	}
	if (!strncmp(text, "fun:", 4))
		p->kind = PATTERN_FUNCTION;
	else if (!strncmp(text, "obj:", 4))
		p->kind = PATTERN_OBJECT;
	else
		return false;
	p->glob = arena_strdup(arena, text + 4);
	if (p->kind == PATTERN_FUNCTION)
		read_function(arena, p);
	return *p->glob != '\0';
}

bool patterns_meet_any(const struct suppression_pattern *p, const struct model_stack *stack)
{
	for (uint32_t i = 0; i < stack->frame_count; i++) {
		const struct model_frame *frame = &stack->frames[i];
		const char *const names[] = {frame->module, frame->function, frame->file};

		for (size_t k = 0; k < sizeof names / sizeof *names && !*frame->note; k++)
			if (*names[k] && glob_matches(p->glob, names[k], strlen(names[k]), false))
				return true;
	}
	return false;
}

static bool meets(const char *glob, const char *name)
{
	return glob_matches(glob, name, strlen(name), true);
}

static bool function_meets(const struct suppression_pattern *p, const char *function)
{
	return meets(p->glob, *function ? function : UNKNOWN) ||
	       (p->base && meets(p->base, function)) ||
	       (p->demangled && !strcmp(p->demangled, function)) ||
	       (p->has_mangled && mangled_matches(&p->mangled, function));
}

/* Inside libc Valgrind tells of several names of a function that which programs call it by. */
static bool libc_function_meets(const struct suppression_pattern *p,
				const struct model_frame *frame)
{
	size_t length;
	const char *name;

	if (origins_of_module(frame->module) != ORIGIN_LIBC)
		return false;
	name = origins_libc_name(frame->function, &length);
	return length && (glob_matches(p->glob, name, length, true) ||
			  (p->base && glob_matches(p->base, name, length, true)));
}

static bool source_meets(const struct suppression_pattern *p, const struct model_frame *frame)
{
	return *frame->file && (!p->line || p->line == frame->line) &&
	       (meets(p->glob, frame->file) || meets(p->glob, human_basename(frame->file)));
}

static bool frame_meets(const struct suppression_pattern *p, const struct model_frame *frame)
{
	if (*frame->note)
		return false;
	switch (p->kind) {
	case PATTERN_FUNCTION:
		return function_meets(p, frame->function) || libc_function_meets(p, frame);
	case PATTERN_OBJECT:
		return meets(p->glob, *frame->module ? frame->module : UNKNOWN);
	case PATTERN_SOURCE:
		return source_meets(p, frame);
	default:
		return false;
	}
}

/* The names that the linker has for what a model calls operator new: which of them was called is not
 * told. What begins with builtin or __builtin is as Valgrind once named its own. */
static const struct {
	bool array, aligned;
	const char *names[7];
} operators[] = {
	{false,
	 false,
	 {"_Znwm", "_Znwj", "_ZnwmRKSt9nothrow_t", "_ZnwjRKSt9nothrow_t",
	  "operator new(unsigned long)", "__builtin_new", "builtin_new"}},
	{true,
	 false,
	 {"_Znam", "_Znaj", "_ZnamRKSt9nothrow_t", "_ZnajRKSt9nothrow_t",
	  "operator new[](unsigned long)", "__builtin_vec_new", "builtin_vec_new"}},
	{false, true, {"_ZnwmSt11align_val_t", "_ZnwmSt11align_val_tRKSt9nothrow_t"}},
	{true, true, {"_ZnamSt11align_val_t", "_ZnamSt11align_val_tRKSt9nothrow_t"}},
};

static bool operator_meets(const struct suppression_pattern *p, const char *api)
{
	bool array = !strncmp(api, "operator new[]", strlen("operator new[]"));
	bool aligned = strstr(api, "align") != NULL;

	if (strncmp(api, "operator new", strlen("operator new")) != 0)
		return false;
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
		const char *const *names = operators[i].names;

		if (operators[i].array != array || operators[i].aligned != aligned)
			continue;
		for (size_t k = 0; k < sizeof operators[i].names / sizeof *names && names[k]; k++)
			if (function_meets(p, names[k]))
				return true;
	}
	return false;
}

/* The allocating function is in no module that a user could know of. */
static bool api_meets(const struct suppression_pattern *p, const char *api)
{
	switch (p->kind) {
	case PATTERN_FUNCTION:
		return function_meets(p, api) || operator_meets(p, api);
	case PATTERN_OBJECT:
		return meets(p->glob, UNKNOWN);
	default:
		return false;
	}
}

/* As glob_matches, but that the frames may go on where the patterns end. */
bool patterns_meet_innermost(const struct suppression_pattern *patterns, uint32_t count,
			     const char *api, const struct model_stack *stack)
{
	uint32_t first = *api != '\0';
	uint64_t frames = (uint64_t)first + stack->frame_count;
	uint64_t frame = 0, taken = 0;
	uint32_t next = 0, behind_any = 0;

	while (next < count) {
		const struct suppression_pattern *p = &patterns[next];

		if (p->kind == PATTERN_FRAMES) {
			behind_any = ++next;
			taken = frame;
		} else if (frame < frames &&
			   (frame < first ? api_meets(p, api)
					  : frame_meets(p, &stack->frames[frame - first]))) {
			next++;
			frame++;
		} else if (behind_any && taken < frames) {
			next = behind_any;
			frame = ++taken;
		} else {
			return false;
		}
	}
	return true;
}
