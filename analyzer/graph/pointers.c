/* SPDX-License-Identifier: MIT */
#include "pointers.h"

#include <stdlib.h>

#include "../util/array.h"
#include "large.h"

#define WORD_BYTES 8
#define PYTHON_HEAD 16 /* PyGC_Head, and the two pointers that may be in front of it */
#define PYTHON_HASH \
	24 /* of a string, Include/cpython/unicodeobject.h; the next word is its state */

enum fact {
	FACT_BASE = 1u << 0, /* begins with a pointer to a virtual table */
	FACT_STRING = 1u << 1,
	FACT_LENGTH = 1u << 2,
};

/* libstdc++'s _Rep before C++11: length, capacity, count of owners; and a NUL behind the text. */
#define STRING_TEXT (3 * WORD_BYTES)
#define STRING_EXTRA (STRING_TEXT + 1)
#define STRING_ROUNDING 4096

/* malloc(3) of glibc, malloc.c: request2size, chunk2mem. */
#define CHUNK_ALIGNMENT 16
#define CHUNK_HEADER 16
#define CHUNK_MINIMUM 32

void pointers_init(struct pointers *pointers, const struct graph_input *input)
{
	*pointers = (struct pointers){
		.vtables = input->vtables,
		.vtable_count = input->vtable_count,
		.facts = large_new(input->block_count, sizeof *pointers->facts),
	};
	blocks_init(&pointers->blocks, input->blocks, input->block_count);
}

static bool is_vtable(const struct pointers *pointers, uint64_t value)
{
	const struct graph_extent *low = pointers->vtables;
	size_t count = pointers->vtable_count;

	if (!count || value < low->start || value >= low[count - 1].end)
		return false;
	while (count > 1) {
		size_t half = count / 2;

		low += low[half].start <= value ? half : 0;
		count -= half;
	}
	return value < low->end;
}

static bool is_string(uint64_t length, uint64_t capacity, uint64_t size)
{
	return length <= capacity && size >= STRING_EXTRA && capacity <= size - STRING_EXTRA &&
	       size - STRING_EXTRA - capacity < STRING_ROUNDING;
}

static void learn_first(struct pointers *pointers, uint32_t block, const struct trace_word *word)
{
	uint64_t size = pointers->blocks.list[block].size;

	pointers->first_address = word->address;
	pointers->first_word = word->value;
	if (word->value == size - WORD_BYTES)
		pointers->facts[block] |= FACT_LENGTH;
	if (is_vtable(pointers, word->value))
		pointers->facts[block] |= FACT_BASE;
}

void pointers_learn(struct pointers *pointers, uint32_t block, const struct trace_word *word)
{
	const struct graph_block *at;
	uint64_t offset;

	pointers->position = word->address;
	if (block == BLOCKS_NONE)
		return;
	at = &pointers->blocks.list[block];
	offset = word->address - at->address;
	if (!offset) {
		learn_first(pointers, block, word);
		return;
	}
	if (offset == WORD_BYTES && pointers->first_address == at->address &&
	    is_string(pointers->first_word, word->value, at->size))
		pointers->facts[block] |= FACT_STRING;
	if (pointers->facts[block] & FACT_BASE && is_vtable(pointers, word->value)) {
		ARRAY_GROW(pointers->bases, pointers->base_count + 1, pointers->base_capacity);
		pointers->bases[pointers->base_count++] = word->address;
	}
}

