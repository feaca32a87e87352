/* SPDX-License-Identifier: MIT */
/*
 * cfi.h - call frame information: from a code address to the rule that finds its caller.
 *
 * Reads .eh_frame through .eh_frame_hdr of the module that holds the address, where it is mapped (the
 * caller has made sure that it is): no lock, no allocation, no system call. Most addresses need only two numbers
 * (where the CFA is, where the caller's frame pointer is), which pack into half a word to be remembered;
 * DWARF expressions and signal frames are evaluated by cfi_step each time. Of the registers only
 * sp, bp and pc are followed, and all of them across a signal frame: enough for compiled code.
 * Sources: DWARF 5 section 6.4, the x86-64 psABI, the LSB on .eh_frame_hdr.
 */
#ifndef TENURE_CFI_H
#define TENURE_CFI_H

#include <stdbool.h>
#include <stdint.h>

#include "arch.h"

enum cfi_kind {
	CFI_NONE = 0, /* no information about this address */
	CFI_FROM_SP, /* CFA = sp + cfa_offset; what is saved lies at known distances from it */
	CFI_FROM_BP, /* CFA = bp + cfa_offset, likewise */
	CFI_COMPLEX, /* use cfi_step */
	CFI_OUTERMOST, /* the information says that there is no caller */
	CFI_SIGNAL, /* a signal handler's caller: use cfi_step_signal */
};

struct cfi_row {
	enum cfi_kind kind;
	int32_t cfa_offset; /* a multiple of 8; 20 bits when packed */
	/* Where they are saved, bytes below the CFA, multiples of 8 up to CFI_DEPTH_MAX. */
	uint32_t bp_depth; /* the caller's bp; 0: it is still in its register */
	uint32_t return_depth; /* the return address */
};

#define CFI_DEPTH_MAX 504u /* 63 words */

/* 3 bits of kind, 6 and 6 of depths and 17 of the CFA's offset, in words. */
static inline uint32_t cfi_pack(struct cfi_row row)
{
	return (uint32_t)row.kind | row.bp_depth / 8 << 3 | row.return_depth / 8 << 9 |
	       (uint32_t)(row.cfa_offset / 8) << 15;
}

static inline struct cfi_row cfi_unpack(uint32_t packed)
{
	struct cfi_row row;

	row.kind = (enum cfi_kind)(packed & 7);
	row.cfa_offset = ((int32_t)packed >> 15) * 8;
	row.bp_depth = (packed >> 3 & 63) * 8;
	row.return_depth = ARCH_RETURN_DEPTH ? ARCH_RETURN_DEPTH : (packed >> 9 & 63) * 8;
	return row;
}

/* The row at pc. eh_frame_hdr is that of the module that holds pc. */
struct cfi_row cfi_find(const uint8_t *eh_frame_hdr, uint64_t pc);

struct cfi_registers {
	uint64_t pc, sp, bp;
	uint64_t
		saved; /* address of the interrupted registers if the last step left a signal frame */
};

/* Reads a word of the walked stack; false if it must not be read. */
typedef bool cfi_read(void *context, uint64_t address, uint64_t *word);

/*
 * Steps to the caller by full evaluation; pc is the address to look up (a return address less
 * one, or an interrupted pc). False if that is impossible or there is no caller.
 */
bool cfi_step(const uint8_t *eh_frame_hdr, uint64_t pc, struct cfi_registers *registers,
	      cfi_read *read, void *context);

/* The same from a frame that the kernel made to call a signal handler, to where the signal came. */
bool cfi_step_signal(struct cfi_registers *registers, cfi_read *read, void *context);

#endif
