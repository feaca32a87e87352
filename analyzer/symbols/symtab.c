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

static void add(struct symtab *t, const struct image *image, int index)
{
	unsigned char binding;
	GElf_Sym symbol;
	GElf_Addr low;
	GElf_Word section;
	Elf *elf;
	const char *name = dwfl_module_getsym_info(image->module, index, &symbol, &low, &section,
						   &elf, NULL);
	uint64_t high;

	if (!name || !is_code(name, &symbol, section) || t->name_count == UINT32_MAX)
		return;
	if (elf != t->elf) {
		t->elf = elf;
		t->elf_complete = elf && has_symtab(elf);
		t->complete |= t->elf_complete;
	}
	if (symbol.st_size)
		high = symbol.st_size > UINT64_MAX - low ? UINT64_MAX : low + symbol.st_size;
	else
		high = t->elf_complete ? section_end(elf, section) : 0;
	if (!image_clip(image, &low, &high))
		return;
	binding = GELF_ST_BIND(symbol.st_info);
	ranges_add(symbol.st_size ? &t->sized : &t->unsized, low, high, preference(name, binding),
		   (uint32_t)t->name_count);
	ARRAY_GROW(t->names, t->name_count + 1, t->name_capacity);
	t->names[t->name_count++] = (struct symbol){name, binding != STB_LOCAL};
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

void symtab_release(struct symtab *t)
{
	ranges_release(&t->sized);
	ranges_release(&t->unsized);
	free(t->names);
	*t = (struct symtab){0};
}
