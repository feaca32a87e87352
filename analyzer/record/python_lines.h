/* SPDX-License-Identifier: MIT */
/*
 * python_lines.h - from a position in Python's code to a line of its source.
 */
#ifndef TENURE_PYTHON_LINES_H
#define TENURE_PYTHON_LINES_H

#include <stdint.h>

#include "../../preload/protocol.h"

/* The line of the instruction at `position`, counted in units of two bytes; the first line of the code
 * where the table has none for it or is damaged. 0: unknown. The table has code->lines_bytes. */
uint32_t python_lines_find(const struct python_code *code, const uint8_t *table, uint32_t position);

#endif
