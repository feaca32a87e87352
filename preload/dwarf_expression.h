/* SPDX-License-Identifier: MIT */
/*
 * dwarf_expression.h - DWARF expressions as call frame information uses them.
 */
#ifndef TENURE_DWARF_EXPRESSION_H
#define TENURE_DWARF_EXPRESSION_H

#include "cfi.h"
#include "dwarf_bytes.h"

/* The registers of the frame being left, and how to read its stack. */
struct dwarf_frame {
	const struct cfi_registers *registers;
	uint64_t pc; /* exact: expressions of PLT entries compute with it */
	cfi_read *read;
	void *context;
};

/* A register by its DWARF number; false if it is not known in this frame. */
bool dwarf_register(const struct dwarf_frame *frame, uint64_t number, uint64_t *value);

/* Evaluates with `initial` on the stack if has_initial. False if it cannot be done. */
bool dwarf_evaluate(const struct dwarf_frame *frame, struct dwarf_bytes expression,
		    bool has_initial, uint64_t initial, uint64_t *value);

#endif
