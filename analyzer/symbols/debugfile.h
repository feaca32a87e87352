/* SPDX-License-Identifier: MIT */
/*
 * debugfile.h - finds the separate debug file of an ELF file on this machine's disk.
 *
 * By build-id, then by .gnu_debuglink beside the file and below /usr/lib/debug, where the tools of
 * Linux distributions put them (GDB manual, "Debugging Information in Separate Files"). A file is
 * taken only if its build-id, or without one its checksum, is the wanted one. The network is never
 * asked. Private to symbols/.
 */
#ifndef TENURE_SYMBOLS_DEBUGFILE_H
#define TENURE_SYMBOLS_DEBUGFILE_H

#include <elfutils/libdw.h>
#include <libelf.h>
#include <stddef.h>
#include <stdint.h>

/* What a debug file is looked up by. */
struct debugfile_key {
	const char *path; /* of the ELF file */
	const uint8_t *build_id;
	size_t build_id_bytes; /* 0 if it has none: then link and checksum decide */
	const char *link; /* from .gnu_debuglink; NULL if there is none */
	uint32_t link_crc;
};

/* Opens the file for reading; -1 if there is none. *path is for the caller to free. */
int debugfile_open(const struct debugfile_key *key, char **path);

/*
 * The file that dwz(1) moved common parts of the debug information to (.gnu_debugaltlink). All
 * members are empty if `dwarf` names none or it is not there. Close it after dwarf is ended.
 */
struct debugfile_alternate {
	int fd;
	Elf *elf;
	Dwarf *dwarf;
};

/* path is that of the file that dwarf came from. */
void debugfile_open_alternate(struct debugfile_alternate *a, Dwarf *dwarf, const char *path);
void debugfile_close_alternate(struct debugfile_alternate *a);

#endif
