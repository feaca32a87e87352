/* SPDX-License-Identifier: MIT */
/*
 * graph_speed.c - how fast a heap graph is made and understood, and how much memory that takes.
 *
 * Heaps of four shapes: trees in random order with as many edges across, the worst for caches; long
 * lists with few edges across; clusters whose blocks are linked both ways and to the head; and trees
 * with so many edges across that most words are edges, for the most memory. A tenth of each is lost.
 * Blocks come unsorted. Two words and more of a block are no pointers to blocks. Times are of the CPU,
 * for each shape in a process of its own; memory is its largest resident set less what the bench itself
 * keeps to make words from, blocks included.
 *
 * Usage: graph_speed [BLOCKS]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/graph/dominators.h"
#include "analyzer/graph/paths.h"
#include "analyzer/graph/site_graph.h"

#define HEAP_START 0x550000000000ull
#define GLOBALS_START 0x540000000000ull
#define MODULE_START 0x7f0000000000ull
#define SITES 10000
#define BATCH 4096
#define NOBODY UINT32_MAX

enum shape { SHAPE_TREES, SHAPE_LISTS, SHAPE_CLUSTERS, SHAPE_DENSE, SHAPE_COUNT };
static const char *const shape_names[SHAPE_COUNT] = {"trees", "lists", "clusters", "dense"};
static const uint32_t edges_of_shape[SHAPE_COUNT] = {2, 2, 3, 5}; /* per block at most */

enum step {
	STEP_SORT,
	STEP_WORDS,
	STEP_FINISH,
	STEP_MARK,
	STEP_SITES,
	STEP_DOMINATORS,
	STEP_RETAIN,
	STEP_PATHS,
	STEP_COUNT
};
static const char *const step_names[STEP_COUNT] = {"sort",  "words",	  "finish", "mark",
						   "sites", "dominators", "retain", "paths"};

/* What a heap is made from: edges by source, in no order of targets. */
struct plan {
	uint32_t block_count, edge_count;
	uint32_t *start;
	uint64_t *values; /* of words, by edge */
	uint64_t *addresses;
	uint32_t *roots;
	uint32_t root_count;
};

struct result {
	double seconds[STEP_COUNT];
	uint64_t resident_before, resident_bytes;
	uint64_t words, edges, kinds[MARK_KINDS], longest;
};

static uint64_t random_state = 1;

/* Marsaglia's xorshift64*. */
static uint64_t next_random(uint64_t below)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (random_state * 0x2545f4914f6cdd1dull >> 11) % below;
}

static void *allocate(size_t count, size_t bytes)
{
	void *items = calloc(count, bytes);

	if (!items) {
		perror("graph_speed");
		exit(1);
	}
	return items;
}

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Places of blocks: shuffled within windows, the whole heap or a part that fits into a cache. */
static uint32_t *shuffle(uint32_t count, uint32_t window)
{
	uint32_t *order = allocate(count, sizeof *order);

	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t left = count - i, near = window - i % window;
		uint32_t other = i + (uint32_t)next_random(near < left ? near : left);
		uint32_t last = order[i];

		order[i] = order[other];
		order[other] = last;
	}
	return order;
}

/* Edge number `which` to block `i`, both in the order of the shape: who points to it. */
static uint32_t pointed_to_by(enum shape shape, uint32_t count, uint32_t i, uint32_t which)
{
	const uint32_t list = count < 10 ? 1 : count / 10, cluster = 1000;

	switch (shape) {
	case SHAPE_TREES:
	case SHAPE_DENSE:
		if (which)
			return (uint32_t)next_random(count);
		return i % 1000 ? (uint32_t)next_random(i) : NOBODY;
	case SHAPE_LISTS:
		if (which)
			return next_random(100) ? NOBODY : (uint32_t)next_random(count);
		return i % list ? i - 1 : NOBODY;
	default:
		if (which == 0)
			return i % cluster ? i - 1 : NOBODY;
		if (which == 1)
			return i % cluster + 1 < cluster && i + 1 < count ? i + 1 : NOBODY;
		return i % cluster ? i / cluster * cluster
				   : (uint32_t)(next_random(4) ? NOBODY : next_random(count));
	}
}

static bool is_root(enum shape shape, uint32_t count, uint32_t i)
{
	if (i >= count / 10 * 9)
		return false;
	if (shape == SHAPE_LISTS)
		return i % (count / 10) == 0;
	return i % 1000 == 0;
}

