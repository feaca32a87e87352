/* SPDX-License-Identifier: MIT */
/*
 * cfi.h - call frame information: from a code address to the rule that finds its caller.
 *
 * Reads .eh_frame through .eh_frame_hdr of the module that holds the address, where it is mapped (the
 * caller has made sure that it is): no lock, no allocation, no system call. Most addresses need only two numbers
 * (where the CFA is, where the caller's frame pointer is), which pack into one word to be cached;
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

#define CFI_BP_SAME INT32_MIN /* the caller's frame pointer is still in its register */

struct cfi_row {
	enum cfi_kind kind;
	int32_t cfa_offset; /* 28 bits when packed */
	/* From the CFA to where they are saved, multiples of 8; 16 bits when packed. */
	int32_t bp_offset; /* of the caller's bp; or CFI_BP_SAME */
	int32_t return_offset; /* of the return address; see ARCH_RETURN_OFFSET */
};

/* Whether an offset can be packed. */
static inline bool cfi_fits(int64_t offset)
{
	return offset % 8 == 0 && offset / 8 >= INT16_MIN && offset / 8 <= INT16_MAX;
}

static inline uint64_t cfi_pack(struct cfi_row row)
{
	bool same = row.bp_offset == CFI_BP_SAME;

	return (uint64_t)row.kind | (same ? 8u : 0u) | (uint64_t)((uint32_t)row.cfa_offset << 4) |
	       (uint64_t)(uint16_t)(same ? 0 : row.bp_offset / 8) << 32 |
	       (uint64_t)(uint16_t)(row.return_offset / 8) << 48;
}

static inline struct cfi_row cfi_unpack(uint64_t packed)
{
	struct cfi_row row;

	row.kind = (enum cfi_kind)(packed & 7);
	row.cfa_offset = (int32_t)(uint32_t)packed >> 4;
	row.bp_offset = packed & 8 ? CFI_BP_SAME : (int16_t)(packed >> 32) * 8;
	row.return_offset = ARCH_RETURN_OFFSET ? ARCH_RETURN_OFFSET : (int16_t)(packed >> 48) * 8;
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
