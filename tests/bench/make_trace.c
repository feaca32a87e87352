/* SPDX-License-Identifier: MIT */
/*
 * make_trace.c - writes the trace of a server that never was, of any length, the same every time.
 *
 * Threads serve requests side by side. Each kind of request runs through allocation sites of its
 * own, again and again: temporaries that go in reverse order, blocks that live as long as the
 * request, a buffer that grows by reallocation, sessions that other threads end much later. On top
 * of that lie what the program loads at its start and keeps, and a slow leak. Addresses come from a
 * simulated allocator with thread caches, so that they are reused as real ones are. Memory is that
 * of the blocks alive, whatever the number of events.
 *
 * Usage: make_trace FILE [MILLION_EVENTS [LIVE_BLOCKS [THREADS]]]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/trace/writer.h"
#include "analyzer/util/array.h"

#define REQUEST_KINDS 256u
#define SITES_PER_KIND 16u
#define SESSION_STEP 3u /* of every kind: a site of sessions */
#define SITES (REQUEST_KINDS * SITES_PER_KIND)
#define RELEASE_STACKS 512u
#define DEPTH_MIN 10u
#define DEPTH_MAX 40u
#define MODULES 6u
#define MODULE_BYTES 0x200000u

#define TEMPORARIES_MAX 64u
#define REQUEST_BLOCKS_MAX 256u
#define REQUESTS_PER_LEAK 4096u
#define KEPT_PER_SESSIONS 8u /* one block is kept for good for so many sessions */

#define CLASS_BYTES_MAX 1024u /* up to here in steps of 16, then powers of two */
#define CLASS_SMALL_COUNT (CLASS_BYTES_MAX / 16 + 1)
#define CLASS_COUNT (CLASS_SMALL_COUNT + 32)
#define CACHED_MAX 64u /* of a class in a thread's cache */
#define ARENA_BYTES (1ull << 36)

#define TICK 26u /* of the time stamp counter, at 2.6 GHz */

enum lifetime { LIFETIME_TEMPORARY, LIFETIME_REQUEST, LIFETIME_BUFFER, LIFETIME_SESSION };

struct site {
	stack_id stack, release_stack;
	uint32_t size_min, size_spread; /* bytes */
	uint8_t lifetime;
};

struct block {
	uint64_t address; /* 0: none */
	uint32_t size_bytes;
	uint32_t site;
};

/* Addresses that may be handed out again, of one class of sizes. */
struct pile {
	uint64_t *addresses;
	size_t count, capacity;
};

struct worker {
	uint32_t kind, step, steps_left; /* of the request in progress */
	struct block temporaries[TEMPORARIES_MAX];
	uint32_t temporary_count;
	struct block blocks[REQUEST_BLOCKS_MAX];
	uint32_t block_count;
	struct block buffer;
	struct pile cache[CLASS_COUNT];
	uint64_t fresh; /* end of what was handed out of its arena */
};

struct server {
	struct writer *writer;
	uint64_t random, stamp;
	uint64_t events_left;
	struct site sites[SITES];
	struct worker *workers;
	uint32_t worker_count;
	struct block *sessions;
	size_t session_count;
	struct pile shared[CLASS_COUNT];
	uint64_t requests;
};

static uint64_t next_random(struct server *s)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return s->random >> 11;
}

static uint64_t below(struct server *s, uint64_t limit)
{
	return next_random(s) % limit;
}

/* Below the limit as well, small numbers far more often than large ones. */
static uint64_t skewed(struct server *s, uint64_t limit)
{
	return below(s, below(s, below(s, limit) + 1) + 1);
}

static uint64_t next_stamp(struct server *s)
{
	uint64_t ticks = 1 + below(s, 4);

	while (below(s, 8) == 0)
		ticks *= 4;
	return s->stamp += TICK * ticks;
}

static uint64_t nanoseconds(uint64_t stamp)
{
	return stamp * 10 / TICK;
}

static void put(struct server *s, uint32_t worker, uint8_t kind, uint8_t api, uint64_t address,
		uint64_t size, stack_id stack)
{
	writer_event(s->writer, &(struct trace_event){.stamp = next_stamp(s),
						      .address = address,
						      .size = size,
						      .stack = stack,
						      .thread = worker + 1,
						      .kind = kind,
						      .api = api});
	if (s->events_left)
		s->events_left--;
}

