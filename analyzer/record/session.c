/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "session.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../util/array.h"
#include "atomics.h"
#include "clock.h"
#include "intake.h"

#define MS_NS 1000000u
#define CLOCK_INTERVAL_NS (250u * MS_NS)
#define MEMORY_INTERVAL_NS (50u * MS_NS)
#define MEMORY_SHARE 100 /* later on, a sample whenever the run is 1/100 longer */
#define SECOND_NS (1000u * MS_NS)
#define LATEST_FLUSH_NS (3u * SECOND_NS)
#define MOST_ELAPSED_NS 1e18 /* 30 years: beyond, stamps are garbage */

static struct writer *open_trace(struct session *s, struct trace_name *name)
{
	const struct region_header *once = &s->region.once;
	char exe[PATH_MAX], invoked[PATH_MAX], cwd[PATH_MAX], host[HOST_NAME_MAX + 1] = "";
	struct trace_program program = {.exe = exe, .cwd = cwd, .host = host};
	size_t argv_room =
		(once->argv_bytes < once->names_bytes ? once->argv_bytes : once->names_bytes) + 1u;
	char *argv = xmalloc(argv_room);
	struct writer *w;

	region_name(&s->region, once->exe_offset, once->exe_bytes, exe, sizeof exe);
	region_name(&s->region, once->name_offset, once->name_bytes, invoked, sizeof invoked);
	region_name(&s->region, once->cwd_offset, once->cwd_bytes, cwd, sizeof cwd);
	gethostname(host, sizeof host - 1);
	program.argv = argv;
	program.argv_bytes = (uint32_t)region_name(&s->region, once->argv_offset, once->argv_bytes,
						   argv, argv_room);
	program.pid = s->pid;
	program.parent_pid = s->parent_pid;
	program.clock_kind = once->clock_kind;
	program.flags = load_relaxed(&s->region.header->flags);
	program.start_stamp = once->start_stamp;
	program.start_monotonic_ns = once->start_monotonic_ns;
	program.start_realtime_ns = once->start_realtime_ns;
	program.sample_interval_bytes = once->sample_interval_bytes;
	s->exe = strcpy(xmalloc(strlen(exe) + 1), exe);
	w = trace_name_open(name, &program, *invoked ? invoked : exe, &s->path);
	free(argv);
	return w;
}

static void write_clock(struct session *s)
{
	struct trace_clock now = clock_read(s->region.once.clock_kind);

	writer_clock(s->writer, &now);
	s->clock_due_ns = now.monotonic_ns + CLOCK_INTERVAL_NS;
}

static void write_memory(struct session *s)
{
	struct trace_memory memory;
	uint64_t now_ns = process_now_ns();
	uint64_t interval_ns = (now_ns - s->started_ns) / MEMORY_SHARE;

	if (process_memory(&s->process, &memory))
		writer_memory(s->writer, &memory);
	if (interval_ns < MEMORY_INTERVAL_NS)
		interval_ns = MEMORY_INTERVAL_NS;
	s->memory_due_ns = now_ns + interval_ns;
}

static void know_family(struct session *s, pid_t pid)
{
	s->same_numbers = pid == s->region.once.pid;
	s->pid = pid ? pid : s->region.once.pid;
	s->parent_pid = s->same_numbers || !pid ? s->region.once.parent_pid
						: process_parent(&s->process);
}

static void release(struct session *s)
{
	region_close(&s->region);
	process_close(&s->process);
	free(s->exe);
	free(s->forked);
	free(s);
}

struct session *session_new(const struct session_origin *origin, struct trace_name *name,
			    struct session_problem *problem)
{
	struct session *s = xcalloc(1, sizeof *s);
	struct trace_clock start;

