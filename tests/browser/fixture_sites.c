/* SPDX-License-Identifier: MIT */
/*
 * fixture_sites.c - allocation sites: their stacks, numbers and evidence.
 *
 * Every function calls a few others, the first of them most often. Stacks begin on a node of a tree
 * of calls, the trunk, and go on from there for a few frames of their own; no two are the same. This
 * makes trees like those of real programs: the 75,850 stacks of cc1plus -O1 have 5.0 nodes each and
 * are 34 frames deep in the middle, half of their sites allocate once, a quarter holds something.
 */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define LINES_PER_FUNCTION 8u
#define OWN_FRAMES 12u
#define SURVIVAL_POINTS 40u
#define GROWTH_POINTS 64u
#define EVIDENCE 4u
#define RELEASERS 3u
#define SOURCE_LINES 7u

struct node {
	uint32_t up, depth; /* depth 0 is _start */
	uint32_t call; /* function and line in it */
};

struct calls {
	const struct shape *shape;
	struct node *trunk;
	struct model_frame *frames; /* by call */
	uint32_t *callees; /* by call: the function that is called */
	uint32_t count;
	uint64_t *known; /* hashes of stacks, each where it is found by its low bits; 0: none */
	uint64_t known_mask;
};

static const struct model_source *make_source(const struct shape *shape, uint32_t line)
{
	struct model_source *source = fixture_take(1, sizeof *source);
	const char **lines = fixture_take(SOURCE_LINES, sizeof *lines);

	for (uint32_t i = 0; i < SOURCE_LINES; i++)
		lines[i] = shape->text(TEXT_LINE, (line + i) % 40);
	source->first_line = line > 3 ? line - 3 : 1;
	source->line_count = SOURCE_LINES;
	source->lines = lines;
	source->newer = line % 2;
	return source;
}

static void make_frames(struct calls *calls)
{
	const struct shape *shape = calls->shape;
	const char **functions = fixture_take(shape->functions, sizeof *functions);
	const char **files = fixture_take(shape->files, sizeof *files);
	const char **modules = fixture_take(shape->modules, sizeof *modules);

	for (uint32_t i = 0; i < shape->functions; i++)
		functions[i] = shape->text(TEXT_FUNCTION, i);
	for (uint32_t i = 0; i < shape->files; i++)
		files[i] = shape->text(TEXT_FILE, i);
	for (uint32_t i = 0; i < shape->modules; i++)
		modules[i] = shape->text(TEXT_MODULE, i);
	calls->count = shape->functions * LINES_PER_FUNCTION;
	calls->frames = fixture_take(calls->count, sizeof *calls->frames);
	calls->callees = fixture_take(calls->count, sizeof *calls->callees);
	calls->known_mask = 1;
	while (calls->known_mask < shape->sites * 4ull)
		calls->known_mask = calls->known_mask * 2 + 1;
	calls->known = fixture_take(calls->known_mask + 1, sizeof *calls->known);
	for (uint32_t i = 0; i < calls->count; i++) {
		struct model_frame *frame = &calls->frames[i];
		uint32_t function = i / LINES_PER_FUNCTION;
		uint32_t file = function % shape->files;

		calls->callees[i] = (uint32_t)fixture_below(shape->functions);
		frame->function = function % 41 == 40 ? "" : functions[function];
		frame->file = function % 17 == 16 ? "" : files[file];
		frame->line = *frame->file ? 20 + function % 50 * 30 + i % LINES_PER_FUNCTION * 3
					   : 0;
		frame->module = modules[file % shape->modules];
		frame->offset = 0x1000 + (uint64_t)i * 16;
		frame->inlined = *frame->function && i % 10 == 9;
		frame->language = "C++";
		frame->note = "";
		if (function % (shape->functions < 100 ? 20 : 401) == 19) {
			frame->note = shape->text(TEXT_NOTE, function);
			frame->function = frame->file = frame->module = "";
			frame->line = 0;
		}
		if (shape->functions < 100 || function % 20 == 0)
			frame->source = make_source(shape, frame->line);
	}
}

