/* SPDX-License-Identifier: MIT */
/*
 * markup.h - writes HTML and SVG element by element, and owns all escaping.
 *
 * Text and values of attributes may hold any bytes: what would end them is escaped, and what is no
 * text is made visible as visible.h does. Names of elements and attributes are our own words. The
 * elements that are open are known, so that closing the wrong one is a bug of the caller's.
 */
#ifndef TENURE_REPORT_HTML_MARKUP_H
#define TENURE_REPORT_HTML_MARKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define MARKUP_DEPTH_MAX 32
#define MARKUP_TEXT_MAX \
	8192 /* bytes; of longer texts, but not of attributes, the rest is only counted */

/* Fill in file, zero the rest. */
struct markup {
	FILE *file;

	/* Own */
	const char *open[MARKUP_DEPTH_MAX]; /* elements, innermost last */
	unsigned depth;
	char *words; /* between markup_words and markup_words_end */
	size_t words_bytes;
	FILE *words_file;
};

/* Begins an element. Attributes are pairs of name and value, ended by NULL; one whose value is NULL is
 * left out, and one whose value is "" stands without. */
void markup_open(struct markup *m, const char *element, ...) __attribute__((sentinel));

/* Ends the innermost element, which must be this one. */
void markup_close(struct markup *m, const char *element);

/* An element without content, such as <br> or <rect>. */
void markup_empty(struct markup *m, const char *element, ...) __attribute__((sentinel));

/* An element with nothing but text in it. */
void markup_leaf(struct markup *m, const char *element, const char *text, ...)
	__attribute__((sentinel));

void markup_text(struct markup *m, const char *text);
void markup_printf(struct markup *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For what writes words to a file: what is written to the result between these two becomes text. */
FILE *markup_words(struct markup *m);
void markup_words_end(struct markup *m);

#endif