static struct plan make_plan(enum shape shape, uint32_t count)
{
	uint32_t *place = shuffle(count,
				  shape == SHAPE_TREES || shape == SHAPE_DENSE ? count : 1 << 16);
	size_t edge_max = (size_t)count * edges_of_shape[shape];
	uint32_t *sources = allocate(edge_max, sizeof *sources);
	uint32_t *targets = allocate(edge_max, sizeof *targets);
	struct plan plan = {
		.block_count = count,
		.start = allocate((size_t)count + 2, sizeof *plan.start),
		.values = allocate(edge_max, sizeof *plan.values),
		.addresses = allocate((size_t)count + 1, sizeof *plan.addresses),
		.roots = allocate(count / 1000 + 16, sizeof *plan.roots),
	};
	uint64_t address = HEAP_START;

	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t which = 0; which < edges_of_shape[shape]; which++) {
			uint32_t source = pointed_to_by(shape, count, i, which);

			/* What is lost is held by nothing that is not. */
			if (source == NOBODY || (i >= count / 10 * 9) != (source >= count / 10 * 9))
				continue;
			sources[plan.edge_count] = place[source];
			targets[plan.edge_count++] = place[i];
			plan.start[place[source] + 2]++;
		}
		if (is_root(shape, count, i))
			plan.roots[plan.root_count++] = place[i];
	}
	for (uint32_t i = 0; i < count; i++)
		plan.start[i + 2] += plan.start[i + 1];
	for (uint32_t i = 0; i < plan.edge_count; i++)
		plan.values[plan.start[sources[i] + 1]++] = targets[i];
	for (uint32_t i = 0; i < count; i++) {
		uint32_t words = plan.start[i + 1] - plan.start[i] + 3;

		plan.addresses[i] = address;
		address += (words * 8ull + next_random(40) + 8 + 15) / 16 * 16;
	}
	plan.addresses[count] = address;
	/* One in 16 points inside, as base classes do. */
	for (uint32_t i = 0; i < plan.edge_count; i++)
		plan.values[i] = plan.addresses[plan.values[i]] + (i % 16 ? 0 : 16);
	free(sources);
	free(targets);
	free(place);
	return plan;
}

static struct graph_block *make_blocks(const struct plan *plan)
{
	struct graph_block *blocks = malloc(plan->block_count * sizeof *blocks);
	uint32_t *order = shuffle(plan->block_count, plan->block_count);

	for (uint32_t i = 0; blocks && i < plan->block_count; i++) {
		blocks[order[i]] = (struct graph_block){
			.address = plan->addresses[i],
			.size = plan->addresses[i + 1] - plan->addresses[i] - 8,
			.site = (uint32_t)next_random(SITES),
		};
	}
	free(order);
	return blocks;
}

struct feed {
	struct graph *graph;
	struct trace_word words[BATCH];
	size_t count;
};

static void feed_word(struct feed *feed, uint64_t address, uint64_t value)
{
	if (feed->count == BATCH) {
		graph_words(feed->graph, feed->words, feed->count);
		feed->count = 0;
	}
	feed->words[feed->count++] = (struct trace_word){address, value};
}

/* One virtual table, pointers, and a few addresses in modules: five words a block on average. */
static void feed_all(struct graph *graph, const struct plan *plan)
{
	static struct feed feed;

	feed = (struct feed){.graph = graph};
	for (uint32_t i = 0; i < plan->root_count; i++)
		feed_word(&feed, GLOBALS_START + 8ull * i, plan->addresses[plan->roots[i]]);
	for (uint32_t i = 0; i < plan->block_count; i++) {
		uint64_t address = plan->addresses[i];

		feed_word(&feed, address, MODULE_START + 16 * (i % 1000));
		address += 8;
		for (uint32_t edge = plan->start[i]; edge < plan->start[i + 1]; edge++) {
			feed_word(&feed, address, plan->values[edge]);
			address += 8;
		}
		if (address + 8 < plan->addresses[i + 1] - 8)
			feed_word(&feed, address, MODULE_START + (1 << 20) + i);
		if (address + 16 < plan->addresses[i + 1] - 8)
			feed_word(&feed, address + 8, MODULE_START + 8 * (i % 1000));
	}
	graph_words(graph, feed.words, feed.count);
}

static uint64_t resident_bytes(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)usage.ru_maxrss * 1024;
}