/* What is called next: the first of a function's calls mostly, and so on. */
static uint32_t next_call(const struct calls *calls, uint32_t call)
{
	uint32_t line = 0;

	while (line + 1 < LINES_PER_FUNCTION && !fixture_below(4))
		line++;
	return calls->callees[call] * LINES_PER_FUNCTION + line;
}

static void grow_trunk(struct calls *calls)
{
	const struct shape *shape = calls->shape;
	struct node *trunk = fixture_take(shape->trunk_nodes, sizeof *trunk);

	for (uint32_t i = 1; i < shape->trunk_nodes; i++) {
		/* Mostly deeper and deeper; at times back to a call from before. */
		uint32_t up = fixture_below(6) ? i - 1 : (uint32_t)fixture_below(i);

		if (trunk[up].depth + OWN_FRAMES + 2 >= shape->depth_max)
			up = (uint32_t)fixture_below(i / 2 + 1);
		while (up && trunk[up].depth + OWN_FRAMES + 2 >= shape->depth_max)
			up = trunk[up].up;
		trunk[i].up = up;
		trunk[i].depth = trunk[up].depth + 1;
		trunk[i].call = next_call(calls, trunk[up].call);
	}
	calls->trunk = trunk;
}

/* False if it was there. */
static bool remember(struct calls *calls, uint64_t hash)
{
	uint64_t at = hash & calls->known_mask;

	while (calls->known[at] && calls->known[at] != hash)
		at = (at + 1) & calls->known_mask;
	if (calls->known[at])
		return false;
	calls->known[at] = hash;
	return true;
}

/* A way of calls below a node of the trunk that no stack has gone to its end. */
static uint32_t find_way(struct calls *calls, uint32_t *node, uint32_t way[OWN_FRAMES])
{
	const struct shape *shape = calls->shape;

	for (;;) {
		uint32_t least = 1, length, call;
		uint64_t hash;

		*node = (uint32_t)fixture_below(shape->trunk_nodes);
		if (calls->trunk[*node].depth + 1 + OWN_FRAMES < shape->depth_min)
			continue;
		if (calls->trunk[*node].depth + 1 + least < shape->depth_min)
			least = shape->depth_min - calls->trunk[*node].depth - 1;
		length = least + (uint32_t)fixture_below(OWN_FRAMES - least + 1);
		call = calls->trunk[*node].call;
		hash = *node + 1;
		for (uint32_t i = 0; i < length; i++) {
			call = way[i] = next_call(calls, call);
			hash = (hash ^ call) * 0x9e3779b97f4a7c15u;
			hash ^= hash >> 29;
		}
		if (hash && remember(calls, hash))
			return length;
	}
}

static struct model_stack make_stack(struct calls *calls)
{
	struct model_stack stack;
	struct model_frame *frames;
	uint32_t way[OWN_FRAMES];
	uint32_t node, own = find_way(calls, &node, way);

	stack.frame_count = calls->trunk[node].depth + 1 + own;
	frames = fixture_take(stack.frame_count, sizeof *frames);
	stack.frames = frames;
	for (uint32_t i = 0; i < own; i++)
		frames[own - 1 - i] = calls->frames[way[i]];
	for (uint32_t i = own; i < stack.frame_count; i++, node = calls->trunk[node].up)
		frames[i] = calls->frames[calls->trunk[node].call];
	frames[stack.frame_count - 1] = (struct model_frame){
		.function = "_start",
		.file = "",
		.module = calls->shape->text(TEXT_MODULE, 0),
		.offset = 64,
		.language = "C",
		.note = ""};
	return stack;
}

static void put_survival(struct model_survival *survival, const struct model_site *site)
{
	struct model_survival_point *points = fixture_take(SURVIVAL_POINTS, sizeof *points);
	double plateau = (double)site->live_blocks / (double)site->allocations;

	for (uint32_t i = 0; i < SURVIVAL_POINTS; i++) {
		points[i].age = 1ull << (i / 2 + 8);
		points[i].share = plateau + (1 - plateau) / (1 + i);
		points[i].low = points[i].share * 0.9;
		points[i].high = points[i].share + (1 - points[i].share) * 0.1;
	}
	*survival = (struct model_survival){.blocks = site->allocations,
					    .deaths = site->frees,
					    .has_median = plateau < 0.5,
					    .median_age = 512,
					    .plateau = plateau,
					    .low = plateau * 0.9,
					    .high = plateau + (1 - plateau) * 0.1,
					    .followed_up = site->id % 3,
					    .points = points,
					    .point_count = SURVIVAL_POINTS};
}

