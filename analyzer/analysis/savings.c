/* SPDX-License-Identifier: MIT */
#include "savings.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "apis.h"
#include "places.h"
#include "python_habits.h"
#include "runtime.h"

#define MEBI (1024.0 * 1024)
/* A list that was there while more than this part of what building it took was allocated serves more than
 * one walk. */
#define KEPT_PART 2
#define ITEM_BYTES 8 /* of a list, and what an item has at most: */
#define BLOCKS_PER_ITEM 4
/* Of the large blocks of a site, how many are copies of the one before. */
#define COPIES_PERCENT 90

/* What a saving is a part of. */
enum whole { OF_LIVE, OF_PEAK, OF_ALLOCATED };

static const struct rule {
	const char *name;
	uint64_t least_count;
	double least_bytes; /* saved; of a container, in it */
	unsigned least_percent;
	enum whole whole;
} rules[SAVING_RULES] = {
	[SAVING_SLOTS] = {"slots", 10000, 1 * MEBI, 5, OF_LIVE},
	[SAVING_ARRAY] = {"array", 10000, 1 * MEBI, 5, OF_LIVE},
	[SAVING_INTERN] = {"intern", 1000, 1 * MEBI, 5, OF_LIVE},
	[SAVING_CACHE] = {"bounded-cache", 1000, 1 * MEBI, 5, OF_LIVE},
	[SAVING_GENERATOR] = {"generator", 1000, 1 * MEBI, 10, OF_PEAK},
	[SAVING_VIEW] = {"memoryview", 32, 16 * MEBI, 10, OF_ALLOCATED},
	[SAVING_JOIN] = {"join", 32, 16 * MEBI, 10, OF_ALLOCATED},
};

struct savings {
	const struct sites *sites;
	struct model_saving *list;
	size_t count, capacity;
};

static const struct model_site *model_site(const struct savings *s, uint32_t site)
{
	return &s->sites->list[s->sites->ids[s->sites->tally->sites[site].stack] - 1];
}

static bool is_enough(const struct model_run *run, const struct model_saving *saving)
{
	const struct rule *rule = &rules[saving->rule];
	uint64_t wholes[] = {run->live_bytes, run->peak_bytes, run->allocated_bytes};
	double bytes = (double)(saving->rule == SAVING_CACHE ? saving->bytes : saving->saved_bytes);

	return saving->count >= rule->least_count && bytes >= rule->least_bytes &&
	       100 * bytes >= rule->least_percent * (double)wholes[rule->whole];
}

/* site: the largest concerned, by index in the tally. */
static void add(struct savings *s, struct model_saving saving, uint32_t site)
{
	const struct tally *tally = s->sites->tally;
	stack_id stack = site < tally->site_count ? tally->sites[site].stack : 0;

	if (!is_enough(s->sites->run, &saving))
		return;
	saving.rule_name = rules[saving.rule].name;
	saving.site = s->sites->ids[stack];
	saving.stack = frames_stack(s->sites->frames, stack, false);
	if (!saving.type)
		saving.type = "";
	ARRAY_GROW(s->list, s->count + 1, s->capacity);
	s->list[s->count++] = saving;
}

static void add_habits(struct savings *s)
{
	static const enum saving_rule rule_of[] = {
		[PYTHON_HABIT_INSTANCES] = SAVING_SLOTS,
		[PYTHON_HABIT_FLOATS] = SAVING_ARRAY,
		[PYTHON_HABIT_INTS] = SAVING_ARRAY,
		[PYTHON_HABIT_STRINGS] = SAVING_INTERN,
	};
	struct python_habits habits = {0};

	if (s->sites->reachability)
		python_habits_find(&habits, s->sites->reachability);
	for (size_t i = 0; i < habits.count; i++) {
		const struct python_habit *habit = &habits.list[i];

		add(s,
		    (struct model_saving){
			    .rule = rule_of[habit->kind],
			    .name = habit->kind == PYTHON_HABIT_FLOATS ? "float"
				    : habit->kind == PYTHON_HABIT_INTS
					    ? "int"
					    : arena_printf(s->sites->arena, "%s", habit->name),
			    .groups = habit->groups,
			    .count = habit->count,
			    .bytes = habit->bytes,
			    .saved_bytes = habit->saved_bytes,
		    },
		    habit->site);
	}
	python_habits_release(&habits);
}

