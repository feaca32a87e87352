/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../util/human.h"
#include "../util/sentences.h"
#include "sites.h"
#include "unrecorded.h"

static const char *end_name(const struct trace_end *end)
{
	static const char *const names[] = {
		[TRACE_END_UNKNOWN] = "unknown",
		[TRACE_END_EXIT] = "exit",
		[TRACE_END_UNDERSCORE_EXIT] = "_exit",
		[TRACE_END_QUICK_EXIT] = "quick_exit",
		[TRACE_END_EXEC] = "exec",
		[TRACE_END_SIGNAL] = "signal",
		[TRACE_END_DETACHED] = "detached",
	};

	if (!end || end->kind >= sizeof names / sizeof *names)
		return "unknown";
	return names[end->kind];
}

static void copy_arguments(struct model_run *run, struct arena *arena,
			   const struct trace_program *program)
{
	const char *argv = program->argv;
	const char *end = argv + program->argv_bytes;
	const char **copy;
	uint32_t argc = 0;

	for (const char *p = argv; p < end; p += strnlen(p, (size_t)(end - p)) + 1)
		argc++;
	copy = arena_alloc(arena, argc * sizeof *copy);
	run->argv = copy;
	run->argc = argc;
	for (const char *p = argv; p < end;) {
		size_t length = strnlen(p, (size_t)(end - p));

		*copy++ = arena_strndup(arena, p, length);
		p += length + 1;
	}
}

static void copy_children(struct model_run *run, struct arena *arena, const struct reader *reader)
{
	const char **paths;

	run->child_count = reader_child_count(reader);
	paths = arena_alloc(arena, run->child_count * sizeof *paths);
	for (uint32_t i = 0; i < run->child_count; i++)
		paths[i] = arena_strdup(arena, reader_child(reader, i)->trace_path);
	run->children = paths;
}

static void copy_totals(struct model_run *run, const struct replay *replay,
			const struct findings *findings)
{
	const struct tally *tally = &replay->tally;

	run->allocations = tally->allocations;
	run->frees = tally->frees;
	run->allocated_bytes = tally->allocated_bytes;
	run->live_blocks = tally->live_blocks;
	run->live_bytes = tally->live_bytes;
	run->peak_bytes = tally->peak_bytes;
	run->peak_blocks = tally->peak_blocks;
	run->temporary = tally->temporary;
	run->failed_allocations = tally->failures;
	run->injected_failures = tally->injected_failures;
	run->events = replay->events;
	run->marks = replay->events_by_kind[EVENT_MARK];
	run->mapped_bytes = replay->space.mappings.bytes;
	run->mappings = replay->space.mappings.count;
	run->inherited_frees = findings->inherited;
	run->unseen_releases = tally->overwritten;
	run->undecided_releases = findings->undecided_releases + findings->undecided_mismatches;
}

static uint64_t duration_ns(const struct reader *reader, const struct replay *replay)
{
	uint64_t last = replay->events ? reader_elapsed_ns(reader, replay->last_stamp) : 0;
	const struct trace_end *end = reader_end(reader);
	uint64_t start = reader_program(reader)->start_monotonic_ns;

	if (end && end->monotonic_ns > start && end->monotonic_ns - start > last)
		return end->monotonic_ns - start;
	return last;
}

static void say_losses(struct sentences *limits, const struct model_run *run,
		       const struct trace_end *end)
{
	if (*run->damage)
		sentences_say(
			limits,
			"The trace is damaged: everything after the damage is missing from this "
			"report.");
	else if (!end)
		sentences_say(limits,
			      "The trace is incomplete, it has no end record: what came after its "
			      "last event is missing.");
	else if (end->kind == TRACE_END_DETACHED)
		sentences_say(limits, "The recording ended before the program did.");
	if (run->lost_events)
		sentences_say(limits,
			      "Lost events: %" PRIu64
			      ". Blocks may be shown as live that were freed, and blocks "
			      "may be missing.",
			      run->lost_events);
	if (run->unseen_releases)
		sentences_say(limits,
			      "Blocks released where the recording could not see it: %" PRIu64 ".",
			      run->unseen_releases);
	if (end && end->stacks_truncated)
		sentences_say(limits,
			      "Call stacks cut short because the table of stacks was full: %" PRIu64
			      ".",
			      end->stacks_truncated);
	if (run->stacks_deep)
		sentences_say(limits,
			      "Call stacks deeper than the limit: %" PRIu64
			      ". Their middle is left out.",
			      run->stacks_deep);
	if (run->stacks_unfinished)
		sentences_say(limits,
			      "Call stacks that could not be followed to their end: %" PRIu64
			      ". Their outermost frames are missing.",
			      run->stacks_unfinished);
	if (end && end->modules_lost)
		sentences_say(
			limits,
			"Modules without names in this report, because their table was full: %" PRIu64
			".",
			end->modules_lost);
}