static void put_growth(struct model_growth *growth, const struct model_site *site)
{
	struct model_moment *points = fixture_take(GROWTH_POINTS, sizeof *points);

	for (uint32_t i = 0; i < GROWTH_POINTS; i++) {
		points[i].ns = 1800000000000u / GROWTH_POINTS * (i + 1);
		points[i].bytes = site->live_bytes / GROWTH_POINTS * (i + 1);
		points[i].blocks = site->live_blocks / GROWTH_POINTS * (i + 1);
	}
	*growth = (struct model_growth){.known = true,
					.bytes_per_s = (double)site->live_bytes / 1800,
					.low = (double)site->live_bytes / 2000,
					.high = (double)site->live_bytes / 1600,
					.p = 0.0001,
					.points = points,
					.point_count = GROWTH_POINTS};
}

static void put_evidence(struct model_site *site, const struct shape *shape)
{
	static const char *const names[] = {"growth", "survival", "age", "releases"};
	struct model_evidence *evidence = fixture_take(EVIDENCE, sizeof *evidence);

	for (uint32_t i = 0; i < EVIDENCE; i++) {
		evidence[i].name = shape->text == text_hostile ? shape->text(TEXT_WORD, i)
							       : names[i];
		evidence[i].known = i != 3;
		evidence[i].leaky = i % 2 == 0;
		evidence[i].sentence = shape->text(TEXT_SENTENCE, site->id % 31 + i);
	}
	site->evidence = evidence;
	site->evidence_count = EVIDENCE;
}

static void put_releasers(struct model_site *site, struct calls *calls)
{
	struct model_releaser *releasers = fixture_take(RELEASERS, sizeof *releasers);

	for (uint32_t i = 0; i < RELEASERS; i++) {
		releasers[i].stack = make_stack(calls);
		releasers[i].amount.blocks = site->frees / (2u << i);
		releasers[i].amount.bytes = site->frees / (2u << i) * site->min_bytes;
	}
	site->releasers = releasers;
	site->releaser_count = RELEASERS;
}

/* Three quarters, from two threads: of the last no thread is known. */
static void put_site_threads(struct model_site *site)
{
	struct model_site_thread *threads = fixture_take(2, sizeof *threads);

	for (uint32_t i = 0; i < 2; i++) {
		uint64_t part = 2u << i;

		threads[i].thread = 11 * i + site->id % 11;
		threads[i].allocations = site->allocations / part;
		threads[i].allocated_bytes = site->allocated_bytes / part;
		for (int g = 0; g < GENERATIONS; g++) {
			threads[i].survivors[g] = site->generations[g].survivors / part;
			threads[i].bytes[g] = site->generations[g].bytes / part;
		}
	}
	_Static_assert(FIXTURE_THREADS >= 22, "threads of the model");
	site->threads = threads;
	site->thread_count = 2;
}

