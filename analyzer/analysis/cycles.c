/* SPDX-License-Identifier: MIT */
#include "cycles.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

#define SHOWN 20u
#define SITES_SHOWN 8u

static int compare_sites(const void *a, const void *b)
{
	const struct model_cycle_site *x = a;
	const struct model_cycle_site *y = b;

	if (x->blocks != y->blocks)
		return x->blocks < y->blocks ? 1 : -1;
	return x->site < y->site ? -1 : x->site > y->site;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static int compare_cycles(const void *a, const void *b)
{
	const struct model_cycle *x = a;
	const struct model_cycle *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return x->blocks < y->blocks ? 1 : x->blocks > y->blocks ? -1 : 0;
}

/* The sites of a circle's members, by how many they have in it. sites: room for so many as members. */
static struct model_cycle describe(const struct reachability *r, const struct mark_cycle *from,
				   const struct tally *tally, const uint32_t *ids,
				   struct model_cycle_site *sites)
{
	struct model_cycle cycle = {.times = 1, .blocks = from->member_count, .bytes = from->bytes};
	uint32_t *members = xcalloc(from->member_count, sizeof *members);
	uint32_t count = 0;

	for (uint32_t i = 0; i < from->member_count; i++) {
		uint32_t site = r->blocks[from->members[i]].site;

		members[i] = site < tally->site_count ? ids[tally->sites[site].stack] : 0;
	}
	qsort(members, from->member_count, sizeof *members, compare_ids);
	for (uint32_t i = 0; i < from->member_count; i++) {
		if (!i || members[i] != members[i - 1])
			sites[count++] = (struct model_cycle_site){members[i], 0};
		sites[count - 1].blocks++;
	}
	qsort(sites, count, sizeof *sites, compare_sites);
	free(members);
	cycle.sites = sites;
	cycle.sites_in_all = count;
	cycle.site_count = count < SITES_SHOWN ? count : SITES_SHOWN;
	return cycle;
}

static bool are_alike(const struct model_cycle *x, const struct model_cycle *y)
{
	return x->blocks == y->blocks && x->sites_in_all == y->sites_in_all &&
	       !memcmp(x->sites, y->sites, x->site_count * sizeof *x->sites);
}

void cycles_list(struct model_snapshot *to, const struct reachability *r, struct arena *arena,
		 const struct tally *tally, const uint32_t *ids)
{
	const struct mark *mark = &r->mark;
	struct model_cycle *cycles = arena_alloc(arena, mark->cycle_count * sizeof *cycles);
	uint32_t count = 0;

	for (uint32_t i = 0; i < mark->cycle_count; i++) {
		const struct mark_cycle *from = &mark->cycles[i];
		struct model_cycle_site *sites = xcalloc(from->member_count, sizeof *sites), *kept;
		struct model_cycle cycle = describe(r, from, tally, ids, sites);
		uint32_t same = 0;

		while (same < count && !are_alike(&cycles[same], &cycle))
			same++;
		if (same < count) {
			cycles[same].times++;
			cycles[same].bytes += cycle.bytes;
		} else {
			kept = arena_alloc(arena, cycle.site_count * sizeof *kept);
			memcpy(kept, sites, cycle.site_count * sizeof *kept);
			cycle.sites = kept;
			cycles[count++] = cycle;
		}
		free(sites);
	}
	qsort(cycles, count, sizeof *cycles, compare_cycles);
	to->cycles = cycles;
	to->cycle_count = count < SHOWN ? count : SHOWN;
	for (uint32_t i = 0; i < to->cycle_count; i++)
		to->cycles_told += cycles[i].times;
	to->cycles_in_all = mark->cycles_in_all;
}
