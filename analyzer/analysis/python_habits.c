/* SPDX-License-Identifier: MIT */
#include "python_habits.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "python_offsets.h"

#define ATTRIBUTES_MOST 64u
#define NUMBERS_LEAST 1000u /* in a list */
#define NUMBERS_PERCENT 90u

/* Of one class. */
struct instances {
	uint64_t count, plain; /* all; those whose attributes __slots__ could have */
	uint64_t bytes, saved_bytes; /* of the plain ones */
	uint32_t site, votes; /* where most come from, by majority vote: Boyer and Moore, 1981 */
};

/* What is looked for, while looking. */
struct search {
	const struct reachability *r;
	uint8_t *held; /* by block, of graph_count_pointers */
	struct instances *classes; /* by position in the snapshot's names */
	struct python_habit *lists[2]; /* by site, floats and ints */
};

static uint64_t rounded(uint64_t bytes)
{
	return (bytes + 15) & ~15ull;
}

static bool is_of_class(const struct search *s, uint32_t block, const char *name)
{
	const struct trace_object_name *class = python_objects_class(&s->r->python, block);

	return class && !strcmp(class->text, name);
}

/* The block that a word points to and nothing else does; BLOCKS_NONE: there is none. */
static uint32_t own_part(const struct search *s, uint32_t block, uint64_t offset)
{
	graph_target target;

	if (!graph_points_to(s->r->graph, block, offset, &target) ||
	    s->held[graph_block_of(target)] != 1)
		return BLOCKS_NONE;
	return graph_block_of(target);
}

static bool is_table(const struct search *s, uint32_t block)
{
	return block != BLOCKS_NONE && !python_objects_class(&s->r->python, block);
}

/* How many attributes there is room for in so many bytes, by the layouts of struct _dictvalues: a
 * byte for each and two more, in 3.13 none and a word more, rounded up to words, then the values. */
static uint64_t attributes_in(uint64_t bytes, unsigned more_bytes, unsigned more_words)
{
	uint64_t count = 1;

	while (count < ATTRIBUTES_MOST &&
	       ((count + 1 + more_bytes + PYTHON_WORD - 1) & ~(uint64_t)(PYTHON_WORD - 1)) +
			       (count + 1 + more_words) * PYTHON_WORD <=
		       bytes)
		count++;
	return count;
}

static uint64_t slotted_bytes(uint64_t attributes)
{
	return rounded(PYTHON_HEAD + PYTHON_OBJECT + attributes * PYTHON_WORD);
}

/* To 3.10: a dictionary of its own, whose values are apart as long as all instances have the same keys. */
static bool sees_dictionary(const struct search *s, uint32_t block,
			    const struct trace_object_name *class, uint64_t *now, uint64_t *then)
{
	uint32_t dictionary, values;

	if (class->dict_offset != PYTHON_OBJECT ||
	    class->basic_bytes > PYTHON_OBJECT + 2 * PYTHON_WORD)
		return false;
	dictionary = own_part(s, block, PYTHON_HEAD + class->dict_offset);
	if (dictionary == BLOCKS_NONE || !is_of_class(s, dictionary, "dict"))
		return false;
	values = own_part(s, dictionary, PYTHON_DICT_VALUES);
	if (!is_table(s, values))
		return false;
	*now = rounded(s->r->blocks[block].size) + rounded(s->r->blocks[dictionary].size) +
	       rounded(s->r->blocks[values].size);
	*then = slotted_bytes(s->r->blocks[values].size / PYTHON_WORD);
	return true;
}

/* 3.11 and 3.12: values in front of the object or, if somebody has asked for it, a dictionary. */
static bool sees_values(const struct search *s, uint32_t block, uint64_t *now, uint64_t *then)
{
	uint32_t first = own_part(s, block, 0), second = own_part(s, block, PYTHON_WORD);
	uint32_t values = is_table(s, first) ? first : second;

	if (!is_table(s, values) ||
	    (second != BLOCKS_NONE && python_objects_class(&s->r->python, second)))
		return false;
	*now = rounded(s->r->blocks[block].size) + rounded(s->r->blocks[values].size);
	*then = slotted_bytes(attributes_in(s->r->blocks[values].size, 2, 0));
	return true;
}

/* Since 3.13: values behind the object, and no dictionary in front of it. */
static bool sees_inline_values(const struct search *s, uint32_t block,
			       const struct trace_object_name *class, uint64_t *now, uint64_t *then)
{
	uint64_t size = s->r->blocks[block].size, start = 2 * PYTHON_HEAD + class->basic_bytes;
	graph_target target;

	if (size <= start || graph_points_to(s->r->graph, block, PYTHON_WORD, &target))
		return false;
	*now = rounded(size);
	*then = slotted_bytes(attributes_in(size - start, 0, 1));
	return true;
}

static void see_instance(struct search *s, uint32_t block, const struct trace_object_name *class)
{
	struct instances *to = &s->classes[class - s->r->snapshot->names];
	uint32_t site = s->r->blocks[block].site;
	uint64_t now, then;
	bool plain;

	to->count++;
	if (class->flags & PYTHON_INLINE_VALUES)
		plain = class->basic_bytes == PYTHON_OBJECT &&
			sees_inline_values(s, block, class, &now, &then);
	else if (class->flags & PYTHON_MANAGED_DICT)
		plain = class->basic_bytes <= PYTHON_OBJECT + PYTHON_WORD &&
			sees_values(s, block, &now, &then);
	else
		plain = sees_dictionary(s, block, class, &now, &then);
	if (!plain)
		return;
	to->plain++;
	to->bytes += now;
	to->saved_bytes += now > then ? now - then : 0;
	if (!to->votes)
		to->site = site;
	to->votes += to->site == site ? 1 : -1;
}

