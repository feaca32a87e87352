/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "elf_lookup.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum where { BEHIND_US, BEFORE_US, ANYWHERE };

struct search {
	const char *name;
	enum where where;
	uint64_t within; /* only in the module that holds this address; 0: in all */
	bool passed_us;
	const ElfW(Sym) * result;
	uint64_t bias;
	struct elf_symbol *details; /* NULL: not wanted */
};

struct tables {
	const char *names;
	const ElfW(Sym) * symbols;
	const uint32_t *hash; /* DT_GNU_HASH */
};

static uint32_t gnu_hash(const char *name)
{
	uint32_t h = 5381;

	for (const unsigned char *c = (const unsigned char *)name; *c; c++)
		h = h * 33 + *c;
	return h;
}

/* glibc relocates the pointers of the dynamic section in place; the vdso's stay as linked. */
static const void *relocated(uint64_t value, uint64_t bias)
{
	return (const void *)(value < bias ? value + bias : value);
}

static bool find_tables(const struct dl_phdr_info *info, struct tables *t)
{
	const ElfW(Dyn) *entry = NULL;

	memset(t, 0, sizeof *t);
	for (unsigned i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			entry = (const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
	for (; entry && entry->d_tag != DT_NULL; entry++) {
		const void *at = relocated(entry->d_un.d_ptr, info->dlpi_addr);

		if (entry->d_tag == DT_STRTAB)
			t->names = at;
		else if (entry->d_tag == DT_SYMTAB)
			t->symbols = at;
		else if (entry->d_tag == DT_GNU_HASH)
			t->hash = at;
	}
	return t->names && t->symbols && t->hash;
}

static void *address_of(const ElfW(Sym) * symbol, uint64_t bias)
{
	void *address = (void *)(bias + symbol->st_value);

	if ((symbol->st_info & 15) == STT_GNU_IFUNC)
		return ((void *(*)(void))address)();
	return address;
}

/* The hash table: count of buckets, first hashed symbol, bloom filter words, shift; the filter;
 * the buckets; the chain of hashes, whose lowest bit marks the end of a bucket. */
static const ElfW(Sym) * find(const struct tables *t, const char *name)
{
	uint32_t buckets = t->hash[0], first = t->hash[1], bloom_words = t->hash[2];
	const uint32_t *bucket = t->hash + 4 + bloom_words * (sizeof(size_t) / sizeof(uint32_t));
	const uint32_t *chain = bucket + buckets;
	uint32_t hash = gnu_hash(name), index = buckets ? bucket[hash % buckets] : 0;

	if (index < first)
		return NULL;
	for (;; index++) {
		const ElfW(Sym) *symbol = &t->symbols[index];

		if ((chain[index - first] | 1) == (hash | 1) && symbol->st_shndx != SHN_UNDEF &&
		    !strcmp(t->names + symbol->st_name, name))
			return symbol;
		if (chain[index - first] & 1)
			return NULL;
	}
}

static bool holds(const struct dl_phdr_info *info, uint64_t address)
{
	for (unsigned i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD &&
		    address - (info->dlpi_addr + info->dlpi_phdr[i].p_vaddr) <
			    info->dlpi_phdr[i].p_memsz)
			return true;
	return false;
}

static bool is_searched(const struct search *s, const struct dl_phdr_info *info, bool ours)
{
	if (ours || (s->within && !holds(info, s->within)))
		return false;
	return s->where == ANYWHERE || (s->where == BEFORE_US) == !s->passed_us;
}

static void note_details(struct elf_symbol *details, const struct dl_phdr_info *info,
			 const ElfW(Sym) * symbol)
{
	details->bytes = symbol->st_size;
	details->low = UINT64_MAX;
	details->high = 0;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];
		uint64_t start = info->dlpi_addr + h->p_vaddr;

		if (h->p_type != PT_LOAD)
			continue;
		if (start < details->low)
			details->low = start;
		if (start + h->p_memsz > details->high)
			details->high = start + h->p_memsz;
	}
}

static int visit(struct dl_phdr_info *info, size_t size, void *context)
{
	struct search *s = context;
	bool ours = holds(info, (uint64_t)elf_lookup_next);
	struct tables tables;

	(void)size;
	if (is_searched(s, info, ours) && find_tables(info, &tables))
		s->result = find(&tables, s->name);
	if (s->result) {
		s->bias = info->dlpi_addr;
		if (s->details)
			note_details(s->details, info, s->result);
	}
	s->passed_us |= ours;
	return s->result || (s->where == BEFORE_US && ours); /* other than zero ends the search */
}

static void *search(struct search *s)
{
	dl_iterate_phdr(visit, s);
	return s->result ? address_of(s->result, s->bias) : NULL;
}

void *elf_lookup_next(const char *name)
{
	return search(&(struct search){.name = name, .where = BEHIND_US});
}

void *elf_lookup_before(const char *name)
{
	return search(&(struct search){.name = name, .where = BEFORE_US});
}

bool elf_lookup(const char *name, uint64_t within, struct elf_symbol *symbol)
{
	symbol->address = search(&(struct search){
		.name = name, .where = ANYWHERE, .within = within, .details = symbol});
	return symbol->address;
}
