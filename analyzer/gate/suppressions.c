/* SPDX-License-Identifier: MIT */
#include "suppressions.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "patterns.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define QUOTED_MAX 60 /* bytes of a file in a message */

struct annotations {
	const char *reason, *until; /* NULL without one */
};

struct parser {
	struct suppressions *into;
	struct arena *arena;
	const char *file, *today;
	struct suppressions_error *why;
	const char *at, *end;
	uint32_t line; /* of what next_line gave last */
	struct annotations annotations; /* of comments, for the suppression that follows */
	/* Of the block that is being read */
	struct suppression_pattern *patterns;
	size_t pattern_count, pattern_capacity;
};

/* Returns -1. */
__attribute__((format(printf, 3, 4))) static int fail(struct parser *p, uint32_t line,
						      const char *format, ...)
{
	char message[256];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	*p->why = (struct suppressions_error){line, arena_strdup(p->arena, message)};
	return -1;
}

/* Without blanks around it, in the arena. NULL at the end of the file. */
static char *next_line(struct parser *p)
{
	const char *begin = p->at, *end;

	if (begin == p->end)
		return NULL;
	end = memchr(begin, '\n', (size_t)(p->end - begin));
	p->at = end ? end + 1 : p->end;
	if (!end)
		end = p->end;
	p->line++;
	while (begin < end && isspace((unsigned char)*begin))
		begin++;
	while (begin < end && isspace((unsigned char)end[-1]))
		end--;
	return arena_strndup(p->arena, begin, (size_t)(end - begin));
}

static bool is_date(const char *text)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year, month, day, leap;

	for (int i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? text[i] != '-' : !isdigit((unsigned char)text[i]))
			return false;
	if (text[10])
		return false;
	year = atoi(text);
	month = atoi(text + 5);
	day = atoi(text + 8);
	leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + leap;
}

/* Where a word begins with "reason=" or "until=", at `from` or later; NULL if none does. */
static char *find_annotation(char *text, char *from)
{
	for (char *c = from; *c; c++)
		if ((c == text || isspace((unsigned char)c[-1])) &&
		    (!strncmp(c, "reason=", 7) || !strncmp(c, "until=", 6)))
			return c;
	return NULL;
}