static bool is_base(const struct pointers *pointers, uint64_t address)
{
	size_t low = 0, high = pointers->base_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (pointers->bases[middle] == address)
			return true;
		if (pointers->bases[middle] < address)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

enum graph_how pointers_decide(const struct pointers *pointers, uint32_t block, uint64_t offset)
{
	unsigned facts = pointers->facts[block];

	if (facts & FACT_BASE && is_base(pointers, pointers->blocks.list[block].address + offset))
		return GRAPH_BASE;
	if (facts & FACT_STRING && offset == STRING_TEXT)
		return GRAPH_STRING;
	if (facts & FACT_LENGTH && offset == WORD_BYTES)
		return GRAPH_LENGTH;
	return GRAPH_INTERIOR;
}

/* Of a pointer inside that one of the rules about the block's words may apply to. */
static enum graph_how decide_or_wait(struct pointers *pointers, uint32_t block, uint64_t offset,
				     uint32_t edge)
{
	uint64_t address = pointers->blocks.list[block].address;

	if (offset / WORD_BYTES > UINT32_MAX)
		return GRAPH_INTERIOR; /* no object has a base class that far behind */
	if (pointers->position >= address + WORD_BYTES &&
	    (!pointers->facts[block] || pointers->position >= address + offset))
		return pointers_decide(pointers, block, offset);
	ARRAY_GROW(pointers->waiting, pointers->waiting_count + 1, pointers->waiting_capacity);
	pointers->waiting[pointers->waiting_count++] = (struct pointers_waiting){
		.edge = edge, .words = (uint32_t)(offset / WORD_BYTES)};
	return GRAPH_INTERIOR;
}

/*
 * Where glibc's arenas and bins point to: the chunk behind the block's, which begins within the
 * block's last 8 bytes. The newest block has the top of the heap there, and would never be lost.
 */
static uint64_t next_chunk(const struct graph_block *block)
{
	uint64_t chunk = (block->size + WORD_BYTES + CHUNK_ALIGNMENT - 1) &
			 ~(CHUNK_ALIGNMENT - 1ull);

	return (chunk < CHUNK_MINIMUM ? CHUNK_MINIMUM : chunk) - CHUNK_HEADER;
}

/* In front of an object of Python: only its garbage collector's lists point there. */
static uint64_t head_bytes(const struct graph_block *block)
{
	if (block->flags & GRAPH_BLOCK_HEAD_SECOND)
		return 2 * PYTHON_HEAD;
	return block->flags & GRAPH_BLOCK_HEAD_FIRST ? PYTHON_HEAD : 0;
}

uint64_t graph_values_offset(const struct graph_block *block)
{
	uint64_t words = block->size / WORD_BYTES, values = words * WORD_BYTES / (WORD_BYTES + 1);

	while (values && (values + 2 + WORD_BYTES - 1) / WORD_BYTES + values > words)
		values--;
	return (words - values) * WORD_BYTES;
}

bool pointers_count(const struct graph_block *block, uint64_t address)
{
	uint64_t offset = address - block->address;

	if (block->flags & GRAPH_BLOCK_DIGITS)
		return false;
	if (block->flags & GRAPH_BLOCK_TEXT)
		return offset < PYTHON_HASH || offset >= PYTHON_HASH + 2 * WORD_BYTES;
	return !(block->flags & GRAPH_BLOCK_VALUES) || offset >= graph_values_offset(block);
}

bool pointers_target(struct pointers *pointers, uint64_t value, uint32_t source, bool by_allocator,
		     uint32_t edge, graph_target *target)
{
	uint32_t block = blocks_before(&pointers->blocks, value);
	enum graph_how how = GRAPH_INTERIOR;
	const struct graph_block *at;
	uint64_t offset;

	if (block == BLOCKS_NONE)
		return false;
	at = &pointers->blocks.list[block];
	offset = value - at->address;
	if (block == source) {
		pointers->self_pointers += value < blocks_end(at);
		return false;
	}
	if (offset < head_bytes(at))
		return false;
	if (!offset)
		how = GRAPH_START;
	else if (by_allocator && offset == next_chunk(at)) {
		pointers->allocator_pointers++;
		return false;
	} else if (at->flags & GRAPH_BLOCK_ANYWHERE && offset < at->size)
		how = GRAPH_START;
	else if ((value & ~(WORD_BYTES - 1ull)) == at->address)
		how = GRAPH_TAGGED; /* of a short block also behind its end */
	else if (at->flags & GRAPH_BLOCK_ARRAY_NEW &&
		 ((offset == WORD_BYTES && at->size >= offset) ||
		  (offset == 2 * WORD_BYTES && at->size > offset)))
		how = GRAPH_COOKIE;
	else if (offset >= at->size)
		return false;
	else if (offset % WORD_BYTES == 0)
		how = decide_or_wait(pointers, block, offset, edge);
	*target = pointers_join(block, how);
	return true;
}

void pointers_release(struct pointers *pointers)
{
	blocks_release(&pointers->blocks);
	free(pointers->facts);
	free(pointers->bases);
	free(pointers->waiting);
}
