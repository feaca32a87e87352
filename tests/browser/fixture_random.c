/* SPDX-License-Identifier: MIT */
/* fixture_random.c - random numbers that are the same every time, and memory. */
#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"

static uint64_t random_state = 1;

/* SplitMix64: Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, 2014. */
static uint64_t next_random(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t fixture_below(uint64_t end)
{
	return next_random() % end;
}

double fixture_share(void)
{
	return (double)(next_random() >> 11) * 0x1p-53;
}

uint64_t fixture_heavy(uint64_t least)
{
	double share = fixture_share();

	/* Pareto's distribution with exponent 1, cut off at 4,000,000 times the least. */
	return (uint64_t)((double)least / (share + 2.5e-7));
}

void *fixture_take(size_t count, size_t bytes)
{
	void *memory = calloc(count ? count : 1, bytes);

	if (!memory) {
		perror("fixture");
		exit(1);
	}
	return memory;
}
