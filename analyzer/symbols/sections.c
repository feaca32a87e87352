/* SPDX-License-Identifier: MIT */
#include "sections.h"

#include <gelf.h>
#include <stdlib.h>

#include "../util/array.h"

static void add(struct ranges *to, uint64_t low, uint64_t size_bytes, uint32_t index)
{
	if (size_bytes <= UINT64_MAX - low)
		ranges_add(to, low, low + size_bytes, 0, index);
}

/* Where the thread-local storage of a new thread is copied from. */
static bool find_thread_segment(Elf *elf, uint64_t *start)
{
	size_t count;

	if (elf_getphdrnum(elf, &count))
		return false;
	for (size_t i = 0; i < count && i < INT32_MAX; i++) {
		GElf_Phdr segment;

		if (!gelf_getphdr(elf, (int)i, &segment))
			return false;
		if (segment.p_type == PT_TLS) {
			*start = segment.p_vaddr;
			return true;
		}
	}
	return false;
}

void sections_load(struct sections *s, const struct image *image)
{
	uint64_t thread_start = 0;
	Elf_Scn *section = NULL;
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(image->module, &bias);
	size_t strings;
	bool has_threads;

	if (!elf || elf_getshdrstrndx(elf, &strings))
		return;
	has_threads = find_thread_segment(elf, &thread_start);
	while ((section = elf_nextscn(elf, section)) && s->count < UINT32_MAX) {
		GElf_Shdr header;
		const char *name;
		bool in_threads;

		if (!gelf_getshdr(section, &header) || !(header.sh_flags & SHF_ALLOC))
			continue;
		name = elf_strptr(elf, strings, header.sh_name);
		in_threads = header.sh_flags & SHF_TLS;
		if (in_threads && has_threads && header.sh_addr >= thread_start)
			add(&s->in_threads, header.sh_addr - thread_start, header.sh_size,
			    (uint32_t)s->count);
		/* What threads have zeroed takes no place in the module. */
		if (!in_threads || header.sh_type != SHT_NOBITS)
			add(&s->fixed, header.sh_addr, header.sh_size, (uint32_t)s->count);
		ARRAY_GROW(s->names, s->count + 1, s->capacity);
		s->names[s->count++] = name ? name : "";
	}
	ranges_seal(&s->fixed);
	ranges_seal(&s->in_threads);
}

static bool find(const struct sections *s, bool in_thread, uint64_t address, uint32_t *index)
{
	return ranges_find(in_thread ? &s->in_threads : &s->fixed, address, index);
}

const char *sections_name(const struct sections *s, bool in_thread, uint64_t address)
{
	uint32_t index;

	return find(s, in_thread, address, &index) ? s->names[index] : "";
}

bool sections_hold(const struct sections *s, bool in_thread, uint64_t address)
{
	uint32_t index;

	return !s->count || find(s, in_thread, address, &index);
}

void sections_release(struct sections *s)
{
	ranges_release(&s->fixed);
	ranges_release(&s->in_threads);
	free(s->names);
	*s = (struct sections){0};
}
