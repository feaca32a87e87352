/* SPDX-License-Identifier: MIT */
#include "symbols.h"

#include <stdlib.h>
#include <string.h>

#include "../util/arena.h"
#include "../util/array.h"
#include "image.h"
#include "names.h"
#include "symtab.h"
#include "units.h"

#define FIRST_SLOTS 64

struct cached_address {
	uint64_t address;
	const struct symbol_frame *frames; /* NULL: free slot */
	uint32_t count;
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
	struct cached_address *slots;
	size_t slot_count; /* a power of two, at least twice slots_used; 0 before first use */
	size_t slots_used;
};

struct symbols {
	struct arena arena;
	struct names names;
	struct module **modules;
	size_t module_count, module_capacity;
	struct frames found; /* by the lookup in progress */
};

static const struct symbol_frame nothing_known = {.function = "", .file = "", .language = ""};

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
			units_release(&m->units);
			symtab_release(&m->symtab);
			image_release(&m->image);
		}
		free(m->slots);
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

static const char *note_on_what_was_read(const struct module *m)
{
	if (m->image.dwarf)
		return "";
	if (m->symtab.complete)
		return "no debug information: functions without files and lines";
	if (m->symtab.name_count)
		return "stripped: only exported functions have names";
	return "stripped: no function has a name";
}

static void open_module(struct symbols *s, struct module *m)
{
	m->opened = true;
	m->usable = image_open(&m->image, m->path, m->build_id, m->build_id_bytes, &m->note);
	if (!m->usable) {
		m->note = arena_strdup(&s->arena, m->note);
		return;
	}
	symtab_load(&m->symtab, &m->image);
	units_load(&m->units, &m->image, &s->names);
	m->note = note_on_what_was_read(m);
}

static struct module *opened_module(struct symbols *s, uint32_t index)
{
	if (index >= s->module_count)
		return NULL;
	if (!s->modules[index]->opened)
		open_module(s, s->modules[index]);
	return s->modules[index];
}

static struct cached_address *find_slot(const struct module *m, uint64_t address)
{
	/* Fibonacci hashing (Knuth, TAOCP vol. 3, 6.4), of which the upper half is the better. */
	size_t i = (address * 0x9e3779b97f4a7c15ull) >> 32;

	for (;; i++) {
		struct cached_address *slot = &m->slots[i & (m->slot_count - 1)];

		if (!slot->frames || slot->address == address)
			return slot;
	}
}

static void make_room(struct module *m)
{
	struct cached_address *old = m->slots;
	size_t old_count = m->slot_count;

	if (2 * (m->slots_used + 1) <= m->slot_count)
		return;
	m->slot_count = old_count ? 2 * old_count : FIRST_SLOTS;
	m->slots = xcalloc(m->slot_count, sizeof *m->slots);
	for (size_t i = 0; i < old_count; i++)
		if (old[i].frames)
			*find_slot(m, old[i].address) = old[i];
	free(old);
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

/* Fills s->found with at least one frame. */
static void look_up(struct symbols *s, struct module *m, uint64_t address)
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
}

const struct symbol_frame *symbols_lookup(struct symbols *s, uint32_t module, uint64_t address,
					  uint32_t *count)
{
	struct module *m = opened_module(s, module);
	struct cached_address *slot;
	struct symbol_frame *frames;

	*count = 1;
	if (!m || !m->usable)
		return &nothing_known;
	make_room(m);
	slot = find_slot(m, address);
	if (!slot->frames) {
		look_up(s, m, address);
		frames = arena_alloc(&s->arena, s->found.count * sizeof *frames);
		memcpy(frames, s->found.items, s->found.count * sizeof *frames);
		*slot = (struct cached_address){address, frames, (uint32_t)s->found.count};
		m->slots_used++;
	}
	*count = slot->count;
	return slot->frames;
}

const char *symbols_module_note(struct symbols *s, uint32_t module)
{
	struct module *m = opened_module(s, module);

	return m ? m->note : "not a file";
}
