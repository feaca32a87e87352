/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "executable.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../util/array.h"

#define NATIVE_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
#if defined(__x86_64__)
#define NATIVE_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define NATIVE_MACHINE EM_AARCH64
#else
#error "no support for this machine yet"
#endif
#define PAGE 4096u
#define MOST_DYNAMIC_BYTES (1u << 20)
#define MOST_STRING_BYTES (256u << 20)
#define MOST_NOTE_BYTES (64u << 10)

static bool read_all(const struct executable *x, void *to, uint64_t bytes, uint64_t offset)
{
	return offset <= x->file_bytes && bytes <= x->file_bytes - offset &&
	       pread(x->fd, to, bytes, (off_t)offset) == (ssize_t)bytes;
}

/* A copy of a part of the file, to be freed; NULL if it is not wholly inside. */
static void *copy_part(const struct executable *x, uint64_t offset, uint64_t bytes, uint64_t most)
{
	void *copy;

	if (!bytes || bytes > most || bytes > x->file_bytes)
		return NULL;
	copy = xmalloc(bytes);
	if (read_all(x, copy, bytes, offset))
		return copy;
	free(copy);
	return NULL;
}

void executable_read(struct executable *x, int fd)
{
	struct stat status;
	ElfW(Ehdr) header;

	memset(x, 0, sizeof *x);
	x->fd = fd;
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		return;
	x->file_bytes = (uint64_t)status.st_size;
	if (!read_all(x, header.e_ident, EI_NIDENT, 0) || memcmp(header.e_ident, ELFMAG, SELFMAG))
		return;
	if (header.e_ident[EI_CLASS] != NATIVE_CLASS) {
		x->kind = EXECUTABLE_OTHER_CLASS;
		return;
	}
	if (!read_all(x, &header, sizeof header, 0))
		return;
	if (header.e_machine != NATIVE_MACHINE) {
		x->kind = EXECUTABLE_OTHER_MACHINE;
		return;
	}
	if (header.e_phentsize != sizeof *x->segments)
		return;
	x->segments = copy_part(x, header.e_phoff, header.e_phnum * sizeof *x->segments,
				UINT16_MAX * sizeof *x->segments);
	if (!x->segments)
		return;
	x->segment_count = header.e_phnum;
	x->kind = EXECUTABLE_NATIVE;
}

void executable_release(struct executable *x)
{
	free(x->segments);
	x->segments = NULL;
	x->segment_count = 0;
}

const ElfW(Phdr) * executable_segment(const struct executable *x, uint32_t type)
{
	for (size_t i = 0; i < x->segment_count; i++)
		if (x->segments[i].p_type == type)
			return &x->segments[i];
	return NULL;
}

bool executable_interpreter(const struct executable *x, char *path, size_t path_bytes)
{
	const ElfW(Phdr) *segment = executable_segment(x, PT_INTERP);

	if (!segment || segment->p_filesz >= path_bytes ||
	    !read_all(x, path, segment->p_filesz, segment->p_offset))
		return false;
	path[segment->p_filesz] = '\0';
	return true;
}

/* File offset of a link-time address. */
static bool offset_of(const struct executable *x, uint64_t address, uint64_t *offset)
{
	for (size_t i = 0; i < x->segment_count; i++) {
		const ElfW(Phdr) *segment = &x->segments[i];

		if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
		    address - segment->p_vaddr < segment->p_filesz) {
			*offset = segment->p_offset + (address - segment->p_vaddr);
			return true;
		}
	}
	return false;
}

/* Finds a whole NUL-ended string. */
static bool has_string(const char *strings, size_t bytes, const char *name)
{
	size_t length = strlen(name) + 1;
	const char *at = strings;

	while ((at = memmem(at, bytes - (size_t)(at - strings), name, length)) != NULL) {
		if (at == strings || at[-1] == '\0')
			return true;
		at++;
	}
	return false;
}

