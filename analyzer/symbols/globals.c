/* SPDX-License-Identifier: MIT */
#include "globals.h"

#include <dwarf.h>
#include <stdlib.h>

#include "../util/array.h"
#include "entries.h"
#include "qualified.h"
#include "types.h"

#define DEEPEST 256

struct walk {
	struct globals *globals;
	const struct sections *sections;
	const char *last; /* entry visited last: the next one must lie behind it */
};

/* Entries below which variables with a fixed place can be; the many others are stepped over. */
static bool is_walked(int tag)
{
	switch (tag) {
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_subprogram:
	case DW_TAG_inlined_subroutine:
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
	case DW_TAG_with_stmt:
		return true;
	default:
		return false;
	}
}

/* Most variables are in registers and frames: told by a byte, for libdw keeps what it decodes. */
static bool may_be_fixed(Dwarf_Attribute *location)
{
	Dwarf_Block block;

	if (dwarf_formblock(location, &block) || !block.length)
		return false;
	switch (block.data[0]) {
	case DW_OP_addr:
	case DW_OP_addrx:
	case DW_OP_GNU_addr_index:
	case DW_OP_constx:
	case DW_OP_GNU_const_index:
	case DW_OP_const4u:
	case DW_OP_const8u:
		return true;
	default:
		return false;
	}
}

/* A value that is in the expression itself, or in a table that it has the index of. */
static bool operand(Dwarf_Attribute *location, const Dwarf_Op *op, uint64_t *value)
{
	Dwarf_Attribute indexed;
	Dwarf_Addr address;
	Dwarf_Word word;

	switch (op->atom) {
	case DW_OP_addr:
	case DW_OP_const4u:
	case DW_OP_const8u:
		*value = op->number;
		return true;
	default:
		if (dwarf_getlocation_attr(location, op, &indexed))
			return false;
		if (dwarf_formaddr(&indexed, &address) == 0)
			*value = address;
		else if (dwarf_formudata(&indexed, &word) == 0)
			*value = word;
		else
			return false;
		return true;
	}
}

static bool is_address(const Dwarf_Op *op)
{
	return op->atom == DW_OP_addr || op->atom == DW_OP_addrx ||
	       op->atom == DW_OP_GNU_addr_index;
}

static bool locate(Dwarf_Die *die, struct global *global)
{
	Dwarf_Attribute location;
	Dwarf_Op *ops;
	size_t count;
	size_t used = 1;

	if (!dwarf_attr(die, DW_AT_location, &location) || !may_be_fixed(&location) ||
	    dwarf_getlocation(&location, &ops, &count) || !count ||
	    !operand(&location, &ops[0], &global->start))
		return false;
	if (!is_address(&ops[0])) {
		if (count < 2 || (ops[1].atom != DW_OP_GNU_push_tls_address &&
				  ops[1].atom != DW_OP_form_tls_address))
			return false;
		global->in_thread = true;
		used = 2;
	}
	/* Parts of larger objects, as link-time optimisation leaves them. */
	if (used < count && ops[used].atom == DW_OP_plus_uconst)
		global->start += ops[used++].number;
	return used == count;
}

static void add(struct walk *w, Dwarf_Die *die)
{
	struct globals *g = w->globals;
	struct global global = {.die = *die};
	Dwarf_Die type;
	uint64_t high;

	if (g->count == UINT32_MAX || !locate(die, &global))
		return;
	if (globals_type(&global, &type))
		global.size_bytes = types_size(&type);
	high = global.start + (global.size_bytes ? global.size_bytes : 1);
	if (high < global.start || !sections_hold(w->sections, global.in_thread, global.start))
		return;
	ranges_add(global.in_thread ? &g->in_threads : &g->fixed, global.start, high,
		   /* The first of several is the one that wins. */
		   UINT32_MAX - (uint32_t)g->count, (uint32_t)g->count);
	ARRAY_GROW(g->items, g->count + 1, g->capacity);
	g->items[g->count++] = global;
}

static void walk_below(struct walk *w, Dwarf_Die *parent, unsigned depth)
{
	Dwarf_Die die;

	if (depth >= DEEPEST || dwarf_child(parent, &die))
		return;
	do {
		int tag = dwarf_tag(&die);

		/* A damaged tree can lead back to where it came from. */
		if ((const char *)die.addr <= w->last)
			return;
		w->last = die.addr;
		if (tag == DW_TAG_variable)
			add(w, &die);
		else if (is_walked(tag))
			walk_below(w, &die, depth + 1);
	} while (dwarf_siblingof(&die, &die) == 0);
}

void globals_collect(struct globals *g, const struct image *image, const struct sections *sections)
{
	Dwarf_CU *unit = NULL;
	Dwarf_Die root;

	while (image->dwarf && entries_next_root(image->dwarf, &unit, &root)) {
		struct walk w = {g, sections, root.addr};

		walk_below(&w, &root, 0);
	}
	ranges_seal(&g->fixed);
	ranges_seal(&g->in_threads);
}

const struct global *globals_find(const struct globals *g, bool in_thread, uint64_t address)
{
	uint32_t index;

	if (!ranges_find(in_thread ? &g->in_threads : &g->fixed, address, &index))
		return NULL;
	return &g->items[index];
}

const char *globals_name(const struct global *global, struct names *names)
{
	return qualified_variable(&global->die, names);
}

/* NULL if unknown. The assertions in dwarf_decl_file do not hold for every file. */
static const char *decl_file(Dwarf_Die *die, struct names *names)
{
	Dwarf_Files *files;
	size_t count;
	uint64_t index;
	Dwarf_Half version;
	Dwarf_Die root;
	const char *file;

	if (!entries_number(die, DW_AT_decl_file, &index) || !entries_root(die, &root) ||
	    dwarf_cu_info(die->cu, &version, NULL, NULL, NULL, NULL, NULL, NULL) ||
	    dwarf_getsrcfiles(&root, &files, &count) || index >= count || (!index && version < 5))
		return NULL;
	file = dwarf_filesrc(files, index, NULL, NULL);
	return file ? entries_source(names, &root, file) : NULL;
}

/* An entry says where its variable is defined only as far as the declaration says otherwise. */
const char *globals_source(const struct global *global, struct names *names, uint32_t *line)
{
	Dwarf_Die die = global->die;
	uint64_t number = 0;
	const char *file = NULL;

	for (unsigned i = 0; i < ENTRIES_LONGEST_CHAIN; i++) {
		if (!file)
			file = decl_file(&die, names);
		if (!number)
			entries_number(&die, DW_AT_decl_line, &number);
		if (!entries_follow_origin(&die))
			break;
	}
	*line = file && number <= UINT32_MAX ? (uint32_t)number : 0;
	return file ? file : "";
}

bool globals_type(const struct global *global, Dwarf_Die *type)
{
	Dwarf_Die die = global->die;

	for (unsigned i = 0; i < ENTRIES_LONGEST_CHAIN; i++) {
		if (entries_reference(&die, DW_AT_type, type))
			return true;
		if (!entries_follow_origin(&die))
			break;
	}
	return false;
}

void globals_release(struct globals *g)
{
	ranges_release(&g->fixed);
	ranges_release(&g->in_threads);
	free(g->items);
	*g = (struct globals){0};
}
