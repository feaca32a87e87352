/* SPDX-License-Identifier: MIT */
/*
 * odd_calls.c - every corner of the allocation interface, with result and errno printed.
 *
 * The output must be the same with and without recording. The values are those of the C library,
 * whatever they are; the few EXPECT lines say what the blocks must look like afterwards.
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

static void *volatile sink;

/* Addresses differ from run to run; whether there is one and how it is aligned does not. */
static void print_pointer(const char *call, void *block, size_t alignment)
{
	int number = errno;

	sink = block;
	say("%s: %s, %s, usable %zu, errno %d", call, block ? "block" : "null",
	    (uintptr_t)block % alignment == 0 ? "aligned" : "misaligned", malloc_usable_size(block),
	    number);
	errno = 0;
}

#define SHOW(call, alignment) \
	do { \
		void *block_; \
		errno = 0; \
		block_ = (call); \
		print_pointer(#call, block_, alignment); \
		free(block_); \
	} while (0)

static void print_zero_sizes(void)
{
	SHOW(malloc(0), 16);
	SHOW(calloc(0, 8), 16);
	SHOW(calloc(8, 0), 16);
	SHOW(realloc(NULL, 0), 16);
	SHOW(realloc(NULL, 10), 16);
	SHOW(reallocarray(NULL, 0, 10), 16);
	SHOW(memalign(64, 0), 64);
	SHOW(aligned_alloc(64, 0), 64);
	SHOW(valloc(0), 4096);
	SHOW(pvalloc(0), 4096);
}

static void print_too_large(void)
{
	volatile size_t huge = SIZE_MAX, half = SIZE_MAX / 2, signed_max = PTRDIFF_MAX;

	SHOW(malloc(huge), 16);
	SHOW(malloc(half + 1), 16);
	SHOW(malloc(signed_max), 16);
	SHOW(calloc(half, 3), 16);
	SHOW(calloc(huge, huge), 16);
	SHOW(calloc((size_t)1 << 32, (size_t)1 << 32), 16);
	SHOW(realloc(NULL, huge), 16);
	SHOW(reallocarray(NULL, half, 3), 16);
	SHOW(memalign(64, huge), 64);
	SHOW(memalign(half + 2, 8), 1);
	SHOW(aligned_alloc(64, huge), 64);
	SHOW(valloc(huge), 4096);
	SHOW(pvalloc(huge), 4096);
}

static void print_alignments(void)
{
	SHOW(memalign(0, 100), 16);
	SHOW(memalign(3, 100), 4);
	SHOW(memalign(48, 100), 64);
	SHOW(memalign(1 << 16, 100), 1 << 16);
	SHOW(aligned_alloc(3, 100), 4);
	SHOW(aligned_alloc(64, 100), 64);
	SHOW(aligned_alloc(4096, 1), 4096);
	SHOW(valloc(5000), 4096);
	SHOW(pvalloc(5000), 4096);
}

static void print_posix_memalign(size_t alignment, size_t bytes)
{
	void *block = (void *)1;
	int result;

	errno = 99;
	result = posix_memalign(&block, alignment, bytes);
	say("posix_memalign(%zu, %zu): returns %d, errno %d, %s", alignment, bytes, result, errno,
	    block == (void *)1			? "pointer untouched"
	    : !block				? "null"
	    : (uintptr_t)block % alignment == 0 ? "aligned block"
						: "misaligned block");
	if (result == 0)
		free(block);
}

/* The block must survive a resize that fails, with its contents. */
static void fail_to_resize(void)
{
	char *block = malloc(77);
	volatile size_t huge = SIZE_MAX;

	strcpy(block, "still here");
	errno = 0;
	print_pointer("realloc(block, SIZE_MAX)", realloc(block, huge - 100), 16);
	print_pointer("reallocarray(block, SIZE_MAX, 2)", reallocarray(block, huge, 2), 16);
	say("contents: %s", block);
}

static void resize_to_nothing(void)
{
	char *block = malloc(55);

	errno = 0;
	print_pointer("realloc(block, 0)", realloc(block, 0), 16);
}

static void resize_in_steps(void)
{
	char *block = NULL;
	size_t bytes;

	for (bytes = 1; bytes < 1000000; bytes = bytes * 3 + 1) {
		block = realloc(block, bytes);
		memset(block + bytes / 3, (int)(bytes & 0x7f), bytes - bytes / 3);
	}
	say("after growing: %d %d", block[0], block[bytes / 3 - 1]);
	block = realloc(block, 10);
	say("after shrinking: %d %d", block[0], block[9]);
	free(block);
}

static void keep_errno(void)
{
	void *block = malloc(100), *large = malloc(1 << 20);

	errno = 77;
	free(block);
	free(large);
	free(NULL);
	say("errno after free: %d", errno);
	errno = 78;
	sink = malloc(30);
	sink = realloc(sink, 60);
	sink = realloc(sink, 90000);
	say("errno after malloc and realloc: %d", errno);
	free(sink);
}

static void check_zeroing(void)
{
	unsigned char *block;
	unsigned long sum = 0;

	for (int i = 0; i < 100; i++) {
		block = malloc(500);
		memset(block, 0xaa, 500);
		free(block);
		block = calloc(5, 100);
		for (int j = 0; j < 500; j++)
			sum += block[j];
		free(block);
	}
	say("calloc after reuse sums to %lu", sum);
}

int main(void)
{
	print_zero_sizes();
	print_too_large();
	print_alignments();
	print_posix_memalign(64, 100);
	print_posix_memalign(3, 100);
	print_posix_memalign(0, 100);
	print_posix_memalign(4, 100);
	print_posix_memalign(8, 0);
	print_posix_memalign(64, SIZE_MAX);
	print_posix_memalign((size_t)1 << 63, 100);
	fail_to_resize();
	resize_to_nothing();
	resize_in_steps();
	keep_errno();
	check_zeroing();
	say("usable size of NULL: %zu", malloc_usable_size(NULL));

	expect("site=print_zero_sizes allocations=10 live_blocks=0");
	expect("site=print_too_large allocations=0 failures=13");
	expect("site=print_alignments allocations=9 live_blocks=0");
	expect("site=print_posix_memalign allocations=2 live_blocks=0");
	expect("site=fail_to_resize live_blocks=1 live_bytes=77 failures=2");
	expect("site=resize_to_nothing live_blocks=0");
	expect("site=resize_in_steps live_blocks=0");
	expect("live_blocks=1 live_bytes=77 lost_events=0 complete=1");
	expect("finding=foreign-free occurrences=0");
	expect("finding=double-free occurrences=0");
	return 0;
}
