/* SPDX-License-Identifier: MIT */
#include "scopes.h"

#include <dwarf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

#define DEEPEST 256
#define LONGEST_QUALIFIER 1024

/* The entry that is being walked and those around it. */
struct level {
	const struct level *outer;
	Dwarf_Die *die;
	uint32_t scope; /* that encloses what is below */
	unsigned depth;
};

struct walk {
	struct scopes *scopes;
	const struct image *image;
	const char *separator;
	struct arena *text;
	uint64_t *range_budget;
	const char *last; /* entry visited last: the next one must lie behind it */
	const void *qualifier_parent; /* siblings share their qualifier */
	const char *qualifier;
};

static bool is_named_scope(int tag)
{
	switch (tag) {
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_interface_type:
	case DW_TAG_subprogram:
		return true;
	default:
		return false;
	}
}

/* Entries below which functions can be; the many others are stepped over. */
static bool is_walked(int tag)
{
	switch (tag) {
	case DW_TAG_lexical_block:
	case DW_TAG_inlined_subroutine:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
	case DW_TAG_with_stmt:
		return true;
	default:
		return is_named_scope(tag);
	}
}

static const char *scope_name(Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);

	return name ? name : dwarf_tag(die) == DW_TAG_namespace ? "(anonymous namespace)" : NULL;
}

/* Writes from the outermost level inwards; what would be too long is left out. */
static size_t write_qualifier(const struct walk *w, const struct level *level, char *out)
{
	size_t length = level->outer ? write_qualifier(w, level->outer, out) : 0;
	const char *name = is_named_scope(dwarf_tag(level->die)) ? scope_name(level->die) : NULL;
	size_t name_length = name ? strlen(name) : 0;
	size_t separator_length = strlen(w->separator);

	if (!name || name_length > LONGEST_QUALIFIER - length ||
	    separator_length > LONGEST_QUALIFIER - length - name_length)
		return length;
	memcpy(out + length, name, name_length);
	memcpy(out + length + name_length, w->separator, separator_length);
	return length + name_length + separator_length;
}

static void add_qualifier(struct walk *w, const struct level *outer, const Dwarf_Die *die)
{
	struct scopes *s = w->scopes;
	char text[LONGEST_QUALIFIER];

	if (w->qualifier_parent != outer->die->addr) {
		size_t length = write_qualifier(w, outer, text);

		w->qualifier_parent = outer->die->addr;
		w->qualifier = length ? arena_strndup(w->text, text, length) : NULL;
	}
	if (!w->qualifier)
		return;
	ARRAY_GROW(s->qualifiers, s->qualifier_count + 1, s->qualifier_capacity);
	s->qualifiers[s->qualifier_count++] = (struct qualifier){die->addr, w->qualifier};
}

/* Returns the scope that encloses what is below the entry. */
static uint32_t add_scope(struct walk *w, const struct level *outer, Dwarf_Die *die, int tag)
{
	struct scopes *s = w->scopes;
	uint32_t index = (uint32_t)s->count;
	bool has_code = false;
	Dwarf_Addr base, low, high;
	ptrdiff_t offset = 0;

	if (s->count >= NO_SCOPE)
		return outer->scope;
	while (*w->range_budget && (offset = dwarf_ranges(die, offset, &base, &low, &high)) > 0) {
		--*w->range_budget;
		if (!image_clip(w->image, &low, &high))
			continue;
		ranges_add(&s->ranges, low, high, outer->depth, index);
		has_code = true;
	}
	if (!has_code)
		return tag == DW_TAG_subprogram ? NO_SCOPE : outer->scope;
	ARRAY_GROW(s->items, s->count + 1, s->capacity);
	s->items[s->count++] = (struct scope){
		.die = *die,
		.caller = tag == DW_TAG_subprogram ? NO_SCOPE : outer->scope,
	};
	return index;
}

static void walk_below(struct walk *w, const struct level *outer)
{
	Dwarf_Die die;

	if (outer->depth >= DEEPEST || dwarf_child(outer->die, &die))
		return;
	do {
		struct level level = {outer, &die, outer->scope, outer->depth + 1};
		int tag = dwarf_tag(&die);

		/* A damaged tree can lead back to where it came from. */
		if ((const char *)die.addr <= w->last)
			return;
		w->last = die.addr;
		if (tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine)
			level.scope = add_scope(w, outer, &die, tag);
		if (tag == DW_TAG_subprogram && w->separator &&
		    !dwarf_hasattr(&die, DW_AT_linkage_name))
			add_qualifier(w, outer, &die);
		if (is_walked(tag))
			walk_below(w, &level);
	} while (dwarf_siblingof(&die, &die) == 0);
}

void scopes_collect(struct scopes *s, Dwarf_Die *root, const char *separator,
		    const struct image *image, struct arena *text, uint64_t *range_budget)
{
	struct walk w = {
		.scopes = s,
		.image = image,
		.separator = separator,
		.text = text,
		.range_budget = range_budget,
		.last = root->addr,
	};
	struct level level = {NULL, root, NO_SCOPE, 0};

	walk_below(&w, &level);
	ranges_seal(&s->ranges);
}

uint32_t scopes_find(const struct scopes *s, uint64_t address)
{
	uint32_t index;

	return ranges_find(&s->ranges, address, &index) ? index : NO_SCOPE;
}

static int compare_qualifier(const void *key, const void *item)
{
	const char *entry = key;
	const char *other = ((const struct qualifier *)item)->entry;

	return entry < other ? -1 : entry > other;
}

const char *scopes_qualifier(const struct scopes *s, const void *entry)
{
	const struct qualifier *found;

	if (!s->qualifier_count)
		return "";
	found = bsearch(entry, s->qualifiers, s->qualifier_count, sizeof *s->qualifiers,
			compare_qualifier);
	return found ? found->text : "";
}

void scopes_release(struct scopes *s)
{
	ranges_release(&s->ranges);
	free(s->items);
	free(s->qualifiers);
	*s = (struct scopes){0};
}
