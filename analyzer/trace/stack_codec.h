/* SPDX-License-Identifier: MIT */
/*
 * stack_codec.h - frames of the stack tree into stack chunks and back. Private to analyzer/trace.
 *
 * The same call sequences hang below many different callers, so a frame is mostly one of the two
 * that last followed its parent's frame. The codec remembers those for the whole file: stack
 * chunks must be taken in the order in which they were put. A chunk holds
 *
 *	varint		id of the first frame, one more than the last of the chunk before
 *	varint		number of frames
 *	varint[2]	bytes of the first two columns, then the columns:
 *	PARENTS		per frame: varint, own id minus id of the parent
 *	CHOICES		per frame: varint. 0, 1: the last, last but one frame that followed the
 *			parent's; 2 + zigzag difference to the module of the explicit frame before
 *	ADDRESSES	per explicit frame: zigzag varint, difference to the last explicit address
 *			of modules with the same number modulo MODULE_SLOTS_CODED
 */
#ifndef TENURE_STACK_CODEC_H
#define TENURE_STACK_CODEC_H

#include "chunk.h"
#include "trace.h"

#define STACKS_PER_CHUNK_MAX 16384u
#define STACK_CONTEXTS 16384u /* a power of two */
#define MODULE_SLOTS_CODED 256u

struct stack_codec_frame {
	uint64_t address;
	module_id module;
};

/* Zero-initialise to start. */
struct stack_codec {
	uint32_t count; /* ids 1..count are known */
	uint16_t *contexts; /* of every frame, by id - 1: where its followers are remembered */
	size_t context_capacity;
	struct stack_codec_frame followers[STACK_CONTEXTS][2];
	uint64_t last_addresses[MODULE_SLOTS_CODED];
	module_id last_module;
	uint32_t pending; /* frames put since the last flush */
	struct bytes parents, choices, addresses;
};

/* Frames by id - 1. */
struct stack_table {
	struct trace_frame *frames;
	uint32_t count;
	size_t capacity;
};

void stack_codec_release(struct stack_codec *codec);
/* Gives the frame the next id. Its parent must be known. */
void stack_codec_put(struct stack_codec *codec, const struct trace_frame *frame);
/* Replaces the payload by what is pending. */
void stack_codec_flush(struct stack_codec *codec, struct chunk_payload *payload);
/* Appends to the table. Returns NULL, or what is wrong. */
const char *stack_codec_take(struct stack_codec *codec, const uint8_t *payload, size_t bytes,
			     uint32_t module_count, struct stack_table *table);

#endif