static void add_list(struct search *s, bool ints, uint32_t site, uint64_t count, uint64_t own_bytes)
{
	struct python_habit *to;

	if (!s->lists[ints])
		s->lists[ints] = xcalloc(s->r->site_count, sizeof *s->lists[ints]);
	to = &s->lists[ints][site];
	to->groups++;
	to->count += count;
	to->bytes += own_bytes;
	to->saved_bytes += own_bytes;
}

/* Of numbers, what else holds them needs them as objects. */
static void see_list(struct search *s, uint32_t block)
{
	const struct reachability *r = s->r;
	uint32_t items = own_part(s, block, PYTHON_LIST_ITEMS), total, count[2] = {0};
	uint64_t own_bytes[2] = {0};

	if (!is_table(s, items) || r->blocks[items].size / PYTHON_WORD < NUMBERS_LEAST)
		return;
	total = r->graph->edge_start[items + 1] - r->graph->edge_start[items];
	for (uint32_t i = r->graph->edge_start[items]; i < r->graph->edge_start[items + 1]; i++) {
		uint32_t item = graph_block_of(r->graph->edges[i]);
		bool ints = is_of_class(s, item, "int");

		if (!ints && !is_of_class(s, item, "float"))
			continue;
		count[ints]++;
		if (s->held[item] == 1)
			own_bytes[ints] += rounded(r->blocks[item].size);
	}
	for (int ints = 0; ints < 2; ints++)
		if (count[ints] >= NUMBERS_LEAST &&
		    100ull * count[ints] >= NUMBERS_PERCENT * (uint64_t)total &&
		    2ull * count[ints] >= r->blocks[items].size / PYTHON_WORD)
			add_list(s, ints, r->blocks[items].site, count[ints], own_bytes[ints]);
}

static void see_blocks(struct search *s)
{
	const struct reachability *r = s->r;
	const struct trace_object_name *last = NULL;
	bool list = false;

	for (uint32_t i = 0; i < r->block_count; i++) {
		const struct trace_object_name *class = python_objects_class(&r->python, i);

		if (!class)
			continue;
		if (class != last) {
			last = class;
			list = !strcmp(class->text, "list");
		}
		if (list)
			see_list(s, i);
		else if (class->flags & PYTHON_HEAP_TYPE)
			see_instance(s, i, class);
	}
}

static void add(struct python_habits *h, struct python_habit habit)
{
	ARRAY_GROW(h->list, h->count + 1, h->capacity);
	h->list[h->count++] = habit;
}

static void add_instances(struct python_habits *h, const struct search *s)
{
	for (uint32_t i = 0; i < s->r->snapshot->name_count; i++) {
		const struct instances *from = &s->classes[i];

		/* Where some have attributes of their own, or are asked for their dictionary, the
		 * class needs it. */
		if (from->plain && 10 * from->plain >= 9 * from->count)
			add(h, (struct python_habit){
				       .kind = PYTHON_HABIT_INSTANCES,
				       .name = s->r->snapshot->names[i].text,
				       .site = from->site,
				       .count = from->plain,
				       .bytes = from->bytes,
				       .saved_bytes = from->saved_bytes,
			       });
	}
}

static void add_lists(struct python_habits *h, const struct search *s)
{
	for (int ints = 0; ints < 2; ints++) {
		for (uint32_t i = 0; s->lists[ints] && i < s->r->site_count; i++) {
			struct python_habit habit = s->lists[ints][i];

			if (!habit.groups)
				continue;
			habit.kind = ints ? PYTHON_HABIT_INTS : PYTHON_HABIT_FLOATS;
			habit.name = "";
			habit.site = i;
			add(h, habit);
		}
	}
}

/* Of one text: the site is that of one of the strings, which most likely made many of them. */
static void add_strings(struct python_habits *h, const struct trace_object_name *name,
			uint32_t site)
{
	uint64_t each = rounded(name->basic_bytes);
	struct python_habit *to = NULL;

	for (size_t i = 0; i < h->count; i++)
		if (h->list[i].kind == PYTHON_HABIT_STRINGS && h->list[i].site == site)
			to = &h->list[i];
	if (!to) {
		add(h, (struct python_habit){.kind = PYTHON_HABIT_STRINGS, .site = site});
		to = &h->list[h->count - 1];
	}
	if (name->count > to->most) {
		to->most = name->count;
		to->name = name->text;
	}
	to->groups++;
	to->count += name->count;
	to->bytes += name->count * each;
	to->saved_bytes += (name->count - 1) * each;
}

static void find_strings(struct python_habits *h, const struct search *s)
{
	struct blocks blocks = {0};

	blocks_init(&blocks, s->r->blocks, s->r->block_count);
	for (uint32_t i = 0; i < s->r->snapshot->name_count; i++) {
		const struct trace_object_name *name = &s->r->snapshot->names[i];
		uint32_t block = BLOCKS_NONE;

		if (name->kind == TRACE_NAME_EQUAL && name->count)
			block = blocks_find(&blocks, name->address);
		if (block != BLOCKS_NONE)
			add_strings(h, name, s->r->blocks[block].site);
	}
	blocks_release(&blocks);
}

void python_habits_find(struct python_habits *h, const struct reachability *r)
{
	struct search s = {.r = r};

	if (!r->known || !r->python.class_of)
		return;
	s.classes = xcalloc(r->snapshot->name_count + 1, sizeof *s.classes);
	s.held = graph_count_pointers(r->graph);
	see_blocks(&s);
	add_instances(h, &s);
	add_lists(h, &s);
	find_strings(h, &s);
	free(s.held);
	free(s.classes);
	free(s.lists[0]);
	free(s.lists[1]);
}

void python_habits_release(struct python_habits *h)
{
	free(h->list);
	memset(h, 0, sizeof *h);
}
