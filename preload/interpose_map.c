/* SPDX-License-Identifier: MIT */
/*
 * Memory that the program maps by itself. What allocators map from within malloc is theirs and
 * passes through unrecorded.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "interpose.h"
#include "next.h"
#include "python.h"
#include "record.h"
#include "syscalls.h"

static unsigned map_detail(int protection, int flags)
{
	return (flags & MAP_ANONYMOUS ? MAP_DETAIL_ANONYMOUS : 0) |
	       ((flags & MAP_TYPE) != MAP_PRIVATE ? MAP_DETAIL_SHARED : 0) |
	       (protection & PROT_EXEC ? MAP_DETAIL_EXECUTABLE : 0) |
	       (flags & MAP_FIXED ? MAP_DETAIL_FIXED : 0);
}

static void *map(void *address, size_t length, int protection, int flags, int fd, off_t offset,
		 const struct unwind_start *start)
{
	enum python_mapping mapping = PYTHON_MAPPING_NONE;
	void *result;

	next_resolve();
	result = next.mmap(address, length, protection, flags, fd, offset);
	if (!record_wanted())
		return result;
	if (result == MAP_FAILED) {
		record_event(EVENT_FAIL, API_MMAP, 0, length, (unsigned)errno & EVENT_DETAIL_ERRNO,
			     start);
		return result;
	}
	if (flags & MAP_ANONYMOUS)
		mapping = python_maps(start->pc, length);
	if (mapping == PYTHON_MAPPING_ARENA)
		record_event(EVENT_ARENA, API_PYOBJECT_MALLOC, (uint64_t)result, length, 0, NULL);
	else if (mapping == PYTHON_MAPPING_NONE)
		record_event(EVENT_MAP, API_MMAP, (uint64_t)result, length,
			     map_detail(protection, flags), start);
	return result;
}

PUBLIC void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	struct unwind_start start = UNWIND_START();

	return map(address, length, protection, flags, fd, offset, &start);
}

PUBLIC void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset)
{
	struct unwind_start start = UNWIND_START();

	return map(address, length, protection, flags, fd, offset, &start);
}

PUBLIC int munmap(void *address, size_t length)
{
	struct unwind_start start = UNWIND_START();

	next_resolve();
	/* Before the call: afterwards another thread may have got the addresses already. It fails
	 * only for what is excluded here. */
	if (length && ((uint64_t)address & 4095) == 0 && record_wanted())
		record_event(EVENT_UNMAP, API_MUNMAP, (uint64_t)address, length, 0, &start);
	return next.munmap(address, length);
}

PUBLIC void *mremap(void *old, size_t old_length, size_t length, int flags, ...)
{
	struct unwind_start start = UNWIND_START();
	bool wanted;
	va_list arguments;
	void *target, *result;

	va_start(arguments, flags);
	target = va_arg(arguments, void *); /* read by the kernel only with MREMAP_FIXED */
	va_end(arguments);
	next_resolve();
	wanted = record_wanted();
	if (wanted)
		record_event(EVENT_REMAP_BEGIN, API_MREMAP, (uint64_t)old, old_length, 0, &start);
	result = next.mremap(old, old_length, length, flags, target);
	if (wanted)
		record_event(EVENT_REMAP_END, API_MREMAP,
			     result == MAP_FAILED ? 0 : (uint64_t)result, length,
			     result == MAP_FAILED ? (unsigned)errno & EVENT_DETAIL_ERRNO : 0,
			     &start);
	return result;
}

PUBLIC int brk(void *end)
{
	struct unwind_start start = UNWIND_START();
	uint64_t before;
	int result;

	next_resolve();
	before = (uint64_t)next.sbrk(0);
	result = next.brk(end);
	if (result == 0 && record_wanted())
		record_event(EVENT_BREAK, API_BRK, (uint64_t)end,
			     (uint64_t)end > before ? (uint64_t)end - before : 0, 0, &start);
	return result;
}

PUBLIC void *sbrk(intptr_t increment)
{
	struct unwind_start start = UNWIND_START();
	void *before;

	next_resolve();
	before = next.sbrk(increment);
	if (before != (void *)-1 && increment && record_wanted())
		record_event(EVENT_BREAK, API_SBRK, (uint64_t)before + (uint64_t)increment,
			     increment > 0 ? (uint64_t)increment : 0, 0, &start);
	return before;
}
