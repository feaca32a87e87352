/* SPDX-License-Identifier: MIT */
#include "fail.h"

#include <stdint.h>
#include <string.h>

#include "atomics.h"
#include "settings.h"

bool fail_enabled;

static enum { FAIL_AFTER, FAIL_EVERY, FAIL_SIZE, FAIL_PROBABILITY } rule;
static uint64_t limit; /* N or bytes; for a probability: fails if random < limit */
static uint64_t seed;
static _Atomic uint64_t decided; /* allocations asked about */

/* Digits behind the decimal point, as a fraction of 2^64. */
static uint64_t fraction(const char *s, const char **end)
{
	long double value = 0, unit = 0.1L;

	for (; *s >= '0' && *s <= '9'; s++, unit /= 10)
		value += (*s - '0') * unit;
	*end = s;
	return (uint64_t)(value * 18446744073709551615.0L);
}

static void parse_probability(const char *value)
{
	const char *end;
	uint64_t whole = settings_number(value, &end);

	limit = whole ? UINT64_MAX : 0;
	if (*end == '.') {
		uint64_t below_one = fraction(end + 1, &end);

		if (!whole)
			limit = below_one;
	}
	if (*end == ',')
		seed = settings_number(end + 1, NULL);
}

void fail_start(const char *specification)
{
	static const char *const names[] = {"after:", "every:", "size:", "prob:"};

	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *value = specification + strlen(names[i]);

		if (strncmp(specification, names[i], strlen(names[i])) != 0)
			continue;
		rule = i;
		if (i == FAIL_PROBABILITY)
			parse_probability(value);
		else
			limit = settings_number(value, NULL);
		fail_enabled = i != FAIL_EVERY || limit > 0;
	}
}

/* SplitMix64 (Steele, Lea, Flood 2014): the nth value of the sequence, without state. */
static uint64_t random_at(uint64_t n)
{
	uint64_t z = seed + n * 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

bool fail_decide(size_t size)
{
	uint64_t number = add_relaxed(&decided, 1) + 1;

	switch (rule) {
	case FAIL_AFTER:
		return number > limit;
	case FAIL_EVERY:
		return number % limit == 0;
	case FAIL_SIZE:
		return size >= limit;
	case FAIL_PROBABILITY:
		return random_at(number) < limit;
	}
	return false;
}
