/* SPDX-License-Identifier: MIT */
/*
 * word_codec.h - words of a snapshot into the payload of a chunk and back. Private to
 * analyzer/trace.
 *
 * Most words of a heap point close to where they are, at what was allocated together with them, or
 * repeat what one of the words before said: a type, a table of functions, a shared constant. The
 * rest points anywhere, and costs what it takes to say where. Every chunk stands alone:
 *
 *	varint		number of the snapshot
 *	varint		number of words
 *	varint		length of STEPS in bytes
 *	STEPS		per word: varint, distance to the address of the word before in units of 8
 *			bytes; that of the first word to 0
 *	KINDS		per word: byte. 0: far; 1: near; n > 1: the value in slot n
 *	NEAR_0		per near word: lowest byte of the zigzag distance from address to value
 *	NEAR_1		the next byte; there are no more
 *	REGIONS		per far word: byte. n > 0: the n-th region kept; 0: the region follows in
 *			NEW_REGIONS, and is kept if fewer than WORD_REGIONS_MAX are
 *	FAR_0, FAR_1, FAR_2
 *			per far word: lowest byte of the value, the next, and the third
 *	NEW_REGIONS	varint: value without its three low bytes
 *
 * A far value goes into its slot, word_codec_slot(value). Slots are 0 at first. Bytes are kept
 * apart because the low ones are often random, and the high ones never: apart, each compresses as
 * well as it can.
 */
#ifndef TENURE_WORD_CODEC_H
#define TENURE_WORD_CODEC_H

#include "chunk.h"
#include "trace.h"

#define WORD_KIND_FAR 0u
#define WORD_KIND_NEAR 1u
#define WORD_SLOT_FIRST 2u
#define WORD_SLOTS 256u
#define WORD_REGION_SHIFT 24u
#define WORD_REGIONS_MAX 255u
#define WORD_UNIT_BYTES 8u /* addresses are multiples of it */

struct word_codec;

struct word_codec *word_codec_new(void);
void word_codec_free(struct word_codec *codec);

/* Forgets all words, and that there were any before. */
void word_codec_clear(struct word_codec *codec);
/* Adds words, at most as many as a chunk still has room for; returns how many. Addresses must
 * ascend from one call to the next until the codec is cleared. */
size_t word_codec_put(struct word_codec *codec, const struct trace_word *words, size_t count);
uint32_t word_codec_count(const struct word_codec *codec); /* put since the last flush */
bool word_codec_is_full(const struct word_codec *codec);
/* Replaces the payload by the words at hand, of which there is one at least. */
void word_codec_flush(struct word_codec *codec, uint32_t snapshot, struct chunk_payload *payload);

/*
 * Decodes a payload into words, which has room for WORDS_PER_CHUNK_MAX, and *count: 1 or more, with
 * ascending addresses. Returns NULL, or what is wrong.
 */
const char *word_codec_take(const uint8_t *payload, size_t bytes, uint32_t snapshot,
			    struct trace_word *words, uint32_t *count);

static inline uint32_t word_codec_slot(uint64_t value)
{
	uint32_t slot = (uint32_t)(value * 0x9e3779b97f4a7c15ull >> 56);

	return slot < WORD_SLOT_FIRST ? slot + WORD_SLOT_FIRST : slot;
}

#endif
