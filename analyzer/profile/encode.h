/* SPDX-License-Identifier: MIT */
/*
 * encode.h - a profile as the bytes of a file.
 *
 * Of one profile always the same bytes, however it came about (with one version of zstd, whose
 * compression it has): see profile.h and layout.h.
 */
#ifndef TENURE_ENCODE_H
#define TENURE_ENCODE_H

#include "../util/bytes.h"
#include "profile.h"

/* Appends. */
void encode_profile(const struct profile *profile, struct bytes *out);

#endif
