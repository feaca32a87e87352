/* SPDX-License-Identifier: MIT */
/*
 * The three kinds of line tables that CPython has had: Objects/lnotab_notes.txt of 3.8 to 3.10,
 * Objects/locations.md of 3.11. A table is hostile: reading ends with its bytes.
 */
#include "python_lines.h"

#include "../util/bytes.h"

#define LINE_NONE (-128) /* in a table of 3.10 */

static int64_t signed_byte(uint8_t byte)
{
	return byte < 128 ? byte : (int64_t)byte - 256;
}

/* A line that Python could have; 0: unknown. */
static uint32_t line_of(int64_t line)
{
	return line > 0 && line <= INT32_MAX ? (uint32_t)line : 0;
}

/* Pairs of what to add to the address, in bytes, and then to the line. */
static uint32_t line_by_lnotab(const struct python_code *code, const uint8_t *table,
			       uint64_t offset)
{
	int64_t line = code->first_line;
	uint64_t address = 0;

	for (uint32_t i = 0; i + 1 < code->lines_bytes; i += 2) {
		address += table[i];
		if (address > offset)
			break;
		line += signed_byte(table[i + 1]);
	}
	return line_of(line);
}

/* Pairs of how many bytes an entry covers and what to add to the line for it. */
static uint32_t line_by_ranges(const struct python_code *code, const uint8_t *table,
			       uint64_t offset)
{
	int64_t line = code->first_line;
	uint64_t address = 0;

	for (uint32_t i = 0; i + 1 < code->lines_bytes; i += 2) {
		int64_t step = signed_byte(table[i + 1]);

		address += table[i];
		if (step != LINE_NONE)
			line += step;
		if (address > offset)
			return line_of(step == LINE_NONE ? code->first_line : line);
	}
	return line_of(code->first_line);
}

/* Six bits a byte, the lowest first. */
static uint64_t take_varint(struct cursor *from)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 60; shift += 6) {
		const uint8_t *byte = cursor_bytes(from, 1);

		if (!byte)
			return 0;
		value |= (uint64_t)(*byte & 63) << shift;
		if (!(*byte & 64))
			break;
	}
	return value;
}

static int64_t take_signed(struct cursor *from)
{
	uint64_t value = take_varint(from);

	return value & 1 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
}

enum location {
	LOCATION_ONE_LINE = 10, /* and the next two: so many lines on; below it, on the same line */
	LOCATION_NO_COLUMNS = 13,
	LOCATION_LONG = 14,
	LOCATION_NONE = 15,
};

/* Entries of a first byte, with the kind and how many units are covered, and what the kind needs. */
static uint32_t line_by_locations(const struct python_code *code, const uint8_t *table,
				  uint64_t position)
{
	struct cursor from = cursor_of(table, code->lines_bytes);
	int64_t line = code->first_line;
	uint64_t covered = 0;

	while (!cursor_at_end(&from)) {
		uint8_t first = *cursor_bytes(&from, 1);
		unsigned kind = first >> 3 & 15;

		covered += (first & 7u) + 1;
		if (kind < LOCATION_ONE_LINE) {
			cursor_bytes(&from, 1);
		} else if (kind < LOCATION_NO_COLUMNS) {
			line += kind - LOCATION_ONE_LINE;
			cursor_bytes(&from, 2);
		} else if (kind < LOCATION_NONE) {
			line = (int64_t)((uint64_t)line + (uint64_t)take_signed(&from));
			for (int i = 0; kind == LOCATION_LONG && i < 3; i++)
				take_varint(&from);
		}
		if (from.bad)
			break;
		if (covered > position)
			return kind == LOCATION_NONE ? line_of(code->first_line) : line_of(line);
	}
	return line_of(code->first_line);
}

uint32_t python_lines_find(const struct python_code *code, const uint8_t *table, uint32_t position)
{
	switch (code->lines) {
	case PYTHON_LINES_LNOTAB:
		return line_by_lnotab(code, table, 2ull * position);
	case PYTHON_LINES_310:
		return line_by_ranges(code, table, 2ull * position);
	case PYTHON_LINES_LOCATIONS:
		return line_by_locations(code, table, position);
	default:
		return line_of(code->first_line);
	}
}
