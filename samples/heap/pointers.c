/* SPDX-License-Identifier: MIT */
/* pointers.c - what counts as a pointer to a block, and what does not. All blocks have 64 bytes. */
#include <setjmp.h>
#include <stdint.h>
#include <sys/mman.h>

#include "heap.h"

CASE(global, "reachable 1 64")
{
	kept = new_block();
}

/* The pointer was overwritten by that to another block. */
CASE(overwritten, "direct 1 64, reachable 1 64")
{
	kept = new_block();
	kept = new_block();
}

/* Perhaps a cursor, perhaps a number that happens to look like one. */
CASE(middle, "possible 1 64")
{
	kept = (char *)new_block() + 32;
}

CASE(last_byte, "possible 1 64")
{
	kept = (char *)new_block() + 63;
}

CASE(middle_and_start, "reachable 1 64")
{
	static char *volatile cursor;

	kept = new_block();
	cursor = (char *)kept + 32;
}

/* The end of a block belongs to nobody: a loop that ran over the block left it behind. */
CASE(one_past_the_end, "direct 1 64")
{
	kept = (char *)new_block() + 64;
}

/* As much as one_past_the_end, of a block that the allocator had to round up. */
CASE(in_the_rounding, "direct 1 50")
{
	kept = (char *)calloc(1, 50) + 52;
}

/* The lowest bit of an aligned pointer is free for a flag, say a colour in a tree. memcheck: possible,
 * since it looks at the number alone. */
CASE(tagged, "reachable 1 64")
{
	kept = (char *)new_block() + 1;
}

/* Nobody but the program can tell. */
CASE(hidden_by_xor, "direct 1 64")
{
	kept = (void *)((uintptr_t)new_block() ^ (uintptr_t)0x5555555555555555);
}

CASE(in_two_halves, "direct 1 64")
{
	static volatile struct {
		uint32_t low, gap, high, end;
	} halves;
	uintptr_t block = (uintptr_t)new_block();

	halves.low = (uint32_t)block;
	halves.gap = halves.end = 1;
	halves.high = (uint32_t)(block >> 32);
}

/* An allocator on top of malloc keeps the size in front of what it hands out. The size says that
 * this is no pointer into the middle. */
CASE(size_in_front, "reachable 1 64")
{
	size_t *block = (size_t *)new_block();

	*block = 64 - sizeof *block;
	kept = block + 1;
}

/* The holder was released; a global still points to where it was. */
CASE(in_freed_memory, "direct 1 64")
{
	void **holder = calloc(4, sizeof *holder);

	holder[3] = new_block();
	kept = holder;
	free(holder);
}

/* Only from a page in the middle of a large block. */
CASE(in_a_huge_block, "reachable 2 33554496")
{
	void **huge = malloc(32 << 20);

	huge[(16 << 20) / sizeof *huge] = new_block();
	kept = huge;
}

/* A page of the holder must not be touched. What is beyond it counts. */
CASE(beyond_a_guard_page, "reachable 2 12352")
{
	void **holder = aligned_alloc(4096, 3 * 4096);

	memset(holder, 0, 3 * 4096);
	holder[2 * 4096 / sizeof *holder] = new_block();
	mprotect((char *)holder + 4096, 4096, PROT_NONE);
	kept = holder;
}

static jmp_buf start;

static void fail_with_a_block(void)
{
	void *volatile block = new_block();

	longjmp(start, block != NULL);
	free(block);
}

/* An error handler jumped past the owner. */
CASE(jumped_over, "direct 1 64")
{
	if (setjmp(start) == 0)
		fail_with_a_block();
}
