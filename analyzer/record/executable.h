/* SPDX-License-Identifier: MIT */
/*
 * executable.h - the few facts about an ELF file that recording needs.
 *
 * Reads with pread only, within the file's size; any bytes are safe. Files of another class or
 * machine are recognised, not read.
 */
#ifndef TENURE_EXECUTABLE_H
#define TENURE_EXECUTABLE_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum executable_kind {
	EXECUTABLE_OTHER, /* not ELF, or too damaged to tell */
	EXECUTABLE_NATIVE,
	EXECUTABLE_OTHER_CLASS, /* 32 bits on a 64 bit machine or the reverse */
	EXECUTABLE_OTHER_MACHINE,
};

struct executable {
	enum executable_kind kind;
	int fd; /* not owned */
	uint64_t file_bytes;
	ElfW(Phdr) * segments; /* of EXECUTABLE_NATIVE */
	size_t segment_count;
};

void executable_read(struct executable *x, int fd);
void executable_release(struct executable *x);

/* First segment of a type (PT_INTERP, PT_DYNAMIC, ...), NULL if there is none. */
const ElfW(Phdr) * executable_segment(const struct executable *x, uint32_t type);

/* Copies the dynamic loader's path, NUL-ended; false for a program without one. */
bool executable_interpreter(const struct executable *x, char *path, size_t path_bytes);

/* Whether a name is among the strings of its dynamic section: symbols, needed libraries. */
bool executable_mentions(const struct executable *x, const char *name);

/* Copies up to 20 bytes, returns how many there are: 0 if it has no build-id. */
uint8_t executable_build_id(const struct executable *x, uint8_t build_id[20]);

/* Link-time address of the byte at a file offset, if a segment with code loads it. */
bool executable_code_address(const struct executable *x, uint64_t offset, uint64_t *address);

/* Link-time range of all its loaded segments. */
void executable_range(const struct executable *x, uint64_t *start, uint64_t *end);

#endif
