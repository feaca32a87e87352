/* SPDX-License-Identifier: MIT */
#include "symbols.h"

#include <stdlib.h>
#include <string.h>

#include "../util/arena.h"
#include "../util/array.h"
#include "cache.h"
#include "image.h"
#include "names.h"
#include "symtab.h"
#include "units.h"
#include "variables.h"
#include "vtables.h"

struct cached_frames {
	uint32_t count;
	struct symbol_frame frames[];
};

/* Allocated one by one, because an image must not move. */
struct module {
	const char *path;
	const uint8_t *build_id;
	uint8_t build_id_bytes;
	bool opened; /* or found not to be usable */
	bool usable;
	const char *note;
	struct image image;
	struct symtab symtab;
	struct units units;
	struct variables variables;
	struct vtables vtables;
	struct cache frames; /* struct cached_frames by address */
	const struct symbol_code *codes; /* of Python; then all above but this cache is unused */
	uint32_t code_count;
};

struct symbols {
	struct arena arena;
	struct names names;
	struct module **modules;
	size_t module_count, module_capacity;
	struct frames found; /* by the lookup in progress */
};

static const struct symbol_frame nothing_known = {.function = "", .file = "", .language = ""};
static const struct symbol_variable no_variable = {
	.name = "", .path = "", .file = "", .section = ""};
static const struct symbol_member no_member = {.path = ""};

struct symbols *symbols_new(void)
{
	return xcalloc(1, sizeof(struct symbols));
}

void symbols_free(struct symbols *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->module_count; i++) {
		struct module *m = s->modules[i];

		if (m->opened) {
			vtables_release(&m->vtables);
			variables_release(&m->variables);
			units_release(&m->units);
			symtab_release(&m->symtab);
			image_release(&m->image);
		}
		cache_release(&m->frames);
		free(m);
	}
	free(s->modules);
	free(s->found.items);
	names_release(&s->names);
	arena_release(&s->arena);
	free(s);
}

uint32_t symbols_add_module(struct symbols *s, const char *path, const uint8_t *build_id,
			    uint8_t build_id_bytes)
{
	struct module *m = xcalloc(1, sizeof *m);

	m->path = arena_strdup(&s->arena, path);
	m->build_id_bytes = build_id_bytes;
	if (build_id_bytes)
		m->build_id = memcpy(arena_alloc(&s->arena, build_id_bytes), build_id,
				     build_id_bytes);
	ARRAY_GROW(s->modules, s->module_count + 1, s->module_capacity);
	s->modules[s->module_count] = m;
	return (uint32_t)s->module_count++;
}

uint32_t symbols_add_python(struct symbols *s, const struct symbol_code *codes, uint32_t count)
{
	uint32_t index = symbols_add_module(s, "", NULL, 0);

	s->modules[index]->codes = codes;
	s->modules[index]->code_count = count;
	s->modules[index]->note = "";
	return index;
}

static const char *note_on_what_was_read(const struct module *m)
{
	if (m->image.dwarf)
		return "";
	if (m->symtab.complete)
		return "no debug information: functions without files and lines";
	if (m->symtab.sized.count || m->symtab.unsized.count)
		return "stripped: only exported functions have names";
	return "stripped: no function has a name";
}

static void open_module(struct symbols *s, uint32_t index)
{
	struct module *m = s->modules[index];

	m->opened = true;
	m->usable = image_open(&m->image, m->path, m->build_id, m->build_id_bytes, &m->note);
	if (!m->usable) {
		m->note = arena_strdup(&s->arena, m->note);
		return;
	}
	symtab_load(&m->symtab, &m->image);
	units_load(&m->units, &m->image, &s->names);
	variables_init(&m->variables, &m->image, &m->symtab, &s->names, index);
	vtables_init(&m->vtables, &m->image, &m->symtab, &s->names);
	m->note = note_on_what_was_read(m);
}

/* NULL if there is no such module; it may be one that is not usable. */
static struct module *opened_module(struct symbols *s, uint32_t index)
{
	if (index >= s->module_count)
		return NULL;
	if (!s->modules[index]->opened && !s->modules[index]->codes)
		open_module(s, index);
	return s->modules[index];
}

static struct module *usable_module(struct symbols *s, uint32_t index)
{
	struct module *m = opened_module(s, index);

	return m && m->usable ? m : NULL;
}

/*
 * A library in C may call its functions otherwise in its own source (__libc_malloc, _IO_new_fopen)
 * than its users do. They are told the name that they know, with and without debug information.
 */
