/* SPDX-License-Identifier: MIT */
/*
 * fields.h - what the records of a trace are made of, beside plain varints: texts cut at
 * STRING_BYTES_MAX, signed numbers, numbers of 32 bits. Private to analyzer/trace; inline because
 * each is a line or two.
 *
 * What is taken from a cursor that is or turns bad is of no meaning: ask the cursor after a record.
 */
#ifndef TENURE_FIELDS_H
#define TENURE_FIELDS_H

#include "../util/arena.h"
#include "../util/bytes.h"
#include "format.h"

/* NULL counts as "". */
static inline void fields_put_text(struct bytes *to, const char *text)
{
	bytes_put_string(to, text ? text : "", text ? strnlen(text, STRING_BYTES_MAX) : 0);
}

/* Never NULL: what is no text turns the cursor bad. */
static inline const char *fields_take_text(struct cursor *from, struct arena *arena)
{
	size_t length;
	const uint8_t *text = cursor_string(from, &length);

	return text ? arena_strndup(arena, (const char *)text, length) : "";
}

static inline void fields_put_signed(struct bytes *to, int32_t value)
{
	bytes_put_varint(to, bytes_zigzag((uint64_t)(int64_t)value));
}

static inline int32_t fields_take_signed(struct cursor *from)
{
	int64_t value = (int64_t)bytes_unzigzag(cursor_varint(from));

	if (value < INT32_MIN || value > INT32_MAX)
		from->bad = true;
	return (int32_t)value;
}

static inline uint32_t fields_take_u32(struct cursor *from)
{
	uint64_t value = cursor_varint(from);

	if (value > UINT32_MAX)
		from->bad = true;
	return (uint32_t)value;
}

#endif
