/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "reader.h"

#include <sched.h>
#include <stdlib.h>

#include "../util/array.h"
#include "merge.h"
#include "readahead.h"
#include "reader_words.h"
#include "scan.h"
#include "timeline.h"

/* With fewer, a thread costs more than it brings. */
#define THREAD_EVENTS_MIN 65536u

struct reader {
	struct source source;
	struct catalog catalog;
	struct merge merge;
	struct timeline timeline;
	struct readahead ahead;
	const struct trace_event *batch; /* what is left of the batch in hand */
	size_t batch_count;
	/* What reader_damage tells. The source's own may lie ahead of the events handed out. */
	bool damaged;
	struct trace_error damage;
	struct reader_words_damage words_damage; /* of any snapshot */
};

static bool has_processors(void)
{
	cpu_set_t set;

	return !sched_getaffinity(0, sizeof set, &set) && CPU_COUNT(&set) > 1;
}

static bool has_events(const struct catalog *catalog)
{
	uint64_t events = 0;

	for (size_t i = 0; i < catalog->events_count && events < THREAD_EVENTS_MIN; i++)
		events += catalog->events[i].prologue.count;
	return events >= THREAD_EVENTS_MIN;
}

/* Only while nobody reads ahead. */
static void publish_damage(struct reader *r)
{
	if (r->damaged || !r->source.damaged)
		return;
	r->damaged = true;
	r->damage = r->source.damage;
}

struct reader *reader_new(const char *path, struct trace_error *error)
{
	struct reader *r = xcalloc(1, sizeof *r);

	catalog_init(&r->catalog);
	if (!source_open(&r->source, path) || !scan_load(&r->catalog, &r->source)) {
		*error = r->source.damage;
		catalog_release(&r->catalog);
		source_release(&r->source);
		free(r);
		return NULL;
	}
	catalog_seal(&r->catalog);
	merge_init(&r->merge, &r->catalog, &r->source);
	timeline_init(&r->timeline, &r->catalog);
	readahead_init(&r->ahead, &r->merge, has_events(&r->catalog) && has_processors());
	publish_damage(r);
	return r;
}

void reader_free(struct reader *r)
{
	if (!r)
		return;
	readahead_release(&r->ahead);
	timeline_release(&r->timeline);
	merge_release(&r->merge);
	catalog_release(&r->catalog);
	source_release(&r->source);
	free(r);
}

const struct trace_program *reader_program(const struct reader *r)
{
	return &r->catalog.program;
}

const struct trace_end *reader_end(const struct reader *r)
{
	return r->catalog.complete ? &r->catalog.end : NULL;
}

const struct trace_error *reader_damage(const struct reader *r)
{
	if (r->damaged)
		return &r->damage;
	return r->words_damage.met ? &r->words_damage.error : NULL;
}

uint64_t reader_file_bytes(const struct reader *r)
{
	return r->source.file_bytes;
}

uint32_t reader_module_count(const struct reader *r)
{
	return (uint32_t)r->catalog.module_count;
}

const struct trace_module *reader_module(const struct reader *r, module_id id)
{
	return id && id <= r->catalog.module_count ? &r->catalog.modules[id - 1] : NULL;
}

const struct trace_python *reader_python(const struct reader *r)
{
	return r->catalog.has_python ? &r->catalog.python : NULL;
}

uint32_t reader_code_count(const struct reader *r)
{
	return (uint32_t)r->catalog.code_count;
}

const struct trace_code *reader_code(const struct reader *r, code_id id)
{
	return id && id <= r->catalog.code_count ? &r->catalog.codes[id - 1] : NULL;
}

uint32_t reader_stack_count(const struct reader *r)
{
	return r->catalog.stacks.count;
}

const struct trace_frame *reader_stack(const struct reader *r, stack_id id)
{
	return id && id <= r->catalog.stacks.count ? &r->catalog.stacks.frames[id - 1] : NULL;
}

uint32_t reader_mark_count(const struct reader *r)
{
	return (uint32_t)r->catalog.mark_count;
}

const char *reader_mark(const struct reader *r, uint64_t id)
{
	return id && id <= r->catalog.mark_count ? r->catalog.marks[id - 1] : NULL;
}