static const char *exported_name(struct symbols *s, const struct module *m,
				 const struct symbol_frame *frame)
{
	const struct symbol *symbol;

	if (*frame->function != '_' || strcmp(frame->language, "c") != 0 || !s->found.entry)
		return NULL;
	symbol = symtab_find(&m->symtab, s->found.entry);
	if (!symbol || !symbol->exported || *symbol->name == '_')
		return NULL;
	return names_function(&s->names, symbol->name).text;
}

static const struct cached_frames *keep_frames(struct symbols *s, const struct symbol_frame *frames,
					       size_t count)
{
	struct cached_frames *result = arena_alloc(&s->arena,
						   sizeof *result + count * sizeof *frames);

	result->count = (uint32_t)count;
	memcpy(result->frames, frames, count * sizeof *frames);
	return result;
}

/* At least one frame. */
static const struct cached_frames *look_up(struct symbols *s, struct module *m, uint64_t address)
{
	struct frames *found = &s->found;
	struct symbol_frame *outermost;
	const struct symbol *symbol;

	found->count = 0;
	units_lookup(&m->units, address, found);
	if (!found->count) {
		ARRAY_GROW(found->items, 1, found->capacity);
		found->items[found->count++] = nothing_known;
	}
	outermost = &found->items[found->count - 1];
	if (*outermost->function) {
		const char *exported = exported_name(s, m, outermost);

		if (exported)
			outermost->function = exported;
	} else if ((symbol = symtab_find(&m->symtab, address))) {
		struct name name = names_function(&s->names, symbol->name);

		outermost->function = name.text;
		if (!*outermost->language)
			outermost->language = name.language;
	}
	return keep_frames(s, found->items, found->count);
}

static const struct cached_frames *look_up_python(struct symbols *s, const struct module *m,
						  uint64_t address)
{
	struct symbol_frame frame = nothing_known;
	uint64_t number = address >> 32;

	frame.language = "python";
	if (number && number <= m->code_count) {
		const struct symbol_code *code = &m->codes[number - 1];

		frame.function = arena_strdup(&s->arena, code->name);
		frame.file = arena_strdup(&s->arena, code->file);
		frame.line = (uint32_t)address;
	}
	return keep_frames(s, &frame, 1);
}

const struct symbol_frame *symbols_lookup(struct symbols *s, uint32_t module, uint64_t address,
					  uint32_t *count)
{
	struct module *m = opened_module(s, module);
	const struct cached_frames *cached;

	*count = 1;
	if (!m || (!m->usable && !m->codes))
		return &nothing_known;
	cached = cache_find(&m->frames, address, 0);
	if (!cached) {
		cached = m->codes ? look_up_python(s, m, address) : look_up(s, m, address);
		cache_add(&m->frames, address, 0, cached);
	}
	*count = cached->count;
	return cached->frames;
}

static const struct symbol_variable *find_variable(struct symbols *s, uint32_t module,
						   bool in_thread, uint64_t address)
{
	struct module *m = usable_module(s, module);

	return m ? variables_find(&m->variables, in_thread, address) : &no_variable;
}

const struct symbol_variable *symbols_variable(struct symbols *s, uint32_t module, uint64_t address)
{
	return find_variable(s, module, false, address);
}

const struct symbol_variable *symbols_thread_variable(struct symbols *s, uint32_t module,
						      uint64_t offset)
{
	return find_variable(s, module, true, offset);
}

/* NULL without a type. */
static struct variables *variables_of(struct symbols *s, symbol_type type)
{
	struct module *m = type ? usable_module(s, (uint32_t)(type >> 32)) : NULL;

	return m ? &m->variables : NULL;
}

const struct symbol_member *symbols_member(struct symbols *s, symbol_type type, uint64_t offset)
{
	struct variables *v = variables_of(s, type);

	return v ? variables_member(v, type, offset) : &no_member;
}

const char *symbols_type_name(struct symbols *s, symbol_type type)
{
	struct variables *v = variables_of(s, type);

	return v ? variables_type_name(v, type) : "";
}

uint64_t symbols_type_size(struct symbols *s, symbol_type type)
{
	struct variables *v = variables_of(s, type);

	return v ? variables_type_size(v, type) : 0;
}

const char *symbols_vtable(struct symbols *s, uint32_t module, uint64_t address,
			   int64_t *offset_to_top)
{
	struct module *m = usable_module(s, module);

	*offset_to_top = 0;
	return m ? vtables_find(&m->vtables, address, offset_to_top) : NULL;
}

const char *symbols_module_note(struct symbols *s, uint32_t module)
{
	struct module *m = opened_module(s, module);

	return m ? m->note : "not a file";
}