/* Numbers of a site of which `live_blocks` stay; those of its generations add up as they must. */
static void put_numbers(struct model_site *site)
{
	struct model_generation *generations = site->generations;

	site->min_bytes = 8 * (1 + fixture_heavy(1) % 500);
	site->max_bytes = site->min_bytes;
	site->live_bytes = site->live_blocks * site->min_bytes;
	site->allocations = site->live_blocks +
			    (site->live_blocks ? fixture_heavy(1) - 1 : fixture_heavy(1));
	site->frees = site->allocations - site->live_blocks;
	site->allocated_bytes = site->allocations * site->min_bytes;
	site->peak_blocks = site->live_blocks + (fixture_below(10) ? 0 : site->frees / 3);
	site->peak_bytes = site->peak_blocks * site->min_bytes;
	site->own_peak_bytes = site->peak_bytes;
	site->temporary = site->frees / 2;
	site->byte_seconds = (double)site->live_bytes * 900;
	site->pinned_bytes = site->live_blocks / 8 + site->live_blocks * fixture_below(7);
	site->peak_pinned_bytes = site->pinned_bytes;
	site->exclusive_bytes = site->live_bytes / 4096 * 4096;
	site->first_ns = fixture_below(900000000000u);
	site->last_ns = site->first_ns + fixture_below(900000000000u);
	site->last_release_ns = site->frees ? site->last_ns : 0;
	generations[2].survivors = site->live_blocks / 2;
	generations[1].survivors = site->live_blocks / 4;
	generations[0].survivors = site->live_blocks - generations[1].survivors -
				   generations[2].survivors;
	generations[2].deaths = site->frees / 16;
	generations[1].deaths = site->frees / 4;
	generations[0].deaths = site->frees - generations[1].deaths - generations[2].deaths;
	for (int g = GENERATIONS - 1; g >= 0; g--) {
		generations[g].bytes = generations[g].survivors * site->min_bytes;
		generations[g].births = generations[g].deaths + generations[g].survivors +
					(g + 1 < GENERATIONS ? generations[g + 1].births : 0);
		generations[g].byte_seconds = site->byte_seconds / GENERATIONS;
	}
	for (int g = 0; g + 1 < GENERATIONS; g++)
		generations[g].promotion = generations[g].births
						   ? (double)generations[g + 1].births /
							     (double)generations[g].births
						   : 0;
}

static enum verdict verdict_of(const struct model_site *site, uint32_t rank, uint32_t suspects)
{
	if (!site->live_blocks)
		return rank % 5 ? VERDICT_BALANCED : VERDICT_CLEANED;
	if (rank % 3 == 0 && rank / 3 < suspects)
		return rank % 2 ? VERDICT_LEAK : VERDICT_GROWING;
	if (rank % 97 == 1)
		return VERDICT_UNKNOWN;
	return rank % 4 == 1 ? VERDICT_CACHE : rank % 4 == 2 ? VERDICT_UNFREED : VERDICT_STARTUP;
}

static int by_bytes(const void *a, const void *b)
{
	const struct model_site *left = a, *right = b;

	if (left->live_bytes != right->live_bytes)
		return left->live_bytes < right->live_bytes ? 1 : -1;
	if (left->allocated_bytes != right->allocated_bytes)
		return left->allocated_bytes < right->allocated_bytes ? 1 : -1;
	return left->fingerprint < right->fingerprint ? -1 : 1;
}

void fixture_put_sites(struct model *model, const struct shape *shape)
{
	struct model_site *sites = fixture_take(shape->sites, sizeof *sites);
	struct calls calls = {.shape = shape};

	make_frames(&calls);
	grow_trunk(&calls);
	for (uint32_t i = 0; i < shape->sites; i++) {
		struct model_site *site = &sites[i];

		site->fingerprint = i + 1;
		site->stack = make_stack(&calls);
		site->api = shape->text(TEXT_API, i % 5);
		site->type = i % 3 ? "" : shape->text(TEXT_TYPE, i % shape->types);
		site->stacks = 1;
		site->live_blocks = i % 5 < 2 ? fixture_heavy(1) : 0;
		put_numbers(site);
	}
	qsort(sites, shape->sites, sizeof *sites, by_bytes);
	for (uint32_t i = 0; i < shape->sites; i++) {
		struct model_site *site = &sites[i];
		bool suspect;

		site->id = i + 1;
		site->verdict = verdict_of(site, i, shape->suspects);
		suspect = site->verdict == VERDICT_LEAK || site->verdict == VERDICT_GROWING;
		site->confidence = (double)(4 - fixture_below(3)) / 4;
		site->why = shape->text(TEXT_SENTENCE, i % 37);
		put_evidence(site, shape);
		put_site_threads(site);
		put_survival(&site->survival, site);
		if (suspect || i < 1000)
			put_growth(&site->growth, site);
		if (suspect || i < 50)
			put_releasers(site, &calls);
	}
	model->sites = sites;
	model->site_count = shape->sites;
}
