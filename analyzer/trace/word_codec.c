/* SPDX-License-Identifier: MIT */
#include "word_codec.h"

#include <assert.h>
#include <stdlib.h>

#include "../util/array.h"

#define FAR_BYTES 3
#define NEAR_DISTANCES (1u << 16)
#define UNITS_MAX (UINT64_MAX / WORD_UNIT_BYTES)
#define REGION_MAX (UINT64_MAX >> WORD_REGION_SHIFT)
/* Twice the regions that are kept, so that a search soon meets an empty place. */
#define REGION_PLACES 512u

_Static_assert(WORD_REGION_SHIFT == 8 * FAR_BYTES, "what is no region is in the columns");
_Static_assert(WORD_REGIONS_MAX <= UINT8_MAX && WORD_SLOTS <= UINT8_MAX + 1, "a byte each");

struct word_codec {
	uint64_t last_address; /* in this chunk or one before; 0: no word yet */
	uint64_t last_units; /* of the last address, in this chunk */
	uint32_t count, near_count, far_count;
	uint32_t region_count;
	uint64_t slots[WORD_SLOTS];
	uint64_t regions[WORD_REGIONS_MAX];
	uint8_t region_places[REGION_PLACES]; /* in regions, + 1; 0: empty */
	struct bytes steps, new_regions;
	uint8_t kinds[WORDS_PER_CHUNK_MAX];
	uint8_t near[2][WORDS_PER_CHUNK_MAX];
	uint8_t region_numbers[WORDS_PER_CHUNK_MAX];
	uint8_t far[FAR_BYTES][WORDS_PER_CHUNK_MAX];
};

struct word_codec *word_codec_new(void)
{
	return xcalloc(1, sizeof(struct word_codec));
}

void word_codec_free(struct word_codec *codec)
{
	if (!codec)
		return;
	bytes_release(&codec->steps);
	bytes_release(&codec->new_regions);
	free(codec);
}

static void begin_chunk(struct word_codec *codec)
{
	codec->last_units = 0;
	codec->count = codec->near_count = codec->far_count = codec->region_count = 0;
	codec->steps.used = codec->new_regions.used = 0;
	memset(codec->slots, 0, sizeof codec->slots);
	memset(codec->region_places, 0, sizeof codec->region_places);
}

void word_codec_clear(struct word_codec *codec)
{
	begin_chunk(codec);
	codec->last_address = 0;
}

uint32_t word_codec_count(const struct word_codec *codec)
{
	return codec->count;
}

bool word_codec_is_full(const struct word_codec *codec)
{
	return codec->count == WORDS_PER_CHUNK_MAX;
}

/* The number of a region that is kept, or 0, and it is kept from now on if there is room. */
static uint8_t region_number(struct word_codec *codec, uint64_t region)
{
	uint32_t place = (uint32_t)(region * 0x9e3779b97f4a7c15ull >> 55);

	for (; codec->region_places[place]; place = (place + 1) % REGION_PLACES)
		if (codec->regions[codec->region_places[place] - 1] == region)
			return codec->region_places[place];
	if (codec->region_count < WORD_REGIONS_MAX) {
		codec->regions[codec->region_count++] = region;
		codec->region_places[place] = (uint8_t)codec->region_count;
	}
	return 0;
}

static void put_far(struct word_codec *codec, uint64_t value)
{
	uint64_t region = value >> WORD_REGION_SHIFT;
	uint8_t number = region_number(codec, region);
	uint32_t at = codec->far_count++;

	codec->region_numbers[at] = number;
	if (!number)
		bytes_put_varint(&codec->new_regions, region);
	for (int i = 0; i < FAR_BYTES; i++)
		codec->far[i][at] = (uint8_t)(value >> 8 * i);
}

static uint8_t put_value(struct word_codec *codec, const struct trace_word *word)
{
	uint64_t distance = bytes_zigzag(word->value - word->address);
	uint32_t slot = word_codec_slot(word->value);

	if (distance < NEAR_DISTANCES) {
		codec->near[0][codec->near_count] = (uint8_t)distance;
		codec->near[1][codec->near_count++] = (uint8_t)(distance >> 8);
		return WORD_KIND_NEAR;
	}
	if (codec->slots[slot] == word->value)
		return (uint8_t)slot;
	codec->slots[slot] = word->value;
	put_far(codec, word->value);
	return WORD_KIND_FAR;
}

size_t word_codec_put(struct word_codec *codec, const struct trace_word *words, size_t count)
{
	size_t room = WORDS_PER_CHUNK_MAX - codec->count;
	uint8_t *step;

	if (count > room)
		count = room;
	step = bytes_reserve(&codec->steps, count * VARINT_BYTES_MAX);
	for (size_t i = 0; i < count; i++) {
		uint64_t units = words[i].address / WORD_UNIT_BYTES;

		assert(words[i].address > codec->last_address);
		assert(words[i].address % WORD_UNIT_BYTES == 0);
		step = bytes_store_varint(step, units - codec->last_units);
		codec->kinds[codec->count++] = put_value(codec, &words[i]);
		codec->last_units = units;
		codec->last_address = words[i].address;
	}
	if (count)
		codec->steps.used = (size_t)(step - codec->steps.data);
	return count;
}

