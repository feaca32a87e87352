/* SPDX-License-Identifier: MIT */
#include "variables.h"

#include <dwarf.h>
#include <stdlib.h>

#include "../util/array.h"
#include "members.h"
#include "types.h"

static const struct symbol_member no_member = {.path = ""};

void variables_init(struct variables *v, const struct image *image, const struct symtab *symtab,
		    struct names *names, uint32_t module)
{
	*v = (struct variables){
		.image = image,
		.symtab = symtab,
		.names = names,
		.module = module,
		.definitions.image = image,
	};
}

/* A class is one type, by whatever name it goes; one without a name has that of its typedef. */
static symbol_type add_type(struct variables *v, const Dwarf_Die *die)
{
	Dwarf_Die stripped = *die;
	uintptr_t number;
	uint64_t key;

	if (types_strip(&stripped) && types_is_aggregate(&stripped) &&
	    dwarf_hasattr(&stripped, DW_AT_name))
		die = &stripped;
	key = (uintptr_t)die->addr;
	number = (uintptr_t)cache_find(&v->type_numbers, key, 0);
	if (!number) {
		if (v->type_count == UINT32_MAX)
			return 0;
		ARRAY_GROW(v->types, v->type_count + 1, v->type_capacity);
		v->types[v->type_count++] = (struct variables_type){.die = *die};
		number = v->type_count;
		cache_add(&v->type_numbers, key, 0, (const void *)number);
	}
	return (uint64_t)v->module << 32 | number;
}

static symbol_type pointee_of(struct variables *v, const struct members_place *place)
{
	return place->has_pointee ? add_type(v, &place->pointee) : 0;
}

static const char *keep(struct variables *v, const char *path)
{
	return *path ? arena_strdup(&v->results, path) : "";
}

static void describe(struct variables *v, const struct global *global, uint64_t offset,
		     struct symbol_variable *result)
{
	struct members_place place;
	Dwarf_Die type;

	result->name = globals_name(global, v->names);
	result->file = globals_source(global, v->names, &result->line);
	result->offset = offset;
	result->size_bytes = global->size_bytes;
	if (!globals_type(global, &type))
		return;
	members_find(&v->definitions, &type, offset, &place);
	result->path = keep(v, place.path);
	result->pointee = pointee_of(v, &place);
}

/* A symbol can be larger than its type: arrays at the end of a struct have what they are given. */
static void look_up(struct variables *v, bool in_thread, uint64_t address,
		    struct symbol_variable *result)
{
	const struct global *global = globals_find(&v->globals, in_thread, address);
	const struct symbol *symbol = NULL;

	if (!global) {
		symbol = symtab_find_variable(v->symtab, in_thread, address);
		if (!symbol)
			return;
		global = globals_find(&v->globals, in_thread, symbol->low);
		if (global && global->start != symbol->low)
			global = NULL;
	}
	if (global)
		describe(v, global, address - global->start, result);
	if (!symbol)
		return;
	result->size_bytes = symbol->high - symbol->low;
	result->offset = address - symbol->low;
	if (!*result->name)
		result->name = names_function(v->names, symbol->name).text;
}

static void collect(struct variables *v)
{
	if (v->collected)
		return;
	v->collected = true;
	sections_load(&v->sections, v->image);
	globals_collect(&v->globals, v->image, &v->sections);
}

const struct symbol_variable *variables_find(struct variables *v, bool in_thread, uint64_t address)
{
	struct cache *cache = in_thread ? &v->in_threads : &v->fixed;
	const struct symbol_variable *cached = cache_find(cache, address, 0);
	struct symbol_variable *result;

	if (cached)
		return cached;
	collect(v);
	result = arena_alloc(&v->results, sizeof *result);
	result->name = result->path = result->file = "";
	result->section = sections_name(&v->sections, in_thread, address);
	look_up(v, in_thread, address, result);
	cache_add(cache, address, 0, result);
	return result;
}

static struct variables_type *find_type(const struct variables *v, symbol_type type)
{
	uint32_t number = (uint32_t)type;

	return number && number <= v->type_count ? &v->types[number - 1] : NULL;
}

const struct symbol_member *variables_member(struct variables *v, symbol_type type, uint64_t offset)
{
	const struct symbol_member *cached = cache_find(&v->members, type, offset);
	const struct variables_type *from = find_type(v, type);
	struct members_place place;
	struct symbol_member *result;

	if (cached)
		return cached;
	if (!from)
		return &no_member;
	members_find_in_block(&v->definitions, &from->die, offset, &place);
	result = arena_alloc(&v->results, sizeof *result);
	result->path = keep(v, place.path);
	result->pointee = pointee_of(v, &place);
	cache_add(&v->members, type, offset, result);
	return result;
}

const char *variables_type_name(struct variables *v, symbol_type type)
{
	struct variables_type *t = find_type(v, type);

	if (!t)
		return "";
	if (!t->name)
		t->name = types_name(&t->die, v->names);
	return t->name;
}

uint64_t variables_type_size(struct variables *v, symbol_type type)
{
	const struct variables_type *t = find_type(v, type);
	Dwarf_Die stripped;

	if (!t)
		return 0;
	stripped = t->die;
	if (types_strip(&stripped) && types_is_aggregate(&stripped))
		definitions_complete(&v->definitions, &stripped);
	return types_size(&stripped);
}

void variables_release(struct variables *v)
{
	sections_release(&v->sections);
	globals_release(&v->globals);
	definitions_release(&v->definitions);
	free(v->types);
	cache_release(&v->type_numbers);
	cache_release(&v->fixed);
	cache_release(&v->in_threads);
	cache_release(&v->members);
	arena_release(&v->results);
	*v = (struct variables){0};
}
