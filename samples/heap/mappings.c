/* SPDX-License-Identifier: MIT */
/* mappings.c - pointers in memory that the program got from the kernel. */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "heap.h"

#define PAGE 4096

static void **map(int flags, int file)
{
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, flags, file, 0);
}

static int new_file(void)
{
	int file = memfd_create("a file", MFD_CLOEXEC);

	ftruncate(file, PAGE);
	return file;
}

CASE(private_mapping, "reachable 1 64")
{
	map(MAP_PRIVATE | MAP_ANONYMOUS, -1)[100] = new_block();
}

CASE(shared_mapping, "reachable 1 64")
{
	map(MAP_SHARED | MAP_ANONYMOUS, -1)[100] = new_block();
}

CASE(mapping_of_file, "reachable 1 64")
{
	map(MAP_SHARED, new_file())[100] = new_block();
}

CASE(private_mapping_of_file, "reachable 1 64")
{
	map(MAP_PRIVATE, new_file())[100] = new_block();
}

/* Sealed after it was filled in, as tables of constants often are. memcheck: lost, since it looks at
 * writable pages only. */
CASE(read_only_mapping, "reachable 1 64")
{
	void **page = map(MAP_PRIVATE | MAP_ANONYMOUS, -1);

	page[100] = new_block();
	mprotect(page, PAGE, PROT_READ);
}

CASE(in_the_middle_of_mapping, "possible 1 64")
{
	map(MAP_PRIVATE | MAP_ANONYMOUS, -1)[100] = (char *)new_block() + 32;
}

CASE(former_mapping, "direct 1 64")
{
	void **page = map(MAP_PRIVATE | MAP_ANONYMOUS, -1);

	page[100] = new_block();
	munmap(page, PAGE);
}

/* The pages are still mapped, what was on them is gone. */
CASE(discarded_mapping, "direct 1 64")
{
	void **page = map(MAP_PRIVATE | MAP_ANONYMOUS, -1);

	page[100] = new_block();
	madvise(page, PAGE, MADV_DONTNEED);
}

CASE(moved_mapping, "reachable 1 64")
{
	void **page = map(MAP_PRIVATE | MAP_ANONYMOUS, -1);

	page[100] = new_block();
	mremap(page, PAGE, 64 * PAGE, MREMAP_MAYMOVE);
}

/* The program has its own part of what is otherwise the allocator's. */
CASE(program_break, "reachable 1 64")
{
	void **page = sbrk(PAGE);

	page[100] = new_block();
}
