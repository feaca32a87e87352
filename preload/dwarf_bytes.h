/* SPDX-License-Identifier: MIT */
/*
 * dwarf_bytes.h - reading DWARF's encodings from mapped memory.
 *
 * The cursor knows where the bytes end; reading beyond yields zeroes and sets `overrun`.
 */
#ifndef TENURE_DWARF_BYTES_H
#define TENURE_DWARF_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct dwarf_bytes {
	const uint8_t *at, *end;
	bool overrun;
};

static inline uint64_t dwarf_fixed(struct dwarf_bytes *b, unsigned bytes)
{
	uint64_t value = 0;

	if ((uint64_t)(b->end - b->at) < bytes) {
		b->overrun = true;
		b->at = b->end;
		return 0;
	}
	memcpy(&value, b->at, bytes); /* little endian, as all our machines are */
	b->at += bytes;
	return value;
}

static inline int64_t dwarf_signed(struct dwarf_bytes *b, unsigned bytes)
{
	unsigned shift = 64 - 8 * bytes;

	return (int64_t)(dwarf_fixed(b, bytes) << shift) >> shift;
}

static inline uint64_t dwarf_uleb(struct dwarf_bytes *b)
{
	uint64_t value = 0;
	uint8_t byte;
	unsigned shift = 0;

	do {
		byte = (uint8_t)dwarf_fixed(b, 1);
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return value;
}

static inline int64_t dwarf_sleb(struct dwarf_bytes *b)
{
	uint64_t value = 0;
	uint8_t byte;
	unsigned shift = 0;

	do {
		byte = (uint8_t)dwarf_fixed(b, 1);
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (shift < 64 && (byte & 0x40))
		value |= ~0ull << shift;
	return (int64_t)value;
}

/* A sub-block with a ULEB128 length. */
static inline struct dwarf_bytes dwarf_block(struct dwarf_bytes *b)
{
	uint64_t bytes = dwarf_uleb(b);
	struct dwarf_bytes block = {b->at, b->at, false};

	if (bytes > (uint64_t)(b->end - b->at)) {
		b->overrun = true;
		return block;
	}
	b->at += bytes;
	block.end = b->at;
	return block;
}

#endif
