/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "snapshot.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../util/array.h"
#include "clock.h"
#include "freeze.h"
#include "freeze_copy.h"
#include "kernel_roots.h"
#include "maps.h"
#include "python_collector.h"

#define STEP_BYTES (8u << 20)

struct snapshot {
	const struct process *process;
	struct writer *writer;
	pid_t owner; /* of us, who called snapshot_new */
	struct freeze *freeze; /* NULL: nobody is held any more */
	struct freeze_copy *copy; /* NULL: none */
	struct maps maps;
	struct kernel_roots kernel_roots;
	struct memory_words *words;
	struct object_names names;
	struct trace_frozen *threads;
	uint64_t *registers;
	struct trace_snapshot result; /* points into the above */
	bool all_read; /* nobody need be held any longer */
	bool finished; /* as far as the trace is concerned */
	bool written;
};

static void describe_asking(struct snapshot *s, const struct snapshot_request *request)
{
	struct trace_frozen *thread = &s->threads[s->result.thread_count++];

	thread->tid = request->asking_tid;
	thread->flags = request->asking_flags | TRACE_FROZEN_ASKED | TRACE_FROZEN_STOPPED;
	thread->stack_pointer = request->stack_pointer;
	thread->thread_pointer = request->thread_pointer;
	thread->register_count = request->register_count;
	if (request->register_count)
		memcpy(s->registers, request->registers,
		       request->register_count * sizeof *s->registers);
	s->result.register_count = request->register_count;
}

static void describe_thread(struct snapshot *s, const struct freeze_thread *from)
{
	struct trace_frozen *thread = &s->threads[s->result.thread_count++];

	thread->tid = from->tid;
	thread->first_register = s->result.register_count;
	if (from->state < FREEZE_INTERRUPTED)
		return;
	thread->flags = TRACE_FROZEN_STOPPED;
	thread->stack_pointer = from->where.stack_pointer;
	thread->thread_pointer = from->where.thread_pointer;
	thread->call_address = from->where.call_address;
	thread->register_count = (uint32_t)from->register_count;
	memcpy(s->registers + s->result.register_count,
	       s->freeze->registers.words + from->first_register,
	       from->register_count * sizeof *s->registers);
	s->result.register_count += thread->register_count;
}

static void describe_threads(struct snapshot *s, const struct snapshot_request *request)
{
	const struct freeze *f = s->freeze;

	s->threads = xcalloc(f->count + 1, sizeof *s->threads);
	s->registers = xcalloc(f->registers.count + request->register_count + 1,
			       sizeof *s->registers);
	if (request->asking_tid)
		describe_asking(s, request);
	for (size_t i = 0; i < f->count; i++)
		if (f->threads[i].state != FREEZE_GONE && !f->threads[i].foreign &&
		    f->threads[i].tid != request->asking_tid)
			describe_thread(s, &f->threads[i]);
	if (freeze_running(f))
		s->result.flags |= TRACE_SNAPSHOT_RUNNING;
	s->result.threads = s->threads;
	s->result.registers = s->registers;
}

static void describe_kernel_roots(struct snapshot *s, int32_t tid)
{
	kernel_roots_read(&s->kernel_roots, s->process, tid);
	if (s->kernel_roots.incomplete)
		s->result.flags |= TRACE_SNAPSHOT_NO_KERNEL_ROOTS;
	s->result.kernel_roots = s->kernel_roots.list;
	s->result.kernel_root_count = (uint32_t)s->kernel_roots.count;
}

/* Who supplies memory when it is missing would be asked by the kernel, and stands still. */
static void make_copy(struct snapshot *s, const struct detour_place *place)
{
	if (!s->kernel_roots.has_userfaultfd)
		s->copy = freeze_copy_new(s->freeze, place);
	if (s->copy)
		s->result.flags |= TRACE_SNAPSHOT_COPY;
}

static void begin_words(struct snapshot *s, const struct snapshot_request *request, int32_t tid)
{
	struct memory_words_source source = {
		.memory = s->copy ? &s->copy->process : s->process,
		.memory_tid = s->copy ? s->copy->process.pid : tid,
		.original = s->process,
		.original_tid = tid,
		.mappings = s->maps.list,
		.mapping_count = s->maps.count,
	};

	object_names_init(&s->names, &request->names, source.memory_tid);
	python_collector_read(source.memory_tid, request->python_generations, &s->result.collector);
	s->words = memory_words_new(&source, request->own, request->own_count);
	writer_snapshot_begin(s->writer);
}

