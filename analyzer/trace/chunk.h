/* SPDX-License-Identifier: MIT */
/*
 * chunk.h - framing: payloads into checked, mostly compressed chunks and back. For analyzer/trace,
 * and for analyzer/profile, whose files are of the same kind.
 *
 * Packing and unpacking reuse one zstd context and one buffer each; what they return is valid
 * until the next call. Unpacking believes nothing: lengths are checked against the limits of
 * format.h before anything is allocated.
 */
#ifndef TENURE_CHUNK_H
#define TENURE_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../util/bytes.h"
#include "format.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

struct chunk_header {
	uint32_t type, flags;
	uint32_t stored_bytes; /* of the payload in the file, prologue included */
	uint32_t raw_bytes; /* of the payload unpacked, prologue included */
	uint64_t checksum;
};

/* A payload on its way into a chunk: bytes, and where the kinds of data in it change, because
 * compression does better when it starts afresh there. */
#define CHUNK_CUTS_MAX 16
struct chunk_payload {
	struct bytes bytes;
	size_t cuts[CHUNK_CUTS_MAX]; /* offsets in bytes, ascending */
	unsigned cut_count;
};

struct chunk_packer {
	struct ZSTD_CCtx_s *zstd;
	struct bytes chunk;
};

struct chunk_unpacker {
	struct ZSTD_DCtx_s *zstd;
	struct bytes raw;
};

/* Marks the end of one kind of data. */
void chunk_payload_cut(struct chunk_payload *payload);
void chunk_payload_clear(struct chunk_payload *payload);
void chunk_payload_release(struct chunk_payload *payload);

void chunk_packer_init(struct chunk_packer *packer);
void chunk_packer_release(struct chunk_packer *packer);
/* Header and payload, ready for the file. */
const struct bytes *chunk_pack(struct chunk_packer *packer, uint32_t type,
			       const struct chunk_payload *payload);

void chunk_unpacker_init(struct chunk_unpacker *unpacker);
void chunk_unpacker_release(struct chunk_unpacker *unpacker);

void chunk_header_load(struct chunk_header *header, const uint8_t bytes[CHUNK_HEADER_BYTES]);
/* Bytes at the start of a payload that are never compressed. */
uint32_t chunk_prologue_bytes(uint32_t type);
/* "event", "stack", ...: for messages. */
const char *chunk_name(uint32_t type);
/* Is the checksum right? header is the one in the file; stored is header->stored_bytes long. */
bool chunk_intact(const struct chunk_header *header, const uint8_t *stored);
/* Points raw at the unpacked payload, header->raw_bytes long. Returns NULL, or what is wrong. */
const char *chunk_unpack(struct chunk_unpacker *unpacker, const struct chunk_header *header,
			 const uint8_t *stored, const uint8_t **raw);

#endif