/* "sessions", of "['sessions']". */
static const char *attribute(const char *member, struct arena *arena)
{
	size_t length = strlen(member);

	if (length <= 4 || strncmp(member, "['", 2) != 0)
		return NULL;
	return arena_strndup(arena, member + 2, length - 4);
}

static bool is_container(const char *type)
{
	static const char *const containers[] = {
		"dict",
		"list",
		"set",
		"collections.OrderedDict",
		"collections.defaultdict",
		"collections.deque",
		"functools._lru_cache_wrapper",
	};

	for (size_t i = 0; i < sizeof containers / sizeof *containers; i++)
		if (!strcmp(type, containers[i]))
			return true;
	return false;
}

/*
 * The container nearest to the module that most blocks of a site are behind: "registry.sessions of module
 * app"; NULL if there is none that has a name.
 */
static const char *container_of(const struct model_site *site, struct arena *arena,
				const char **type)
{
	const struct model_holder *holder = site->holders;
	const char *path = NULL;

	if (!site->holder_count || 2 * holder->amount.blocks <= site->live_blocks ||
	    strcmp(holder->kind, "module") != 0 || holder->chain_count < holder->chain_length)
		return NULL;
	for (uint32_t i = 0; i + 1 < holder->chain_count; i++) {
		const struct model_link *link = &holder->chain[i];
		const char *name = attribute(link->member, arena);

		if (i && path && is_container(link->type)) {
			*type = link->type;
			return arena_printf(arena, "%s of module %s", path, holder->name);
		}
		if (!name)
			return NULL;
		path = path ? arena_printf(arena, "%s.%s", path, name) : name;
	}
	return NULL;
}

/* What grows behind one container. */
struct growth {
	struct model_saving saving;
	uint32_t site; /* with the most bytes, by index in the tally, */
	uint64_t site_bytes; /* and these */
};

static struct growth *find_growth(struct growth *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i].saving.name, name))
			return &list[i];
	return NULL;
}

static void count_growth(struct growth *to, const struct model_site *site, uint32_t index)
{
	to->saving.count += site->live_blocks;
	to->saving.bytes += site->live_bytes;
	to->saving.bytes_per_s += site->growth.known ? site->growth.bytes_per_s : 0;
	to->saving.nothing_released &= site->frees == site->resized;
	if (site->live_bytes >= to->site_bytes) {
		to->site = index;
		to->site_bytes = site->live_bytes;
	}
}

static void add_containers(struct savings *s)
{
	const struct tally *tally = s->sites->tally;
	struct growth *list = NULL;
	size_t count = 0, capacity = 0;

	for (uint32_t i = 0; i < tally->site_count; i++) {
		const struct model_site *site = model_site(s, i);
		const char *type, *name;
		struct growth *to;

		name = site->verdict == VERDICT_GROWING ? container_of(site, s->sites->arena, &type)
							: NULL;
		if (!name)
			continue;
		to = find_growth(list, count, name);
		if (!to) {
			ARRAY_GROW(list, count + 1, capacity);
			to = &list[count++];
			*to = (struct growth){.saving = {.rule = SAVING_CACHE,
							 .name = name,
							 .type = type,
							 .nothing_released = true}};
		}
		count_growth(to, site, i);
	}
	for (size_t i = 0; i < count; i++)
		add(s, list[i].saving, list[i].site);
	free(list);
}

static void add_copies(struct savings *s, const struct buffers_site *buffers, uint32_t site)
{
	const struct model_saving shorter = {.rule = SAVING_VIEW,
					     .name = "",
					     .count = buffers->shorter,
					     .bytes = buffers->shorter_bytes,
					     .saved_bytes = buffers->shorter_bytes};
	const struct model_saving longer = {.rule = SAVING_JOIN,
					    .name = "",
					    .count = buffers->longer,
					    .bytes = buffers->longer_bytes,
					    .saved_bytes = buffers->longer_bytes};

	if (100 * buffers->shorter >= COPIES_PERCENT * buffers->births)
		add(s, shorter, site);
	if (100 * buffers->longer >= COPIES_PERCENT * buffers->births)
		add(s, longer, site);
}

/* A line whose list was there at the peak and went when it was complete. */
struct passing {
	struct place line;
	uint32_t site; /* of the list, by index in the tally */
	uint64_t list_bytes;
	struct model_saving saving;
};

