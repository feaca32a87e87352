/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* open_memstream, vasprintf */
#include "markup.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../../analyzer/util/message.h"
#include "../visible.h"

static void put_escaped(FILE *file, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", file);
			break;
		case '<':
			fputs("&lt;", file);
			break;
		case '>':
			fputs("&gt;", file);
			break;
		case '"':
			fputs("&quot;", file);
			break;
		case '\'':
			fputs("&#39;", file);
			break;
		case '`':
			fputs("&#96;", file);
			break;
		default:
			putc(*text, file);
		}
	}
}

/* A name of many kilobytes tells no more than its beginning, and there may be hundreds of it. Cut between
 * two characters. */
static void shorten(char *visible)
{
	size_t length = strlen(visible), end = MARKUP_TEXT_MAX;

	if (length <= MARKUP_TEXT_MAX + sizeof "... (18446744073709551615 more)")
		return;
	while (end && ((unsigned char)visible[end] & 0xc0) == 0x80)
		end--;
	snprintf(visible + end, length - end + 1, "... (%zu more)", length - end);
}

static void put_visible(FILE *file, const char *text, bool shortened)
{
	char *visible = visible_copy(text);

	if (shortened)
		shorten(visible);
	put_escaped(file, visible);
	free(visible);
}

void markup_text(struct markup *m, const char *text)
{
	put_visible(m->file, text, true);
}

static void put_start(struct markup *m, const char *element, va_list attributes)
{
	const char *name, *value;

	fprintf(m->file, "<%s", element);
	while ((name = va_arg(attributes, const char *)) != NULL) {
		value = va_arg(attributes, const char *);
		if (!value)
			continue;
		fprintf(m->file, " %s", name);
		if (!*value)
			continue;
		fputs("=\"", m->file);
		put_visible(m->file, value, false);
		putc('"', m->file);
	}
	putc('>', m->file);
}

/* Elements that a line each makes the file readable as text. */
static bool begins_line(const char *element)
{
	static const char *const lines[] = {"section", "article", "header", "footer", "figure",
					    "table",   "tr",	  "h2",	    "h3",     "p",
					    "ul",      "ol",	  "li",	    "dl",     "div",
					    "svg",     "details", "nav"};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (!strcmp(element, lines[i]))
			return true;
	return false;
}

static void enter(struct markup *m, const char *element)
{
	assert(m->depth < MARKUP_DEPTH_MAX);
	if (begins_line(element))
		putc('\n', m->file);
	m->open[m->depth++] = element;
}

void markup_open(struct markup *m, const char *element, ...)
{
	va_list attributes;

	enter(m, element);
	va_start(attributes, element);
	put_start(m, element, attributes);
	va_end(attributes);
}

void markup_close(struct markup *m, const char *element)
{
	assert(m->depth && !strcmp(m->open[m->depth - 1], element));
	m->depth--;
	fprintf(m->file, "</%s>", element);
}

void markup_empty(struct markup *m, const char *element, ...)
{
	va_list attributes;

	va_start(attributes, element);
	put_start(m, element, attributes);
	va_end(attributes);
	/* Elements of SVG have an end; those of HTML that are empty have none. */
	if (m->depth &&
	    (!strcmp(m->open[m->depth - 1], "svg") || !strcmp(m->open[m->depth - 1], "g")))
		fprintf(m->file, "</%s>", element);
}

void markup_leaf(struct markup *m, const char *element, const char *text, ...)
{
	va_list attributes;

	enter(m, element);
	va_start(attributes, text);
	put_start(m, element, attributes);
	va_end(attributes);
	markup_text(m, text);
	markup_close(m, element);
}

void markup_printf(struct markup *m, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		die("out of memory");
	va_end(args);
	markup_text(m, text);
	free(text);
}

FILE *markup_words(struct markup *m)
{
	assert(!m->words_file);
	m->words_file = open_memstream(&m->words, &m->words_bytes);
	if (!m->words_file)
		die("out of memory");
	return m->words_file;
}

void markup_words_end(struct markup *m)
{
	fclose(m->words_file);
	m->words_file = NULL;
	markup_text(m, m->words);
	free(m->words);
	m->words = NULL;
}
