/* SPDX-License-Identifier: MIT */
#undef NDEBUG /* wrong nesting must never reach a reader */
#define _GNU_SOURCE
#include "json_writer.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* Nobody else writes to the file meanwhile, and reports have hundreds of megabytes of short pieces. */
#undef putc
#define putc putc_unlocked
#define fputs fputs_unlocked
#define fwrite fwrite_unlocked

/* At the beginning of the text: characters that stand for themselves. */
static size_t count_plain(const char *text)
{
	size_t count = 0;

	while (text[count] >= ' ' && text[count] < 0x7f && text[count] != '"' &&
	       text[count] != '\\')
		count++;
	return count;
}

static void put_string(FILE *file, const char *text)
{
	uint32_t code;

	putc('"', file);
	for (;;) {
		size_t plain = count_plain(text);
		unsigned length;

		fwrite(text, 1, plain, file);
		text += plain;
		if (!*text)
			break;
		length = utf8_decode(text, &code);
		if (!length)
			fputs("\\ufffd", file);
		else if (code == '"' || code == '\\')
			fprintf(file, "\\%c", (char)code);
		else if (code == '\n')
			fputs("\\n", file);
		else if (code == '\t')
			fputs("\\t", file);
		else if (code < 0x20 || code == 0x7f)
			fprintf(file, "\\u%04" PRIx32, code);
		else
			fwrite(text, 1, length, file);
		text += length ? length : 1;
	}
	putc('"', file);
}

/* What has to stand before a value. */
static void begin_value(struct json_writer *w, const char *key)
{
	struct json_level *level;

	if (!w->depth) {
		assert(!key);
		return;
	}
	level = &w->levels[w->depth - 1];
	assert(level->object == (key != NULL));
	if (level->started)
		putc(',', w->file);
	level->started = true;
	if (key) {
		put_string(w->file, key);
		putc(':', w->file);
	}
}

static void begin_level(struct json_writer *w, const char *key, bool object)
{
	begin_value(w, key);
	assert(w->depth < JSON_DEPTH_MAX);
	w->levels[w->depth++] = (struct json_level){.object = object};
	putc(object ? '{' : '[', w->file);
}

void json_init(struct json_writer *w, FILE *file)
{
	memset(w, 0, sizeof *w);
	w->file = file;
}

void json_finish(struct json_writer *w)
{
	assert(!w->depth);
	putc('\n', w->file);
}

void json_object_begin(struct json_writer *w, const char *key)
{
	begin_level(w, key, true);
}

void json_array_begin(struct json_writer *w, const char *key)
{
	begin_level(w, key, false);
}

void json_end(struct json_writer *w)
{
	assert(w->depth);
	putc(w->levels[--w->depth].object ? '}' : ']', w->file);
}

void json_string(struct json_writer *w, const char *key, const char *value)
{
	begin_value(w, key);
	put_string(w->file, value);
}

void json_strings(struct json_writer *w, const char *key, const char *const *list, uint32_t count)
{
	json_array_begin(w, key);
	for (uint32_t i = 0; i < count; i++)
		json_string(w, NULL, list[i]);
	json_end(w);
}

void json_uint(struct json_writer *w, const char *key, uint64_t value)
{
	char text[20];
	size_t at = sizeof text;

	begin_value(w, key);
	do
		text[--at] = (char)('0' + value % 10);
	while (value /= 10);
	fwrite(text + at, 1, sizeof text - at, w->file);
}

void json_int(struct json_writer *w, const char *key, int64_t value)
{
	begin_value(w, key);
	fprintf(w->file, "%" PRId64, value);
}

void json_bool(struct json_writer *w, const char *key, bool value)
{
	begin_value(w, key);
	fputs(value ? "true" : "false", w->file);
}

void json_null(struct json_writer *w, const char *key)
{
	begin_value(w, key);
	fputs("null", w->file);
}

void json_double(struct json_writer *w, const char *key, double value)
{
	char text[32];

	if (!isfinite(value)) {
		json_null(w, key);
		return;
	}
	begin_value(w, key);
	for (int digits = 6; digits <= 17; digits += 11) {
		snprintf(text, sizeof text, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	fputs(text, w->file);
}
