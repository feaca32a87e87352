/* SPDX-License-Identifier: MIT */
#include "units.h"

#include <dwarf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "entries.h"
#include "languages.h"
#include "scopes.h"

#define LONGEST_NAME 8192
/* A range takes bytes of the file, if compressed ones. More ranges are the work of a damaged file. */
#define RANGES_PER_BYTE 4

struct unit {
	Dwarf_Die die;
	uint8_t type; /* DW_UT_: compile, skeleton (its entries are in a .dwo file), partial */
	bool walked;
	Dwarf_Die tree; /* the root of its entries, once walked */
	struct language language;
	struct scopes scopes;
};

static void add_unit(struct units *u, Dwarf_Die *die, uint8_t type)
{
	if (u->count == UINT32_MAX)
		return;
	ARRAY_GROW(u->items, u->count + 1, u->capacity);
	u->items[u->count++] = (struct unit){
		.die = *die,
		.type = type,
		.language = languages_find(dwarf_srclang(die)),
	};
}

static void walk(struct units *u, struct unit *unit)
{
	Dwarf_Die split;

	if (unit->walked)
		return;
	unit->walked = true;
	unit->tree = unit->die;
	if (unit->type == DW_UT_skeleton &&
	    dwarf_cu_info(unit->die.cu, NULL, NULL, NULL, &split, NULL, NULL, NULL) == 0 &&
	    split.addr) {
		unit->tree = split;
		unit->language = languages_find(dwarf_srclang(&split));
	}
	scopes_collect(&unit->scopes, &unit->tree, unit->language.separator, u->image,
		       &u->names->text, &u->range_budget);
}

/* A unit that does not say where its code is has that of its functions. */
static void add_ranges(struct units *u, uint32_t index)
{
	struct unit *unit = &u->items[index];
	Dwarf_Addr base, low, high;
	ptrdiff_t offset = 0;

	if (unit->type == DW_UT_partial)
		return;
	if (!dwarf_hasattr(&unit->die, DW_AT_ranges) && !dwarf_hasattr(&unit->die, DW_AT_low_pc)) {
		walk(u, unit);
		for (size_t i = 0; i < unit->scopes.ranges.count; i++)
			ranges_add(&u->ranges, unit->scopes.ranges.items[i].low,
				   unit->scopes.ranges.items[i].high, 0, index);
		return;
	}
	while (u->range_budget &&
	       (offset = dwarf_ranges(&unit->die, offset, &base, &low, &high)) > 0) {
		u->range_budget--;
		if (image_clip(u->image, &low, &high))
			ranges_add(&u->ranges, low, high, 0, index);
	}
}

void units_load(struct units *u, const struct image *image, struct names *names)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;
	uint8_t type;

	*u = (struct units){
		.image = image,
		.names = names,
		.range_budget = RANGES_PER_BYTE * image->bytes,
	};
	if (!image->dwarf)
		return;
	while (dwarf_get_units(image->dwarf, cu, &cu, NULL, &type, &die, NULL) == 0)
		if (type == DW_UT_compile || type == DW_UT_skeleton || type == DW_UT_partial)
			add_unit(u, &die, type);
	for (uint32_t i = 0; i < u->count; i++)
		add_ranges(u, i);
	ranges_seal(&u->ranges);
}

/* The unit of an entry found from `nearby`; NULL if it is not one of this file. */
static struct unit *unit_of(struct units *u, struct unit *nearby, const Dwarf_Die *die)
{
	size_t low = 0;
	size_t high = u->count;
	Dwarf_Die root;

