/* SPDX-License-Identifier: MIT */
#include "census.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

static void halve(uint64_t *by_birth)
{
	for (uint32_t i = 0; i < CENSUS_ROWS / 2; i++)
		by_birth[i] = by_birth[2 * i] + by_birth[2 * i + 1];
	memset(by_birth + CENSUS_ROWS / 2, 0, CENSUS_ROWS / 2 * sizeof *by_birth);
}

static void widen(struct census *c)
{
	for (uint32_t i = 0; i < CENSUS_ROWS / 2; i++) {
		free(c->rows[2 * i]);
		c->rows[i] = c->rows[2 * i + 1];
		halve(c->rows[i]->by_birth);
	}
	memset(c->rows + CENSUS_ROWS / 2, 0, CENSUS_ROWS / 2 * sizeof *c->rows);
	halve(c->by_birth);
	c->current = CENSUS_ROWS / 2;
	c->shift++;
}

void census_close(struct census *c, const struct census_moment *moment)
{
	struct census_row *row = xmalloc(sizeof *row);

	row->moment = *moment;
	row->shift = c->shift;
	memcpy(row->by_birth, c->by_birth, sizeof row->by_birth);
	memcpy(row->recent, c->recent, sizeof row->recent);
	memset(c->recent, 0, sizeof c->recent);
	c->rows[c->current++] = row;
	if (c->current == CENSUS_ROWS)
		widen(c);
}

uint64_t census_clock(const struct census *c, uint32_t row)
{
	return ((uint64_t)row + 1) << c->shift;
}

/* Of bytes whose ages are spread evenly over [from, to), those below an age. */
static uint64_t share_below(uint64_t bytes, uint64_t from, uint64_t to, uint64_t age)
{
	if (age >= to)
		return bytes;
	if (age <= from)
		return 0;
	return (uint64_t)((double)bytes * ((double)(age - from) / (double)(to - from)));
}

uint64_t census_younger(const struct census *c, uint32_t number, uint64_t age)
{
	const struct census_row *row = c->rows[number];
	uint64_t fine = (uint64_t)1 << row->shift;
	uint64_t length = (uint64_t)1 << c->shift;
	uint64_t in_fine = 0, result = 0;

	for (uint32_t b = 0; b < AGES_BUCKETS; b++) {
		uint64_t end = ages_floor(b + 1);

		if (!row->recent[b])
			continue;
		in_fine += row->recent[b];
		result += share_below(row->recent[b], ages_floor(b), end, age);
	}
	/* What was born in the last slice before its fine part began. */
	result += share_below(row->by_birth[number] - in_fine, fine, length, age);
	for (uint32_t i = 0; i < number; i++) {
		uint64_t from = (uint64_t)(number - i) << c->shift;

		result += share_below(row->by_birth[i], from, from + length, age);
	}
	return result;
}

void census_release(struct census *c)
{
	for (uint32_t i = 0; i < CENSUS_ROWS; i++)
		free(c->rows[i]);
	memset(c, 0, sizeof *c);
}
