/* SPDX-License-Identifier: MIT */
#include "bytes.h"

#include <stdlib.h>

#include "array.h"

uint8_t *bytes_reserve(struct bytes *b, size_t extra)
{
	ARRAY_GROW(b->data, b->used + extra, b->capacity);
	return b->data + b->used;
}

void bytes_append(struct bytes *b, const void *data, size_t count)
{
	if (!count)
		return;
	memcpy(bytes_reserve(b, count), data, count);
	b->used += count;
}

void bytes_put_varint(struct bytes *b, uint64_t value)
{
	uint8_t *at = bytes_reserve(b, VARINT_BYTES_MAX);

	b->used += (size_t)(bytes_store_varint(at, value) - at);
}

void bytes_put_string(struct bytes *b, const void *data, size_t count)
{
	bytes_put_varint(b, count);
	bytes_append(b, data, count);
}

void bytes_release(struct bytes *b)
{
	free(b->data);
	*b = (struct bytes){0};
}

uint64_t cursor_long_varint(struct cursor *c)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && c->at < c->end; shift += 7) {
		uint8_t byte = *c->at++;

		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return value;
	}
	c->bad = true;
	c->at = c->end;
	return 0;
}

const uint8_t *cursor_bytes(struct cursor *c, size_t count)
{
	const uint8_t *data = c->at;

	if (count > (size_t)(c->end - c->at)) {
		c->bad = true;
		c->at = c->end;
		return NULL;
	}
	c->at += count;
	return data;
}

const uint8_t *cursor_string(struct cursor *c, size_t *count)
{
	uint64_t length = cursor_varint(c);
	const uint8_t *data;

	/* A length that no size_t holds is one that no buffer holds. */
	if (length > SIZE_MAX)
		length = SIZE_MAX;
	data = cursor_bytes(c, (size_t)length);
	*count = data ? (size_t)length : 0;
	return data;
}
