/* SPDX-License-Identifier: MIT */
/*
 * fixture_tables.c - what is said of sites together: groups, findings, pages.
 */
#include <string.h>

#include "fixture.h"

#define FINDINGS 12u
#define REGIONS 9u
#define MAP_LENGTH 900u
#define MAP_PAGES 4u
#define MIXTURES 20u

struct grouping_kind {
	const char *name;
	enum text_kind kind;
	uint32_t count;
};

static void add_site(struct model_group *group, const struct model_site *site)
{
	struct model_site *sum = &group->sum;

	if (!sum->stacks) {
		*sum = *site;
		sum->id = 0;
		sum->fingerprint = 0;
		return;
	}
	sum->stacks++;
	sum->allocations += site->allocations;
	sum->frees += site->frees;
	sum->allocated_bytes += site->allocated_bytes;
	sum->live_blocks += site->live_blocks;
	sum->live_bytes += site->live_bytes;
	sum->peak_blocks += site->peak_blocks;
	sum->peak_bytes += site->peak_bytes;
	sum->temporary += site->temporary;
	sum->pinned_bytes += site->pinned_bytes;
}

void fixture_put_groupings(struct model *model, const struct shape *shape)
{
	const struct grouping_kind kinds[] = {{"function", TEXT_FUNCTION, shape->functions},
					      {"file", TEXT_FILE, shape->files},
					      {"module", TEXT_MODULE, shape->modules},
					      {"type", TEXT_TYPE, shape->types}};
	const size_t kind_count = sizeof kinds / sizeof *kinds;
	struct model_grouping *groupings = fixture_take(kind_count, sizeof *groupings);

	for (size_t k = 0; k < kind_count; k++) {
		/* Sites are in order already: dealt out in turn, so are the groups' first ones. */
		uint32_t count = kinds[k].count < model->site_count ? kinds[k].count
								    : model->site_count;
		struct model_group *groups = fixture_take(count, sizeof *groups);

		for (uint32_t i = 0; i < model->site_count; i++)
			add_site(&groups[i % count], &model->sites[i]);
		for (uint32_t i = 0; i < count; i++) {
			groups[i].name = shape->text(kinds[k].kind, i);
			groups[i].source = "";
		}
		groupings[k] = (struct model_grouping){kinds[k].name, groups, count};
	}
	model->groupings = groupings;
	model->grouping_count = kind_count;
}

void fixture_put_findings(struct model *model, const struct shape *shape)
{
	static const char *const names[] = {"mismatched-release", "double-free", "foreign-free",
					    "interior-free", "allocation-failure"};
	struct model_finding *findings = fixture_take(FINDINGS, sizeof *findings);

	for (uint32_t i = 0; i < FINDINGS; i++) {
		const struct model_site *site = &model->sites[i % model->site_count];

		findings[i].rule = (enum finding_rule)(i * 5 / FINDINGS);
		findings[i].rule_name = shape->text == text_hostile ? shape->text(TEXT_WORD, i)
								    : names[findings[i].rule];
		findings[i].severity = i < FINDINGS * 2 / 3 ? SEVERITY_ERROR : SEVERITY_WARNING;
		findings[i].site = i % 4 ? site->id : 0;
		findings[i].message = shape->text(TEXT_SENTENCE, 40 + i);
		findings[i].occurrences = 1 + fixture_below(40);
		findings[i].bytes = site->min_bytes;
		findings[i].first_ns = site->first_ns;
		if (i % 4)
			findings[i].allocation = site->stack;
		findings[i].release = model->sites[i * 3 % model->site_count].stack;
		if (findings[i].rule == FINDING_DOUBLE_FREE)
			findings[i].first_release = model->sites[i * 5 % model->site_count].stack;
	}
	model->findings = findings;
	model->finding_count = FINDINGS;
}

