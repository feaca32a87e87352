/* SPDX-License-Identifier: MIT */
#include "chunk.h"

#include <assert.h>
#include <xxhash.h>
#include <zstd.h>

#include "../util/array.h"
#include "../util/message.h"

#define COMPRESSION_LEVEL 1
/* Below this, compression gains less than its own header costs. */
#define COMPRESSED_BYTES_MIN 64
/* Ending a zstd block costs 3 bytes and maybe a table of symbol lengths: shorter kinds of data
 * share a block with the next. */
#define BLOCK_BYTES_MIN 192

void chunk_payload_cut(struct chunk_payload *payload)
{
	assert(payload->cut_count < CHUNK_CUTS_MAX);
	payload->cuts[payload->cut_count++] = payload->bytes.used;
}

void chunk_payload_clear(struct chunk_payload *payload)
{
	payload->bytes.used = 0;
	payload->cut_count = 0;
}

void chunk_payload_release(struct chunk_payload *payload)
{
	bytes_release(&payload->bytes);
	payload->cut_count = 0;
}

void chunk_packer_init(struct chunk_packer *packer)
{
	*packer = (struct chunk_packer){.zstd = ZSTD_createCCtx()};
	if (!packer->zstd)
		die("out of memory");
	ZSTD_CCtx_setParameter(packer->zstd, ZSTD_c_compressionLevel, COMPRESSION_LEVEL);
}

void chunk_packer_release(struct chunk_packer *packer)
{
	ZSTD_freeCCtx(packer->zstd);
	bytes_release(&packer->chunk);
}

static uint64_t checksum(const uint8_t *checked_header, const uint8_t *stored, size_t stored_bytes)
{
	return XXH64(stored, stored_bytes, XXH64(checked_header, CHUNK_CHECKED_BYTES, 0));
}

/*
 * One frame, in which every kind of data has blocks of its own: so each gets its own code lengths,
 * while matches may still reach back over all of them. Returns the compressed size, or 0 if that
 * is not smaller.
 */
static size_t compress(struct chunk_packer *packer, uint8_t *to,
		       const struct chunk_payload *payload, size_t from)
{
	const struct bytes *bytes = &payload->bytes;
	size_t room = bytes->used - from;
	ZSTD_outBuffer output = {to, room, 0};
	size_t done = from;

	if (room < COMPRESSED_BYTES_MIN)
		return 0;
	ZSTD_CCtx_reset(packer->zstd, ZSTD_reset_session_only);
	ZSTD_CCtx_setPledgedSrcSize(packer->zstd, room);
	for (unsigned i = 0; i <= payload->cut_count; i++) {
		bool last = i == payload->cut_count;
		size_t end = last ? bytes->used : payload->cuts[i];
		ZSTD_inBuffer input;
		size_t left;

		if (!last && end < done + BLOCK_BYTES_MIN)
			continue;
		input = (ZSTD_inBuffer){bytes->data + done, end - done, 0};
		do {
			left = ZSTD_compressStream2(packer->zstd, &output, &input,
						    last ? ZSTD_e_end : ZSTD_e_flush);
			if (ZSTD_isError(left) || (left && output.pos == output.size))
				return 0;
		} while (left || input.pos < input.size);
		done = end;
	}
	return output.pos < room ? output.pos : 0;
}

const struct bytes *chunk_pack(struct chunk_packer *packer, uint32_t type,
			       const struct chunk_payload *payload)
{
	const struct bytes *bytes = &payload->bytes;
	struct bytes *chunk = &packer->chunk;
	size_t prologue_bytes = chunk_prologue_bytes(type);
	size_t packed_bytes;
	uint8_t *header, *stored;
	uint32_t flags = CHUNK_FLAG_ZSTD;

	assert(bytes->used >= prologue_bytes && bytes->used <= CHUNK_RAW_BYTES_MAX);
	chunk->used = 0;
	header = bytes_reserve(chunk, CHUNK_HEADER_BYTES + bytes->used);
	stored = header + CHUNK_HEADER_BYTES;
	packed_bytes = type == CHUNK_END
			       ? 0
			       : compress(packer, stored + prologue_bytes, payload, prologue_bytes);
	if (packed_bytes) {
		memcpy(stored, bytes->data, prologue_bytes);
		packed_bytes += prologue_bytes;
	} else {
		if (bytes->used)
			memcpy(stored, bytes->data, bytes->used);
		packed_bytes = bytes->used;
		flags = 0;
	}
	bytes_store_u32(header, type);
	bytes_store_u32(header + 4, flags);
	bytes_store_u32(header + 8, (uint32_t)packed_bytes);
	bytes_store_u32(header + 12, (uint32_t)bytes->used);
	bytes_store_u64(header + CHUNK_CHECKED_BYTES, checksum(header, stored, packed_bytes));
	chunk->used = CHUNK_HEADER_BYTES + packed_bytes;
	return chunk;
}