	memset(problem, 0, sizeof *problem);
	process_open(&s->process, origin->pid, origin->pidfd);
	problem->text = region_open(&s->region, origin->region_fd, origin->source);
	if (problem->text) {
		release(s);
		return NULL;
	}
	know_family(s, origin->pid);
	s->writer = open_trace(s, name);
	if (!s->writer) {
		problem->number = errno;
		problem->path = s->path;
		/* Nobody will drain: better lose events than wait for us. */
		session_abandon(s);
		release(s);
		return NULL;
	}
	s->started_ns = s->second_due_ns = process_now_ns();
	drain_init(&s->drain, &s->region);
	modules_init(&s->modules, &s->region, &s->process, s->writer, s->exe);
	stackmap_init(&s->stacks, &s->region, &s->modules, s->writer);
	threads_init(&s->threads, s->writer, &s->process, s->exe);
	marks_init(&s->marks, s->writer);
	start.stamp = s->region.once.start_stamp;
	start.monotonic_ns = s->region.once.start_monotonic_ns;
	writer_clock(s->writer, &start);
	if (origin->source == REGION_SHARED) {
		write_clock(s);
		write_memory(s);
	}
	return s;
}

/* Counts what a ring dropped, beyond what its EVENT_LOST records told already. */
static void count_lost(struct session *s, uint32_t number)
{
	const struct ring_header *ring = s->region.rings[number];
	const struct drain_ring *state = &s->drain.rings[number];
	uint64_t dropped;

	if (!ring) {
		s->lost += region_unread_events(&s->region, number);
		return;
	}
	/* How many records a broken ring ever held is unknown; it had room for so many. */
	if (state->broken) {
		s->lost += s->region.once.ring_events;
		s->broken_rings++;
	}
	dropped = load_relaxed(&ring->lost);
	if (dropped > state->lost_in_band)
		s->lost += dropped - state->lost_in_band;
}

bool session_write(struct session *s)
{
	writer_write_chunk(s->writer);
	return writer_is_behind(s->writer);
}

static size_t drain_one(struct session *s, uint32_t number)
{
	struct drain_part parts[2];
	size_t records;

	if (!region_ring(&s->region, number)) {
		/* No memory for the rings of yet more threads: nobody shall wait for us there. */
		session_abandon(s);
		return 0;
	}
	records = drain_begin(&s->drain, number, parts);
	intake(s, number, &parts[0]);
	intake(s, number, &parts[1]);
	drain_end(&s->drain, number, records);
	if (s->region.source == REGION_ON_DISK) {
		/* Thousands of copied rings would not fit into memory. */
		count_lost(s, number);
		region_unmap_ring(&s->region, number);
		while (session_write(s))
			;
	}
	return records;
}

size_t session_drain(struct session *s, unsigned *fullest_permille)
{
	uint32_t count = region_ring_count(&s->region);
	size_t total = 0;

	/* After an exec /proc/PID/maps is that of the next program. */
	if (load_relaxed(&s->region.header->end_kind) == END_EXEC)
		s->modules.mappings_foreign = true;
	modules_update(&s->modules);
	for (uint32_t i = 0; i < count; i++) {
		size_t records = drain_one(s, i);
		size_t permille = records * 1000 / s->region.once.ring_events;

		total += records;
		if (permille > *fullest_permille)
			*fullest_permille = (unsigned)permille;
	}
	add_release(&s->region.header->heartbeat, 1);
	return total;
}

/* A ring that was filled to the half before its thread could see that we sleep. */
static bool has_filled_ring(const struct session *s)
{
	uint32_t count = region_ring_count(&s->region);

	for (uint32_t i = 0; i < count; i++) {
		const struct ring_header *ring = s->region.rings[i];

		if (!ring || load_relaxed(&ring->head) - s->drain.rings[i].tail >=
				     s->region.once.ring_events / 2)
			return true;
	}
	return false;
}

bool session_sleep(struct session *s, uint64_t longest_ns)
{
	const struct timespec longest = {0, (long)longest_ns};
	struct region_header *header = s->region.header;
	uint32_t bell = load_acquire(&header->bell);

	if (s->ended.stamp)
		return false;
	store_release(&header->asleep, 1);
	/* They store head or end_kind, and then look at asleep. */
	full_fence();
	if (load_relaxed(&header->end_kind) != END_NONE || demand_is_open(s) ||
	    has_filled_ring(s)) {
		store_relaxed(&header->asleep, 0);
		return false;
	}
	syscall(SYS_futex, &header->bell, FUTEX_WAIT, bell, &longest, NULL, 0);
	store_relaxed(&header->asleep, 0);
	return true;
}

