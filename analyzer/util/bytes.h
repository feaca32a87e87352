/* SPDX-License-Identifier: MIT */
/*
 * bytes.h - growing byte buffers and bounds-checked cursors, the alphabet of binary formats.
 *
 * Numbers are little endian or LEB128 varints (seven bits a byte, low bits first). A cursor never
 * reads past its end: it returns 0 and stays `bad` from then on, so that a decoder may take a
 * whole record and check once.
 */
#ifndef TENURE_BYTES_H
#define TENURE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VARINT_BYTES_MAX 10

/* Zero-initialise to start; end with bytes_release. */
struct bytes {
	uint8_t *data;
	size_t used, capacity;
};

struct cursor {
	const uint8_t *at, *end;
	bool bad; /* something reached past the end, or a varint exceeded 64 bits */
};

/* Makes room for `extra` bytes behind those in use and returns where they start. */
uint8_t *bytes_reserve(struct bytes *b, size_t extra);
void bytes_append(struct bytes *b, const void *data, size_t count);
void bytes_put_varint(struct bytes *b, uint64_t value);
/* Length as a varint, then the bytes. */
void bytes_put_string(struct bytes *b, const void *data, size_t count);
void bytes_release(struct bytes *b);

/* The slow half of cursor_varint: three bytes and more, and those at the end. */
uint64_t cursor_long_varint(struct cursor *c);
/* Returns NULL and turns bad unless `count` bytes are left. */
const uint8_t *cursor_bytes(struct cursor *c, size_t count);
/* The inverse of bytes_put_string. The bytes are not NUL-ended. */
const uint8_t *cursor_string(struct cursor *c, size_t *count);

/* Maps small negative and positive numbers to small unsigned ones: 0 -1 1 -2 to 0 1 2 3. */
static inline uint64_t bytes_zigzag(uint64_t difference)
{
	return difference << 1 ^ (0 - (difference >> 63));
}

static inline uint64_t bytes_unzigzag(uint64_t code)
{
	return code >> 1 ^ (0 - (code & 1));
}

/*
 * At least VARINT_BYTES_MAX bytes must be free at `at`, whatever the value. Returns where the next
 * byte goes. Whether it takes one byte or two is computed, not guessed: columns mix them.
 */
static inline uint8_t *bytes_store_varint(uint8_t *at, uint64_t value)
{
	uint64_t two;

	while (__builtin_expect(value >= 0x4000, 0)) {
		*at++ = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	two = value > 0x7f;
	at[0] = (uint8_t)(value | two << 7);
	at[1] = (uint8_t)(value >> 7);
	return at + 1 + two;
}

static inline void bytes_store_u16(uint8_t *at, uint16_t value)
{
	for (int i = 0; i < 2; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static inline void bytes_store_u32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static inline void bytes_store_u64(uint8_t *at, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static inline uint16_t bytes_load_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t bytes_load_u32(const uint8_t *at)
{
	return bytes_load_u16(at) | (uint32_t)bytes_load_u16(at + 2) << 16;
}

static inline uint64_t bytes_load_u64(const uint8_t *at)
{
	return bytes_load_u32(at) | (uint64_t)bytes_load_u32(at + 4) << 32;
}

static inline uint8_t cursor_byte(struct cursor *c)
{
	if (c->at < c->end)
		return *c->at++;
	c->bad = true;
	return 0;
}

/* Columns mix varints of one byte and of two in no order: which it is, is computed, not guessed. */
static inline uint64_t cursor_varint(struct cursor *c)
{
	if (c->end - c->at >= 2 && !(c->at[0] & c->at[1] & 0x80)) {
		uint64_t low = c->at[0], high = c->at[1], two = low >> 7;

		c->at += 1 + two;
		return (low & 0x7f) | (high & (0 - two)) << 7;
	}
	return cursor_long_varint(c);
}

static inline struct cursor cursor_of(const uint8_t *data, size_t count)
{
	return (struct cursor){.at = data, .end = data + count};
}

static inline bool cursor_at_end(const struct cursor *c)
{
	return c->at == c->end;
}

#endif