static void put_column(struct chunk_payload *payload, const uint8_t *column, size_t bytes)
{
	bytes_append(&payload->bytes, column, bytes);
	chunk_payload_cut(payload);
}

void word_codec_flush(struct word_codec *codec, uint32_t snapshot, struct chunk_payload *payload)
{
	chunk_payload_clear(payload);
	bytes_put_varint(&payload->bytes, snapshot);
	bytes_put_varint(&payload->bytes, codec->count);
	bytes_put_varint(&payload->bytes, codec->steps.used);
	put_column(payload, codec->steps.data, codec->steps.used);
	put_column(payload, codec->kinds, codec->count);
	for (int i = 0; i < 2; i++)
		put_column(payload, codec->near[i], codec->near_count);
	put_column(payload, codec->region_numbers, codec->far_count);
	for (int i = 0; i < FAR_BYTES; i++)
		put_column(payload, codec->far[i], codec->far_count);
	put_column(payload, codec->new_regions.data, codec->new_regions.used);
	begin_chunk(codec);
}

/* The columns of a payload; those with an element per word of some kind are as long as they must
 * be, so that taking one of them needs no check. */
struct columns {
	struct cursor steps, new_regions;
	const uint8_t *kinds, *near[2], *region_numbers, *far[FAR_BYTES];
};

static bool take_columns(struct cursor *from, uint32_t count, uint64_t step_bytes,
			 struct columns *columns)
{
	const uint8_t *steps = cursor_bytes(from, step_bytes);
	size_t near_count = 0, far_count = 0;

	columns->kinds = cursor_bytes(from, count);
	if (from->bad)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		near_count += columns->kinds[i] == WORD_KIND_NEAR;
		far_count += columns->kinds[i] == WORD_KIND_FAR;
	}
	columns->steps = cursor_of(steps, step_bytes);
	for (int i = 0; i < 2; i++)
		columns->near[i] = cursor_bytes(from, near_count);
	columns->region_numbers = cursor_bytes(from, far_count);
	for (int i = 0; i < FAR_BYTES; i++)
		columns->far[i] = cursor_bytes(from, far_count);
	columns->new_regions = *from;
	return !from->bad;
}

/* What a chunk has told so far. */
struct told {
	uint64_t slots[WORD_SLOTS];
	uint64_t regions[WORD_REGIONS_MAX + 1]; /* by number */
	uint32_t region_count;
};

/* Returns more than REGION_MAX if there is no such region. */
static uint64_t take_region(struct told *told, struct columns *columns)
{
	uint8_t number = *columns->region_numbers++;
	uint64_t region;

	if (number)
		return number <= told->region_count ? told->regions[number] : UINT64_MAX;
	region = cursor_varint(&columns->new_regions);
	if (told->region_count < WORD_REGIONS_MAX)
		told->regions[++told->region_count] = region;
	return columns->new_regions.bad ? UINT64_MAX : region;
}

static bool take_far(struct told *told, struct columns *columns, uint64_t *value)
{
	uint64_t region = take_region(told, columns);

	*value = region << WORD_REGION_SHIFT;
	for (int i = 0; i < FAR_BYTES; i++)
		*value |= (uint64_t)*columns->far[i]++ << 8 * i;
	told->slots[word_codec_slot(*value)] = *value;
	return region <= REGION_MAX;
}

static uint64_t take_near(struct columns *columns, uint64_t address)
{
	uint64_t distance = *columns->near[0]++;

	distance |= (uint64_t)*columns->near[1]++ << 8;
	return address + bytes_unzigzag(distance);
}

const char *word_codec_take(const uint8_t *payload, size_t bytes, uint32_t snapshot,
			    struct trace_word *words, uint32_t *count)
{
	struct cursor from = cursor_of(payload, bytes);
	uint64_t number = cursor_varint(&from);
	uint64_t words_told = cursor_varint(&from);
	uint64_t step_bytes = cursor_varint(&from);
	struct told told = {.region_count = 0};
	struct columns columns;
	uint64_t units = 0;

	if (from.bad || number != snapshot)
		return "another snapshot's number";
	if (!words_told || words_told > WORDS_PER_CHUNK_MAX)
		return "impossible number of words";
	if (step_bytes > CHUNK_RAW_BYTES_MAX ||
	    !take_columns(&from, (uint32_t)words_told, step_bytes, &columns))
		return "column longer than the chunk";
	for (uint32_t i = 0; i < words_told; i++) {
		uint64_t step = cursor_varint(&columns.steps);
		uint8_t kind = columns.kinds[i];

		if (step - 1 >= UNITS_MAX - units)
			return "addresses out of order";
		units += step;
		words[i].address = units * WORD_UNIT_BYTES;
		if (kind == WORD_KIND_NEAR)
			words[i].value = take_near(&columns, words[i].address);
		else if (kind != WORD_KIND_FAR)
			words[i].value = told.slots[kind];
		else if (!take_far(&told, &columns, &words[i].value))
			return "undefined region";
	}
	if (!cursor_at_end(&columns.steps) || !cursor_at_end(&columns.new_regions))
		return "column of the wrong length";
	*count = (uint32_t)words_told;
	return NULL;
}
