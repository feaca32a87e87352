/* SPDX-License-Identifier: MIT */
#include "large.h"

#include <stdint.h>
#include <sys/mman.h>

#include "../util/array.h"

#define HUGE_PAGE_BYTES ((size_t)2 << 20)

void *large_new(size_t count, size_t item_bytes)
{
	/* Of this size, calloc maps memory afresh and does not touch it: there is time for advice. */
	void *items = xcalloc(count, item_bytes);

	large_advise(items, count * item_bytes);
	return items;
}

void large_advise(void *items, size_t bytes)
{
	uintptr_t start = ((uintptr_t)items + HUGE_PAGE_BYTES - 1) & ~(HUGE_PAGE_BYTES - 1);
	uintptr_t end = ((uintptr_t)items + bytes) & ~(HUGE_PAGE_BYTES - 1);

	/* Only whole pages of the array's own. It is an advice: what it answers changes nothing. */
	if (start < end)
		(void)madvise((void *)start, end - start, MADV_HUGEPAGE);
}