void chunk_unpacker_init(struct chunk_unpacker *unpacker)
{
	*unpacker = (struct chunk_unpacker){.zstd = ZSTD_createDCtx()};
	if (!unpacker->zstd)
		die("out of memory");
}

void chunk_unpacker_release(struct chunk_unpacker *unpacker)
{
	ZSTD_freeDCtx(unpacker->zstd);
	bytes_release(&unpacker->raw);
}

void chunk_header_load(struct chunk_header *header, const uint8_t bytes[CHUNK_HEADER_BYTES])
{
	header->type = bytes_load_u32(bytes);
	header->flags = bytes_load_u32(bytes + 4);
	header->stored_bytes = bytes_load_u32(bytes + 8);
	header->raw_bytes = bytes_load_u32(bytes + 12);
	header->checksum = bytes_load_u64(bytes + CHUNK_CHECKED_BYTES);
}

uint32_t chunk_prologue_bytes(uint32_t type)
{
	return type == CHUNK_EVENTS ? EVENTS_PROLOGUE_BYTES : 0;
}

const char *chunk_name(uint32_t type)
{
	switch (type) {
	case CHUNK_PROGRAM:
		return "program";
	case CHUNK_MODULES:
		return "module";
	case CHUNK_STACKS:
		return "stack";
	case CHUNK_THREADS:
		return "thread";
	case CHUNK_EVENTS:
		return "event";
	case CHUNK_CLOCKS:
		return "clock";
	case CHUNK_MEMORY:
		return "memory";
	case CHUNK_MARKS:
		return "mark";
	case CHUNK_WORDS:
		return "word";
	case CHUNK_SNAPSHOT:
		return "snapshot";
	case CHUNK_CHILDREN:
		return "child";
	case CHUNK_SUPPRESSIONS:
		return "suppressions";
	case CHUNK_UNRECORDED:
		return "unrecorded";
	case CHUNK_LOST:
		return "loss";
	case CHUNK_INDEX:
		return "index";
	case CHUNK_END:
		return "end";
	default:
		return "unknown";
	}
}

bool chunk_intact(const struct chunk_header *header, const uint8_t *stored)
{
	uint8_t checked[CHUNK_CHECKED_BYTES];

	bytes_store_u32(checked, header->type);
	bytes_store_u32(checked + 4, header->flags);
	bytes_store_u32(checked + 8, header->stored_bytes);
	bytes_store_u32(checked + 12, header->raw_bytes);
	return checksum(checked, stored, header->stored_bytes) == header->checksum;
}

const char *chunk_unpack(struct chunk_unpacker *unpacker, const struct chunk_header *header,
			 const uint8_t *stored, const uint8_t **raw)
{
	size_t prologue_bytes = chunk_prologue_bytes(header->type);
	uint8_t *to;
	size_t bytes;

	if (header->flags & ~CHUNK_FLAGS)
		return "unknown flag";
	if (header->raw_bytes > CHUNK_RAW_BYTES_MAX)
		return "impossible length";
	if (header->stored_bytes < prologue_bytes || header->raw_bytes < prologue_bytes)
		return "too little data";
	if (!(header->flags & CHUNK_FLAG_ZSTD)) {
		if (header->raw_bytes != header->stored_bytes)
			return "contradicting lengths";
		*raw = stored;
		return NULL;
	}
	unpacker->raw.used = 0;
	to = bytes_reserve(&unpacker->raw, header->raw_bytes);
	if (prologue_bytes)
		memcpy(to, stored, prologue_bytes);
	bytes = ZSTD_decompressDCtx(unpacker->zstd, to + prologue_bytes,
				    header->raw_bytes - prologue_bytes, stored + prologue_bytes,
				    header->stored_bytes - prologue_bytes);
	if (ZSTD_isError(bytes) || bytes != header->raw_bytes - prologue_bytes)
		return "undecodable compression";
	*raw = to;
	return NULL;
}
