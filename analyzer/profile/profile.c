/* SPDX-License-Identifier: MIT */
#include "profile.h"

#include <stdlib.h>
#include <string.h>

#include "../analysis/ages.h"

const uint8_t profile_total_rules[PROFILE_TOTALS] = {
	[TOTAL_FIRST_START_NS] = RULE_MIN,
	[TOTAL_LAST_END_NS] = RULE_MAX,
	[TOTAL_LONGEST_NS] = RULE_MAX,
	[TOTAL_LARGEST_PEAK_BYTES] = RULE_MAX,
	[TOTAL_LARGEST_LIVE_BYTES] = RULE_MAX,
	[TOTAL_PEAK_RESIDENT_BYTES] = RULE_MAX,
	[TOTAL_SAMPLE_INTERVAL_BYTES] = RULE_MAX,
};

const uint8_t profile_part_rules[PROFILE_PART_NUMBERS] = {
	[PART_MIN_BYTES] = RULE_MIN,	 [PART_FIRST_NS] = RULE_MIN,
	[PART_FIRST_SEEN_NS] = RULE_MIN, [PART_MAX_BYTES] = RULE_MAX,
	[PART_LAST_NS] = RULE_MAX,	 [PART_LAST_RELEASE_NS] = RULE_MAX,
	[PART_LAST_SEEN_NS] = RULE_MAX,	 [PART_LARGEST_LIVE_BYTES] = RULE_MAX,
	[PART_LONGEST_CHAIN] = RULE_MAX, [PART_STACKS] = RULE_MAX,
};

void profile_clear_numbers(uint64_t *numbers, const uint8_t *rules, size_t count)
{
	for (size_t i = 0; i < count; i++)
		numbers[i] = rules[i] == RULE_MIN ? UINT64_MAX : 0;
}

void profile_add_numbers(uint64_t *into, const uint64_t *from, const uint8_t *rules, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (rules[i] == RULE_ADD)
			into[i] = ages_add_saturated(into[i], from[i]);
		else if (rules[i] == RULE_MIN ? from[i] < into[i] : from[i] > into[i])
			into[i] = from[i];
	}
}

uint64_t profile_site_count(const struct profile *profile)
{
	uint64_t count = 0;

	for (size_t i = 0; i < profile->program_count; i++)
		count += profile->programs[i].site_count;
	return count;
}

void profile_release_site(struct profile_site *site)
{
	for (uint32_t i = 0; i < site->part_count; i++) {
		free(site->parts[i].dead.list);
		free(site->parts[i].alive.list);
	}
	free(site->parts);
	free(site->stack.frames);
}

static void release_program(struct profile_program *program)
{
	for (size_t i = 0; i < program->site_count; i++)
		profile_release_site(&program->sites[i]);
	free(program->sites);
}

void profile_keep_program(struct profile *profile, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < profile->program_count; i++) {
		struct profile_program *program = &profile->programs[i];

		if (strcmp(pool_text(&profile->pool, program->name), name))
			release_program(program);
		else
			profile->programs[kept++] = *program;
	}
	profile->program_count = kept;
}

void profile_release(struct profile *profile)
{
	for (size_t i = 0; i < profile->program_count; i++)
		release_program(&profile->programs[i]);
	free(profile->programs);
	pool_release(&profile->pool);
	memset(profile, 0, sizeof *profile);
}
