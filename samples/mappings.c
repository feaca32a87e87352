/* SPDX-License-Identifier: MIT */
/*
 * mappings.c - memory asked for from the kernel directly.
 *
 * A mapping is not a block: it can be released in parts, from the middle, be grown, moved, or
 * replaced by another one on top of it. What is left of it is what counts.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

#include "expect.h"

#define PAGE 4096

static char *map_pages(size_t pages)
{
	return mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void release_parts(void)
{
	char *start = map_pages(10), *end = map_pages(10), *middle = map_pages(10);

	munmap(start, 3 * PAGE);
	munmap(end + 7 * PAGE, 3 * PAGE);
	munmap(middle + 3 * PAGE, 4 * PAGE);
}

static void move_and_grow(void)
{
	char *small = map_pages(4);

	small = mremap(small, 4 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
	small[63 * PAGE] = 1;
	mremap(small, 64 * PAGE, 32 * PAGE, 0);
}

static void replace(void)
{
	char *below = map_pages(16);

	mmap(below + 4 * PAGE, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void give_all_back(void)
{
	for (int i = 0; i < 100; i++)
		munmap(map_pages(5), 5 * PAGE);
}

int main(void)
{
	release_parts();
	move_and_grow();
	replace();
	give_all_back();
	if (mmap(NULL, (size_t)1 << 62, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
	    MAP_FAILED)
		say("the impossible mapping fails with %d", errno);

	expect("mapped_bytes=%d", (7 + 7 + 6 + 32 + 16) * PAGE);
	return 0;
}