/* Block sizes as in common allocators: a header of 8 bytes, steps of 16. */
static uint32_t class_of(uint64_t size_bytes, uint64_t *block_bytes)
{
	uint64_t bytes = (size_bytes + 8 + 15) & ~15ull;
	uint32_t class = CLASS_SMALL_COUNT;

	if (bytes <= CLASS_BYTES_MAX) {
		*block_bytes = bytes < 32 ? 32 : bytes;
		return (uint32_t)(*block_bytes / 16);
	}
	*block_bytes = 2 * CLASS_BYTES_MAX;
	for (; *block_bytes < bytes; class ++)
		*block_bytes *= 2;
	return class;
}

static void pile_add(struct pile *pile, uint64_t address)
{
	ARRAY_GROW(pile->addresses, pile->count + 1, pile->capacity);
	pile->addresses[pile->count++] = address;
}

/* Moves what lies on top of one pile to the other. */
static void pile_move(struct pile *to, struct pile *from, size_t count)
{
	while (count-- && from->count)
		pile_add(to, from->addresses[--from->count]);
}

static uint64_t take_address(struct server *s, uint32_t worker, uint64_t size_bytes)
{
	struct worker *w = &s->workers[worker];
	uint64_t block_bytes, address;
	uint32_t class = class_of(size_bytes, &block_bytes);
	struct pile *cache = &w->cache[class];

	if (!cache->count)
		pile_move(cache, &s->shared[class], CACHED_MAX / 2);
	if (cache->count)
		return cache->addresses[--cache->count];
	address = w->fresh;
	w->fresh += block_bytes;
	return address;
}

static void give_address(struct server *s, uint32_t worker, uint64_t size_bytes, uint64_t address)
{
	uint64_t block_bytes;
	uint32_t class = class_of(size_bytes, &block_bytes);
	struct pile *cache = &s->workers[worker].cache[class];

	if (cache->count == CACHED_MAX)
		pile_move(&s->shared[class], cache, CACHED_MAX / 2);
	pile_add(cache, address);
}

/* operator new cannot reallocate. */
static bool is_new(const struct server *s, uint32_t site)
{
	return site % 3 == 0 && s->sites[site].lifetime != LIFETIME_BUFFER;
}

static struct block allocate(struct server *s, uint32_t worker, uint32_t site)
{
	const struct site *from = &s->sites[site];
	uint64_t size = from->size_min + (from->size_spread ? below(s, from->size_spread) : 0);
	struct block block = {take_address(s, worker, size), (uint32_t)size, site};

	put(s, worker, EVENT_ALLOC, is_new(s, site) ? API_NEW : API_MALLOC, block.address, size,
	    from->stack);
	return block;
}

static void release(struct server *s, uint32_t worker, struct block *block)
{
	const struct site *site = &s->sites[block->site];

	put(s, worker, EVENT_FREE, is_new(s, block->site) ? API_DELETE : API_FREE, block->address,
	    0, site->release_stack);
	give_address(s, worker, block->size_bytes, block->address);
	block->address = 0;
}

static void grow(struct server *s, uint32_t worker, struct block *block)
{
	const struct site *site = &s->sites[block->site];
	uint64_t size = 2ull * block->size_bytes;

	put(s, worker, EVENT_REALLOC_BEGIN, API_REALLOC, block->address, size, site->stack);
	give_address(s, worker, block->size_bytes, block->address);
	block->address = take_address(s, worker, size);
	block->size_bytes = (uint32_t)size;
	put(s, worker, EVENT_REALLOC_END, API_REALLOC, block->address, size, site->stack);
}

static void begin_request(struct server *s, struct worker *w)
{
	w->kind = (uint32_t)skewed(s, REQUEST_KINDS);
	w->step = 0;
	w->steps_left = SITES_PER_KIND * (1 + (uint32_t)skewed(s, 16));
	s->requests++;
}

/* Takes apart what the request has left, a block at a time. Returns false if that is all. */
static bool end_request(struct server *s, uint32_t worker)
{
	struct worker *w = &s->workers[worker];

	if (w->temporary_count)
		release(s, worker, &w->temporaries[--w->temporary_count]);
	else if (w->buffer.address)
		release(s, worker, &w->buffer);
	else if (w->block_count)
		release(s, worker, &w->blocks[--w->block_count]);
	else
		return false;
	return true;
}

