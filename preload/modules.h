/* SPDX-License-Identifier: MIT */
/*
 * modules.h - which module holds a code address, and since when.
 *
 * The shared table (protocol.h) is filled at start, after dlclose, and when an unknown address
 * turns up in a stack: loading is not interposed beyond a note, because the loader resolves names
 * relative to its caller. Lookups are lock-free and safe in signal handlers; entries are only
 * ever appended or revived, so an index stays valid.
 *
 * Epochs: an address that no unloaded module ever covered has epoch 0, at the cost of one
 * comparison. Inside the hull of unloaded ranges the entry that covers it now tells its epoch.
 */
#ifndef TENURE_MODULES_H
#define TENURE_MODULES_H

#include <stdint.h>

#include "atomics.h"
#include "region.h"

/* Fills the table of this image's first region. Takes the loader's lock. */
void modules_start(void);

/* Fills the table of a forked child's region from its parent's: a thread that the child lacks may
 * have held the loader's lock. Indices, and with them what is kept beside the table, stay. */
void modules_inherit(const struct region *parent);

/* Compares the table with what is loaded now; after dlclose. Takes the loader's lock. */
void modules_rescan(void);

/* Changes whenever an address may mean something else than before: flush caches keyed by pc. */
extern _Atomic uint32_t modules_generation;

/* .eh_frame_hdr of the module that holds pc, NULL if there is none. */
const uint8_t *modules_frame_info(uint64_t pc);

/* Where addresses may have belonged to several modules: the hull of all ranges that were unloaded. */
struct modules_reused {
	uint64_t low, bytes;
};

extern _Atomic uint64_t modules_unloaded_low, modules_unloaded_high;

static inline struct modules_reused modules_reused(void)
{
	uint64_t low = load_relaxed(&modules_unloaded_low);

	return (struct modules_reused){low, load_relaxed(&modules_unloaded_high) - low};
}

/* For modules_tag. */
uint64_t modules_tag_reused(uint64_t address);

/* The frame value of protocol.h for a code address: address and epoch. */
static inline uint64_t modules_tag(struct modules_reused reused, uint64_t address)
{
	address &= FRAME_ADDRESS_MASK;
	if (__builtin_expect(address - reused.low >= reused.bytes, 1))
		return address;
	return modules_tag_reused(address);
}

#endif
