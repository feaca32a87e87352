/* SPDX-License-Identifier: MIT */
#include "symtab.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

/* Of several names for one function, the one that its users write. */
static uint32_t preference(const char *name, unsigned char binding)
{
	uint32_t underscores = (uint32_t)strspn(name, "_");
	size_t length = strlen(name);

	if (strncmp(name, "_Z", 2) == 0 || strncmp(name, "_R", 2) == 0)
		underscores = 0;
	return (underscores > 15 ? 0 : 15 - underscores) << 20 |
	       (binding == STB_GLOBAL ? 2u : binding == STB_WEAK) << 16 |
	       (length > UINT16_MAX ? 0 : UINT16_MAX - (uint32_t)length);
}

static bool is_code(const char *name, const GElf_Sym *symbol, GElf_Word section)
{
	unsigned char type = GELF_ST_TYPE(symbol->st_info);

	if (!*name || section == SHN_UNDEF || section == SHN_ABS)
		return false;
	if (type == STT_FUNC || type == STT_GNU_IFUNC)
		return true;
	/* Labels in assembly have no type; those with a dollar mark kinds of code. */
	return type == STT_NOTYPE && name[0] != '$' && name[0] != '.';
}

static bool is_variable(const char *name, const GElf_Sym *symbol, GElf_Word section)
{
	unsigned char type = GELF_ST_TYPE(symbol->st_info);

	return *name && symbol->st_size && section != SHN_UNDEF && section != SHN_ABS &&
	       (type == STT_OBJECT || type == STT_COMMON || type == STT_TLS);
}

static uint64_t section_end(Elf *elf, GElf_Word section)
{
	Elf_Scn *scn = elf_getscn(elf, section);
	GElf_Shdr header;

	if (!scn || !gelf_getshdr(scn, &header) || header.sh_size > UINT64_MAX - header.sh_addr)
		return 0;
	return header.sh_addr + header.sh_size;
}

static bool has_symtab(Elf *elf)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;

	while ((scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, &header) && header.sh_type == SHT_SYMTAB)
			return true;
	return false;
}

static void note_table(struct symtab *t, Elf *elf)
{
	if (elf == t->elf)
		return;
	t->elf = elf;
	t->elf_complete = elf && has_symtab(elf);
	t->complete |= t->elf_complete;
}

static uint64_t end_of(uint64_t low, uint64_t size_bytes)
{
	return size_bytes > UINT64_MAX - low ? UINT64_MAX : low + size_bytes;
}

static void add_name(struct symtab *t, struct ranges *to, const char *name, unsigned char binding,
		     uint64_t low, uint64_t high)
{
	if (t->name_count == UINT32_MAX)
		return;
	ranges_add(to, low, high, preference(name, binding), (uint32_t)t->name_count);
	ARRAY_GROW(t->names, t->name_count + 1, t->name_capacity);
	t->names[t->name_count++] = (struct symbol){name, binding != STB_LOCAL, low, high};
}

static void add(struct symtab *t, const struct image *image, int index)
{
	GElf_Sym symbol;
	GElf_Addr low;
	GElf_Word section;
	Elf *elf;
	const char *name = dwfl_module_getsym_info(image->module, index, &symbol, &low, &section,
						   &elf, NULL);
	unsigned char binding;
	uint64_t high;

	if (!name)
		return;
	binding = GELF_ST_BIND(symbol.st_info);
	if (is_variable(name, &symbol, section)) {
		bool in_thread = GELF_ST_TYPE(symbol.st_info) == STT_TLS;

		note_table(t, elf);
		add_name(t, in_thread ? &t->thread_variables : &t->variables, name, binding, low,
			 end_of(low, symbol.st_size));
	} else if (is_code(name, &symbol, section)) {
		note_table(t, elf);
		high = symbol.st_size	 ? end_of(low, symbol.st_size)
		       : t->elf_complete ? section_end(elf, section)
					 : 0;
		if (image_clip(image, &low, &high))
			add_name(t, symbol.st_size ? &t->sized : &t->unsized, name, binding, low,
				 high);
	}
}

/* Ends each symbol without a size where the next symbol of either kind begins. */
static void bound_unsized(struct symtab *t)
{
	for (size_t i = 0; i < t->unsized.count; i++) {
		struct range *r = &t->unsized.items[i];
		uint64_t next = ranges_next_start(&t->sized, r->low);
		uint64_t next_unsized = ranges_next_start(&t->unsized, r->low);

		if (next_unsized < next)
			next = next_unsized;
		if (next < r->high)
			r->high = next;
	}
}

void symtab_load(struct symtab *t, const struct image *image)
{
	int count = dwfl_module_getsymtab(image->module);

	for (int i = 0; i < count; i++)
		add(t, image, i);
	ranges_seal(&t->sized);
	ranges_seal(&t->unsized);
	ranges_seal(&t->variables);
	ranges_seal(&t->thread_variables);
	bound_unsized(t);
	ranges_seal(&t->unsized);
}

/* A label inside of a function with a size is part of it, so sizes come first. */
const struct symbol *symtab_find(const struct symtab *t, uint64_t address)
{
	uint32_t value;

	if (ranges_find(&t->sized, address, &value) || ranges_find(&t->unsized, address, &value))
		return &t->names[value];
	return NULL;
}

const struct symbol *symtab_find_variable(const struct symtab *t, bool in_thread, uint64_t address)
{
	uint32_t value;

	if (!ranges_find(in_thread ? &t->thread_variables : &t->variables, address, &value))
		return NULL;
	return &t->names[value];
}

void symtab_release(struct symtab *t)
{
	ranges_release(&t->variables);
	ranges_release(&t->thread_variables);
	ranges_release(&t->sized);
	ranges_release(&t->unsized);
	free(t->names);
	*t = (struct symtab){0};
}
