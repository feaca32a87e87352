/* SPDX-License-Identifier: MIT */
#include "unrecorded.h"

#include <string.h>

#include "atomics.h"
#include "region.h"

#define TICKET_LOST (UNRECORDED_SLOTS + 1) /* else the number of the entry, from 1 */

/*
 * Entries go from EMPTY through FILLING to FILLED and never back. Who moves one to FILLING, and by
 * compare and swap that is one thread alone, writes it; FILLED is stored with release, so whoever
 * loads it with acquire sees the whole entry, which nobody writes any more but for the count. An entry
 * that is FILLING is passed by: it may be that of the very thread that we interrupted, or of one that was
 * killed. If it is about the same program there are two entries for it, whose counts add up.
 */
static bool claim(struct unrecorded_entry *entry, const struct exec_target *target)
{
	uint32_t expected = UNRECORDED_EMPTY;

	if (!cas_acquire(&entry->state, &expected, UNRECORDED_FILLING))
		return false;
	entry->reason = (uint16_t)target->reason;
	entry->path_bytes = (uint16_t)target->path_bytes;
	memcpy(entry->path, target->path, target->path_bytes);
	store_relaxed(&entry->times, 1);
	store_release(&entry->state, UNRECORDED_FILLED);
	return true;
}

static bool is_about(struct unrecorded_entry *entry, const struct exec_target *target)
{
	return load_acquire(&entry->state) == UNRECORDED_FILLED &&
	       entry->reason == target->reason && entry->path_bytes == target->path_bytes &&
	       !memcmp(entry->path, target->path, target->path_bytes);
}

unrecorded_ticket unrecorded_tell(const struct exec_target *target)
{
	for (uint32_t i = 0; i < UNRECORDED_SLOTS; i++) {
		struct unrecorded_entry *entry = &region.unrecorded[i];

		if (load_relaxed(&entry->state) == UNRECORDED_EMPTY && claim(entry, target))
			return i + 1;
		if (is_about(entry, target)) {
			add_relaxed(&entry->times, 1);
			return i + 1;
		}
	}
	add_relaxed(&region.header->unrecorded_lost, 1);
	return TICKET_LOST;
}

void unrecorded_take_back(unrecorded_ticket ticket)
{
	if (ticket == TICKET_LOST)
		add_relaxed(&region.header->unrecorded_lost, -1);
	else if (ticket)
		add_relaxed(&region.unrecorded[ticket - 1].times, -1);
}