static void say_python(struct sentences *limits, const struct trace_python *python)
{
	if (!python)
		return;
	if (python->state != PYTHON_ON)
		sentences_say(
			limits,
			"Functions of Python %" PRIu32 ".%" PRIu32
			" do not show: where its interpreter keeps them is not known, of this "
			"version or build.",
			python->version >> 24, python->version >> 16 & 0xff);
	if (python->codes_lost)
		sentences_say(
			limits,
			"Lookups of Python functions that found no room in the tables: %" PRIu64
			". Some functions have no names.",
			python->codes_lost);
}

static void say_blind_spots(struct sentences *limits, const struct model_run *run)
{
	if (run->sampled)
		sentences_say(
			limits,
			"Only a sample was recorded, an allocation every %s on average: numbers of "
			"blocks and bytes are estimates from %s recorded blocks, \u00b1 is one "
			"standard error. Fragmentation and errors in releases do not show.",
			human_bytes(run->sample_interval_bytes, false).text,
			human_count(run->sample.blocks).text);
	if (run->own_allocator)
		sentences_say(
			limits,
			"The executable defines its own malloc: its allocations are not in this "
			"trace.");
	if (run->without_stacks)
		sentences_say(
			limits,
			"Call stacks were not recorded (--no-stacks): the whole program is one "
			"site.");
	if (run->deep_bound)
		sentences_say(
			limits,
			"A module was loaded with RTLD_DEEPBIND: allocations that it makes may "
			"not be in this trace.");
	if (run->forked)
		sentences_say(
			limits,
			"The process began as a fork: blocks of its parent are not in this trace "
			"(released here: %" PRIu64 ").",
			run->inherited_frees);
}

static void say_undecided(struct sentences *limits, const struct findings *findings)
{
	const char *reason = findings->certain ? "they could not be followed"
					       : "a trace that lacks events proves none";

	if (findings->undecided_releases)
		sentences_say(limits,
			      "Releases of addresses that were not live (%" PRIu64
			      ") are not reported as errors: %s.",
			      findings->undecided_releases, reason);
	if (findings->undecided_mismatches)
		sentences_say(limits,
			      "Releases by a function that does not fit the allocation (%" PRIu64
			      ") are not reported as errors: %s.",
			      findings->undecided_mismatches, reason);
}

void run_describe(struct model_run *run, struct arena *arena, const struct reader *reader,
		  const char *trace_path, const struct replay *replay,
		  const struct findings *findings)
{
	const struct trace_program *program = reader_program(reader);
	const struct trace_error *damage = reader_damage(reader);
	const struct trace_end *end = reader_end(reader);
	uint32_t flags = program->flags | (end ? end->flags : 0);
	uint64_t lost = reader_lost(reader) + replay->lost;
	struct sentences limits = {.arena = arena};

	run->trace_path = arena_strdup(arena, trace_path);
	run->program = arena_strdup(arena, program->exe);
	copy_arguments(run, arena, program);
	run->pid = program->pid;
	run->complete = end && !damage;
	run->damage = damage ? arena_printf(arena, "%s: offset %" PRIu64 ": %s", trace_path,
					    damage->offset, damage->message)
			     : "";
	run->end_kind = end_name(end);
	run->end_status = end ? end->status : 0;
	run->start_realtime_ns = program->start_realtime_ns;
	run->duration_ns = duration_ns(reader, replay);
	run->threads = reader_thread_count(reader);
	copy_totals(run, replay, findings);
	run->peak_ns = replay->tally.peak_bytes
			       ? reader_elapsed_ns(reader, replay->tally.peak_stamp)
			       : 0;
	run->lost_events = end && end->events_lost > lost ? end->events_lost : lost;
	run->stacks_deep = replay->cuts.events[CUT_DEEP];
	run->stacks_unfinished = replay->cuts.events[CUT_UNFINISHED];
	run->stacks_truncated = (end ? end->stacks_truncated : 0) + run->stacks_deep +
				run->stacks_unfinished;
	run->trace_bytes = reader_file_bytes(reader);
	for (uint32_t i = 0; i < reader_memory_count(reader); i++)
		if (reader_memory(reader, i)->resident_bytes > run->peak_resident_bytes)
			run->peak_resident_bytes = reader_memory(reader, i)->resident_bytes;
	run->forked = flags & REGION_FORKED;
	run->own_allocator = flags & REGION_OWN_ALLOCATOR;
	run->without_stacks = flags & REGION_NO_STACKS;
	run->deep_bound = flags & REGION_DEEPBIND;
	run->sampled = program->sample_interval_bytes != 0;
	run->sample_interval_bytes = program->sample_interval_bytes;
	run->sample = sites_sample(&replay->tally.sample);
	run->suppressions = arena_strdup(arena, reader_suppressions(reader));
	copy_children(run, arena, reader);
	unrecorded_list(run, arena, reader);

	say_losses(&limits, run, end);
	say_blind_spots(&limits, run);
	say_python(&limits, reader_python(reader));
	say_undecided(&limits, findings);
	if (run->unrecorded_count)
		sentences_add(&limits, unrecorded_sentence(run, arena));
	run->gap = "";
	run->limits = limits.list;
	run->limit_count = limits.count;
}
