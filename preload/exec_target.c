/* SPDX-License-Identifier: MIT */
/*
 * Looks at an executable before it replaces us. Runs in vfork children too: no state, little
 * stack, everything through a file mapping that is gone again at the end.
 */
#define _GNU_SOURCE
#include "environment.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "arch.h"
#include "syscalls.h"

#define NATIVE_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
#define INTERPRETER_LEVELS 4
#define PATH_BYTES 512u

struct image {
	const char *bytes;
	size_t size;
};

/* A part of the file, or NULL if it is not wholly inside. */
static const void *image_at(const struct image *image, uint64_t offset, uint64_t bytes)
{
	if (offset > image->size || bytes > image->size - offset)
		return NULL;
	return image->bytes + offset;
}

static const ElfW(Phdr) * program_headers(const struct image *image, size_t *count)
{
	const ElfW(Ehdr) *header = image_at(image, 0, sizeof *header);

	*count = header->e_phnum;
	return image_at(image, header->e_phoff, *count * sizeof(ElfW(Phdr)));
}

static bool contains(const struct image *image, uint64_t offset, uint64_t bytes, const char *text)
{
	const char *at = image_at(image, offset, bytes);

	return at && memmem(at, bytes, text, strlen(text));
}

/* Link-time address to file offset, UINT64_MAX if no segment holds it. */
static uint64_t file_offset(const ElfW(Phdr) * headers, size_t count, uint64_t address)
{
	for (size_t i = 0; i < count; i++)
		if (headers[i].p_type == PT_LOAD &&
		    address - headers[i].p_vaddr < headers[i].p_filesz)
			return headers[i].p_offset + (address - headers[i].p_vaddr);
	return UINT64_MAX;
}

static bool needs_sanitizer(const struct image *image, const ElfW(Phdr) * headers, size_t count,
			    const ElfW(Phdr) * dynamic)
{
	static const char *const marks[] = {"__asan_init", "__tsan_init", "__msan_init",
					    "__lsan_init"};
	const ElfW(Dyn) *entry = image_at(image, dynamic->p_offset, dynamic->p_filesz);
	uint64_t names = 0, names_bytes = 0;

	if (!entry)
		return false;
	for (size_t i = 0; i < dynamic->p_filesz / sizeof *entry; i++) {
		if (entry[i].d_tag == DT_STRTAB)
			names = file_offset(headers, count, entry[i].d_un.d_ptr);
		if (entry[i].d_tag == DT_STRSZ)
			names_bytes = entry[i].d_un.d_val;
	}
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (contains(image, names, names_bytes, marks[i]))
			return true;
	return false;
}

static bool elf_accepts(const struct image *image)
{
	const ElfW(Ehdr) *header = image_at(image, 0, sizeof *header);
	const ElfW(Phdr) * headers, *dynamic = NULL, *interpreter = NULL;
	size_t count;

	if (!header || header->e_ident[EI_CLASS] != NATIVE_CLASS ||
	    header->e_machine != ARCH_MACHINE)
		return false;
	headers = program_headers(image, &count);
	for (size_t i = 0; headers && i < count; i++) {
		if (headers[i].p_type == PT_INTERP)
			interpreter = &headers[i];
		if (headers[i].p_type == PT_DYNAMIC)
			dynamic = &headers[i];
	}
	if (!interpreter || !dynamic ||
	    contains(image, interpreter->p_offset, interpreter->p_filesz, "ld-musl"))
		return false;
	return !needs_sanitizer(image, headers, count, dynamic);
}

/* Copies the interpreter of a "#!" line; false if there is none that fits. */
static bool script_interpreter(const struct image *image, char *path)
{
	size_t at = 2, length = 0;

	while (at < image->size && (image->bytes[at] == ' ' || image->bytes[at] == '\t'))
		at++;
	while (at + length < image->size && !strchr(" \t\n", image->bytes[at + length]))
		length++;
	if (!length || length >= PATH_BYTES)
		return false;
	memcpy(path, image->bytes + at, length);
	path[length] = '\0';
	return true;
}

/* Opens a program; a name without slash is looked up in PATH if `search_path`. */
static long open_program(int directory, const char *path, bool search_path)
{
	const char *list = getenv("PATH");
	char candidate[PATH_BYTES];

	if (!list)
		list = "/bin:/usr/bin"; /* as execvp does */
	if (!search_path || strchr(path, '/'))
		return sys_call(SYS_openat, directory, (long)path,
				O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0, 0, 0);
	for (;;) {
		size_t length = strcspn(list, ":");

		if (length + strlen(path) + 2 <= sizeof candidate) {
			memcpy(candidate, list, length);
			candidate[length] = '\0';
			strcat(strcat(candidate, length ? "/" : "./"), path);
			if (sys_call(SYS_faccessat, AT_FDCWD, (long)candidate, 1 /* X_OK */, 0, 0,
				     0) == 0)
				return sys_call(SYS_openat, AT_FDCWD, (long)candidate,
						O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0, 0, 0);
		}
		if (!list[length])
			return -1;
		list += length + 1;
	}
}

bool environment_accepts(int directory, const char *path, bool search_path)
{
	char interpreter[PATH_BYTES];

	for (int level = 0; level < INTERPRETER_LEVELS; level++) {
		struct image image = {0};
		struct stat status;
		bool script = false, accepts = false;
		long fd = open_program(directory, path, search_path);
		long map = -1;

		if (sys_failed(fd))
			return true; /* execute-only or missing: exec itself will tell */
		if (fstat((int)fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
			map = sys_call(SYS_mmap, 0, status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
		if (sys_failed(map))
			return true;
		image.bytes = (const char *)map;
		image.size = (size_t)status.st_size;
		if (image.size >= 4 && !memcmp(image.bytes, ELFMAG, SELFMAG))
			accepts = elf_accepts(&image);
		else if (image.size > 2 && !memcmp(image.bytes, "#!", 2))
			script = script_interpreter(&image, interpreter);
		else
			accepts = true; /* binfmt_misc or a shell's business */
		sys_call(SYS_munmap, map, status.st_size, 0, 0, 0, 0);
		if (!script)
			return accepts;
		directory = AT_FDCWD;
		path = interpreter;
		search_path = false;
	}
	return true;
}
