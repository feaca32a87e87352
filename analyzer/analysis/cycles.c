/* SPDX-License-Identifier: MIT */
#include "cycles.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "cycle_graph.h"

#define SHOWN 20u
#define SITES_SHOWN 8u

/* One circle; later all that are alike. */
struct ring {
	uint64_t
		likeness; /* the same for the same kind and the same numbers of blocks of the same sites */
	uint64_t times, bytes; /* of all of them */
	uint32_t first; /* the first of these in the list of the mark */
	enum cycle_kind kind;
};

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

static int compare_alike(const void *a, const void *b)
{
	const struct ring *x = a;
	const struct ring *y = b;

	if (x->likeness != y->likeness)
		return x->likeness < y->likeness ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

static int compare_largest(const void *a, const void *b)
{
	const struct ring *x = a;
	const struct ring *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return x->first < y->first ? -1 : x->first > y->first;
}

/* model_site.id of the circle's blocks, ascending. You free it. */
static uint32_t *sites_of(const struct reachability *r, const struct mark_cycle *cycle,
			  const struct tally *tally, const uint32_t *ids)
{
	uint32_t *sites = xcalloc(cycle->member_count, sizeof *sites);

	for (uint32_t i = 0; i < cycle->member_count; i++) {
		uint32_t site = r->blocks[cycle->members[i]].site;

		sites[i] = site < tally->site_count ? ids[tally->sites[site].stack] : 0;
	}
	qsort(sites, cycle->member_count, sizeof *sites, compare_ids);
	return sites;
}

/* A collector frees all of a circle or nothing of it. False: somebody else had a pointer to it, or it is the
 * interpreter's own. */
static bool find_kind(const struct reachability *r, const struct mark_cycle *cycle,
		      const struct tally *tally, enum cycle_kind *kind)
{
	bool garbage = false, released = false, forgiven = false;

	*kind = CYCLE_LOST;
	for (uint32_t i = 0; i < cycle->member_count; i++) {
		uint32_t block = cycle->members[i];

		if (reachability_is_garbage(r, block, tally)) {
			garbage = true;
			forgiven |= r->teardown_stamp && reachability_survived(r, block);
		} else if (!reachability_survived(r, block)) {
			released = true;
		} else if (r->blocks[block].flags & GRAPH_BLOCK_ANYWHERE) {
			*kind = CYCLE_UNCOLLECTED;
		}
	}
	if (garbage && *kind == CYCLE_LOST)
		*kind = CYCLE_GARBAGE;
	return *kind == CYCLE_UNCOLLECTED || (!forgiven && (garbage || !released));
}

/* After the finalizer of MurmurHash3 (A. Appleby, public domain). */
static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0xff51afd7ed558ccdull;
	return (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53ull;
}

static uint64_t likeness_of(const uint32_t *sites, uint32_t count, enum cycle_kind kind)
{
	uint64_t likeness = mix(count + 1, (uint64_t)kind + 1);

	for (uint32_t i = 0; i < count; i++)
		likeness = mix(likeness, (uint64_t)sites[i] + 1);
	return likeness;
}

/* Those of the mark, most bytes first. You free it. */
static struct ring *find_rings(const struct reachability *r, const struct tally *tally,
			       const uint32_t *ids, uint32_t *count)
{
	const struct mark *mark = &r->mark;
	struct ring *rings = xcalloc((size_t)mark->cycle_count + 1, sizeof *rings);

	*count = 0;
	for (uint32_t i = 0; i < mark->cycle_count; i++) {
		const struct mark_cycle *cycle = &mark->cycles[i];
		struct ring ring = {.times = 1, .bytes = cycle->bytes, .first = i};
		uint32_t *sites;

		if (!find_kind(r, cycle, tally, &ring.kind))
			continue;
		sites = sites_of(r, cycle, tally, ids);
		ring.likeness = likeness_of(sites, cycle->member_count, ring.kind);
		free(sites);
		rings[(*count)++] = ring;
	}
	return rings;
}

static uint32_t join_alike(struct ring *rings, uint32_t count)
{
	uint32_t kept = 0;

	qsort(rings, count, sizeof *rings, compare_alike);
	for (uint32_t i = 0; i < count; i++) {
		if (kept && rings[kept - 1].likeness == rings[i].likeness) {
			rings[kept - 1].times++;
			rings[kept - 1].bytes += rings[i].bytes;
		} else {
			rings[kept++] = rings[i];
		}
	}
	qsort(rings, kept, sizeof *rings, compare_largest);
	return kept;
}

/* The sites of a circle's blocks, by how many they have in it. */
static void list_sites(struct model_cycle *to, const uint32_t *members, uint32_t member_count,
		       struct arena *arena)
{
	struct model_cycle_site *sites = xcalloc(member_count, sizeof *sites), *kept;
	uint32_t count = 0;

	for (uint32_t i = 0; i < member_count; i++) {
		if (!i || members[i] != members[i - 1])
			sites[count++] = (struct model_cycle_site){members[i], 0};
		sites[count - 1].blocks++;
	}
	qsort(sites, count, sizeof *sites, compare_sites);
	to->sites_in_all = count;
	to->site_count = count < SITES_SHOWN ? count : SITES_SHOWN;
	kept = arena_alloc(arena, to->site_count * sizeof *kept);
	memcpy(kept, sites, to->site_count * sizeof *kept);
	to->sites = kept;
	free(sites);
}

void cycles_list(struct model_snapshot *to, const struct reachability *r, struct frames *frames,
		 const struct tally *tally, const uint32_t *ids)
{
	uint32_t count, kinds, shown = 0;
	struct ring *rings = find_rings(r, tally, ids, &count);
	struct model_cycle *cycles = arena_alloc(frames->arena, SHOWN * sizeof *cycles);

	to->cycles_in_all = count;
	kinds = join_alike(rings, count);
	for (uint32_t i = 0; i < kinds && shown < SHOWN; i++) {
		const struct mark_cycle *from = &r->mark.cycles[rings[i].first];
		struct model_cycle cycle = {
			.kind = rings[i].kind,
			.times = rings[i].times,
			.blocks = from->member_count,
			.bytes = rings[i].bytes,
		};
		uint32_t *sites;

		if (!cycle_graph_draw(&cycle, r, from, tally, ids, frames)) {
			to->cycles_in_all -= cycle.times;
			continue;
		}
		sites = sites_of(r, from, tally, ids);
		list_sites(&cycle, sites, from->member_count, frames->arena);
		free(sites);
		cycles[shown++] = cycle;
		to->cycles_told += cycle.times;
	}
	to->cycles = cycles;
	to->cycle_count = shown;
	free(rings);
}
