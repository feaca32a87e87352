/* SPDX-License-Identifier: MIT */
/*
 * event_columns.h - how the events of one chunk are laid out, shared by encoder and decoder.
 * Private to analyzer/trace.
 *
 * Events of one thread repeat a few sites: combinations of kind, api, detail and stack. A chunk
 * lists its sites once, in order of first appearance, and then stores the events by columns, each
 * only for the events that need it:
 *
 *	varint		number of sites
 *	varint		step of the stamps, at least 1
 *	varint[10]	length of each column in bytes, then the columns:
 *	SHAPES		per site: varint n. n > 0: kind, api, detail and flags of the n-th shape
 *			kept; n = 0: these follow as varints, and are kept if fewer than
 *			SHAPES_KEPT_MAX are
 *	STACKS		per site: zigzag varint, difference to the stack of the site before
 *	FIRST_SIZES	per site: varint, size of its first event
 *	SITES		per event: varint n. n > 0: the n-th site; n = 0: the first that no event
 *			of the chunk had yet
 *	STAMPS		per event: varint n. n > 0: n - 1 steps after the stamp before; n = 0: a
 *			varint follows with the difference itself. The first is relative to the
 *			first stamp in the prologue.
 *	REFERENCES	per event of an addressed site: varint, see addresses.h
 *	DISTANCES_0	per address that no reference covers: lowest byte of its zigzag distance
 *	DISTANCES_1	the next byte
 *	DISTANCES_2	the rest, varint
 *	SIZES		per event of a resized site: varint. 0: as in the last event of the site;
 *			otherwise the size, but where that is 0 the last size stands for it.
 *
 * The step is the granularity of the clock as far as the chunk shows it: time stamp counters of
 * many processors move by 20 to 40 at a time. Distances are split because their low bytes are often
 * random, and the high ones never: apart, each compresses as well as it can.
 */
#ifndef TENURE_EVENT_COLUMNS_H
#define TENURE_EVENT_COLUMNS_H

#include "trace.h"

/* What an event chunk tells without being unpacked. */
struct event_prologue {
	thread_id thread;
	uint32_t count;
	uint64_t first_stamp, last_stamp;
};

enum event_column {
	COLUMN_SHAPES,
	COLUMN_STACKS,
	COLUMN_FIRST_SIZES,
	COLUMN_SITES,
	COLUMN_STAMPS,
	COLUMN_REFERENCES,
	COLUMN_DISTANCES_0,
	COLUMN_DISTANCES_1,
	COLUMN_DISTANCES_2,
	COLUMN_SIZES,
	COLUMN_COUNT
};

enum site_flag {
	SITE_ADDRESSED = 1, /* some event has an address other than 0 */
	SITE_RESIZED = 2, /* some event has another size than the first */
};
#define SITE_FLAGS (SITE_ADDRESSED | SITE_RESIZED)

#define SHAPES_KEPT_MAX 64u

/* What many sites have in common. */
struct site_shape {
	uint16_t detail;
	uint8_t kind, api;
	uint8_t flags; /* enum site_flag */
};

static inline bool event_columns_same_shape(const struct site_shape *a, const struct site_shape *b)
{
	return a->kind == b->kind && a->api == b->api && a->detail == b->detail &&
	       a->flags == b->flags;
}

/* What an event does to the blocks at hand; decides how its address is coded. */
enum address_role {
	ROLE_NONE, /* no address */
	ROLE_TAKE, /* takes a block out of the live set */
	ROLE_GIVE, /* puts one in */
	ROLE_OTHER,
};

static inline enum address_role event_columns_role(uint8_t kind, uint8_t flags)
{
	if (!(flags & SITE_ADDRESSED))
		return ROLE_NONE;
	switch (kind) {
	case EVENT_FREE:
	case EVENT_REALLOC_BEGIN:
		return ROLE_TAKE;
	case EVENT_ALLOC:
	case EVENT_REALLOC_END:
		return ROLE_GIVE;
	default:
		return ROLE_OTHER;
	}
}

#endif
