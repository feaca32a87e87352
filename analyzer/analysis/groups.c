/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* qsort_r */
#include "groups.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "../util/human.h"
#include "places.h"
#include "reasons.h"

static const char *const words[] = {
	[GROUPING_STACK] = "stack", [GROUPING_FUNCTION] = "function", [GROUPING_FILE] = "file",
	[GROUPING_LINE] = "line",   [GROUPING_MODULE] = "module",     [GROUPING_TYPE] = "type",
};

bool groups_parse(const char *word, enum grouping *grouping)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(words[i], word))
			continue;
		*grouping = (enum grouping)i;
		return true;
	}
	return false;
}

const char *groups_word(enum grouping grouping)
{
	return words[grouping];
}

/* What no tally knows of a site. */
struct parts {
	uint64_t pinned_bytes, exclusive_bytes, saved_bytes, peak_pinned_bytes;
	struct model_reachability reachability;
};

/* A group in the making; its members are sites by their index in the tally. */
struct gathered {
	struct parts parts;
	struct place place;
	const uint32_t *members;
	uint32_t count;
	uint32_t largest; /* the member with the most live bytes */
};

/* What is gathered: the members, in the end in the order of their groups. */
struct gathering {
	const struct sites *sites;
	uint32_t *members;
	size_t member_count;
	struct gathered *groups;
	struct tally_site *sums; /* by group */
	uint8_t *traits; /* by group: enum judge_trait; of all members with live blocks */
	size_t count, capacity;
	struct judge judge; /* of the groups */
};

static struct model_site *model_site(const struct gathering *g, uint32_t member)
{
	const struct sites *s = g->sites;

	return &s->list[s->ids[s->tally->sites[member].stack] - 1];
}

static int compare_text(const char *x, const char *y)
{
	return x == y ? 0 : strcmp(x, y);
}

static int compare_places(const struct place *x, const struct place *y)
{
	int order = compare_text(x->name, y->name);

	if (!order)
		order = compare_text(x->module, y->module);
	return order ? order : compare_text(x->file, y->file);
}

static int compare_members(const void *a, const void *b, void *context)
{
	const struct place *places = context;
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;
	int order = compare_places(&places[x], &places[y]);

	return order ? order : x < y ? -1 : x > y;
}

/* By index in the tally. You own the result. */
static struct place *find_places(const struct gathering *g, enum grouping grouping)
{
	const struct tally *tally = g->sites->tally;
	struct place *found = xcalloc(tally->site_count, sizeof *found);
	struct places places = {
		.frames = g->sites->frames,
		.kind = grouping == GROUPING_FILE     ? PLACE_FILE
			: grouping == GROUPING_LINE   ? PLACE_LINE
			: grouping == GROUPING_MODULE ? PLACE_MODULE
						      : PLACE_FUNCTION,
	};

	for (size_t i = 0; i < g->member_count; i++) {
		uint32_t member = g->members[i];
		const char *type = model_site(g, member)->type;

		if (grouping == GROUPING_TYPE)
			found[member] = (struct place){
				.name = *type ? type : "unknown", .module = "", .file = ""};
		else
			found[member] = places_of_stack(&places, tally->sites[member].stack);
	}
	places_release(&places);
	return found;
}

static void add_amount(struct model_amount *into, const struct model_amount *from)
{
	into->blocks += from->blocks;
	into->bytes += from->bytes;
}

static void add_parts(struct parts *into, const struct model_site *from)
{
	into->pinned_bytes += from->pinned_bytes;
	into->exclusive_bytes += from->exclusive_bytes;
	into->saved_bytes += from->saved_bytes;
	into->peak_pinned_bytes += from->peak_pinned_bytes;
	into->reachability.known &= from->reachability.known;
	add_amount(&into->reachability.direct, &from->reachability.direct);
	add_amount(&into->reachability.indirect, &from->reachability.indirect);
	add_amount(&into->reachability.possible, &from->reachability.possible);
	add_amount(&into->reachability.reachable, &from->reachability.reachable);
	add_amount(&into->reachability.weak, &from->reachability.weak);
	add_amount(&into->reachability.hidden, &from->reachability.hidden);
	add_amount(&into->reachability.garbage, &from->reachability.garbage);
}

