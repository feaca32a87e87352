/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <endian.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

/* A section with data, or else a segment. */
struct words_piece {
	uint64_t address;
	uint64_t offset, byte_count; /* within the file */
};

struct relocation {
	uint64_t address;
	uint64_t value;
	const char *symbol;
	bool elsewhere, copied;
};

struct machine {
	GElf_Half elf_machine;
	GElf_Word relative, absolute, global, copy;
};

static const struct machine machines[] = {
	{EM_X86_64, R_X86_64_RELATIVE, R_X86_64_64, R_X86_64_GLOB_DAT, R_X86_64_COPY},
	{EM_AARCH64, R_AARCH64_RELATIVE, R_AARCH64_ABS64, R_AARCH64_GLOB_DAT, R_AARCH64_COPY},
};

static const struct machine *find_machine(Elf *elf)
{
	GElf_Ehdr header;

	if (!gelf_getehdr(elf, &header) || header.e_ident[EI_CLASS] != ELFCLASS64 ||
	    header.e_ident[EI_DATA] != ELFDATA2LSB)
		return NULL;
	for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
		if (machines[i].elf_machine == header.e_machine)
			return &machines[i];
	return NULL;
}

static void add_piece(struct words *w, uint64_t address, uint64_t offset, uint64_t byte_count)
{
	if (offset > w->byte_count)
		return;
	if (byte_count > w->byte_count - offset)
		byte_count = w->byte_count - offset;
	ARRAY_GROW(w->pieces, w->piece_count + 1, w->piece_capacity);
	w->pieces[w->piece_count++] = (struct words_piece){address, offset, byte_count};
}

static void add_sections(struct words *w, Elf *elf)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section)))
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_PROGBITS &&
		    (header.sh_flags & SHF_ALLOC) && !(header.sh_flags & SHF_EXECINSTR))
			add_piece(w, header.sh_addr, header.sh_offset, header.sh_size);
}

static void add_segments(struct words *w, Elf *elf)
{
	GElf_Phdr segment;
	size_t count;

	if (elf_getphdrnum(elf, &count))
		return;
	for (size_t i = 0; i < count && i < INT32_MAX; i++)
		if (gelf_getphdr(elf, (int)i, &segment) && segment.p_type == PT_LOAD)
			add_piece(w, segment.p_vaddr, segment.p_offset, segment.p_filesz);
}

/* Where a table of relocations finds the symbols that it refers to. */
struct binding {
	Elf *elf;
	Elf_Data *symbols;
	size_t strings;
};

static void bind(const struct binding *b, const GElf_Rela *rela, struct relocation *r)
{
	GElf_Sym symbol;
	size_t index = GELF_R_SYM(rela->r_info);

	r->elsewhere = true;
	if (!b->symbols || index > INT32_MAX || !gelf_getsym(b->symbols, (int)index, &symbol))
		return;
	r->symbol = elf_strptr(b->elf, b->strings, symbol.st_name);
	if (symbol.st_shndx != SHN_UNDEF) {
		r->elsewhere = false;
		r->value += symbol.st_value;
	}
}

static void load_table(struct words *w, Elf *elf, Elf_Scn *section, const struct machine *machine,
		       uint64_t *budget)
{
	struct binding binding = {.elf = elf};
	GElf_Shdr header, symbols;
	Elf_Scn *linked;
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Rela rela;

	if (!data || !gelf_getshdr(section, &header))
		return;
	linked = elf_getscn(elf, header.sh_link);
	if (linked && gelf_getshdr(linked, &symbols) && symbols.sh_type == SHT_DYNSYM) {
		binding.symbols = elf_getdata(linked, NULL);
		binding.strings = symbols.sh_link;
	}
	for (int i = 0; *budget && gelf_getrela(data, i, &rela) && i < INT32_MAX; i++) {
		GElf_Word type = GELF_R_TYPE(rela.r_info);
		struct relocation r = {rela.r_offset, (uint64_t)rela.r_addend, NULL, false, false};

		--*budget;
		if (type == machine->copy)
			r = (struct relocation){.address = rela.r_offset, .copied = true};
		else if (type == machine->absolute || type == machine->global)
			bind(&binding, &rela, &r);
		else if (type != machine->relative)
			continue;
		ARRAY_GROW(w->relocations, w->relocation_count + 1, w->relocation_capacity);
		w->relocations[w->relocation_count++] = r;
	}
}

static int compare(const void *a, const void *b)
{
	const struct relocation *x = a;
	const struct relocation *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

void words_load(struct words *w, const struct image *image)
{
	Elf_Scn *section = NULL;
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(image->module, &bias);
	const struct machine *machine = elf ? find_machine(elf) : NULL;
	/* Tables of a damaged file can be the same bytes, again and again. */
	uint64_t budget = image->bytes / sizeof(Elf64_Rela);

	if (!machine)
		return;
	w->bytes = elf_rawfile(elf, &w->byte_count);
	if (!w->bytes)
		return;
	/* What the loader reads is data of another kind: relocations themselves are full of addresses. */
	add_sections(w, elf);
	if (!w->piece_count)
		add_segments(w, elf);
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;

		if (gelf_getshdr(section, &header) && header.sh_type == SHT_RELA &&
		    (header.sh_flags & SHF_ALLOC))
			load_table(w, elf, section, machine, &budget);
	}
	if (w->relocation_count)
		qsort(w->relocations, w->relocation_count, sizeof *w->relocations, compare);
}

/* The bytes from an address on, and how many there are; NULL if the file has none of them. */
static const char *find_bytes(const struct words *w, uint64_t address, uint64_t *count)
{
	for (size_t i = 0; i < w->piece_count; i++) {
		const struct words_piece *p = &w->pieces[i];

		if (address < p->address || address - p->address >= p->byte_count)
			continue;
		*count = p->byte_count - (address - p->address);
		return w->bytes + p->offset + (address - p->address);
	}
	return NULL;
}

bool words_read(const struct words *w, uint64_t address, struct word *word)
{
	struct relocation key = {.address = address};
	const struct relocation *r = NULL;
	const char *bytes;
	uint64_t count;

	if (w->relocation_count)
		r = bsearch(&key, w->relocations, w->relocation_count, sizeof key, compare);
	if (r) {
		*word = (struct word){r->value, r->symbol, true, r->elsewhere, r->copied};
		return true;
	}
	bytes = find_bytes(w, address, &count);
	if (!bytes || count < sizeof word->value)
		return false;
	*word = (struct word){0};
	memcpy(&word->value, bytes, sizeof word->value);
	word->value = le64toh(word->value);
	return true;
}

const char *words_string(const struct words *w, uint64_t address, size_t most_bytes)
{
	uint64_t count;
	const char *bytes = find_bytes(w, address, &count);

	if (!bytes)
		return NULL;
	return memchr(bytes, '\0', count < most_bytes ? count : most_bytes) ? bytes : NULL;
}

void words_release(struct words *w)
{
	free(w->pieces);
	free(w->relocations);
	*w = (struct words){0};
}