static void trim_end(char *begin, char *end)
{
	while (end > begin && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
}

/* Takes what is said of why and until when off the end of a line. */
static int take_annotations(struct parser *p, char *text, struct annotations *a)
{
	char *at = find_annotation(text, text);

	if (at > text)
		trim_end(text, at - 1);
	while (at) {
		bool is_reason = *at == 'r';
		const char **value = is_reason ? &a->reason : &a->until;
		char *begin = strchr(at, '=') + 1;
		char *next = find_annotation(text, begin);
		/* A blank stands in front of the next. */
		char *end = next ? next - 1 : begin + strlen(begin);

		while (begin < end && isspace((unsigned char)*begin))
			begin++;
		trim_end(begin, end);
		if (*value)
			return fail(p, p->line, "%s= is given twice",
				    is_reason ? "reason" : "until");
		if (!is_reason && !is_date(begin))
			return fail(p, p->line, "until=%.*s is not a day as in until=2027-01-31",
				    QUOTED_MAX, begin);
		*value = begin;
		at = next;
	}
	return 0;
}

/* What is left out by a # in front of it is no comment on what follows. */
static bool is_disabled_suppression(const char *comment)
{
	while (*comment == '#' || isspace((unsigned char)*comment))
		comment++;
	return !strncmp(comment, "leak:", 5);
}

/* The next line that is neither blank nor a comment: 1 with *line set, 0 at the end of the file.
 * annotations: where those of comments go, NULL to skip them. */
static int next_content(struct parser *p, struct annotations *annotations, char **line)
{
	while ((*line = next_line(p))) {
		char *comment = *line;

		if (!*comment)
			continue;
		if (*comment != '#')
			return 1;
		if (!annotations || is_disabled_suppression(comment))
			continue;
		comment += strspn(comment, "#");
		if (take_annotations(p, comment, annotations))
			return -1;
	}
	return 0;
}

static struct suppression *add(struct parser *p, const char *text, uint32_t line,
			       const struct annotations *a)
{
	struct suppressions *s = p->into;
	struct suppression *added;

	ARRAY_GROW(s->list, s->count + 1, s->capacity);
	added = &s->list[s->count++];
	*added = (struct suppression){
		.text = text,
		.file = p->file,
		.line = line,
		.reason = a->reason ? a->reason : "",
		.until = a->until ? a->until : "",
		.expired = a->until && strcmp(p->today, a->until) > 0,
	};
	return added;
}

/* TYPE:PATTERN */
static int read_rule(struct parser *p, char *line)
{
	struct annotations annotations = p->annotations;
	struct suppression_pattern pattern;
	struct suppression *added;
	size_t type = strcspn(line, ":");

	p->annotations = (struct annotations){0};
	if (!line[type])
		return fail(p, p->line,
			    "\"%.*s\" is neither leak:PATTERN nor begins a block with {",
			    QUOTED_MAX, line);
	if (type != 4 || memcmp(line, "leak", 4) != 0)
		return fail(p, p->line, "the type \"%.*s\" is unknown: only leak: is understood",
			    type < QUOTED_MAX ? (int)type : QUOTED_MAX, line);
	if (take_annotations(p, line, &annotations))
		return -1;
	if (!patterns_read_text(p->arena, line + 5, &pattern))
		return fail(p, p->line, "\"%s\" has no pattern and would hide everything", line);
	added = add(p, line, p->line, &annotations);
	added->patterns = arena_alloc(p->arena, sizeof pattern);
	added->patterns[0] = pattern;
	added->pattern_count = 1;
	return 0;
}

/* One of the words of a list with commas between them. */
static bool has_word(const char *list, size_t list_length, const char *word)
{
	const char *end = list + list_length;

	while (list < end) {
		size_t length = strcspn(list, ",:");

		if (length == strlen(word) && !memcmp(list, word, length))
			return true;
		list += length + 1;
	}
	return false;
}

/* Which kinds of loss a block is for: all are taken alike but none. */
static int read_leak_kinds(struct parser *p, const char *list, bool *none)
{
	static const char *const kinds[] = {"definite",	 "indirect", "possible",
					    "reachable", "all",	     "none"};
	const char *at = list + strspn(list, " \t");

	for (;;) {
		size_t length = strcspn(at, ",");
		bool known = false;

		for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
			known |= strlen(kinds[i]) == length && !memcmp(kinds[i], at, length);
		if (!known)
			return fail(p, p->line, "\"%.*s\" is no kind of leak",
				    length < QUOTED_MAX ? (int)length : QUOTED_MAX, at);
		*none = length == 4 && !memcmp(at, "none", 4);
		if (!at[length])
			return 0;
		at += length + 1;
	}
}

/* Up to the line with }. Returns how many lines of frames there were. */
static int read_frames(struct parser *p, uint32_t begin, struct annotations *annotations)
{
	bool none = false, any = false;
	char *line;
	int got;

	p->pattern_count = 0;
	while ((got = next_content(p, annotations, &line)) > 0 && strcmp(line, "}") != 0) {
		struct suppression_pattern pattern;

		if (!strncmp(line, "match-leak-kinds:", 17) && !p->pattern_count) {
			if (read_leak_kinds(p, line + 17, &none))
				return -1;
			continue;
		}
		if (!patterns_read_frame(p->arena, line, &pattern))
			return fail(p, p->line,
				    "\"%.*s\" is no frame: fun:NAME, obj:PATH, src:FILE or ...",
				    QUOTED_MAX, line);
		any |= pattern.kind != PATTERN_FRAMES;
		ARRAY_GROW(p->patterns, p->pattern_count + 1, p->pattern_capacity);
		p->patterns[p->pattern_count++] = pattern;
	}
	if (got < 0)
		return -1;
	if (!got)
		return fail(p, begin, "the block that begins here does not end");
	if (!any)
		return fail(p, begin, "a block needs a frame other than ...");
	return !none;
}

static int skip_block(struct parser *p, uint32_t begin)
{
	char *line;

	while (next_content(p, NULL, &line) > 0)
		if (!strcmp(line, "}"))
			return 0;
	return fail(p, begin, "the block that begins here does not end");
}

/* Behind the line with {. */
static int read_block(struct parser *p)
{
	struct annotations annotations = p->annotations;
	uint32_t begin = p->line;
	struct suppression *added;
	char *name, *kind;
	size_t tools;
	int got;

	p->annotations = (struct annotations){0};
	if ((got = next_content(p, &annotations, &name)) < 0)
		return -1;
	if (!got || !strcmp(name, "}"))
		return fail(p, begin, "the block that begins here has no name");
	if ((got = next_content(p, &annotations, &kind)) < 0)
		return -1;
	tools = got ? strcspn(kind, ":") : 0;
	if (!got || !kind[tools])
		return fail(p, got ? p->line : begin, "a block needs TOOL:KIND behind its name");
	if (!has_word(kind, tools, "Memcheck") || strcmp(kind + tools + 1, "Leak") != 0)
		return skip_block(p, begin);
	if ((got = read_frames(p, begin, &annotations)) <= 0)
		return got;
	added = add(p, name, begin, &annotations);
	added->valgrind = true;
	added->pattern_count = (uint32_t)p->pattern_count;
	added->patterns = arena_alloc(p->arena, p->pattern_count * sizeof *p->patterns);
	memcpy(added->patterns, p->patterns, p->pattern_count * sizeof *p->patterns);
	return 0;
}

static int read_all(struct parser *p)
{
	char *line;
	int got;

	while ((got = next_content(p, &p->annotations, &line)) > 0)
		if (strcmp(line, "{") ? read_rule(p, line) : read_block(p))
			return -1;
	return got;
}

static int refuse_binary(struct parser *p, const char *nul)
{
	uint32_t line = 1;

	for (const char *c = p->at; c < nul; c++)
		line += *c == '\n';
	return fail(p, line, "a NUL byte: this is no text file");
}

int suppressions_parse(struct suppressions *s, struct arena *arena, const char *file,
		       const char *text, size_t bytes, const char *today,
		       struct suppressions_error *why)
{
	struct parser p = {
		.into = s,
		.arena = arena,
		.file = arena_strdup(arena, file),
		.today = today,
		.why = why,
		.at = text,
		.end = text + bytes,
	};
	const char *nul = bytes ? memchr(text, '\0', bytes) : NULL;
	uint32_t before = s->count;
	int result;

	if (bytes >= strlen(BYTE_ORDER_MARK) &&
	    !memcmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)))
		p.at += strlen(BYTE_ORDER_MARK);
	result = nul ? refuse_binary(&p, nul) : read_all(&p);
	if (result)
		s->count = before;
	free(p.patterns);
	return result;
}

const struct suppression *suppressions_match(struct suppressions *s, const char *api,
					     const struct model_stack *stack)
{
	for (uint32_t i = 0; i < s->count; i++) {
		struct suppression *at = &s->list[i];

		if (at->valgrind
			    ? !patterns_meet_innermost(at->patterns, at->pattern_count, api, stack)
			    : !patterns_meet_any(at->patterns, stack))
			continue;
		at->used++;
		if (!at->expired)
			return at;
	}
	return NULL;
}

void suppressions_release(struct suppressions *s)
{
	free(s->list);
	*s = (struct suppressions){0};
}