void session_abandon(struct session *s)
{
	store_relaxed(&s->region.header->collector_gone, 1);
}

/* A thread that allocated after its thread-specific data was destroyed cannot give its ring back.
 * If it is gone and its ring is empty, that is for us to do. */
static void free_late_rings(struct session *s)
{
	uint32_t count = region_ring_count(&s->region);

	if (!s->same_numbers)
		return; /* we could not tell whether the thread is gone */
	for (uint32_t i = 0; i < count; i++) {
		struct ring_header *ring = s->region.rings[i];
		uint32_t owner;

		if (!ring || !load_relaxed(&ring->late))
			continue;
		owner = load_acquire(&ring->owner_tid);
		if (!owner || process_has_thread(&s->process, (int32_t)owner) ||
		    load_acquire(&ring->head) != s->drain.rings[i].tail)
			continue;
		if (s->drain.rings[i].thread)
			threads_end(&s->threads, s->drain.rings[i].thread,
				    clock_read(s->region.once.clock_kind).stamp);
		s->drain.rings[i].thread = 0;
		store_release(&ring->owner_tid, 0);
	}
}

void session_tick(struct session *s, bool active)
{
	uint64_t now_ns = process_now_ns();
	bool ending = load_relaxed(&s->region.header->end_kind) != END_NONE;

	/* The last moment at which its memory can be seen. */
	if (now_ns >= s->memory_due_ns || (ending && !s->ending_seen))
		write_memory(s);
	s->ending_seen = ending;
	if (active && now_ns >= s->clock_due_ns)
		write_clock(s);
	/* While whole chunks wait to be written, a few events more can. */
	if (now_ns < s->second_due_ns ||
	    (writer_is_behind(s->writer) && now_ns < s->second_due_ns + LATEST_FLUSH_NS))
		return;
	s->second_due_ns = now_ns + SECOND_NS;
	threads_refresh_names(&s->threads);
	free_late_rings(s);
	writer_flush(s->writer);
}

void session_note_end(struct session *s)
{
	s->ended = clock_read(s->region.once.clock_kind);
}

static const uint32_t trace_end_of[] = {
	[END_NONE] = TRACE_END_UNKNOWN,
	[END_EXIT] = TRACE_END_EXIT,
	[END_UNDERSCORE_EXIT] = TRACE_END_UNDERSCORE_EXIT,
	[END_QUICK_EXIT] = TRACE_END_QUICK_EXIT,
	[END_EXEC] = TRACE_END_EXEC,
};

/* What the process announced counts for the manner, what the kernel reported for the status. */
static void describe_end(const struct session *s, uint32_t kind, int status, struct trace_end *end)
{
	uint32_t said = load_relaxed(&s->region.header->end_kind);

	if (said >= sizeof trace_end_of / sizeof *trace_end_of)
		said = END_NONE;
	end->kind = kind;
	end->status = status;
	if (kind == TRACE_END_UNKNOWN) {
		end->kind = trace_end_of[said];
		if (said != END_NONE && said != END_EXEC)
			end->status = load_relaxed(&s->region.header->end_status);
	} else if (kind == TRACE_END_EXIT && said != END_NONE) {
		end->kind = trace_end_of[said];
		if (said == END_EXEC)
			end->status = 0;
	}
}

/* The last event of a process that is long gone. */
static struct trace_clock last_moment(const struct session *s)
{
	const struct region_header *once = &s->region.once;
	struct trace_clock moment = {once->start_stamp, once->start_monotonic_ns};
	double elapsed_ns;

