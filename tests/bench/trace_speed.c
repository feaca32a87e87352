/* SPDX-License-Identifier: MIT */
/*
 * trace_speed.c - bytes per event of a trace, and events per second of writing and reading it.
 *
 * Addresses come from the malloc of this process, stamps imitate a time stamp counter that moves
 * by 26 at a time. Usage: trace_speed [MILLION_EVENTS]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/trace/reader.h"
#include "analyzer/trace/writer.h"

#define SITES 256u
#define STACKS (SITES + 8)
#define THREADS_MAX 8u
#define BATCH 1000u /* events that the writer gets of one thread before those of the next */

struct block {
	void *address;
	uint32_t stack;
};

/* The events of one thread. */
struct stream {
	thread_id thread;
	size_t live; /* blocks; 0 for a stack of them */
	struct trace_event *events;
	size_t count, capacity, position;
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

static void add(struct stream *s, uint8_t kind, uint8_t api, void *address, uint64_t size,
		uint32_t stack)
{
	s->events[s->count++] = (struct trace_event){
		.stamp = next_stamp(s),
		.address = (uintptr_t)address,
		.size = size,
		.stack = stack,
		.thread = s->thread,
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

static void allocate(struct stream *s, struct block *block)
{
	uint32_t stack = next_stack(s);
	/* One site in four asks for many sizes, the others for one. */
	uint64_t size = stack % 4 ? 16 + stack % 13 * 24 : 1 + next_random(s) % 160;

	block->address = malloc(size);
	block->stack = stack;
	add(s, EVENT_ALLOC, API_MALLOC, block->address, size, stack);
}

static void release(struct stream *s, struct block *block)
{
	/* Eight sites release what all others allocate. */
	add(s, EVENT_FREE, API_FREE, block->address, 0, SITES + 1 + block->stack % 8);
	free(block->address);
	block->address = NULL;
}

/* The last block allocated is the first to go, at random depths. */
static void make_lifo(struct stream *s)
{
	struct block blocks[512];
	size_t depth = 0;

	while (s->count < s->capacity) {
		if (depth < 512 && (!depth || next_random(s) % 2))
			allocate(s, &blocks[depth++]);
		else
			release(s, &blocks[--depth]);
	}
	while (depth)
		free(blocks[--depth].address);
}

/* Every step replaces a random block. */
static void make_random(struct stream *s)
{
	struct block *blocks = calloc(s->live, sizeof *blocks);

	for (size_t i = 0; i < s->live && s->count < s->capacity; i++)
		allocate(s, &blocks[i]);
	while (s->count + 1 < s->capacity) {
		struct block *block = &blocks[next_random(s) % s->live];

		release(s, block);
		allocate(s, block);
	}
	for (size_t i = 0; i < s->live; i++)
		free(blocks[i].address);
	free(blocks);
}

static void *make_stream(void *argument)
{
	struct stream *s = argument;

	if (s->live)
		make_random(s);
	else
		make_lifo(s);
	return NULL;
}

/* Of processor time, so that other work on the machine does not count. */
static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void write_events(struct writer *w, struct stream *streams, uint32_t count)
{
	bool left = true;

	while (left) {
		left = false;
		for (uint32_t i = 0; i < count; i++) {
			struct stream *s = &streams[i];

			for (uint32_t k = 0; k < BATCH && s->position < s->count; k++)
				writer_event(w, &s->events[s->position++]);
			left |= s->position < s->count;
		}
	}
}

static void write_trace(const char *path, struct stream *streams, uint32_t count)
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
	for (uint32_t i = 0; i < count; i++)
		writer_thread(w, &(struct trace_thread){.id = streams[i].thread});
	write_events(w, streams, count);
	if (writer_finish(w, &end)) {
		fprintf(stderr, "%s: cannot be written\n", path);
		exit(1);
	}
}

/* Returns the number of events, all of which came back right. */
static size_t read_trace(const char *path, struct stream *streams, uint64_t *bytes)
{
	struct trace_error problem;
	struct reader *r = reader_new(path, &problem);
	struct trace_event event;
	size_t count = 0, wrong = 0;

	if (!r) {
		fprintf(stderr, "%s: %s\n", path, problem.message);
		exit(1);
	}
	for (; reader_next(r, &event); count++) {
		struct stream *s = &streams[event.thread - 1];
		const struct trace_event *written = &s->events[s->position++];

		wrong += event.stamp != written->stamp || event.address != written->address;
	}
	if (wrong || reader_damage(r) || !reader_end(r) || reader_end(r)->events != count) {
		fprintf(stderr, "%s: of %zu events %zu came back wrong\n", path, count, wrong);
		exit(1);
	}
	*bytes = reader_file_bytes(r);
	reader_free(r);
	return count;
}

static void measure(const char *name, const char *path, size_t events, uint32_t threads,
		    size_t live)
{
	struct stream streams[THREADS_MAX] = {0};
	pthread_t workers[THREADS_MAX];
	double begin, written, read;
	uint64_t bytes;
	size_t count;

	for (uint32_t i = 0; i < threads; i++) {
		streams[i] = (struct stream){
			.thread = i + 1,
			.live = live,
			.capacity = events / threads,
			.stamp = 1000000,
			.random = 88172645463325252ull + i,
		};
		streams[i].events = malloc(streams[i].capacity * sizeof(struct trace_event));
		if (!streams[i].events ||
		    pthread_create(&workers[i], NULL, make_stream, &streams[i])) {
			perror("trace_speed");
			exit(1);
		}
	}
	for (uint32_t i = 0; i < threads; i++)
		pthread_join(workers[i], NULL);

	begin = seconds();
	write_trace(path, streams, threads);
	written = seconds() - begin;
	for (uint32_t i = 0; i < threads; i++)
		streams[i].position = 0;
	begin = seconds();
	count = read_trace(path, streams, &bytes);
	read = seconds() - begin;
	unlink(path);
	printf("%-24s %5.2f bytes/event  write %5.1f  read %5.1f million events/s\n", name,
	       (double)bytes / (double)count, (double)count / written / 1e6,
	       (double)count / read / 1e6);
	for (uint32_t i = 0; i < threads; i++)
		free(streams[i].events);
}

int main(int argc, char **argv)
{
	size_t events = (argc > 1 ? strtoul(argv[1], NULL, 10) : 8) * 1000000;
	char folder[] = "/tmp/trace_speed.XXXXXX";
	char path[sizeof folder + sizeof "/trace"];

	if (!events || !mkdtemp(folder)) {
		fprintf(stderr, "usage: trace_speed [MILLION_EVENTS]\n");
		return 2;
	}
	snprintf(path, sizeof path, "%s/trace", folder);
	measure("LIFO, one thread", path, events, 1, 0);
	measure("random, 1 M live blocks", path, events, 1, 1000000);
	measure("random, 8 threads", path, events, THREADS_MAX, 1000);
	rmdir(folder);
	return 0;
}
