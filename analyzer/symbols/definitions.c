/* SPDX-License-Identifier: MIT */
#include "definitions.h"

#include <dwarf.h>
#include <string.h>
#include <xxhash.h>

#include "entries.h"
#include "types.h"

#define DETOURS 4096

struct walk {
	struct definitions *definitions;
	const char *last; /* entry visited last: the next one must lie behind it */
};

static bool is_scope(Dwarf_Die *die)
{
	int tag = dwarf_tag(die);

	return tag == DW_TAG_namespace || tag == DW_TAG_module || types_is_aggregate(die);
}

static uint64_t hash(uint64_t outer, const char *name)
{
	return XXH3_64bits_withSeed(name, strlen(name), outer);
}

/* False for what has no name, or lies in something without: only its own unit can mean it. */
static bool hash_declaration(Dwarf_Die *die, uint64_t *key)
{
	Dwarf_Die around[ENTRIES_DEEPEST];
	size_t count = entries_around(die, around);
	const char *name;

	*key = 0;
	for (size_t i = 0; i < count; i++) {
		name = dwarf_diename(&around[i]);
		if (!name || !is_scope(&around[i]))
			return false;
		*key = hash(*key, name);
	}
	name = dwarf_diename(die);
	if (name)
		*key = hash(*key, name);
	return name != NULL;
}

static void add(struct definitions *d, uint64_t key, const Dwarf_Die *die)
{
	Dwarf_Die *entry;

	if (cache_find(&d->by_name, key, 0))
		return;
	entry = arena_alloc(&d->entries, sizeof *entry);
	*entry = *die;
	cache_add(&d->by_name, key, 0, entry);
}

/* "struct outer::inner { ... };" is not in the class where it was declared. */
static void add_apart(struct definitions *d, Dwarf_Die *die)
{
	Dwarf_Die declaration;
	uint64_t key;

	if (!d->detour_budget || !entries_reference(die, DW_AT_specification, &declaration))
		return;
	d->detour_budget--;
	if (hash_declaration(&declaration, &key))
		add(d, key, die);
}

static void walk_below(struct walk *w, Dwarf_Die *parent, uint64_t outer, unsigned depth)
{
	Dwarf_Die die;

	if (depth >= ENTRIES_DEEPEST || dwarf_child(parent, &die))
		return;
	do {
		const char *name;
		uint64_t key;

		/* A damaged tree can lead back to where it came from. */
		if ((const char *)die.addr <= w->last)
			return;
		w->last = die.addr;
		if (!is_scope(&die))
			continue;
		name = dwarf_diename(&die);
		key = name ? hash(outer, name) : 0;
		if (types_is_aggregate(&die) && !dwarf_hasattr(&die, DW_AT_declaration)) {
			if (name)
				add(w->definitions, key, &die);
			else
				add_apart(w->definitions, &die);
		}
		if (name)
			walk_below(w, &die, key, depth + 1);
	} while (dwarf_siblingof(&die, &die) == 0);
}

static void collect_from(struct definitions *d, Dwarf *dwarf)
{
	Dwarf_CU *unit = NULL;
	Dwarf_Die root;

	while (dwarf && entries_next_root(dwarf, &unit, &root)) {
		struct walk w = {d, root.addr};

		walk_below(&w, &root, 0, 0);
	}
}

bool definitions_complete(struct definitions *d, Dwarf_Die *type)
{
	const Dwarf_Die *found;
	uint64_t key;

	if (!dwarf_hasattr(type, DW_AT_declaration))
		return true;
	if (!d->collected) {
		d->collected = true;
		d->detour_budget = DETOURS;
		collect_from(d, d->image->dwarf);
		collect_from(d, d->image->alternate.dwarf);
	}
	if (!hash_declaration(type, &key) || !(found = cache_find(&d->by_name, key, 0)))
		return false;
	*type = *found;
	return true;
}

void definitions_release(struct definitions *d)
{
	cache_release(&d->by_name);
	arena_release(&d->entries);
	*d = (struct definitions){0};
}
