/* SPDX-License-Identifier: MIT */
#include "wrap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "visible.h"

/* The next word of a copy that may be cut up, or NULL. */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " ");
	size_t length = strcspn(word, " ");

	if (!length)
		return NULL;
	*rest = word + length + (word[length] != '\0');
	word[length] = '\0';
	return word;
}

unsigned wrap_put(FILE *file, const char *text, unsigned used, const char *indent, unsigned columns,
		  unsigned lines)
{
	char *copy = strdup(text);
	char *rest = copy;
	unsigned line = 1;
	size_t at = used;
	char *word;

	for (bool first = true; copy && (word = next_word(&rest)); first = false) {
		size_t width = visible_width(word);
		bool last = lines && line == lines;

		if (!first && at + 1 + width + (last && *rest ? 4 : 0) > columns) {
			if (last) {
				fputs(" ...", file);
				break;
			}
			fprintf(file, "\n%s", indent);
			at = strlen(indent);
			line++;
		} else if (!first) {
			putc(' ', file);
			at++;
		}
		visible_put(file, word);
		at += width;
	}
	putc('\n', file);
	free(copy);
	return line;
}

unsigned wrap_put_cut(FILE *file, const char *text, unsigned columns)
{
	size_t width = visible_width(text);
	char *copy;
	size_t length;

	if (width <= columns) {
		visible_put(file, text);
		return (unsigned)width;
	}
	copy = strdup(text);
	length = copy ? strlen(copy) : 0;
	if (length > columns)
		length = columns;
	while (length) {
		/* Not between the bytes of a character. */
		while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
			length--;
		copy[length] = '\0';
		width = visible_width(copy);
		if (width + 3 <= columns)
			break;
		length--;
	}
	if (length)
		visible_put(file, copy);
	else
		width = 0;
	fputs("...", file);
	free(copy);
	return (unsigned)width + 3;
}
