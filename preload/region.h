/* SPDX-License-Identifier: MIT */
/*
 * region.h - this process's side of the shared memory described in protocol.h.
 *
 * The file is created sparse, mapped in part, and its descriptor is closed again: programs close
 * and reuse descriptors as they like. The first rings are mapped together with the tables; further ones
 * without a descriptor, by growing a copy of the mapping that ends where the next ring begins (mremap
 * with an old size of zero).
 */
#ifndef TENURE_REGION_H
#define TENURE_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

struct region {
	struct region_header *header;
	struct module_entry *modules;
	char *names;
	struct unrecorded_entry *unrecorded;
	struct python_code *python_codes;
	char *python_text;
	_Atomic uint32_t *slots;
	struct stack_node *nodes;
	char *next_ring; /* of ring `rings_mapped` at least the first page is mapped */
	uint32_t rings_mapped, rings_at_once;
	size_t fixed_bytes;
};

extern struct region region;

/*
 * Creates and maps a region. `path`: NULL for a memfd; else the file of that name, which must not
 * exist. Returns the descriptor, which the caller owns and closes soon, or -errno.
 */
long region_create(const char *path);

/*
 * Lets go of a mapping, for example a forked child of its parent's; a copy of the struct serves once
 * another region was created. If `keep_writable`, harmless private memory takes its place, for code
 * of ours that is still to return into it.
 */
void region_forget(struct region *forgotten, bool keep_writable);

/* Maps ring number region.rings_mapped. Caller holds the thread registry's lock. NULL: no room. */
struct ring_header *region_map_ring(void);
void region_forget_ring(struct ring_header *ring, bool keep_writable);

static inline struct event_record *region_records(struct ring_header *ring)
{
	return (struct event_record *)((char *)ring + RING_HEADER_BYTES);
}

/* Appends bytes to the names area; *offset tells where. False if it is full. */
bool region_add_name(const char *bytes, uint32_t count, uint32_t *offset);

#endif