void fixture_put_savings(struct model *model, const struct shape *shape)
{
	struct model_saving *savings = fixture_take(SAVING_RULES, sizeof *savings);

	for (uint32_t i = 0; i < SAVING_RULES; i++) {
		const struct model_site *site = &model->sites[i % model->site_count];

		savings[i] = (struct model_saving){
			.rule = (enum saving_rule)i,
			.rule_name = shape->text(TEXT_WORD, i),
			.site = i % 3 ? site->id : 0,
			.stack = site->stack,
			.name = shape->text(TEXT_TYPE, i),
			.type = shape->text(TEXT_TYPE, i + 1),
			.groups = 1 + fixture_below(9),
			.count = 1 + fixture_below(100000),
			.bytes = fixture_heavy(1 << 20),
			.saved_bytes = fixture_heavy(1 << 20),
		};
	}
	model->savings = savings;
	model->saving_count = SAVING_RULES;
}

static struct model_region make_region(const struct model *model, uint32_t number)
{
	struct model_stretch *map = fixture_take(MAP_LENGTH, sizeof *map);
	struct model_region region = {.start = 0x7f0000000000u + number * 0x10000000ull,
				      .pages = MAP_LENGTH * MAP_PAGES,
				      .map = map,
				      .map_count = MAP_LENGTH,
				      .map_pages = MAP_PAGES};

	region.end = region.start + region.pages * 4096;
	for (uint32_t i = 0; i < MAP_LENGTH; i++) {
		uint32_t occupied = (i / 30 + number) % 5 ? (uint32_t)fixture_below(MAP_PAGES + 1)
							  : 0;
		uint64_t live = fixture_below(occupied * 4096ull + 1);

		map[i].occupied = occupied;
		map[i].live_bytes = live;
		map[i].pinned_bytes = occupied * 4096ull - live;
		map[i].site = occupied ? 1 + (uint32_t)fixture_below(model->site_count / 4 + 1) : 0;
		region.live_bytes += live;
		region.live_blocks += live / 64;
		region.pinned_bytes += map[i].pinned_bytes;
	}
	return region;
}

static struct model_memory_parts make_parts(uint64_t live, uint64_t pinned)
{
	struct model_memory_parts parts = {.known = true,
					   .live = live,
					   .rounding = live / 20,
					   .headers = live / 30,
					   .pinned = pinned,
					   .retained = live / 10,
					   .other = 8 << 20};

	parts.resident = parts.live + parts.rounding + parts.headers + parts.pinned +
			 parts.retained + parts.other;
	return parts;
}

void fixture_put_fragmentation(struct model *model, const struct shape *shape)
{
	struct model_fragmentation *fragmentation = &model->fragmentation;
	struct model_region *regions = fixture_take(REGIONS, sizeof *regions);
	struct model_mixture *mixtures = fixture_take(MIXTURES, sizeof *mixtures);
	uint64_t pinned = model->run.live_bytes / 3;

	for (uint32_t i = 0; i < REGIONS; i++)
		regions[i] = make_region(model, i);
	for (uint32_t i = 0; i < MIXTURES; i++) {
		mixtures[i].long_lived = 1 + i % shape->sites;
		mixtures[i].short_lived = 1 + i * 3 % shape->sites;
		mixtures[i].pages = 4000 / (i + 1);
		mixtures[i].pinned_bytes = mixtures[i].pages * 2000;
	}
	fragmentation->known = fragmentation->glibc = true;
	fragmentation->end = make_parts(model->run.live_bytes, pinned);
	fragmentation->peak = make_parts(model->run.peak_bytes, pinned * 2);
	for (uint32_t i = 0; i < 10; i++) {
		fragmentation->pages_end.tenths[i] = 200 + i * i * 10;
		fragmentation->pages_peak.tenths[i] = 150 + i * i * 12;
		fragmentation->huge_end.tenths[i] = i;
		fragmentation->pages_end.occupied += 200 + i * i * 10;
		fragmentation->pages_peak.occupied += 150 + i * i * 12;
		fragmentation->huge_end.occupied += i;
	}
	fragmentation->pages_end.single_block = 77;
	fragmentation->pages_end.pinned_bytes = pinned;
	fragmentation->pages_peak.pinned_bytes = pinned * 2;
	fragmentation->hole_count = 12345;
	fragmentation->hole_bytes = pinned + pinned / 2;
	fragmentation->largest_hole = 65536;
	fragmentation->regions = regions;
	fragmentation->region_count = REGIONS;
	fragmentation->mixtures = mixtures;
	fragmentation->mixture_count = MIXTURES;
	fragmentation->mixtures_missing = 5;
}
