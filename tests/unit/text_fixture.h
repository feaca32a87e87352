/* SPDX-License-Identifier: MIT */
/*
 * text_fixture.h - the text that a test made, and what is and is not in it.
 */
#ifndef TENURE_TEXT_FIXTURE_H
#define TENURE_TEXT_FIXTURE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *text;
static size_t text_bytes;

static inline void forget_text(void)
{
	free(text);
	text = NULL;
}

/* A file that becomes the text when it is closed, in place of the one before. */
static inline FILE *open_text(void)
{
	FILE *file;

	forget_text();
	file = open_memstream(&text, &text_bytes);
	ck_assert_ptr_nonnull(file);
	return file;
}

static inline void assert_has(const char *words)
{
	ck_assert_msg(strstr(text, words) != NULL, "\"%s\" is not in:\n%.3000s", words, text);
}

static inline void assert_lacks(const char *words)
{
	ck_assert_msg(strstr(text, words) == NULL, "\"%s\" is in:\n%.3000s", words, text);
}

#endif
