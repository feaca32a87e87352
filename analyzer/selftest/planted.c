/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "planted.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Calls of these are neither inlined, specialised nor turned into jumps, so that stacks are as they
 * are written here. */
#if defined(__has_attribute) && __has_attribute(noipa)
#define KEPT __attribute__((noipa))
#else
#define KEPT __attribute__((noinline))
#endif
/* Other files must not know them, yet they are exported. */
#define PLANTING(name) \
	void name(size_t bytes); \
	KEPT void name(size_t bytes)

#define RELEASED_BLOCKS 1000
#define LEAKY_BLOCKS 100
#define LEAKY_EVERY 10

const struct planted planted[] = {
	{"planted_plain", ROLE_LEAKS, 7, 48},
	{"planted_cleared", ROLE_LEAKS, 3, 1000},
	{"planted_grown", ROLE_LEAKS, 2, 5000},
	{"planted_aligned", ROLE_LEAKS, 2, 4096},
	{PLANTED_INNERMOST, ROLE_LEAKS, 5, 777},
	{"planted_in_thread", ROLE_LEAKS, 2 * PLANTED_THREADS, 300},
	{"planted_handed_over", ROLE_LEAKS, 0, 640},
	{PLANTED_RELEASED, ROLE_LEAKS, 0, 64},
	{PLANTED_LEAKY, ROLE_LEAKS, LEAKY_BLOCKS / LEAKY_EVERY, 24},
	{"planted_in_fork", ROLE_FORKED, 6, 123},
	{"planted_after_exec", ROLE_EXECUTED, 4, 2222},
	{PLANTED_SAMPLED, ROLE_SAMPLED, PLANTED_SAMPLED_BLOCKS, PLANTED_SAMPLED_BYTES},
};
const size_t planted_count = sizeof planted / sizeof *planted;

/* What is lost is overwritten here, so that the compiler must allocate it and nothing holds it. */
static void *volatile newest;
static const char *self_path;

PLANTING(planted_plain)
{
	newest = malloc(bytes);
}

PLANTING(planted_cleared)
{
	newest = calloc(10, bytes / 10);
}

PLANTING(planted_grown)
{
	newest = malloc(bytes / 100);
	newest = realloc(newest, bytes);
}

PLANTING(planted_aligned)
{
	void *block = NULL;

	if (posix_memalign(&block, 256, bytes) == 0)
		newest = block;
}

PLANTING(planted_innermost)
{
	newest = malloc(bytes);
}

PLANTING(planted_between)
{
	planted_innermost(bytes);
	newest = NULL;
}

PLANTING(planted_outermost)
{
	planted_between(bytes);
	newest = NULL;
}

PLANTING(planted_in_thread)
{
	newest = malloc(bytes);
}

PLANTING(planted_handed_over)
{
	newest = malloc(bytes);
}

PLANTING(planted_released)
{
	for (int i = 0; i < RELEASED_BLOCKS; i++) {
		newest = malloc(bytes);
		free(newest);
	}
}

PLANTING(planted_leaky)
{
	for (int i = 0; i < LEAKY_BLOCKS; i++) {
		newest = malloc(bytes);
		if (i % LEAKY_EVERY)
			free(newest);
	}
}

PLANTING(planted_in_fork)
{
	newest = malloc(bytes);
}

PLANTING(planted_after_exec)
{
	newest = malloc(bytes);
}

PLANTING(planted_sampled)
{
	newest = malloc(bytes);
}

static const struct planted *row_of(const char *function)
{
	for (size_t i = 0; i < planted_count; i++)
		if (!strcmp(planted[i].function, function))
			return &planted[i];
	abort();
}

/* As often as the table says, by a caller of the function that it names. */
static void plant_by(void (*caller)(size_t), const char *function)
{
	const struct planted *row = row_of(function);

	for (uint32_t i = 0; i < row->blocks; i++)
		caller(row->bytes);
}

/* What loses fewer blocks than it allocates is called once. */
static void plant_once(void (*caller)(size_t), const char *function)
{
	caller(row_of(function)->bytes);
}

#define PLANT(function) plant_by(function, #function)

static void *plant_in_thread(void *unused)
{
	const struct planted *row = row_of("planted_in_thread");

	for (uint32_t i = 0; i < row->blocks / PLANTED_THREADS; i++)
		planted_in_thread(row->bytes);
	return unused;
}

static void *release(void *block)
{
	free(block);
	return NULL;
}

static bool run_threads(void)
{
	pthread_t threads[PLANTED_THREADS];

	/* At once, so that they contend. */
	for (size_t i = 0; i < PLANTED_THREADS; i++)
		if (pthread_create(&threads[i], NULL, plant_in_thread, NULL) != 0)
			return false;
	for (size_t i = 0; i < PLANTED_THREADS; i++)
		pthread_join(threads[i], NULL);
	plant_once(planted_handed_over, "planted_handed_over");
	return pthread_create(&threads[0], NULL, release, newest) == 0 &&
	       pthread_join(threads[0], NULL) == 0;
}

/* The child of fork: returns its exit status, or does not return. */
static int play_forked(void)
{
	PLANT(planted_in_fork);
	return EXIT_SUCCESS;
}

static int play_executed(void)
{
	const char *word = planted_role_word(ROLE_EXECUTED);

	execl("/bin/sh", "sh", "-c", "exec \"$0\" selftest-child \"$1\"", self_path, word, NULL);
	/* Where there is no shell exec can be followed all the same. */
	execl(self_path, self_path, "selftest-child", word, NULL);
	return EXIT_FAILURE;
}

static bool run_process(int (*play)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid < 0)
		return false;
	if (pid == 0)
		_exit(play());
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static int play_leaks(void)
{
	PLANT(planted_plain);
	PLANT(planted_cleared);
	PLANT(planted_grown);
	PLANT(planted_aligned);
	plant_by(planted_outermost, PLANTED_INNERMOST);
	plant_once(planted_released, PLANTED_RELEASED);
	plant_once(planted_leaky, PLANTED_LEAKY);
	if (!run_threads() || !run_process(play_forked) || !run_process(play_executed))
		return EXIT_FAILURE;
	newest = NULL;
	return EXIT_SUCCESS;
}

const char *planted_role_word(enum planted_role role)
{
	static const char *const words[] = {
		[ROLE_LEAKS] = "leaks",
		[ROLE_EXECUTED] = "executed",
		[ROLE_SAMPLED] = "sampled",
		[ROLE_OTHER] = NULL,
	};

	return words[role];
}

int planted_play(const char *role_word, const char *self)
{
	self_path = self;
	if (!strcmp(role_word, planted_role_word(ROLE_LEAKS)))
		return self ? play_leaks() : EXIT_FAILURE;
	if (!strcmp(role_word, planted_role_word(ROLE_EXECUTED)))
		PLANT(planted_after_exec);
	else if (!strcmp(role_word, planted_role_word(ROLE_SAMPLED)))
		PLANT(planted_sampled);
	else
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
