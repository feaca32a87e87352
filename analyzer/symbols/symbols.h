/* SPDX-License-Identifier: MIT */
/*
 * symbols.h - turns module and link-time address into functions, files and lines, and into the
 * variables, types and classes of data.
 *
 * Reads the ELF file and its separate debug file (by build-id, by .gnu_debuglink) with libdw;
 * names are demangled (C++, Rust) with libiberty. Called after aggregation only, for the frames
 * and the paths that a report shows. Results are cached per address and live until symbols_free,
 * with their strings, which are never NULL. If the file on disk has another build-id than the
 * trace, it is not used and symbols_module_note says so.
 */
#ifndef TENURE_SYMBOLS_H
#define TENURE_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

struct symbols;

/* One function at an address; several when calls were inlined. */
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

/* A code object of Python. */
struct symbol_code {
	const char *name, *file;
};

/* What stands for all code of a Python program: an address is 1 + the position of its code object in
 * the list, above 32 bits of line. The list stays with the caller, and stays. */
uint32_t symbols_add_python(struct symbols *s, const struct symbol_code *codes, uint32_t count);

/* Frames at a link-time address, innermost first; *count is at least 1. The array belongs to s. */
const struct symbol_frame *symbols_lookup(struct symbols *s, uint32_t module, uint64_t address,
					  uint32_t *count);

/* A type that debug information describes, of one module; 0 if none is known. */
typedef uint64_t symbol_type;

/* The variable that covers an address, with static storage or one for each thread. */
struct symbol_variable {
	const char *name; /* "ns::Class::name", "function()::name"; "" if unknown */
	const char *path; /* where in it the address lies: ".sessions[3].next", "" if unknown or the
			     whole variable */
	uint64_t offset; /* bytes from the variable's start; 0 if it is unknown */
	uint64_t size_bytes; /* of the variable; 0 if unknown */
	const char *file; /* that defines it, "" if unknown */
	uint32_t line; /* 0 if unknown */
	const char *section; /* ".data", ".bss": what there is to say without a name; may be "" */
	symbol_type pointee; /* of the pointer at the address, if one starts there */
};

/* Never NULL. Without a name, all that can be known is the section. */
const struct symbol_variable *symbols_variable(struct symbols *s, uint32_t module,
					       uint64_t address);

/* The same for the thread-local storage that the module has in each thread: bytes from its start. */
const struct symbol_variable *symbols_thread_variable(struct symbols *s, uint32_t module,
						      uint64_t offset);

/* A part of a block that a pointer to some type points to. */
struct symbol_member {
	const char *path; /* ".next", "[7]", "[2].key.bytes[4]"; "" if unknown */
	symbol_type pointee; /* of the pointer there, if one starts there */
};

/*
 * Where an offset lies in a block that holds one or more of a type, in a row. The elements of a
 * block of more than one are told by an index, and so are those of a block of pointers or numbers
 * even if the offset is 0. Never NULL.
 */
const struct symbol_member *symbols_member(struct symbols *s, symbol_type type, uint64_t offset);

/* "struct session", "ns::Class", "char *"; "" if there is nothing to say. */
const char *symbols_type_name(struct symbols *s, symbol_type type);

/* 0 if unknown */
uint64_t symbols_type_size(struct symbols *s, symbol_type type);

/*
 * The class whose virtual function table objects point to at this link-time address, by run-time type
 * information or else by a symbol: also of stripped files. NULL if there is none.
 * *offset_to_top is what to add to the address of the pointer to find the start of the object;
 * 0 as well for a table that the loader copies into the module from another one.
 */
const char *symbols_vtable(struct symbols *s, uint32_t module, uint64_t address,
			   int64_t *offset_to_top);

/* One line on what is missing for a module ("stripped", "file changed since", "not found"), or
 * "" if all is there. */
const char *symbols_module_note(struct symbols *s, uint32_t module);

#endif