static void add_member(const struct gathering *g, size_t index, uint32_t member)
{
	struct gathered *group = &g->groups[index];
	struct tally_site *sum = &g->sums[index];
	const struct tally_site *sites = g->sites->tally->sites;

	if (!group->count || sites[member].live_bytes > sites[group->largest].live_bytes)
		group->largest = member;
	if (sites[member].live_blocks)
		g->traits[index] &= g->sites->traits[member] | JUDGE_MIXED;
	add_parts(&group->parts, model_site(g, member));
	tally_merge_site(sum, &sites[member]);
	group->count++;
}

static void begin_group(struct gathering *g, const struct place *place, const uint32_t *members)
{
	if (g->count == g->capacity) {
		g->capacity = g->capacity ? 2 * g->capacity : 64;
		g->groups = xrealloc(g->groups, g->capacity * sizeof *g->groups);
		g->sums = xrealloc(g->sums, g->capacity * sizeof *g->sums);
		g->traits = xrealloc(g->traits, g->capacity * sizeof *g->traits);
	}
	g->groups[g->count] = (struct gathered){
		.place = *place,
		.members = members,
		.parts.reachability.known = true,
	};
	g->sums[g->count] = (struct tally_site){0};
	g->traits[g->count++] = JUDGE_RUNTIME | JUDGE_MIXED | JUDGE_IMPORTED;
}

/* Sorts the members into groups, adds these up and tests them. */
static void gather(struct gathering *g, enum grouping grouping)
{
	const struct sites *s = g->sites;
	struct place *places = find_places(g, grouping);

	qsort_r(g->members, g->member_count, sizeof *g->members, compare_members, places);
	for (size_t i = 0; i < g->member_count; i++) {
		const struct place *place = &places[g->members[i]];

		if (!i || compare_places(&places[g->members[i - 1]], place))
			begin_group(g, place, &g->members[i]);
		add_member(g, g->count - 1, g->members[i]);
	}
	free(places);
	judge_init(&g->judge, s->tally, g->sums, g->count, g->traits, s->gap);
}

static void release(struct gathering *g)
{
	for (size_t i = 0; i < g->count; i++)
		tally_release_site(&g->sums[i]);
	free(g->groups);
	free(g->sums);
	free(g->traits);
	judge_release(&g->judge);
	free(g->members);
}

static void judge_group(const struct gathering *g, size_t index, struct judgement *judgement)
{
	judge_site(&g->judge, index, &g->groups[index].parts.reachability, judgement);
}

static void describe(const struct gathering *g, struct model_site *sum, size_t index,
		     const struct judgement *judgement)
{
	const struct gathered *group = &g->groups[index];

	sites_fill(g->sites, sum, &g->sums[index]);
	sum->stacks = group->count;
	sum->api = model_site(g, group->largest)->api;
	sum->pinned_bytes = group->parts.pinned_bytes;
	sum->exclusive_bytes = group->parts.exclusive_bytes;
	sum->saved_bytes = group->parts.saved_bytes;
	sum->peak_pinned_bytes = group->parts.peak_pinned_bytes;
	sum->reachability = group->parts.reachability;
	reasons_give(sum, judgement);
	sum->why = reasons_why(sum, judgement, g->sites->run, g->sites->arena);
}

/* The text of a place that is a line; "" where that is not wanted, or not to be had. */
static const char *source_line(struct frames *frames, const struct place *place)
{
	const struct model_source *source = NULL;

	if (place->line && frames->sources)
		source = sources_find(frames->sources, place->module, place->file, place->line);
	if (!source || place->line - source->first_line >= source->line_count)
		return "";
	return source->lines[place->line - source->first_line];
}

