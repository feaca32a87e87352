/* SPDX-License-Identifier: MIT */
/*
 * exhausted.c - runs into a memory limit and copes.
 *
 * A failing allocation is an event like any other, with its size, its reason and its stack: that
 * is how the report can say who asked for the memory that was not there.
 */
#include <stdlib.h>
#include <sys/resource.h>

#include "expect.h"

#define CHUNK ((size_t)8 << 20)

static void *chunks[64];

/* Returns how many chunks fit. */
static int fill(void)
{
	int count = 0;

	while (count < 64 && (chunks[count] = malloc(CHUNK)))
		count++;
	return count;
}

static size_t address_space_bytes(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;

	if (statm) {
		if (fscanf(statm, "%lu", &pages) != 1)
			pages = 0;
		fclose(statm);
	}
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

int main(void)
{
	struct rlimit limit;
	int count;

	getrlimit(RLIMIT_AS, &limit);
	limit.rlim_cur = address_space_bytes() + 20 * CHUNK;
	setrlimit(RLIMIT_AS, &limit);
	count = fill();
	say("%s, errno %d", count < 64 ? "the limit was met" : "there was no limit", errno);
	for (int i = 0; i < count; i++)
		free(chunks[i]);

	expect("site=fill failures=1 live_blocks=0 allocations=%d", count);
	expect("failed_allocations=1 live_blocks=0 lost_events=0 complete=1");
	expect("finding=allocation-failure occurrences=1");
	return 0;
}
