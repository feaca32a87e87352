/* SPDX-License-Identifier: MIT */
#define XXH_INLINE_ALL
#include "fingerprint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "rules.h"

/* What a hash must not run together has a NUL between. */
static XXH128_hash_t hash_words(const char *const *words, int count, uint64_t ordinal)
{
	XXH3_state_t state;

	XXH3_128bits_reset(&state);
	for (int i = 0; i < count; i++)
		XXH3_128bits_update(&state, words[i], strlen(words[i]) + 1);
	XXH3_128bits_update(&state, &ordinal, ordinal ? sizeof ordinal : 0);
	return XXH3_128bits_digest(&state);
}

struct fingerprint fingerprint_of_stack(const struct model_gate_finding *finding)
{
	const char *colon = strchr(finding->key, ':');
	const char *digits = colon ? colon + 1 : finding->key;
	const char *words[] = {rules[finding->rule].id, finding->program, finding->key};
	size_t length = strspn(digits, "0123456789abcdefABCDEF");
	struct fingerprint print;

	if (length && !digits[length] && length < sizeof print.text)
		memcpy(print.text, digits, length + 1);
	else
		snprintf(print.text, sizeof print.text, "%016" PRIx64,
			 hash_words(words, 3, 0).low64);
	return print;
}

struct fingerprint fingerprint_unique(struct numbering *seen,
				      const struct model_gate_finding *finding)
{
	const char *words[] = {rules[finding->rule].id, finding->program, finding->key};
	struct fingerprint print;
	uint64_t ordinal = 0;
	bool fresh;

	do {
		XXH128_hash_t hash = hash_words(words, 3, ordinal++);

		snprintf(print.text, sizeof print.text, "%016" PRIx64 "%016" PRIx64, hash.high64,
			 hash.low64);
		numbering_find(seen, print.text, strlen(print.text), &fresh);
	} while (!fresh);
	return print;
}
