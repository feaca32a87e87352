/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "debugfile.h"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "../util/array.h"

#define DEBUG_ROOT "/usr/lib/debug"
#define MOST_BUILD_ID_BYTES 64

static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;

	if (fd >= 0 && (fstat(fd, &status) || !S_ISREG(status.st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool has_build_id(int fd, const uint8_t *build_id, size_t build_id_bytes)
{
	Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	const void *found;
	ssize_t found_bytes;
	bool same;

	if (!elf)
		return false;
	found_bytes = dwelf_elf_gnu_build_id(elf, &found);
	same = found_bytes > 0 && (size_t)found_bytes == build_id_bytes &&
	       memcmp(found, build_id, build_id_bytes) == 0;
	elf_end(elf);
	return same;
}

static bool has_crc(int fd, uint32_t wanted)
{
	unsigned char buffer[64 << 10];
	uLong crc = crc32(0, NULL, 0);
	off_t offset = 0;
	ssize_t got;

	while ((got = pread(fd, buffer, sizeof buffer, offset)) > 0) {
		crc = crc32(crc, buffer, (uInt)got);
		offset += got;
	}
	return got == 0 && crc == wanted;
}

/* Takes the path: it is freed, or handed to the caller of debugfile_open on success. */
static int try(const struct debugfile_key *key, char *path, char **found)
{
	int fd = path ? open_regular(path) : -1;

	if (fd >= 0 && (key->build_id_bytes ? has_build_id(fd, key->build_id, key->build_id_bytes)
					    : has_crc(fd, key->link_crc))) {
		*found = path;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return -1;
}

static char *format_path(const char *a, const char *b, const char *c, const char *d)
{
	char *path;

	return asprintf(&path, "%s%s%s%s", a, b, c, d) < 0 ? NULL : path;
}

static char *build_id_path(const uint8_t *build_id, size_t build_id_bytes)
{
	char hex[2 * MOST_BUILD_ID_BYTES + 1];
	char *path;

	if (build_id_bytes < 2 || build_id_bytes > MOST_BUILD_ID_BYTES)
		return NULL;
	for (size_t i = 0; i < build_id_bytes; i++)
		snprintf(hex + 2 * i, 3, "%02x", build_id[i]);
	return asprintf(&path, DEBUG_ROOT "/.build-id/%.2s/%s.debug", hex, hex + 2) < 0 ? NULL
											: path;
}

/* The directory of a path with its final slash. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? strndup(path, (size_t)(slash - path) + 1) : strdup("./");
}

/* Beside the file, in .debug beside it, and under the debug root at the same place. */
static int try_link(const struct debugfile_key *key, const char *path, char **found)
{
	char *directory = directory_of(path);
	int fd = -1;

	/* A link is a name without folders: anything else could lead anywhere. */
	if (directory && !strchr(key->link, '/')) {
		fd = try(key, format_path(directory, key->link, "", ""), found);
		if (fd < 0)
			fd = try(key, format_path(directory, ".debug/", key->link, ""), found);
		if (fd < 0 && *directory == '/')
			fd = try(key, format_path(DEBUG_ROOT, directory, key->link, ""), found);
	}
	free(directory);
	return fd;
}

int debugfile_open(const struct debugfile_key *key, char **path)
{
	int fd = -1;

	if (key->build_id_bytes)
		fd = try(key, build_id_path(key->build_id, key->build_id_bytes), path);
	if (fd < 0 && key->link) {
		fd = try_link(key, key->path, path);
		if (fd < 0) {
			char *real = realpath(key->path, NULL);

			if (real && strcmp(real, key->path) != 0)
				fd = try_link(key, real, path);
			free(real);
		}
	}
	return fd;
}

void debugfile_open_alternate(struct debugfile_alternate *a, Dwarf *dwarf, const char *path)
{
	struct debugfile_key key = {0};
	const char *name;
	const void *build_id;
	ssize_t build_id_bytes = dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &build_id);
	char *directory = directory_of(path);
	char *found = NULL;

	*a = (struct debugfile_alternate){.fd = -1};
	if (build_id_bytes > 0 && directory) {
		key.build_id = build_id;
		key.build_id_bytes = (size_t)build_id_bytes;
		a->fd = try(&key, format_path(*name == '/' ? "" : directory, name, "", ""), &found);
		if (a->fd < 0)
			a->fd = try(&key, build_id_path(build_id, key.build_id_bytes), &found);
	}
	free(directory);
	free(found);
	if (a->fd < 0)
		return;
	a->elf = elf_begin(a->fd, ELF_C_READ_MMAP, NULL);
	a->dwarf = a->elf ? dwarf_begin_elf(a->elf, DWARF_C_READ, NULL) : NULL;
	if (a->dwarf)
		dwarf_setalt(dwarf, a->dwarf);
}

void debugfile_close_alternate(struct debugfile_alternate *a)
{
	if (a->dwarf)
		dwarf_end(a->dwarf);
	if (a->elf)
		elf_end(a->elf);
	if (a->fd >= 0)
		close(a->fd);
}