	if (writer_last_stamp(s->writer) > moment.stamp)
		moment.stamp = writer_last_stamp(s->writer);
	elapsed_ns = (double)(moment.stamp - once->start_stamp) *
		     clock_ns_per_stamp(once->clock_kind);
	if (elapsed_ns < MOST_ELAPSED_NS)
		moment.monotonic_ns += (uint64_t)elapsed_ns;
	return moment;
}

/* Programs that it executed and that nobody recorded; of executions that failed nothing is left. */
static void write_unrecorded(struct session *s)
{
	struct trace_unrecorded lost = {
		.reason = UNRECORDED_NOT,
		.times = load_relaxed(&s->region.header->unrecorded_lost),
		.path = "",
	};

	for (uint32_t i = 0; i < s->region.once.unrecorded_slots; i++) {
		char path[UNRECORDED_PATH_BYTES + 1];
		struct unrecorded_entry entry;
		struct trace_unrecorded program = {.path = path};

		if (!region_unrecorded(&s->region, i, &entry))
			continue;
		memcpy(path, entry.path, entry.path_bytes);
		path[entry.path_bytes] = '\0';
		program.reason = entry.reason;
		program.times = load_relaxed(&entry.times);
		if (program.times)
			writer_unrecorded(s->writer, &program);
	}
	if (lost.times)
		writer_unrecorded(s->writer, &lost);
}

static void write_python(struct session *s)
{
	const struct region_header *h = s->region.header;
	struct trace_python python = {
		.state = load_acquire(&h->python_state),
		.version = h->python_version,
		.allocator = load_relaxed(&h->python_allocator),
		.teardown_stamp = load_relaxed(&h->python_teardown_stamp),
		.codes_lost = load_relaxed(&h->python_codes_lost),
	};

	if (python.state != PYTHON_NONE)
		writer_python(s->writer, &python);
}

static void write_suppressions(struct session *s)
{
	uint32_t bytes = s->region.header->suppressions_bytes;
	char *text;

	if (!bytes || bytes > s->region.once.names_bytes)
		return;
	text = xmalloc(bytes + 1u);
	if (region_name(&s->region, s->region.header->suppressions_offset, bytes, text, bytes + 1u))
		writer_suppressions(s->writer, text);
	free(text);
}

static void finish_counts(struct session *s, struct session_totals *totals)
{
	uint32_t count = region_ring_count(&s->region);

	for (uint32_t i = 0; s->region.source == REGION_SHARED && i < count; i++)
		count_lost(s, i);
	s->lost += load_relaxed(&s->region.header->events_unattached);
	s->lost += s->marks.open_count;
	if (s->lost)
		writer_lost(s->writer, s->lost);
	writer_flush(s->writer); /* may still fail, and lose what was buffered */
	totals->events = writer_events_stored(s->writer);
	totals->lost = writer_events_lost(s->writer);
	totals->broken_rings = s->broken_rings;
}

void session_finish(struct session *s, uint32_t kind, int status, struct session_totals *totals)
{
	struct region_header *header = s->region.header;
	struct trace_end end = {0};
	struct trace_clock now;
	unsigned fullest_permille = 0;

	demand_release(s);
	s->modules.mappings_foreign = true; /* they are gone, or those of the next program */
	session_drain(s, &fullest_permille);
	session_abandon(s);
	if (s->region.source == REGION_ON_DISK)
		now = last_moment(s);
	else
		now = s->ended.stamp ? s->ended : clock_read(s->region.once.clock_kind);
	writer_clock(s->writer, &now);
	write_unrecorded(s);
	write_suppressions(s);
	write_python(s);
	finish_counts(s, totals);
	end.stamp = now.stamp;
	end.monotonic_ns = now.monotonic_ns;
	describe_end(s, kind, status, &end);
	end.flags = load_relaxed(&header->flags);
	end.stacks_truncated = load_relaxed(&header->stacks_truncated);
	end.modules_lost = load_relaxed(&header->modules_lost);
	totals->write_error = writer_finish(s->writer, &end);
	marks_release(&s->marks);
	threads_release(&s->threads);
	stackmap_release(&s->stacks);
	modules_release(&s->modules);
	drain_release(&s->drain);
	release(s);
}
