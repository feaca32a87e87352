/* SPDX-License-Identifier: MIT */
/*
 * trace_speed.c - bytes per event of a trace, and events per second of writing and reading it.
 *
 * Addresses come from the malloc of this process, stamps imitate a time stamp counter that moves
 * by 26 at a time. Usage: trace_speed [MILLION_EVENTS]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/trace/reader.h"
#include "analyzer/trace/writer.h"

#define SITES 256u
#define STACKS (SITES + 8)
#define THREADS_MAX 8u

struct block {
	void *address;
	uint32_t stack;
};

struct stream {
	struct trace_event *events;
	size_t count, capacity;
	uint64_t stamp;
	uint64_t random;
	uint32_t site;
};

static uint64_t next_random(struct stream *s)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return s->random >> 11;
}

/* Many short pauses, few long ones. */
static uint64_t next_stamp(struct stream *s)
{
	uint64_t steps = 3 + next_random(s) % 6;

	while (next_random(s) % 4 == 0)
		steps *= 2;
	s->stamp += 26 * steps;
	return s->stamp;
}

static void add(struct stream *s, thread_id thread, uint8_t kind, uint8_t api, uintptr_t address,
		uint64_t size, uint32_t stack)
{
	s->events[s->count++] = (struct trace_event){
		.stamp = next_stamp(s),
		.address = address,
		.size = size,
		.stack = stack,
		.thread = thread,
		.kind = kind,
		.api = api,
	};
}

/* Programs go round in loops: seven sites of eight follow the one before in a fixed order. */
static uint32_t next_stack(struct stream *s)
{
	if (next_random(s) % 8)
		s->site = (s->site * 5 + 3) % SITES;
	else
		s->site = (uint32_t)(next_random(s) % SITES);
	return 1 + s->site;
}

static void allocate(struct stream *s, thread_id thread, struct block *block)
{
	uint32_t stack = next_stack(s);
	/* One site in four asks for many sizes, the others for one. */
	uint64_t size = stack % 4 ? 16 + stack % 13 * 24 : 1 + next_random(s) % 160;

	block->address = malloc(size);
	block->stack = stack;
	add(s, thread, EVENT_ALLOC, API_MALLOC, (uintptr_t)block->address, size, stack);
}

static void release(struct stream *s, thread_id thread, struct block *block)
{
	/* Eight sites release what all others allocate. */
	add(s, thread, EVENT_FREE, API_FREE, (uintptr_t)block->address, 0,
	    SITES + 1 + block->stack % 8);
	free(block->address);
	block->address = NULL;
}

/* The last block allocated is the first to go, at random depths. */
static void make_lifo(struct stream *s)
{
	static struct block blocks[512];
	size_t depth = 0;

	while (s->count < s->capacity) {
		if (depth < 512 && (!depth || next_random(s) % 2))
			allocate(s, 1, &blocks[depth++]);
		else
			release(s, 1, &blocks[--depth]);
	}
	while (depth)
		free(blocks[--depth].address);
}

/* Every step replaces a random one of `live` blocks of a random thread. */
static void make_random(struct stream *s, uint32_t threads, size_t live)
{
	struct block *blocks = calloc(live * threads, sizeof *blocks);

	for (size_t i = 0; i < live * threads && s->count < s->capacity; i++)
		allocate(s, 1 + (uint32_t)(i / live), &blocks[i]);
	while (s->count + 1 < s->capacity) {
		uint32_t thread = (uint32_t)(next_random(s) % threads);
		struct block *block = &blocks[thread * live + next_random(s) % live];

		release(s, thread + 1, block);
		allocate(s, thread + 1, block);
	}
	for (size_t i = 0; i < live * threads; i++)
		free(blocks[i].address);
	free(blocks);
}

/* Of processor time, so that other work on the machine does not count. */
static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void write_trace(const char *path, const struct stream *s)
{
	struct trace_program program = {.exe = "trace_speed", .clock_kind = CLOCK_STAMP_TSC};
	struct trace_end end = {.kind = TRACE_END_EXIT};
	struct writer *w = writer_new(path, &program);

	if (!w) {
		perror(path);
		exit(1);
	}
	for (uint32_t i = 0; i < STACKS; i++)
		writer_stack(w, i / 2, 0, 0x401000 + i * 0x35);
	for (thread_id id = 1; id <= THREADS_MAX; id++)
		writer_thread(w, &(struct trace_thread){.id = id, .tid = (int32_t)(1000 + id)});
	for (size_t i = 0; i < s->count; i++)
		writer_event(w, &s->events[i]);
	if (writer_finish(w, &end)) {
		fprintf(stderr, "%s: cannot be written\n", path);
		exit(1);
	}
}

static uint64_t read_trace(const char *path, const struct stream *s)
{
	struct trace_error error;
	struct reader *r = reader_new(path, &error);
	struct trace_event event;
	uint64_t bytes;
	size_t count = 0, wrong = 0;

	if (!r) {
		fprintf(stderr, "%s: %s\n", path, error.message);
		exit(1);
	}
	while (reader_next(r, &event)) {
		wrong += event.stamp != s->events[count].stamp ||
			 event.address != s->events[count].address;
		count++;
	}
	if (count != s->count || wrong) {
		fprintf(stderr, "%s: %zu of %zu events came back, %zu wrong\n", path, count,
			s->count, wrong);
		exit(1);
	}
	bytes = reader_file_bytes(r);
	reader_free(r);
	return bytes;
}

static void measure(const char *name, const char *path, const struct stream *s)
{
	double begin = seconds(), written, read;
	uint64_t bytes;

	write_trace(path, s);
	written = seconds() - begin;
	begin = seconds();
	bytes = read_trace(path, s);
	read = seconds() - begin;
	unlink(path);
	printf("%-28s %6.2f bytes/event  write %6.1f  read %6.1f million events/s\n", name,
	       (double)bytes / (double)s->count, (double)s->count / written / 1e6,
	       (double)s->count / read / 1e6);
}

static void start(struct stream *s)
{
	s->count = 0;
	s->stamp = 1000000;
	s->site = 0;
	s->random = 88172645463325252ull;
}

int main(int argc, char **argv)
{
	size_t millions = argc > 1 ? strtoul(argv[1], NULL, 10) : 8;
	char folder[] = "/tmp/trace_speed.XXXXXX";
	char path[sizeof folder + 8];
	struct stream s = {.capacity = millions * 1000000};

	s.events = malloc(s.capacity * sizeof *s.events);
	if (!millions || !s.events || !mkdtemp(folder)) {
		fprintf(stderr, "usage: trace_speed [MILLION_EVENTS]\n");
		return 2;
	}
	snprintf(path, sizeof path, "%s/trace", folder);

	start(&s);
	make_lifo(&s);
	measure("LIFO, one thread", path, &s);
	start(&s);
	make_random(&s, 1, 1000000);
	measure("random, 1 M live blocks", path, &s);
	start(&s);
	make_random(&s, THREADS_MAX, 1000);
	measure("random, 8 threads", path, &s);

	rmdir(folder);
	free(s.events);
	return 0;
}