static void lap(struct result *result, enum step step, double *begin)
{
	double now = cpu_seconds();

	result->seconds[step] = now - *begin;
	*begin = now;
}

static void perform(const struct plan *plan, struct graph_block *blocks, struct result *result)
{
	static const uint8_t root_flags[] = {0};
	const struct graph_range globals = {GLOBALS_START, GLOBALS_START + (1 << 30), 0, 0};
	const struct graph_extent tables = {MODULE_START, MODULE_START + (1 << 20)};
	const struct graph_input input = {
		.blocks = blocks,
		.block_count = plan->block_count,
		.ranges = &globals,
		.range_count = 1,
		.vtables = &tables,
		.vtable_count = 1,
		.root_flags = root_flags,
		.root_count = 1,
		.word_count = 5ull * plan->block_count,
	};
	struct mark mark = {0};
	struct site_graph sites = {0};
	struct dominators dominators = {0};
	struct paths paths = {0};
	struct graph *graph;
	double begin = cpu_seconds();

	blocks_sort(blocks, plan->block_count);
	lap(result, STEP_SORT, &begin);
	graph = graph_new(&input);
	feed_all(graph, plan);
	lap(result, STEP_WORDS, &begin);
	graph_finish(graph);
	lap(result, STEP_FINISH, &begin);
	mark_init(&mark, graph, 1000);
	lap(result, STEP_MARK, &begin);
	site_graph_init(&sites, graph, &mark, SITES, 1000);
	lap(result, STEP_SITES, &begin);
	dominators_init(&dominators, graph);
	lap(result, STEP_DOMINATORS, &begin);
	site_graph_retain(&sites, graph, &dominators);
	lap(result, STEP_RETAIN, &begin);
	dominators_release(&dominators);
	paths_init(&paths, graph, &mark);
	lap(result, STEP_PATHS, &begin);

	result->words = graph->words;
	result->edges = graph->edge_count;
	for (enum mark_kind kind = 0; kind < MARK_KINDS; kind++)
		result->kinds[kind] = mark.sums[kind].blocks;
	for (uint32_t i = 0; i < graph->block_count; i++) {
		if (paths_length(&paths, i) > result->longest)
			result->longest = paths_length(&paths, i);
	}
	result->resident_bytes = resident_bytes();
	_exit(0);
}

static void print_result(enum shape shape, const struct result *result, uint32_t blocks)
{
	double total = 0;

	printf("%s: %.1f million blocks, %.1f million words, %.1f million edges, longest path %" PRIu64
	       "\n  direct %" PRIu64 ", indirect %" PRIu64 ", possible %" PRIu64
	       ", reachable %" PRIu64 "\n ",
	       shape_names[shape], blocks / 1e6, (double)result->words / 1e6,
	       (double)result->edges / 1e6, result->longest, result->kinds[MARK_DIRECT],
	       result->kinds[MARK_INDIRECT], result->kinds[MARK_POSSIBLE],
	       result->kinds[MARK_REACHABLE]);
	for (enum step step = 0; step < STEP_COUNT; step++) {
		printf(" %s %.2f", step_names[step], result->seconds[step]);
		total += result->seconds[step];
	}
	printf(", in all %.2f s\n  %.0f MB at most\n", total,
	       (double)(result->resident_bytes - result->resident_before) / 1e6);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000000;
	struct result *result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (count < 1000 || count > 100000000 || result == MAP_FAILED) {
		fprintf(stderr, "usage: graph_speed [BLOCKS]\n");
		return 2;
	}
	for (enum shape shape = 0; shape < SHAPE_COUNT; shape++) {
		int status;
		pid_t making = fork();

		/* Making a heap takes more than understanding it: two processes, so that the larger
		 * resident set of the first does not hide that of the second. */
		if (making == 0) {
			struct plan plan = make_plan(shape, (uint32_t)count);
			struct graph_block *blocks = make_blocks(&plan);
			pid_t pid = fork();

			if (pid == 0) {
				*result = (struct result){0};
				result->resident_before = plan.edge_count * sizeof *plan.values +
							  count * (sizeof *plan.start +
								   sizeof *plan.addresses);
				perform(&plan, blocks, result);
			}
			_exit(pid < 0 || waitpid(pid, &status, 0) != pid || status);
		}
		if (making < 0 || waitpid(making, &status, 0) != making || status) {
			fprintf(stderr, "graph_speed: failed\n");
			return 1;
		}
		print_result(shape, result, (uint32_t)count);
	}
	return 0;
}
