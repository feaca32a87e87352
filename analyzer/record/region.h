/* SPDX-License-Identifier: MIT */
/*
 * region.h - the collector's side of the shared memory described in protocol.h.
 *
 * A region is hostile input. Its constants are copied once and checked (`once`); every id and
 * offset that comes out of it later is checked against that copy, so that no access leaves the
 * mapping. The file must be sealed against shrinking, or reading it could raise SIGBUS; a file
 * on disk cannot be sealed and is therefore copied. Rings are mapped when first asked for: the
 * file is sized for thousands of them.
 */
#ifndef TENURE_RECORD_REGION_H
#define TENURE_RECORD_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../preload/protocol.h"

enum region_source {
	REGION_SHARED, /* a sealed memfd of a process that may be running */
	REGION_ON_DISK, /* a file that a process left behind */
};

struct region {
	int fd; /* owned */
	enum region_source source;
	struct region_header once; /* the constants, checked; the other members are 0 */
	struct region_header *header; /* only members from `flags` on may be used */
	struct ring_header **rings; /* ring_slots entries, NULL while not mapped */
	uint64_t ring_bytes; /* header and records of one ring */
};

/* Takes fd over, also when it fails. Returns NULL, or what is wrong with the region. */
const char *region_open(struct region *r, int fd, enum region_source source);
void region_close(struct region *r);

/* Rings that have been in use, never more than there are. */
uint32_t region_ring_count(const struct region *r);

/* Maps ring `number` (below region_ring_count) if need be; NULL if that is impossible. */
struct ring_header *region_ring(struct region *r, uint32_t number);

void region_unmap_ring(struct region *r, uint32_t number);

static inline const struct event_record *region_records(const struct ring_header *ring)
{
	return (const struct event_record *)((const char *)ring + RING_HEADER_BYTES);
}

/* Events that were dropped or never read, of a ring that cannot be mapped. */
uint64_t region_unread_events(const struct region *r, uint32_t number);

/* Copies a node; false if there is none of this id. */
bool region_node(const struct region *r, uint32_t id, struct stack_node *node);

/* Copies an entry of the module table; false if it is not (yet) filled in. */
bool region_module(const struct region *r, uint32_t number, struct module_entry *entry);

/* Copies an entry of the table of programs that could not be recorded; false if there is none. */
bool region_unrecorded(const struct region *r, uint32_t number, struct unrecorded_entry *entry);

/* Copies what is said of a code object of Python, by its number from 1 on; false if there is none. */
bool region_python_code(const struct region *r, uint32_t number, struct python_code *code);

/* Bytes that code objects refer to, which the process may change; NULL if they lie outside. */
const char *region_python_text(const struct region *r, uint32_t offset, uint32_t bytes);

/* Copies bytes of the names area, adding a NUL; returns how many, 0 if they lie outside. */
size_t region_name(const struct region *r, uint32_t offset, uint32_t bytes, char *to,
		   size_t to_bytes);

#endif
