/* SPDX-License-Identifier: MIT */
/*
 * python_layout.h - where CPython keeps what is read of it: frames and code objects.
 *
 * The layout of a released minor version is frozen: extension modules are compiled against it. So a
 * table is enough, and what the table does not know is refused: alpha and beta versions, debug
 * builds, builds without the global interpreter lock. Since 3.13 the interpreter describes itself
 * (_Py_DebugOffsets), and must agree. Sources: Include/cpython and Include/internal of each version.
 */
#ifndef TENURE_PYTHON_LAYOUT_H
#define TENURE_PYTHON_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

#define PYTHON_TYPE 8 /* ob_type, in all objects */
#define PYTHON_SIZE 16 /* ob_size, and the length of strings */
#define PYTHON_BYTES_DATA 32
#define PYTHON_STRING_STATE 32

enum python_moment {
	PYTHON_MOMENT_BYTES, /* int: offset of the last instruction in bytes, */
	PYTHON_MOMENT_UNITS, /* in units of two bytes */
	PYTHON_MOMENT_POINTER, /* its address */
};

/* Offsets in bytes. */
struct python_layout {
	uint8_t minor;
	uint16_t head; /* in a thread state: its innermost frame, */
	int16_t hop; /* or what points to it from here; -1: the frame itself */
	uint16_t previous, code, moment; /* in a frame */
	uint8_t moment_kind; /* enum python_moment */
	uint16_t owner; /* who has the frame, a char; 0: there is none such */
	uint8_t shim_first, shim_last; /* owners of frames that only mark an entry of the loop */
	uint16_t entry; /* char: the loop was entered for this frame; 0: shims tell, or all are */
	uint16_t file, name, first_line, line_table, instructions; /* in a code object */
	uint8_t lines; /* enum python_lines */
	uint8_t ascii, wide; /* where the characters of a string are, ASCII or not */
	/* The garbage collector's generations: in the state of an interpreter, in 3.8 in _PyRuntime; 0:
	 * not known. */
	uint16_t generations;
};

/* The interpreter's sys.hexversion; module: an address in it. 0: unknown. */
uint32_t python_layout_version(uint64_t module);

/* Of sys.hexversion; NULL if it is unknown or not released. */
const struct python_layout *python_layout_of(uint32_t version);

/* Whether the interpreter's description of itself, _PyRuntime, says the same; before 3.13 there is
 * none. */
bool python_layout_agrees(const struct python_layout *layout, uint32_t version,
			  const void *runtime);

/* Whether a build has no global interpreter lock, by its _PyRuntime (NULL: there is none such). */
bool python_layout_is_free_threaded(const void *runtime);

#endif
