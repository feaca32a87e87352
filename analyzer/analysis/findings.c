/* SPDX-License-Identifier: MIT */
#include "findings.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "fullest.h"
#include "suspects.h"

static const struct trace_frame *place_of(const struct findings *f, stack_id stack)
{
	return fullest_innermost(f->reader, stack);
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
	return hash ^ (hash >> 29);
}

/* Releases are told apart by their innermost frame only: the rest may not have been recorded.
 * Failing calls always have their whole stack. */
static uint64_t group_hash(const struct findings *f, const struct finding *finding)
{
	const struct trace_frame *place = place_of(f, finding->release);
	uint64_t hash = mix(finding->rule, finding->allocation);

	if (finding->rule == FINDING_ALLOCATION_FAILURE)
		return mix(mix(hash, finding->release), finding->injected);
	return mix(mix(hash, place->module), place->address);
}

static bool same_group(const struct findings *f, const struct finding *a, const struct finding *b)
{
	if (a->rule != b->rule || a->allocation != b->allocation || a->injected != b->injected)
		return false;
	if (a->rule == FINDING_ALLOCATION_FAILURE)
		return a->release == b->release;
	return a->release_api == b->release_api &&
	       fullest_same_place(place_of(f, a->release), place_of(f, b->release));
}

static uint32_t *group_slot(const struct findings *f, const struct finding *finding)
{
	size_t mask = ((size_t)1 << f->group_bits) - 1;
	size_t slot = group_hash(f, finding) & mask;

	while (f->groups[slot] && !same_group(f, &f->list[f->groups[slot] - 1], finding))
		slot = (slot + 1) & mask;
	return &f->groups[slot];
}

static void grow_groups(struct findings *f)
{
	if (f->groups && f->count < (size_t)1 << f->group_bits >> 1)
		return;
	free(f->groups);
	f->group_bits = f->groups ? f->group_bits + 1 : 6;
	f->groups = xcalloc((size_t)1 << f->group_bits, sizeof *f->groups);
	for (size_t i = 0; i < f->count; i++)
		*group_slot(f, &f->list[i]) = (uint32_t)i + 1;
}

void findings_add(struct findings *f, const struct finding *occurrence)
{
	struct finding *group;
	uint32_t *slot;

	grow_groups(f);
	slot = group_slot(f, occurrence);
	if (!*slot) {
		ARRAY_GROW(f->list, f->count + 1, f->capacity);
		f->list[f->count] = *occurrence;
		f->list[f->count++].occurrences = 1;
		*slot = (uint32_t)f->count;
		return;
	}
	group = &f->list[*slot - 1];
	group->occurrences++;
	group->release = fullest_of(f->reader, group->release, occurrence->release);
	group->first_release = fullest_of(f->reader, group->first_release,
					  occurrence->first_release);
}

static void on_mismatched(void *context, const struct live_block *block, stack_id born_at,
			  const struct trace_event *by)
{
	struct findings *f = context;

	f->mismatches++;
	findings_add(f, &(struct finding){
				.rule = FINDING_MISMATCHED_RELEASE,
				.allocation_api = block->api,
				.release_api = by->api,
				.allocation = born_at,
				.release = by->stack,
				.bytes = block->size_bytes,
				.first_stamp = by->stamp,
			});
}

static void on_failed(void *context, const struct trace_event *event)
{
	findings_add(context, &(struct finding){
				      .rule = FINDING_ALLOCATION_FAILURE,
				      .allocation_api = event->api,
				      .injected = event->detail & EVENT_DETAIL_INJECTED,
				      .error_number = event->detail & EVENT_DETAIL_ERRNO,
				      .release = event->stack,
				      .bytes = event->size,
				      .first_stamp = event->stamp,
			      });
}

static void on_unknown(void *context, const struct trace_event *by, bool accepted)
{
	struct findings *f = context;

	(void)accepted;
	f->unknown_releases++;
	suspects_note(f, by->address);
}

/* After a double free an allocator may hand the same block out twice: no sign of a lost release. */
static void on_overwritten(void *context, const struct live_block *block)
{
	struct findings *f = context;

	if (!suspects_noted(f, block->address))
		f->unexplained = true;
}

void findings_init(struct findings *f, const struct reader *reader)
{
	memset(f, 0, sizeof *f);
	f->reader = reader;
	f->observer = (struct replay_observer){
		.context = f,
		.mismatched = on_mismatched,
		.failed = on_failed,
		.unknown = on_unknown,
		.overwritten = on_overwritten,
	};
}

void findings_release(struct findings *f)
{
	free(f->list);
	free(f->groups);
	suspects_release(f);
	memset(f, 0, sizeof *f);
}

/* Whether every allocation and release of the process is in the trace. */
static bool nothing_missing(const struct findings *f, const struct replay *replay)
{
	const struct trace_program *program = reader_program(f->reader);
	const struct trace_end *end = reader_end(f->reader);

	if (!end || reader_damage(f->reader) || end->events_lost || reader_lost(f->reader) ||
	    replay->lost || program->sample_interval_bytes || f->unexplained)
		return false;
	return !((program->flags | end->flags) & (REGION_OWN_ALLOCATOR | REGION_DEEPBIND));
}

static void drop_undecidable(struct findings *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->count; i++)
		if (f->list[i].rule == FINDING_ALLOCATION_FAILURE)
			f->list[kept++] = f->list[i];
	f->count = kept;
	f->undecided_mismatches = f->mismatches;
	f->undecided_releases = f->unknown_releases;
}

static void borrow_callers(struct findings *f)
{
	struct fullest_wish *wishes = xcalloc(2 * f->count, sizeof *wishes);
	size_t count = 0;

	for (size_t i = 0; i < f->count; i++) {
		struct finding *finding = &f->list[i];

		wishes[count++] = (struct fullest_wish){&finding->release,
							&finding->release_borrowed};
		if (finding->first_release)
			wishes[count++] = (struct fullest_wish){&finding->first_release,
								&finding->first_release_borrowed};
	}
	fullest_borrow(f->reader, wishes, count);
	free(wishes);
}

void findings_resolve(struct findings *f, struct reader *reader, const struct replay *replay)
{
	f->certain = nothing_missing(f, replay);
	if (!f->certain)
		drop_undecidable(f);
	else if (f->unknown_releases)
		suspects_resolve(f, reader);
	borrow_callers(f);
}
