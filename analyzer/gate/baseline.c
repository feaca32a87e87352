/* SPDX-License-Identifier: MIT */
#include "baseline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "identity.h"

#define HEADING \
	"# Memory findings that are known, written by tenure check --update-baseline: see tenure-check(1).\n"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of a line, NULL at its end. Cuts the line up. */
static char *next_word(char **line)
{
	char *word = *line, *end;

	while (is_space(*word))
		word++;
	if (!*word)
		return NULL;
	for (end = word; *end && !is_space(*end); end++)
		;
	*line = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

static bool parse_amount(char **line, const char *unit, uint64_t *amount)
{
	char *number = next_word(line);
	char *word = number ? next_word(line) : NULL;
	char *end;

	if (!word || *number < '0' || *number > '9' || strcmp(word, unit))
		return false;
	*amount = strtoull(number, &end, 10);
	return !*end;
}

static bool is_key(const char *text)
{
	return !strncmp(text, GATE_KEY_VERSION, strlen(GATE_KEY_VERSION)) &&
	       strlen(text) == strlen(GATE_KEY_VERSION) + 16 &&
	       strspn(text + strlen(GATE_KEY_VERSION), "0123456789abcdef") == 16;
}

static int hex_digit(char c)
{
	const char *digits = "0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Turns %20 and the like back into bytes, in place. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		int high = *from == '%' ? hex_digit(from[1]) : -1;
		int low = high >= 0 ? hex_digit(from[2]) : -1;

		if (low >= 0) {
			*to++ = (char)(high << 4 | low);
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

/* NULL, or what is wrong with the line. */
static const char *parse_line(struct baseline_entry *entry, char *line)
{
	char *rule = next_word(&line);
	char *key = next_word(&line);
	char *program;
	size_t length;

	if (!key || !is_key(key))
		return "its second word is no key such as " GATE_KEY_VERSION "0123456789abcdef";
	if (!parse_amount(&line, "blocks", &entry->blocks) ||
	    !parse_amount(&line, "bytes", &entry->bytes))
		return "\"N blocks N bytes\" must follow the key";
	program = next_word(&line);
	length = program ? strlen(program) : 0;
	if (length < 2 || program[length - 1] != ':')
		return "the program and a colon must follow the bytes";
	program[length - 1] = '\0';
	unescape(program);
	while (is_space(*line))
		line++;
	length = strlen(line);
	while (length && is_space(line[length - 1]))
		line[--length] = '\0';
	entry->rule = rule;
	entry->key = key;
	entry->program = program;
	entry->place = line;
	return NULL;
}

int baseline_parse(struct baseline *b, struct arena *arena, const char *text, size_t bytes,
		   struct baseline_error *why)
{
	const char *end = text + bytes;

	for (why->line = 1; text < end; why->line++) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((newline ? newline : end) - text);
		char *line = arena_strndup(arena, text, length);
		struct baseline_entry entry;

		text = newline ? newline + 1 : end;
		if (strlen(line) != length) {
			why->message = "it holds a NUL, so this is no text";
			return -1;
		}
		while (is_space(*line))
			line++;
		if (!*line || *line == '#')
			continue;
		why->message = parse_line(&entry, line);
		if (why->message)
			return -1;
		baseline_add(b, &entry);
	}
	return 0;
}

static bool is_memory(const char *rule)
{
	return !strcmp(rule, identity_rule(GATE_LEAK)) ||
	       !strcmp(rule, identity_rule(GATE_GROWTH)) ||
	       !strcmp(rule, identity_rule(GATE_UNFREED));
}

const struct baseline_entry *baseline_find(const struct baseline *b, enum gate_rule rule,
					   const char *key, const char *program)
{
	for (size_t i = 0; *key && i < b->count; i++) {
		const struct baseline_entry *entry = &b->entries[i];

		if (!strcmp(entry->key, key) && !strcmp(entry->program, program) &&
		    (identity_is_memory(rule) ? is_memory(entry->rule)
					      : !strcmp(entry->rule, identity_rule(rule))))
			return entry;
	}
	return NULL;
}

void baseline_add(struct baseline *b, const struct baseline_entry *entry)
{
	ARRAY_GROW(b->entries, b->count + 1, b->capacity);
	b->entries[b->count++] = *entry;
}

static int compare(const void *a, const void *b)
{
	const struct baseline_entry *x = a;
	const struct baseline_entry *y = b;
	int order = strcmp(x->program, y->program);

	if (!order)
		order = strcmp(x->place, y->place);
	if (!order)
		order = strcmp(x->rule, y->rule);
	return order ? order : strcmp(x->key, y->key);
}

/* As one word without a colon. */
static void put_word(FILE *file, const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if (*c <= ' ' || *c == 0x7f || *c == '%' || *c == ':')
			fprintf(file, "%%%02X", *c);
		else
			putc(*c, file);
}

/* On one line, whatever bytes are in it. */
static void put_line(FILE *file, const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		putc(*c < ' ' || *c == 0x7f ? '?' : *c, file);
}

void baseline_write(struct baseline *b, FILE *file)
{
	if (b->count)
		qsort(b->entries, b->count, sizeof *b->entries, compare);
	fputs(HEADING, file);
	for (size_t i = 0; i < b->count; i++) {
		const struct baseline_entry *entry = &b->entries[i];

		fprintf(file, "%s %s %" PRIu64 " blocks %" PRIu64 " bytes ", entry->rule,
			entry->key, entry->blocks, entry->bytes);
		put_word(file, entry->program);
		fputs(": ", file);
		put_line(file, entry->place);
		putc('\n', file);
	}
}

void baseline_release(struct baseline *b)
{
	free(b->entries);
	*b = (struct baseline){0};
}