static struct model_grouping build_grouping(const struct sites *s, enum grouping grouping,
					    const struct sites_choice *choice)
{
	struct sites_choice of_groups = {.top = choice->top, .key = choice->key};
	struct gathering g = {.sites = s, .member_count = s->tally->site_count};
	struct model_grouping result = {.name = groups_word(grouping)};
	struct judgement judgement;
	struct model_group *groups;
	struct sites_rank *ranks;
	struct model_site *sums;
	bool *chosen;

	g.members = xcalloc(g.member_count, sizeof *g.members);
	for (uint32_t i = 0; i < g.member_count; i++)
		g.members[i] = i;
	gather(&g, grouping);
	ranks = sites_sort(g.sums, g.count);
	sums = xcalloc(g.count, sizeof *sums);
	for (size_t i = 0; i < g.count; i++) {
		judge_group(&g, ranks[i].site, &judgement);
		describe(&g, &sums[i], ranks[i].site, &judgement);
	}
	chosen = xcalloc(g.count, sizeof *chosen);
	groups = arena_alloc(s->arena, g.count * sizeof *groups);
	sites_choose(sums, (uint32_t)g.count, &of_groups, chosen);
	for (size_t i = 0; i < g.count; i++) {
		const struct gathered *from = &g.groups[ranks[i].site];

		if (chosen[i]) {
			judge_group(&g, ranks[i].site, &judgement);
			sites_detail(s, &sums[i], &judgement, &g.sums[ranks[i].site]);
			sums[i].stack = frames_stack(s->frames,
						     s->tally->sites[from->largest].stack, false);
		}
		groups[i] = (struct model_group){
			.name = from->place.name,
			.source = chosen[i] ? source_line(s->frames, &from->place) : "",
			.sum = sums[i],
		};
	}
	result.groups = groups;
	result.group_count = (uint32_t)g.count;
	free(chosen);
	free(sums);
	free(ranks);
	release(&g);
	return result;
}

void groups_build(const struct sites *s, struct model *model, groupings wanted,
		  const struct sites_choice *choice)
{
	struct model_grouping *list = arena_alloc(s->arena, GROUPINGS * sizeof *list);

	model->groupings = list;
	for (enum grouping i = GROUPING_STACK + 1; i < GROUPINGS; i++)
		if (wanted & 1u << i)
			list[model->grouping_count++] = build_grouping(s, i, choice);
}

static bool is_leaky(enum verdict verdict)
{
	return verdict == VERDICT_LEAK || verdict == VERDICT_GROWING;
}

/* Of those that are shown. */
static bool may_be_part_of_a_leak(const struct model_site *site)
{
	return *site->why && site->live_blocks &&
	       (site->verdict == VERDICT_CACHE || site->verdict == VERDICT_UNFREED);
}

static void remark(const struct gathering *g, size_t index, const struct judgement *judgement)
{
	const struct gathered *group = &g->groups[index];
	struct model_site sum;

	describe(g, &sum, index, judgement);
	for (uint32_t i = 0; i < group->count; i++) {
		struct model_site *site = model_site(g, group->members[i]);

		if (may_be_part_of_a_leak(site))
			site->why = arena_printf(
				g->sites->arena,
				"%s; with %s other call stack%s of the same function taken "
				"together: %s, %s",
				site->why, human_count(group->count - 1).text,
				human_plural(group->count - 1),
				sum.verdict == VERDICT_LEAK ? "a leak" : "growing", sum.why);
	}
}

void groups_remark(const struct sites *s)
{
	struct gathering g = {.sites = s};
	bool worthwhile = false;

	g.members = xcalloc(s->tally->site_count, sizeof *g.members);
	for (uint32_t i = 0; i < s->tally->site_count; i++) {
		const struct model_site *site = model_site(&g, i);

		worthwhile |= may_be_part_of_a_leak(site);
		if (!is_leaky(site->verdict))
			g.members[g.member_count++] = i;
	}
	if (worthwhile)
		gather(&g, GROUPING_FUNCTION);
	for (size_t i = 0; i < g.count; i++) {
		struct judgement judgement;

		if (g.groups[i].count < 2)
			continue;
		judge_group(&g, i, &judgement);
		if (is_leaky(judgement.result.verdict))
			remark(&g, i, &judgement);
	}
	release(&g);
}