bool executable_mentions(const struct executable *x, const char *name)
{
	const ElfW(Phdr) *segment = executable_segment(x, PT_DYNAMIC);
	uint64_t address = 0, bytes = 0, offset;
	ElfW(Dyn) * entries;
	char *strings;
	bool found;

	entries = segment ? copy_part(x, segment->p_offset, segment->p_filesz, MOST_DYNAMIC_BYTES)
			  : NULL;
	if (!entries)
		return false;
	for (size_t i = 0; i < segment->p_filesz / sizeof *entries; i++) {
		if (entries[i].d_tag == DT_STRTAB)
			address = entries[i].d_un.d_ptr;
		if (entries[i].d_tag == DT_STRSZ)
			bytes = entries[i].d_un.d_val;
	}
	free(entries);
	if (!offset_of(x, address, &offset))
		return false;
	strings = copy_part(x, offset, bytes, MOST_STRING_BYTES);
	found = strings && has_string(strings, bytes, name);
	free(strings);
	return found;
}

static uint64_t round_up(uint64_t bytes, uint64_t alignment)
{
	return (bytes + alignment - 1) & ~(alignment - 1);
}

/* Looks for the build-id in one note segment. */
static uint8_t build_id_in(const char *notes, uint64_t bytes, uint64_t alignment,
			   uint8_t build_id[20])
{
	ElfW(Nhdr) note;
	uint64_t at = 0;

	while (bytes - at >= sizeof note) {
		uint64_t name, content, next;

		memcpy(&note, notes + at, sizeof note);
		name = at + sizeof note;
		content = name + round_up(note.n_namesz, alignment);
		next = content + round_up(note.n_descsz, alignment);
		if (content + note.n_descsz > bytes)
			return 0;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    !memcmp(notes + name, "GNU", 4)) {
			uint8_t count = note.n_descsz < 20 ? (uint8_t)note.n_descsz : 20;

			memcpy(build_id, notes + content, count);
			return count;
		}
		if (next > bytes)
			return 0;
		at = next;
	}
	return 0;
}

uint8_t executable_build_id(const struct executable *x, uint8_t build_id[20])
{
	uint8_t count = 0;

	for (size_t i = 0; i < x->segment_count && !count; i++) {
		const ElfW(Phdr) *segment = &x->segments[i];
		char *notes = NULL;

		if (segment->p_type == PT_NOTE)
			notes = copy_part(x, segment->p_offset, segment->p_filesz, MOST_NOTE_BYTES);
		if (notes)
			count = build_id_in(notes, segment->p_filesz, segment->p_align == 8 ? 8 : 4,
					    build_id);
		free(notes);
	}
	return count;
}

bool executable_code_address(const struct executable *x, uint64_t offset, uint64_t *address)
{
	for (size_t i = 0; i < x->segment_count; i++) {
		const ElfW(Phdr) *segment = &x->segments[i];
		/* The kernel maps whole pages: the first one may begin before the segment. */
		uint64_t before = segment->p_offset % PAGE;

		if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X) &&
		    offset >= segment->p_offset - before &&
		    offset < segment->p_offset + segment->p_filesz) {
			*address = segment->p_vaddr + (offset - segment->p_offset);
			return true;
		}
	}
	return false;
}

void executable_range(const struct executable *x, uint64_t *start, uint64_t *end)
{
	*start = UINT64_MAX;
	*end = 0;
	for (size_t i = 0; i < x->segment_count; i++) {
		const ElfW(Phdr) *segment = &x->segments[i];

		if (segment->p_type != PT_LOAD)
			continue;
		if (segment->p_vaddr < *start)
			*start = segment->p_vaddr & ~(uint64_t)(PAGE - 1);
		if (segment->p_vaddr + segment->p_memsz > *end)
			*end = round_up(segment->p_vaddr + segment->p_memsz, PAGE);
	}
	if (*start > *end)
		*start = *end;
}
