/* SPDX-License-Identifier: MIT */
/*
 * json_writer.h - writes JSON (RFC 8259) as it comes, in the manner of git's json-writer.
 *
 * Wrong nesting, a key in an array or a member without one is a bug of the caller and aborts.
 * Strings may hold any bytes: control characters are escaped, each byte that is not part of valid
 * UTF-8 becomes U+FFFD. Numbers are exact integers. Write errors stay in the FILE for its owner.
 */
#ifndef TENURE_JSON_WRITER_H
#define TENURE_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH_MAX 32

struct json_writer {
	FILE *file;
	unsigned depth;
	struct json_level {
		bool object; /* members have keys */
		bool started; /* the next member needs a comma */
	} levels[JSON_DEPTH_MAX];
};

void json_init(struct json_writer *w, FILE *file);

/* Ends the text with a newline; everything begun must have been ended. */
void json_finish(struct json_writer *w);

/* key is NULL in arrays and at the top, and only there. */
void json_object_begin(struct json_writer *w, const char *key);
void json_array_begin(struct json_writer *w, const char *key);
void json_end(struct json_writer *w);

void json_string(struct json_writer *w, const char *key, const char *value);
/* As an array. */
void json_strings(struct json_writer *w, const char *key, const char *const *list, uint32_t count);
void json_uint(struct json_writer *w, const char *key, uint64_t value);
void json_int(struct json_writer *w, const char *key, int64_t value);
/* 17 significant digits at most, as many as needed to read the same number back; null unless finite. */
void json_double(struct json_writer *w, const char *key, double value);
void json_null(struct json_writer *w, const char *key);
void json_bool(struct json_writer *w, const char *key, bool value);

#endif