static void change_buffer(struct server *s, uint32_t worker, uint32_t site)
{
	struct block *buffer = &s->workers[worker].buffer;

	if (!buffer->address)
		*buffer = allocate(s, worker, site);
	else if (buffer->size_bytes < 64u << 10)
		grow(s, worker, buffer);
	else
		release(s, worker, buffer);
}

static void change_session(struct server *s, uint32_t worker, uint32_t site)
{
	struct block *session = &s->sessions[skewed(s, s->session_count)];

	if (session->address)
		release(s, worker, session);
	*session = allocate(s, worker, site);
}

/* What a worker does next: an event or two. */
static void work(struct server *s, uint32_t worker)
{
	struct worker *w = &s->workers[worker];
	uint32_t site;

	if (!w->steps_left) {
		if (end_request(s, worker))
			return;
		begin_request(s, w);
		if (s->requests % REQUESTS_PER_LEAK == 0)
			allocate(s, worker, 7);
	}
	if (w->temporary_count && (below(s, 2) || w->temporary_count == TEMPORARIES_MAX)) {
		release(s, worker, &w->temporaries[--w->temporary_count]);
		return;
	}
	w->steps_left--;
	site = w->kind * SITES_PER_KIND + w->step++ % SITES_PER_KIND;
	switch (s->sites[site].lifetime) {
	case LIFETIME_BUFFER:
		change_buffer(s, worker, site);
		break;
	case LIFETIME_SESSION:
		change_session(s, worker, site);
		break;
	case LIFETIME_REQUEST:
		if (w->block_count < REQUEST_BLOCKS_MAX) {
			w->blocks[w->block_count++] = allocate(s, worker, site);
			break;
		}
		/* fallthrough */
	default:
		w->temporaries[w->temporary_count++] = allocate(s, worker, site);
	}
}

/* A call stack that shares its outer frames with the one before. */
static stack_id make_stack(struct server *s, stack_id path[DEPTH_MAX], uint32_t *depth)
{
	uint32_t wanted = DEPTH_MIN + (uint32_t)below(s, DEPTH_MAX - DEPTH_MIN + 1);
	uint32_t at = *depth ? (uint32_t)below(s, *depth) : 0;

	if (at >= wanted)
		at = wanted - 1;
	for (; at < wanted; at++)
		path[at] = writer_stack(s->writer, at ? path[at - 1] : 0,
					(module_id)(1 + below(s, MODULES)),
					0x1000 + below(s, MODULE_BYTES - 0x1000));
	*depth = wanted;
	return path[wanted - 1];
}

static void make_sites(struct server *s)
{
	static const uint8_t lifetimes[SITES_PER_KIND] = {
		LIFETIME_REQUEST, LIFETIME_TEMPORARY, LIFETIME_TEMPORARY, LIFETIME_SESSION,
		LIFETIME_REQUEST, LIFETIME_TEMPORARY, LIFETIME_BUFFER,	  LIFETIME_TEMPORARY,
		LIFETIME_REQUEST, LIFETIME_TEMPORARY, LIFETIME_TEMPORARY, LIFETIME_SESSION,
		LIFETIME_REQUEST, LIFETIME_TEMPORARY, LIFETIME_TEMPORARY, LIFETIME_TEMPORARY};
	stack_id path[DEPTH_MAX] = {0}, releases[RELEASE_STACKS];
	uint32_t depth = 0;

	for (uint32_t i = 0; i < RELEASE_STACKS; i++)
		releases[i] = make_stack(s, path, &depth);
	for (uint32_t i = 0; i < SITES; i++) {
		struct site *site = &s->sites[i];

		site->lifetime = lifetimes[i % SITES_PER_KIND];
		site->stack = make_stack(s, path, &depth);
		site->release_stack = releases[skewed(s, RELEASE_STACKS)];
		site->size_min = 8 + (uint32_t)skewed(s, 64) * 8;
		if (below(s, 4) == 0)
			site->size_spread = 1 + (uint32_t)below(s, 256);
		if (below(s, 64) == 0)
			site->size_spread = 64u << 10;
	}
}

