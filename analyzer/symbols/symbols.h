/* SPDX-License-Identifier: MIT */
/*
 * symbols.h - turns module and link-time address into functions, files and lines.
 *
 * Reads the ELF file and its separate debug file (by build-id, by .gnu_debuglink) with libdw;
 * names are demangled (C++, Rust) with libiberty. Called after aggregation only, for the frames
 * that a report shows. Results are cached per address and live until symbols_free. If the file
 * on disk has another build-id than the trace, it is not used and symbols_module_note says so.
 */
#ifndef TENURE_SYMBOLS_H
#define TENURE_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

struct symbols;

/* One function at an address; several when calls were inlined. Strings are never NULL. */
struct symbol_frame {
	const char *function; /* demangled; "" if unknown: show module+offset */
	const char *file; /* source path as the debug info has it, "" if unknown */
	uint32_t line; /* 0 if unknown */
	bool inlined; /* into the next frame of the result */
	const char *language; /* "c", "c++", "rust", ...; "" if unknown */
};

struct symbols *symbols_new(void);
void symbols_free(struct symbols *s);

/* Names a module, to be used with its index from then on. build_id may be empty. Returns the
 * index. The file is opened when first needed. */
uint32_t symbols_add_module(struct symbols *s, const char *path, const uint8_t *build_id,
			    uint8_t build_id_bytes);

/* Frames at a link-time address, innermost first; *count is at least 1. The array belongs to s. */
const struct symbol_frame *symbols_lookup(struct symbols *s, uint32_t module, uint64_t address,
					  uint32_t *count);

/* One line on what is missing for a module ("stripped", "file changed since", "not found"), or
 * "" if all is there. */
const char *symbols_module_note(struct symbols *s, uint32_t module);

#endif
