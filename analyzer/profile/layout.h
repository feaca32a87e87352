/* SPDX-License-Identifier: MIT */
/*
 * layout.h - the fixed parts of a file that holds a profile; man/tenure-profile.5 says the same in
 * words. All numbers are little endian, or varints of util/bytes.h.
 *
 *	file	magic (8), version u16, reserved u16, features u32, then chunks
 *
 * Chunks are framed, checked and compressed as those of traces (trace/format.h). They come in the
 * order below; records are whole in a chunk; all that is sorted in profile.h is so in the file, and so
 * are strings, by their bytes, and frames, by their members. So there is one file for a profile, and
 * any other order is damage. A file may be followed by another.
 */
#ifndef TENURE_LAYOUT_H
#define TENURE_LAYOUT_H

#include "../trace/chunk.h"

#define LAYOUT_MAGIC "\x89TNP\r\n\x1a\n"
#define LAYOUT_MAGIC_BYTES 8u
#define LAYOUT_VERSION 1
#define LAYOUT_HEADER_BYTES 16u

enum layout_chunk {
	LAYOUT_STRINGS = FOURCC('P', 'S', 'T', 'R'), /* any number of these, as of: */
	LAYOUT_FRAMES = FOURCC('P', 'F', 'R', 'M'),
	LAYOUT_PROGRAM = FOURCC('P', 'P', 'R', 'G'), /* one for each, and behind it: */
	LAYOUT_SITES = FOURCC('P', 'S', 'I', 'T'), /* any number of these */
	LAYOUT_END = FOURCC('P', 'E', 'N', 'D'), /* the last one: how much there was of all */
};

/* Chunks are ended when they are this long. */
#define LAYOUT_CHUNK_BYTES (1u << 20)

/* What a reader believes. */
#define LAYOUT_STRING_BYTES_MAX (64u << 10)
#define LAYOUT_STRINGS_MAX (1u << 24)
#define LAYOUT_FRAMES_MAX (1u << 24)
#define LAYOUT_SITES_MAX (1u << 22)
#define LAYOUT_PROGRAMS_MAX (1u << 16)
#define LAYOUT_DEPTH_MAX (1u << 16)

#endif