struct passing_lists {
	struct passing *list; /* each line once */
	size_t count, capacity;
};

static struct passing *find_line(const struct passing_lists *lists, const struct place *line)
{
	for (size_t i = 0; i < lists->count; i++) {
		const struct place *other = &lists->list[i].line;

		if (other->line == line->line && !strcmp(other->file, line->file) &&
		    !strcmp(other->name, line->name))
			return &lists->list[i];
	}
	return NULL;
}

static void note_list(struct passing_lists *lists, struct place line, uint32_t site,
		      uint64_t list_bytes)
{
	struct passing *to = find_line(lists, &line);

	if (!line.line || !line.python)
		return;
	if (!to) {
		ARRAY_GROW(lists->list, lists->count + 1, lists->capacity);
		to = &lists->list[lists->count++];
		*to = (struct passing){.line = line,
				       .site = site,
				       .saving = {.rule = SAVING_GENERATOR, .name = ""}};
	}
	to->list_bytes += list_bytes;
}

/* It grew, was there at the peak, and went soon after it was complete. */
static bool is_passing_list(const struct tally_site *site, const struct buffers_site *buffers)
{
	return apis_is_python(site->api) && buffers->grown_bytes &&
	       site->peak_bytes >= buffers->grown_bytes / 2 &&
	       KEPT_PART * buffers->kept <= buffers->grown;
}

/* A list's own blocks, and those from the same line that went with it: they were there at the peak, and not
 * at the end. */
static void count_items(const struct savings *s, struct passing_lists *lists, struct places *places)
{
	const struct tally *tally = s->sites->tally;

	for (uint32_t i = 0; lists->count && i < tally->site_count; i++) {
		const struct model_site *site = model_site(s, i);
		struct passing *to;
		struct place line;

		if (!site->peak_bytes || !apis_is_python(tally->sites[i].api))
			continue;
		line = places_of_stack(places, tally->sites[i].stack);
		to = find_line(lists, &line);
		if (!to)
			continue;
		to->saving.count += site->peak_blocks;
		to->saving.bytes += site->peak_bytes;
		to->saving.saved_bytes += site->peak_bytes > site->live_bytes
						  ? site->peak_bytes - site->live_bytes
						  : 0;
	}
}

static void add_buffers(struct savings *s, const struct buffers *buffers)
{
	const struct tally *tally = s->sites->tally;
	struct places places = {.frames = s->sites->frames, .kind = PLACE_LINE};
	struct passing_lists lists = {0};

	for (uint32_t i = 0; i < tally->site_count; i++) {
		struct buffers_site large = buffers_of(buffers, i);
		stack_id stack = tally->sites[i].stack;

		if ((!large.births && !large.grown_bytes) || !apis_is_python(tally->sites[i].api) ||
		    runtime_imports(s->sites->frames, stack))
			continue;
		add_copies(s, &large, i);
		if (is_passing_list(&tally->sites[i], &large))
			note_list(&lists, places_of_stack(&places, stack), i, large.grown_bytes);
	}
	count_items(s, &lists, &places);
	/* Of more, the list is a part only: code in C has made them, for whatever the line asked it. */
	for (size_t i = 0; i < lists.count; i++)
		if (lists.list[i].saving.count <=
		    BLOCKS_PER_ITEM * (lists.list[i].list_bytes / ITEM_BYTES))
			add(s, lists.list[i].saving, lists.list[i].site);
	free(lists.list);
	places_release(&places);
}

static int compare(const void *a, const void *b)
{
	const struct model_saving *x = a;
	const struct model_saving *y = b;

	if (x->saved_bytes != y->saved_bytes)
		return x->saved_bytes < y->saved_bytes ? 1 : -1;
	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	return x->site < y->site ? -1 : x->site > y->site;
}

void savings_build(struct model *model, const struct sites *sites, const struct buffers *buffers)
{
	struct savings s = {.sites = sites};
	struct model_saving *list;

	if (!reader_python(sites->reader))
		return;
	add_habits(&s);
	add_containers(&s);
	add_buffers(&s, buffers);
	if (s.count)
		qsort(s.list, s.count, sizeof *s.list, compare);
	list = arena_alloc(sites->arena, s.count * sizeof *list);
	for (size_t i = 0; i < s.count; i++)
		list[i] = s.list[i];
	model->savings = list;
	model->saving_count = (uint32_t)s.count;
	free(s.list);
}
