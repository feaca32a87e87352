/* SPDX-License-Identifier: MIT */
/*
 * analysis_speed.c - how fast traces are read and understood, and how much memory that takes.
 *
 * For every trace five things are measured: decoding alone; replaying it for the totals of the run;
 * the model without pages, whose additional time is that of names and findings; all that `tenure
 * report` asks for, pages included; and with the details that pictures show. Each runs in a process of its own, a few times; the medians are
 * printed. Memory is the largest resident set less that of opening an empty trace, per block that
 * was live when most were.
 *
 * Usage: analysis_speed [-r ROUNDS] TRACE...
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/analysis/build.h"
#include "analyzer/trace/reader.h"
#include "analyzer/trace/writer.h"

#define ROUNDS_MAX 99

enum task { TASK_DECODE, TASK_TOTALS, TASK_MODEL, TASK_PAGES, TASK_DETAILS, TASK_COUNT };

static const char *const task_names[TASK_COUNT] = {"decode", "totals", "model", "pages", "details"};

struct figures {
	double wall_seconds, cpu_seconds;
	uint64_t resident_bytes; /* at most */
	/* What the measured process tells through shared memory. */
	uint64_t events, peak_blocks;
};

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds_of(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static uint64_t count_events(struct reader *reader)
{
	const struct trace_event *batch;
	uint64_t events = 0;
	size_t count;

	while ((count = reader_batch(reader, &batch)))
		events += count;
	return events;
}

/* In a process of its own. */
static void perform(const char *path, enum task task, struct figures *shared)
{
	const struct build_options options = {
		.run_only = task == TASK_TOTALS,
		.shown = {.top = 10},
		.pages = task >= TASK_PAGES,
		.details = task == TASK_DETAILS,
	};
	struct trace_error why;
	struct reader *reader = reader_new(path, &why);
	struct build build;

	if (!reader) {
		fprintf(stderr, "%s: %s\n", path, why.message);
		_exit(1);
	}
	if (task == TASK_DECODE) {
		shared->events = count_events(reader);
	} else {
		build_model(&build, reader, path, &options);
		shared->events = build.model.run.events;
		shared->peak_blocks = build.model.run.peak_blocks;
		build_release(&build);
	}
	reader_free(reader);
	_exit(0);
}

static void measure(const char *path, enum task task, struct figures *shared,
		    struct figures *figures)
{
	double begin = seconds_now();
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		perform(path, task, shared);
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
		perror("analysis_speed");
		exit(1);
	}
	if (status)
		exit(1);
	*figures = *shared;
	figures->wall_seconds = seconds_now() - begin;
	figures->cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
	figures->resident_bytes = (uint64_t)usage.ru_maxrss * 1024;
}

static int compare_seconds(const void *a, const void *b)
{
	double x = ((const struct figures *)a)->wall_seconds;
	double y = ((const struct figures *)b)->wall_seconds;

	return (x > y) - (x < y);
}

static struct figures median(const char *path, enum task task, struct figures *shared,
			     unsigned rounds)
{
	struct figures all[ROUNDS_MAX];

	for (unsigned i = 0; i < rounds; i++)
		measure(path, task, shared, &all[i]);
	qsort(all, rounds, sizeof *all, compare_seconds);
	return all[rounds / 2];
}

/* What the analyzer occupies before there is anything to analyze. */
static uint64_t resident_bytes_of_nothing(struct figures *shared)
{
	static const struct trace_program program = {.exe = ""};
	static const struct trace_end end = {.kind = TRACE_END_EXIT};
	char folder[] = "/tmp/analysis_speed.XXXXXX";
	char path[sizeof folder + sizeof "/trace"];
	struct figures figures;
	struct writer *writer;

	if (!mkdtemp(folder)) {
		perror(folder);
		exit(1);
	}
	snprintf(path, sizeof path, "%s/trace", folder);
	writer = writer_new(path, &program);
	if (!writer || writer_finish(writer, &end)) {
		perror(path);
		exit(1);
	}
	measure(path, TASK_MODEL, shared, &figures);
	unlink(path);
	rmdir(folder);
	return figures.resident_bytes;
}

static void print_row(const char *task, const struct figures *figures, uint64_t resident_before,
		      uint64_t peak_blocks)
{
	double millions = (double)figures->events / 1e6;
	uint64_t bytes = figures->resident_bytes > resident_before
				 ? figures->resident_bytes - resident_before
				 : 0;

	printf("  %-8s %10.1f %13.1f %13.1f %12.1f", task, figures->wall_seconds * 1e3,
	       millions / figures->wall_seconds, figures->cpu_seconds / millions * 1e3,
	       (double)bytes / (1 << 20));
	if (peak_blocks)
		printf(" %12.1f", (double)bytes / (double)peak_blocks);
	putchar('\n');
}

static void print_trace(const char *path, struct figures *shared, uint64_t resident_before,
			unsigned rounds)
{
	struct figures figures[TASK_COUNT];

	for (enum task task = 0; task < TASK_COUNT; task++)
		figures[task] = median(path, task, shared, rounds);
	printf("%s: %.1f million events, %" PRIu64 " blocks at the peak\n", path,
	       (double)figures[TASK_TOTALS].events / 1e6, figures[TASK_TOTALS].peak_blocks);
	printf("  %-8s %10s %13s %13s %12s %12s\n", "", "ms", "Mevents/s", "CPU ms/Mevent", "MiB",
	       "bytes/block");
	for (enum task task = 0; task < TASK_COUNT; task++)
		print_row(task_names[task], &figures[task], resident_before,
			  task == TASK_DECODE ? 0 : figures[task].peak_blocks);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct figures *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long rounds = 3;
	int first = 1;
	uint64_t nothing;

	if (argc > 3 && !strcmp(argv[1], "-r")) {
		rounds = strtoul(argv[2], NULL, 10);
		first = 3;
	}
	if (argc <= first || !rounds || rounds > ROUNDS_MAX || shared == MAP_FAILED) {
		fprintf(stderr, "usage: analysis_speed [-r ROUNDS] TRACE...\n");
		return 2;
	}
	nothing = resident_bytes_of_nothing(shared);
	for (int i = first; i < argc; i++)
		print_trace(argv[i], shared, nothing, (unsigned)rounds);
	return 0;
}
