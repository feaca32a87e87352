/* SPDX-License-Identifier: MIT */
/*
 * format.h - the fixed parts of a trace file: header, chunk types, limits. Private to
 * analyzer/trace; man/tenure-trace.5 says the same in words. All numbers are little endian.
 *
 *	file	magic (8), version u16, reserved u16, features u32, then chunks
 *	chunk	type u32, flags u32, stored bytes u32, raw bytes u32, checksum u64, payload
 *
 * The checksum is the XXH64 of the payload as stored; its seed is the XXH64, with seed 0, of the
 * first 16 bytes of the chunk's header. Chunks lie back to back; every one can be checked and
 * unpacked by itself.
 */
#ifndef TENURE_FORMAT_H
#define TENURE_FORMAT_H

#include <stdint.h>

/* The first byte is no ASCII, the line ends are there to be ruined by text-mode copies. */
#define FORMAT_MAGIC "\x89TNR\r\n\x1a\n"
#define FORMAT_VERSION 1
#define FORMAT_FEATURES 0u /* bits without which a reader would misunderstand the file */
#define FILE_HEADER_BYTES 16u
#define CHUNK_HEADER_BYTES 24u
#define CHUNK_CHECKED_BYTES 16u /* of the header, under the checksum */

#define FOURCC(a, b, c, d) \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

enum chunk_type {
	CHUNK_PROGRAM = FOURCC('P', 'R', 'O', 'G'), /* the first chunk, once */
	CHUNK_MODULES = FOURCC('M', 'O', 'D', 'S'),
	CHUNK_CODES = FOURCC('P', 'Y', 'C', 'O'), /* before the stacks that have frames of them */
	CHUNK_STACKS = FOURCC('S', 'T', 'K', 'S'),
	CHUNK_THREADS = FOURCC('T', 'H', 'R', 'D'),
	CHUNK_EVENTS = FOURCC('E', 'V', 'T', 'S'),
	CHUNK_CLOCKS = FOURCC('C', 'L', 'C', 'K'),
	CHUNK_MEMORY = FOURCC('M', 'E', 'M', 'O'),
	CHUNK_CHILDREN = FOURCC('C', 'H', 'L', 'D'),
	CHUNK_SUPPRESSIONS = FOURCC('S', 'U', 'P', 'P'),
	CHUNK_UNRECORDED = FOURCC('U', 'N', 'R', 'C'),
	CHUNK_PYTHON = FOURCC('P', 'Y', 'T', 'H'), /* at most once */
	CHUNK_LOST = FOURCC('L', 'O', 'S', 'T'),
	CHUNK_MARKS = FOURCC('M', 'A', 'R', 'K'),
	CHUNK_WORDS = FOURCC('S', 'N', 'P', 'W'), /* of a snapshot */
	CHUNK_SNAPSHOT = FOURCC('S', 'N', 'A', 'P'), /* behind all its words */
	CHUNK_INDEX = FOURCC('I', 'N', 'D', 'X'), /* one or more, right before END */
	CHUNK_END = FOURCC('E', 'N', 'D', ' '), /* the last chunk */
};

#define CHUNK_FLAG_ZSTD 1u /* the payload behind the prologue is one zstd frame */
#define CHUNK_FLAGS CHUNK_FLAG_ZSTD

/* Limits: of what a writer makes, and of what a reader believes. */
#define CHUNK_RAW_BYTES_MAX (16u << 20)
#define EVENTS_PER_CHUNK_MAX 16384u
#define INDEX_ENTRIES_PER_CHUNK_MAX 65536u
#define WORDS_PER_CHUNK_MAX 65536u
#define STRING_BYTES_MAX (64u << 10) /* paths and names; longer ones are cut */
#define ARGV_BYTES_MAX (1u << 20)
#define THREAD_ID_MAX ((1u << 22) - 1)
#define STACK_ID_MAX ((1u << 28) - 1)

/* Thread u32, count u32, first stamp u64, last stamp u64: kept out of the compression, so that
 * threads can be merged without unpacking chunks before their time. */
#define EVENTS_PROLOGUE_BYTES 24u

/* Kind u32, status i32, flags u32, reserved u32, then u64: stamp, monotonic time, events, events
 * lost, stacks truncated, modules lost, offset of the first index chunk. Never compressed: a
 * reader finds the END by its distance from the end of the file. */
#define END_PAYLOAD_BYTES 72u
#define END_CHUNK_BYTES (CHUNK_HEADER_BYTES + END_PAYLOAD_BYTES)

#endif