	if (dwarf_cu_info(die->cu, NULL, NULL, &root, NULL, NULL, NULL, NULL))
		return NULL;
	if (root.addr == nearby->tree.addr)
		return nearby;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((const char *)u->items[middle].die.addr < (const char *)root.addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low < u->count && u->items[low].die.addr == root.addr ? &u->items[low] : NULL;
}

/* GNAT writes the dots of Ada as two underscores. */
static const char *ada_name(struct units *u, const char *name)
{
	char *text = arena_strdup(&u->names->text, name);
	char *to = text;

	while (*name) {
		bool dot = name[0] == '_' && name[1] == '_' && to > text;

		*to++ = dot ? '.' : *name;
		name += dot ? 2 : 1;
	}
	*to = '\0';
	return text;
}

static const char *qualified_name(struct units *u, struct unit *unit, const Dwarf_Die *declaration,
				  const char *name)
{
	const char *qualifier;

	if (unit && strcmp(unit->language.name, "ada") == 0)
		return ada_name(u, name);
	if (!unit || !unit->language.separator)
		return names_function(u->names, name).text;
	walk(u, unit);
	qualifier = scopes_qualifier(&unit->scopes, declaration->addr);
	if (!*qualifier || strlen(name) > LONGEST_NAME)
		return name;
	return arena_printf(&u->names->text, "%s%s", qualifier, name);
}

/* Linkage names are complete where they can be demangled; otherwise the source has the name. */
static void name_scope(struct units *u, struct unit *unit, struct scope *scope)
{
	Dwarf_Die die = scope->die;
	const char *linkage_name = NULL;
	const char *name = NULL;
	struct unit *declaring;
	struct name demangled = {0};

	for (unsigned i = 0; i < ENTRIES_LONGEST_CHAIN; i++) {
		if (!linkage_name && !(linkage_name = entries_string(&die, DW_AT_linkage_name)))
			linkage_name = entries_string(&die, DW_AT_MIPS_linkage_name);
		if (!name)
			name = entries_string(&die, DW_AT_name);
		if (!entries_follow_origin(&die))
			break;
	}
	declaring = unit_of(u, unit, &die);
	scope->language = declaring && *declaring->language.name ? declaring->language.name
								 : unit->language.name;
	if (linkage_name)
		demangled = names_function(u->names, linkage_name);
	if (demangled.demangled)
		scope->function = demangled.text;
	else if (name)
		scope->function = qualified_name(u, declaring, &die, name);
	else
		scope->function = demangled.text ? demangled.text : "";
}

static void append(struct frames *f, const struct symbol_frame *frame)
{
	ARRAY_GROW(f->items, f->count + 1, f->capacity);
	f->items[f->count++] = *frame;
}

/* The place of the call that was inlined. */
static void call_site(struct units *u, struct unit *unit, Dwarf_Die *die,
		      struct symbol_frame *caller)
{
	Dwarf_Attribute value;
	Dwarf_Word word;
	Dwarf_Files *files;
	size_t count;
	const char *file = NULL;

	caller->file = "";
	caller->line = 0;
	if (dwarf_attr(die, DW_AT_call_file, &value) && dwarf_formudata(&value, &word) == 0 &&
	    dwarf_getsrcfiles(&unit->tree, &files, &count) == 0 && word < count)
		file = dwarf_filesrc(files, word, NULL, NULL);
	if (file)
		caller->file = entries_source(u->names, &unit->die, file);
	if (dwarf_attr(die, DW_AT_call_line, &value) && dwarf_formudata(&value, &word) == 0 &&
	    word <= UINT32_MAX)
		caller->line = (uint32_t)word;
}

static void source_line(struct units *u, struct unit *unit, uint64_t address,
			struct symbol_frame *frame)
{
	Dwarf_Line *row = dwarf_getsrc_die(&unit->die, address);
	const char *file = row ? dwarf_linesrc(row, NULL, NULL) : NULL;
	int line;

	if (file)
		frame->file = entries_source(u->names, &unit->die, file);
	if (row && dwarf_lineno(row, &line) == 0 && line > 0)
		frame->line = (uint32_t)line;
}

/* A function in several pieces lists the one that it is entered by first. */
static uint64_t entry_of(Dwarf_Die *die)
{
	Dwarf_Addr base, low, high;

	if (dwarf_entrypc(die, &low) == 0 || dwarf_ranges(die, 0, &base, &low, &high) > 0)
		return low;
	return 0;
}

void units_lookup(struct units *u, uint64_t address, struct frames *frames)
{
	struct symbol_frame frame = {.function = "", .file = "", .language = ""};
	struct unit *unit;
	uint32_t index;

	frames->entry = 0;
	if (!ranges_find(&u->ranges, address, &index))
		return;
	unit = &u->items[index];
	walk(u, unit);
	frame.language = unit->language.name;
	source_line(u, unit, address, &frame);
	index = scopes_find(&unit->scopes, address);
	if (index == NO_SCOPE && *frame.file)
		append(frames, &frame);
	while (index != NO_SCOPE) {
		struct scope *scope = &unit->scopes.items[index];

		if (!scope->function)
			name_scope(u, unit, scope);
		frame.function = scope->function;
		frame.language = scope->language;
		frame.inlined = scope->caller != NO_SCOPE;
		append(frames, &frame);
		if (frame.inlined)
			call_site(u, unit, &scope->die, &frame);
		else
			frames->entry = entry_of(&scope->die);
		index = scope->caller;
	}
}

void units_release(struct units *u)
{
	for (size_t i = 0; i < u->count; i++)
		scopes_release(&u->items[i].scopes);
	free(u->items);
	ranges_release(&u->ranges);
	*u = (struct units){0};
}
