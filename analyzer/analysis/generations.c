/* SPDX-License-Identifier: MIT */
#include "generations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AGE_MAX 9.2e18

const struct generations_rule generations_default = {
	.clock = AGE_BYTES,
	.in_turnovers = true,
	.begin = {0.125, 3},
	.least = 65536,
};

static const struct unit {
	const char *name;
	enum age_clock clock;
	double size; /* 0: turnovers */
} units[] = {
	{"", AGE_BYTES, 1},
	{"B", AGE_BYTES, 1},
	{"K", AGE_BYTES, 1024},
	{"KiB", AGE_BYTES, 1024},
	{"M", AGE_BYTES, 1048576},
	{"MiB", AGE_BYTES, 1048576},
	{"G", AGE_BYTES, 1073741824},
	{"GiB", AGE_BYTES, 1073741824},
	{"x", AGE_BYTES, 0},
	{"n", AGE_ALLOCATIONS, 1},
	{"ns", AGE_NS, 1},
	{"us", AGE_NS, 1e3},
	{"ms", AGE_NS, 1e6},
	{"s", AGE_NS, 1e9},
	{"m", AGE_NS, 60e9},
	{"h", AGE_NS, 3600e9},
};

/* A number and its unit, which ends where the text or a comma is. NULL if it is none. */
static const struct unit *parse_number(const char **text, double *value)
{
	size_t length;
	char *end;

	if (!strchr("0123456789.", **text))
		return NULL;
	*value = strtod(*text, &end);
	/* Hexadecimal numbers are not meant: 0x is no turnovers. */
	if (end == *text || !isfinite(*value) || memchr(*text, 'x', (size_t)(end - *text)) ||
	    memchr(*text, 'X', (size_t)(end - *text)))
		return NULL;
	*text = end;
	length = strcspn(end, ",");
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (strlen(units[i].name) == length && !strncmp(units[i].name, end, length)) {
			*text = end + length;
			return &units[i];
		}
	}
	return NULL;
}

bool generations_parse(const char *text, struct generations_rule *rule)
{
	const struct unit *first, *second;
	double begin[2];

	first = parse_number(&text, &begin[0]);
	if (!first || *text++ != ',')
		return false;
	second = parse_number(&text, &begin[1]);
	if (!second || *text)
		return false;
	if (!*first->name)
		first = second;
	if (first->clock != second->clock || !first->size != !second->size)
		return false;
	*rule = (struct generations_rule){.clock = first->clock, .in_turnovers = !first->size};
	rule->begin[0] = begin[0] * (first->size ? first->size : 1);
	rule->begin[1] = begin[1] * (second->size ? second->size : 1);
	return rule->begin[0] > 0 && rule->begin[0] < rule->begin[1] && rule->begin[1] < AGE_MAX;
}

uint64_t generations_turnover(const struct tally *tally)
{
	if (!tally->allocated_bytes)
		return 0;
	return (uint64_t)(tally->live_area / (double)tally->allocated_bytes);
}

/* The nearer of the two edges of the histogram that an age lies between. */
static uint64_t nearest_edge(double age)
{
	uint64_t whole = age < AGE_MAX ? (uint64_t)age : (uint64_t)AGE_MAX;
	uint32_t bucket = ages_bucket(whole);
	uint64_t below = ages_floor(bucket);
	uint64_t above = ages_floor(bucket + 1);

	return age - (double)below <= (double)above - age ? below : above;
}

void generations_resolve(const struct generations_rule *rule, uint64_t turnover_bytes,
			 uint64_t ages[GENERATIONS - 1])
{
	double unit = rule->in_turnovers ? (double)turnover_bytes : 1;

	ages[0] = nearest_edge(fmax(rule->begin[0] * unit, rule->least));
	ages[1] = nearest_edge(rule->begin[1] * unit);
	if (!ages[0])
		ages[0] = 1;
	if (ages[1] <= ages[0])
		ages[1] = ages_floor(ages_bucket(ages[0]) + 1);
}

int generations_of(const uint64_t ages[GENERATIONS - 1], uint64_t age)
{
	return (age >= ages[0]) + (age >= ages[1]);
}

void generations_count(const uint64_t ages[GENERATIONS - 1], const struct ages *dead,
		       const struct ages *alive, struct model_generation result[GENERATIONS])
{
	memset(result, 0, GENERATIONS * sizeof *result);
	for (uint32_t i = 0; i < dead->count; i++) {
		const struct age_bucket *bucket = &dead->list[i];
		struct model_generation *to =
			&result[generations_of(ages, ages_floor(bucket->bucket))];

		to->deaths += bucket->blocks;
		to->byte_seconds += bucket->byte_seconds;
	}
	for (uint32_t i = 0; i < alive->count; i++) {
		const struct age_bucket *bucket = &alive->list[i];
		struct model_generation *to =
			&result[generations_of(ages, ages_floor(bucket->bucket))];

		to->survivors += bucket->blocks;
		to->bytes += bucket->bytes;
		to->byte_seconds += bucket->byte_seconds;
	}
	for (int g = GENERATIONS - 1; g >= 0; g--)
		result[g].births = result[g].deaths + result[g].survivors +
				   (g + 1 < GENERATIONS ? result[g + 1].births : 0);
}
