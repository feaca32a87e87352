/* SPDX-License-Identifier: MIT */
/*
 * pairs.c - malloc and free in turns, below a call stack of a given depth.
 *
 * Usage: pairs DEPTH PAIRS [THREADS [PATHS [CHANGING]]]
 *
 * Every thread makes PAIRS pairs. Without PATHS all of them come from one place: DEPTH calls are made
 * once and the loop runs at their end. With PATHS each pair comes down another one of so many call
 * paths that differ in the CHANGING innermost frames (all). Prints nanoseconds per pair of
 * wall-clock time and of processor time, descents included: what a recorder adds is the difference to
 * the same run without it.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define THREADS_MAX 256

struct descent {
	unsigned depth; /* calls still to be made */
	unsigned changing; /* of which the last so many go through functions that digits tell */
	uint64_t digits;
	unsigned long pairs; /* made at the end */
};

typedef unsigned long step(struct descent *d);

static __attribute__((noinline)) unsigned long make_pairs(const struct descent *d)
{
	unsigned long sum = 0;

	for (unsigned long i = 0; i < d->pairs; i++) {
		void *volatile block = malloc(32);

		sum += (unsigned long)block >> 4;
		free(block);
	}
	return sum;
}

static unsigned long descend(struct descent *d);

/* Functions that differ in their frames. What follows the call keeps it from becoming a jump. */
#define FUNCTION(n) \
	static __attribute__((noinline)) unsigned long function_##n(struct descent *d) \
	{ \
		volatile char room[8 + 8 * (n)]; \
\
		room[0] = (char)(n); \
		return descend(d) + (unsigned long)room[0]; \
	}

FUNCTION(0)
FUNCTION(1)
FUNCTION(2)
FUNCTION(3)
FUNCTION(4)
FUNCTION(5)
FUNCTION(6)
FUNCTION(7)
FUNCTION(8)
FUNCTION(9)
FUNCTION(10)
FUNCTION(11)
FUNCTION(12)
FUNCTION(13)
FUNCTION(14)
FUNCTION(15)

static step *const functions[16] = {
	function_0,  function_1,  function_2,  function_3,  function_4,	 function_5,
	function_6,  function_7,  function_8,  function_9,  function_10, function_11,
	function_12, function_13, function_14, function_15,
};

static inline __attribute__((always_inline)) unsigned long descend(struct descent *d)
{
	uint64_t digits = d->digits;

	if (!d->depth)
		return make_pairs(d);
	if (d->depth-- > d->changing)
		return functions[d->depth & 15](d);
	d->digits = (digits >> 4) * 0x9e3779b97f4a7c15ull ^ digits >> 60;
	return functions[digits & 15](d);
}

static unsigned depth, paths, changing;
static unsigned long pairs;

static void *run(void *unused)
{
	unsigned long sum = 0;

	(void)unused;
	if (!paths) {
		struct descent d = {depth, 0, 0, pairs};

		sum = descend(&d);
	}
	for (unsigned long i = 0; paths && i < pairs; i++) {
		struct descent d = {depth, changing, (i % paths + 1) * 0xff51afd7ed558ccdull, 1};

		sum += descend(&d);
	}
	return (void *)sum;
}

static double now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS_MAX];
	unsigned count = argc > 3 ? (unsigned)atoi(argv[3]) : 1;
	double begin_ns, begin_cpu_ns, wall_ns, cpu_ns;

	if (argc < 3 || count < 1 || count > THREADS_MAX) {
		fprintf(stderr, "usage: pairs DEPTH PAIRS [THREADS [PATHS [CHANGING]]]\n");
		return 2;
	}
	depth = (unsigned)atoi(argv[1]);
	pairs = strtoul(argv[2], NULL, 10);
	paths = argc > 4 ? (unsigned)atoi(argv[4]) : 0;
	changing = argc > 5 ? (unsigned)atoi(argv[5]) : depth;
	begin_ns = now_ns(CLOCK_MONOTONIC);
	begin_cpu_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (unsigned i = 1; i < count; i++)
		if (pthread_create(&threads[i], NULL, run, NULL) != 0)
			return 1;
	run(NULL);
	for (unsigned i = 1; i < count; i++)
		pthread_join(threads[i], NULL);
	wall_ns = now_ns(CLOCK_MONOTONIC) - begin_ns;
	cpu_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID) - begin_cpu_ns;
	printf("%.1f %.1f\n", wall_ns / (double)pairs, cpu_ns / (double)pairs / count);
	return 0;
}
