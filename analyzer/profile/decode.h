/* SPDX-License-Identifier: MIT */
/*
 * decode.h - a profile from the bytes of a file, trusting nothing in them.
 *
 * Lengths are checked against what is there and against the limits of layout.h before anything is
 * allocated, and what is not in its order is damage, so that what is read can be added up. Where bytes
 * come from is the caller's business: a file or a pipe, of which no more than one chunk is held.
 */
#ifndef TENURE_DECODE_H
#define TENURE_DECODE_H

#include "profile.h"

struct decode_source {
	/* Fills `to` and returns how much of it; less than asked for only at the end. */
	size_t (*fill)(void *context, uint8_t *to, size_t bytes);
	void *context;
	uint64_t offset; /* of what was read so far; 0 to start */
};

struct decode_error {
	uint64_t offset;
	char message[120];
};

enum decode_result {
	DECODE_PROFILE,
	DECODE_NOTHING, /* the source was at its end already */
	DECODE_BAD, /* error tells why */
};

/* Whether a file that begins so is, or was, a profile. */
#define DECODE_MAGIC_BYTES 8u
bool decode_is_profile(const uint8_t begin[DECODE_MAGIC_BYTES]);

/* Reads one profile; more may follow it. The profile must be empty, and stays so but for
 * DECODE_PROFILE. */
enum decode_result decode_profile(struct profile *profile, struct decode_source *source,
				  struct decode_error *error);

#endif