uint32_t reader_thread_count(const struct reader *r)
{
	return (uint32_t)r->catalog.thread_count;
}

const struct trace_thread *reader_thread(const struct reader *r, uint32_t position)
{
	return position < r->catalog.thread_count ? &r->catalog.threads[position] : NULL;
}

uint32_t reader_clock_count(const struct reader *r)
{
	return (uint32_t)r->catalog.clock_count;
}

const struct trace_clock *reader_clock(const struct reader *r, uint32_t position)
{
	return position < r->catalog.clock_count ? &r->catalog.clocks[position] : NULL;
}

uint32_t reader_memory_count(const struct reader *r)
{
	return (uint32_t)r->catalog.memory_count;
}

const struct trace_memory *reader_memory(const struct reader *r, uint32_t position)
{
	return position < r->catalog.memory_count ? &r->catalog.memory[position] : NULL;
}

uint32_t reader_child_count(const struct reader *r)
{
	return (uint32_t)r->catalog.child_count;
}

const struct trace_child *reader_child(const struct reader *r, uint32_t position)
{
	return position < r->catalog.child_count ? &r->catalog.children[position] : NULL;
}

const char *reader_suppressions(const struct reader *r)
{
	return r->catalog.suppressions ? r->catalog.suppressions : "";
}

uint32_t reader_unrecorded_count(const struct reader *r)
{
	return (uint32_t)r->catalog.unrecorded_count;
}

const struct trace_unrecorded *reader_unrecorded(const struct reader *r, uint32_t position)
{
	return position < r->catalog.unrecorded_count ? &r->catalog.unrecorded[position] : NULL;
}

uint32_t reader_snapshot_count(const struct reader *r)
{
	return (uint32_t)r->catalog.snapshot_count;
}

const struct trace_snapshot *reader_snapshot(const struct reader *r, uint32_t position)
{
	return position < r->catalog.snapshot_count ? &r->catalog.snapshots[position].record : NULL;
}

struct reader_words *reader_words_new(struct reader *r, uint32_t position)
{
	const struct catalog_snapshot *snapshot;

	if (position >= r->catalog.snapshot_count)
		return NULL;
	snapshot = &r->catalog.snapshots[position];
	return reader_words_open(snapshot, r->catalog.word_chunks + snapshot->first_chunk,
				 &r->source, &r->words_damage);
}

uint64_t reader_lost(const struct reader *r)
{
	return r->catalog.lost;
}

uint64_t reader_last_stamp(const struct reader *r)
{
	uint64_t last = r->catalog.program.start_stamp;

	for (size_t i = 0; i < r->catalog.events_count; i++)
		if (r->catalog.events[i].prologue.last_stamp > last)
			last = r->catalog.events[i].prologue.last_stamp;
	return last;
}

uint64_t reader_elapsed_ns(const struct reader *r, uint64_t stamp)
{
	return timeline_elapsed_ns(&r->timeline, stamp);
}

uint64_t reader_stamp_at(const struct reader *r, uint64_t elapsed_ns)
{
	return timeline_stamp_at(&r->timeline, elapsed_ns);
}

void reader_use_threads(struct reader *r, bool use)
{
	r->ahead.worker_wanted = use;
}

static bool next_batch(struct reader *r)
{
	r->batch_count = readahead_next(&r->ahead, &r->batch);
	if (!r->batch_count)
		publish_damage(r);
	return r->batch_count > 0;
}

bool reader_next(struct reader *r, struct trace_event *event)
{
	if (!r->batch_count && !next_batch(r))
		return false;
	*event = *r->batch++;
	r->batch_count--;
	return true;
}

size_t reader_batch(struct reader *r, const struct trace_event **events)
{
	size_t count;

	if (!r->batch_count && !next_batch(r))
		return 0;
	*events = r->batch;
	count = r->batch_count;
	r->batch_count = 0;
	return count;
}

void reader_rewind(struct reader *r)
{
	readahead_stop(&r->ahead);
	/* Damage ahead of what was handed out will be met again. */
	r->source.damaged = r->damaged;
	merge_rewind(&r->merge);
	r->batch_count = 0;
}