static void describe(struct server *s)
{
	for (uint32_t i = 0; i < MODULES; i++) {
		uint64_t start = 0x7f0000000000ull + (uint64_t)i * 2 * MODULE_BYTES;
		char path[64];

		snprintf(path, sizeof path, "/nonexistent/libserver%u.so", i);
		writer_module(s->writer, &(struct trace_module){.path = path,
								.bias = start,
								.start = start,
								.end = start + MODULE_BYTES});
	}
	for (uint32_t i = 0; i < s->worker_count; i++) {
		struct trace_thread thread = {.id = i + 1, .tid = 1000 + (int32_t)i};

		snprintf(thread.name, sizeof thread.name, "serve%u", i);
		writer_thread(s->writer, &thread);
		s->workers[i].fresh = 0x550000000000ull + i * ARENA_BYTES + 0x2a0;
	}
}

/* What the program loads before it serves: sessions of the last time, and what it keeps. */
static void load(struct server *s)
{
	for (size_t i = 0; i < s->session_count && s->events_left; i++) {
		uint32_t kind = (uint32_t)skewed(s, REQUEST_KINDS);

		s->sessions[i] = allocate(s, 0, kind * SITES_PER_KIND + SESSION_STEP);
		if (i % KEPT_PER_SESSIONS == 0)
			allocate(s, 0, (uint32_t)skewed(s, SITES));
	}
}

static void serve(struct server *s)
{
	uint32_t worker = 0;

	while (s->events_left) {
		if (below(s, 2))
			worker = (uint32_t)below(s, s->worker_count);
		if (s->events_left % (1u << 20) == 0)
			writer_clock(s->writer,
				     &(struct trace_clock){s->stamp, nanoseconds(s->stamp)});
		work(s, worker);
	}
}

static void release_server(struct server *s)
{
	for (uint32_t class = 0; class < CLASS_COUNT; class ++) {
		free(s->shared[class].addresses);
		for (uint32_t i = 0; i < s->worker_count; i++)
			free(s->workers[i].cache[class].addresses);
	}
	free(s->workers);
	free(s->sessions);
	free(s);
}

/* Returns 0 or an errno value. */
static int write_trace(const char *path, uint64_t events, size_t live_blocks, uint32_t threads)
{
	static const char arguments[] = "server\0--imagined";
	struct trace_program program = {.exe = "/nonexistent/server",
					.cwd = "/",
					.host = "bench",
					.argv = arguments,
					.argv_bytes = sizeof arguments,
					.pid = 1000,
					.clock_kind = CLOCK_STAMP_TSC};
	struct trace_end end = {.kind = TRACE_END_EXIT};
	struct server *s = xcalloc(1, sizeof *s);

	s->writer = writer_new(path, &program);
	if (!s->writer) {
		free(s);
		return errno;
	}
	s->random = 88172645463325252ull;
	s->events_left = events;
	s->worker_count = threads;
	s->workers = xcalloc(threads, sizeof *s->workers);
	s->session_count = live_blocks;
	s->sessions = xcalloc(live_blocks, sizeof *s->sessions);
	writer_clock(s->writer, &(struct trace_clock){0, 0});
	describe(s);
	make_sites(s);
	load(s);
	serve(s);
	end.stamp = s->stamp;
	end.monotonic_ns = nanoseconds(s->stamp);
	writer_clock(s->writer, &(struct trace_clock){end.stamp, end.monotonic_ns});
	errno = writer_finish(s->writer, &end);
	release_server(s);
	return errno;
}

static uint64_t argument(char **argv, int argc, int at, uint64_t otherwise)
{
	return at < argc ? strtoull(argv[at], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
	uint64_t events = (uint64_t)(1e6 * (argc > 2 ? strtod(argv[2], NULL) : 10));
	uint64_t live_blocks = argument(argv, argc, 3, 200000);
	uint64_t threads = argument(argv, argc, 4, 8);
	int reason;

	if (argc < 2 || argc > 5 || !events || !live_blocks || !threads || threads > 4096) {
		fprintf(stderr,
			"usage: make_trace FILE [MILLION_EVENTS [LIVE_BLOCKS [THREADS]]]\n");
		return 2;
	}
	reason = write_trace(argv[1], events, live_blocks, (uint32_t)threads);
	if (reason)
		fprintf(stderr, "make_trace: %s: %s\n", argv[1], strerror(reason));
	return reason ? 1 : 0;
}
