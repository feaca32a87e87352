/* SPDX-License-Identifier: MIT */
#include "suspects.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "apis.h"

struct suspect {
	/* The last block that began at the address. */
	bool began, live;
	uint8_t api, release_api;
	stack_id allocation, release;
	uint64_t size_bytes;
	/* The live block that the address lies inside, if any: cover_bytes is 0 if there is none. */
	uint64_t cover_address, cover_bytes;
	uint32_t cover_site;
	uint8_t cover_api;
};

/* The second pass, together with what only it needs. */
struct pass {
	struct findings *findings;
	struct replay replay;
	bool forked;
};

#define SLOT_BITS 13
#define SLOTS (1u << SLOT_BITS)
_Static_assert(SLOTS >= 2 * SUSPECTS_MAX, "the hash set is at most half full");

/* Where the address is or belongs in the hash set; 0 marks an empty slot and is never released. */
static uint64_t *slot_of(uint64_t *slots, uint64_t address)
{
	uint32_t slot = (uint32_t)((address * 0x9e3779b97f4a7c15ull) >> (64 - SLOT_BITS));

	while (slots[slot] && slots[slot] != address)
		slot = (slot + 1) & (SLOTS - 1);
	return &slots[slot];
}

void suspects_note(struct findings *f, uint64_t address)
{
	uint64_t *slot;

	if (!f->suspected)
		f->suspected = xcalloc(SLOTS, sizeof *f->suspected);
	slot = slot_of(f->suspected, address);
	if (!*slot && f->suspected_count < SUSPECTS_MAX) {
		*slot = address;
		f->suspected_count++;
	}
}

bool suspects_noted(const struct findings *f, uint64_t address)
{
	return f->suspected && *slot_of(f->suspected, address);
}

void suspects_release(struct findings *f)
{
	free(f->suspected);
	free(f->suspects);
}

static int compare_addresses(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void sort_suspected(struct findings *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < SLOTS; i++)
		if (f->suspected[i])
			f->suspected[kept++] = f->suspected[i];
	qsort(f->suspected, kept, sizeof *f->suspected, compare_addresses);
}

/* First suspect at or above the address. */
static size_t lower_bound(const struct findings *f, uint64_t address)
{
	size_t low = 0;
	size_t high = f->suspected_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (f->suspected[middle] < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void on_born(void *context, const struct live_block *block)
{
	struct pass *pass = context;
	struct findings *f = pass->findings;
	size_t i = lower_bound(f, block->address);

	for (; i < f->suspected_count; i++) {
		struct suspect *suspect = &f->suspects[i];

		if (f->suspected[i] == block->address) {
			suspect->began = suspect->live = true;
			suspect->api = block->api;
			suspect->allocation = pass->replay.tally.sites[block->site].stack;
			suspect->size_bytes = block->size_bytes;
			suspect->cover_bytes = 0;
		} else if (f->suspected[i] - block->address < block->size_bytes) {
			suspect->cover_address = block->address;
			suspect->cover_bytes = block->size_bytes;
			suspect->cover_site = block->site;
			suspect->cover_api = block->api;
		} else {
			break;
		}
	}
}

static void end_of_block(struct findings *f, const struct live_block *block,
			 const struct trace_event *by)
{
	for (size_t i = lower_bound(f, block->address); i < f->suspected_count; i++) {
		struct suspect *suspect = &f->suspects[i];

		if (f->suspected[i] == block->address) {
			suspect->live = false;
			suspect->release = by ? by->stack : 0;
			suspect->release_api = by ? by->api : API_NONE;
		} else if (suspect->cover_bytes && suspect->cover_address == block->address) {
			suspect->cover_bytes = 0;
		} else {
			break;
		}
	}
}

static void on_released(void *context, const struct live_block *block, stack_id born_at,
			const struct trace_event *by)
{
	struct pass *pass = context;

	(void)born_at;
	end_of_block(pass->findings, block, by);
}

static void on_overwritten(void *context, const struct live_block *block)
{
	struct pass *pass = context;

	end_of_block(pass->findings, block, NULL);
}

/*
 * Allocators of Python's may have given it before the recorder was in front of them: when a library is
 * loaded, an interpreter begins anew or another allocator is chosen, the first arena tells of that, while a
 * block is being made.
 */
static bool was_python_unseen(const struct pass *pass, const struct trace_event *by)
{
	struct interval_range range;

	if (!apis_is_of_interpreter(by->api))
		return false;
	return pass->replay.tally.chunks.python_unknown ||
	       (intervals_next(&pass->replay.space.arenas, by->address, &range) &&
		range.start <= by->address);
}

static void on_unknown(void *context, const struct trace_event *by, bool accepted)
{
	struct pass *pass = context;
	struct findings *f = pass->findings;
	size_t i = lower_bound(f, by->address);
	bool followed = i < f->suspected_count && f->suspected[i] == by->address;
	const struct suspect *suspect = followed ? &f->suspects[i] : NULL;
	struct finding finding = {
		.release_api = by->api,
		.release = by->stack,
		.first_stamp = by->stamp,
	};

	if (!suspect || suspect->live) {
		/* One too many to follow, or a block that another thread is reallocating. */
		f->undecided_releases++;
		return;
	}
	if (suspect->cover_bytes) {
		finding.rule = FINDING_INTERIOR_FREE;
		finding.allocation_api = suspect->cover_api;
		finding.allocation = pass->replay.tally.sites[suspect->cover_site].stack;
		finding.bytes = suspect->cover_bytes;
		finding.distance_bytes = by->address - suspect->cover_address;
	} else if (suspect->began) {
		finding.rule = FINDING_DOUBLE_FREE;
		finding.allocation_api = suspect->api;
		finding.allocation = suspect->allocation;
		finding.first_release_api = suspect->release_api;
		finding.first_release = suspect->release;
		finding.bytes = suspect->size_bytes;
	} else if (pass->forked) {
		f->inherited++;
		return;
	} else if (accepted || was_python_unseen(pass, by)) {
		/* The allocator knew the block: it was born where we could not see it. */
		f->undecided_releases++;
		return;
	} else {
		finding.rule = FINDING_FOREIGN_FREE;
	}
	findings_add(f, &finding);
}

void suspects_resolve(struct findings *f, struct reader *reader)
{
	const struct trace_end *end = reader_end(reader);
	struct pass pass = {.findings = f};
	const struct replay_observer observer = {
		.context = &pass,
		.born = on_born,
		.released = on_released,
		.unknown = on_unknown,
		.overwritten = on_overwritten,
	};

	pass.forked = (reader_program(reader)->flags | (end ? end->flags : 0)) & REGION_FORKED;
	sort_suspected(f);
	f->suspects = xcalloc(f->suspected_count, sizeof *f->suspects);
	reader_rewind(reader);
	replay_run(&pass.replay, reader,
		   &(struct replay_options){.observer = &observer, .live_only = true});
	replay_release(&pass.replay);
}