struct snapshot *snapshot_new(const struct process *process, uint32_t clock_kind,
			      struct writer *writer, const struct snapshot_request *request)
{
	/* To make a copy the only thread there is may be the one that asked. */
	struct freeze *f = freeze_new(process, request->copy ? 0 : request->asking_tid);
	struct snapshot *s;
	struct trace_clock now;
	int32_t tid;

	if (!f)
		return NULL;
	/* Not before everybody stands still: what is stamped earlier has happened. */
	now = clock_read(clock_kind);
	s = xcalloc(1, sizeof *s);
	s->process = process;
	s->writer = writer;
	s->owner = getpid();
	s->freeze = f;
	s->result.cause = request->cause;
	s->result.stamp = now.stamp;
	s->result.monotonic_ns = now.monotonic_ns;
	tid = freeze_memory_tid(f);
	if (!maps_read(&s->maps, process, tid)) {
		s->finished = true; /* nothing has begun */
		snapshot_free(s);
		return NULL;
	}
	memory_words_mark_own(s->maps.list, s->maps.count, request->own, request->own_count);
	describe_threads(s, request);
	describe_kernel_roots(s, tid);
	if (request->copy)
		make_copy(s, &request->detour);
	begin_words(s, request, tid);
	if (s->copy)
		freeze_thaw(f);
	return s;
}

bool snapshot_has_copy(const struct snapshot *s)
{
	return s->result.flags & TRACE_SNAPSHOT_COPY;
}

bool snapshot_holds(const struct snapshot *s)
{
	return s->freeze && !s->copy;
}

static bool let_go(struct snapshot *s)
{
	if (!s->freeze)
		return true;
	freeze_thaw(s->freeze);
	if (s->copy)
		freeze_copy_free(s->copy);
	s->copy = NULL;
	s->result.pause_ns = s->freeze->pause_ns;
	freeze_free(s->freeze);
	s->freeze = NULL;
	return true;
}

static void finish(struct snapshot *s, bool complete)
{
	/* Nobody is held by a copy, and it takes time to end. */
	if (s->copy)
		s->result.pause_ns = s->freeze->pause_ns;
	else
		let_go(s);
	s->finished = true;
	if (!complete) {
		writer_snapshot_abandon(s->writer);
		return;
	}
	s->result.read_bytes = memory_words_read_bytes(s->words);
	s->result.unread_bytes = memory_words_unread_bytes(s->words);
	s->result.mappings = s->maps.list;
	s->result.mapping_count = (uint32_t)s->maps.count;
	s->result.names = s->names.list;
	s->result.name_count = (uint32_t)s->names.count;
	writer_snapshot_end(s->writer, &s->result);
	s->written = !writer_error(s->writer);
}

static void take(void *context, const struct trace_word *words, size_t count)
{
	struct snapshot *s = context;

	object_names_see(&s->names, words, count);
	writer_snapshot_words(s->writer, words, count);
}

bool snapshot_step(struct snapshot *s)
{
	if (s->finished)
		return !s->copy || (freeze_copy_end(s->copy) && let_go(s));
	if (s->owner != getpid()) {
		finish(s, false);
		return let_go(s);
	}
	if (s->copy)
		freeze_thaw(s->freeze); /* for who came to a stop only now */
	if (s->all_read) {
		finish(s, true);
		return !s->copy;
	}
	s->all_read = memory_words_read(s->words, STEP_BYTES, take, s);
	if (s->all_read)
		object_names_finish(&s->names);
	if (memory_words_is_lost(s->words))
		finish(s, false);
	else if (s->all_read && !s->copy)
		let_go(s);
	return s->finished && !s->copy;
}

bool snapshot_is_written(const struct snapshot *s)
{
	return s->written;
}

void snapshot_free(struct snapshot *s)
{
	if (!s->finished)
		finish(s, false);
	let_go(s);
	if (s->words)
		memory_words_free(s->words);
	maps_release(&s->maps);
	kernel_roots_release(&s->kernel_roots);
	object_names_release(&s->names);
	free(s->threads);
	free(s->registers);
	free(s);
}

void snapshot_let_all_go(void)
{
	tracer_end_all();
}
