/* SPDX-License-Identifier: MIT */
/*
 * The allocation functions of C, in front of the real ones. Each hook: pass through what is not
 * to be recorded; fail on purpose if asked to; call the real function; record. Releases are
 * recorded before the real call, so that the block can not be handed out again in between.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "interpose.h"
#include "next.h"
#include "python.h"
#include "record.h"
#include "sample.h"

__thread struct interpose_as interpose_as __attribute__((tls_model("initial-exec")));

/* Only what runs before or during the lookup of the real functions ends up here. */
static bool bootstrapping(void)
{
	if (__builtin_expect(next_ready, 1))
		return false;
	next_resolve();
	return !next_ready;
}

/* A deliberate failure of an allocation function that returns NULL. */
static void *fail(enum api api, size_t size, const struct unwind_start *start)
{
	record_injected(api, size, start);
	errno = ENOMEM;
	return NULL;
}

static void *malloc_for_operator(size_t size)
{
	void *block = RECORD_INSIDE(next.malloc(size));
	enum api api = interpose_as.api;

	if (block)
		interpose_as.api = API_NONE;
	else if (interpose_as.failure_recorded)
		return NULL;
	interpose_as.failure_recorded = true;
	record_allocation(api, block, size, ENOMEM, &interpose_as.start);
	return block;
}

/* A block that is not in the sample is passed on; that there is none for the program is recorded always. */
static inline void *skip(enum api api, void *block, size_t size, const struct unwind_start *start)
{
	if (__builtin_expect(!block && size, 0))
		record_allocation(api, NULL, size, errno, start);
	return block;
}

PUBLIC void *malloc(size_t size)
{
	struct unwind_start start = UNWIND_START();
	void *block;

	if (sample_skips(size))
		return skip(API_MALLOC, RECORD_INSIDE(next.malloc(size)), size, &start);
	if (bootstrapping())
		return next_bootstrap_alloc(size, 0);
	if (!record_wanted())
		return next.malloc(size);
	if (interpose_continues(size, &start))
		return malloc_for_operator(size);
	if (fail_now(size))
		return fail(API_MALLOC, size, &start);
	block = RECORD_INSIDE(next.malloc(size));
	if (block || size)
		record_allocation(API_MALLOC, block, size, block ? 0 : errno, &start);
	return block;
}

PUBLIC void *calloc(size_t count, size_t size)
{
	struct unwind_start start = UNWIND_START();
	size_t bytes;
	void *block;

	if (__builtin_mul_overflow(count, size, &bytes))
		bytes = SIZE_MAX;
	if (sample_skips(bytes))
		return skip(API_CALLOC, RECORD_INSIDE(next.calloc(count, size)), bytes, &start);
	if (bootstrapping())
		return next_bootstrap_alloc(bytes, 0);
	if (!record_wanted())
		return next.calloc(count, size);
	if (fail_now(bytes))
		return fail(API_CALLOC, bytes, &start);
	block = RECORD_INSIDE(next.calloc(count, size));
	if (block || bytes)
		record_allocation(API_CALLOC, block, bytes, block ? 0 : errno, &start);
	return block;
}

/* A block from before the real allocator was known moves into the real one. */
static void *move_bootstrap(void *old, size_t size, const struct unwind_start *start)
{
	size_t old_size = next_bootstrap_size(old);
	void *block = RECORD_INSIDE(next.malloc(size));

	if (block)
		memcpy(block, old, old_size < size ? old_size : size);
	if (record_wanted())
		record_allocation(API_REALLOC, block, size, block ? 0 : errno, start);
	return block;
}

/* The real call of realloc or reallocarray. */
static void *call_realloc(enum api api, void *block, size_t count, size_t size)
{
	if (api == API_REALLOCARRAY)
		return next.reallocarray(block, count, size);
	return next.realloc(block, size);
}

static void *reallocate(enum api api, void *old, size_t count, size_t size,
			const struct unwind_start *start)
{
	size_t bytes;
	uint32_t stack;
	void *block;

	if (__builtin_mul_overflow(count, size, &bytes))
		bytes = SIZE_MAX;
	if (sample_misses(old) && !next_is_bootstrap(old) && sample_skips(bytes))
		return skip(api, RECORD_INSIDE(call_realloc(api, old, count, size)), bytes, start);
	if (bootstrapping())
		return old ? NULL : next_bootstrap_alloc(bytes, 0);
	if (__builtin_expect(next_is_bootstrap(old), 0))
		return move_bootstrap(old, bytes, start);
	if (!record_wanted())
		return call_realloc(api, old, count, size);
	if (fail_now(bytes))
		return fail(api, bytes, start);
	if (!old || !record_realloc_wanted(old)) {
		block = RECORD_INSIDE(call_realloc(api, old, count, size));
		if (block || bytes)
			record_allocation(api, block, bytes, block ? 0 : errno, start);
		return block;
	}
	stack = record_realloc_begin(api, old, bytes, start);
	block = RECORD_INSIDE(call_realloc(api, old, count, size));
	/* NULL for size 0 means that the block was freed, as it is everywhere with glibc. */
	record_realloc_end(api, old, block, bytes,
			   block || !bytes ? 0 : (unsigned)errno & EVENT_DETAIL_ERRNO, stack);
	return block;
}

PUBLIC void *realloc(void *old, size_t size)
{
	struct unwind_start start = UNWIND_START();

	return reallocate(API_REALLOC, old, 1, size, &start);
}

PUBLIC void *reallocarray(void *old, size_t count, size_t size)
{
	struct unwind_start start = UNWIND_START();

	return reallocate(API_REALLOCARRAY, old, count, size, &start);
}

/* True if the block is to be given to the real allocator at all. */
static bool release(enum api api, void *block, const struct unwind_start *start)
{
	if (!block || __builtin_expect(next_is_bootstrap(block), 0) || bootstrapping())
		return false;
	if (record_wanted())
		record_release(api, block, start);
	return true;
}

PUBLIC void free(void *block)
{
	struct unwind_start start = UNWIND_START();

	python_freed(block);
	if ((sample_misses(block) && !next_is_bootstrap(block)) || release(API_FREE, block, &start))
		RECORD_INSIDE_VOID(next.free(block));
}

/* Old and new names of free that this libc does not declare: gone in glibc 2.26, and of C23. The
 * size only helps an allocator that looks at it; every one may be asked without. */
void cfree(void *block);
void free_sized(void *block, size_t size);
void free_aligned_sized(void *block, size_t alignment, size_t size);

PUBLIC void cfree(void *block)
{
	struct unwind_start start = UNWIND_START();

	if (release(API_CFREE, block, &start))
		RECORD_INSIDE_VOID(next.free(block));
}

PUBLIC void free_sized(void *block, size_t size)
{
	struct unwind_start start = UNWIND_START();

	(void)size;
	if (release(API_FREE_SIZED, block, &start))
		RECORD_INSIDE_VOID(next.free(block));
}

PUBLIC void free_aligned_sized(void *block, size_t alignment, size_t size)
{
	struct unwind_start start = UNWIND_START();

	(void)alignment;
	(void)size;
	if (release(API_FREE_ALIGNED_SIZED, block, &start))
		RECORD_INSIDE_VOID(next.free(block));
}

PUBLIC int posix_memalign(void **result, size_t alignment, size_t size)
{
	struct unwind_start start = UNWIND_START();
	int error;

	if (bootstrapping()) {
		*result = next_bootstrap_alloc(size, alignment);
		return *result ? 0 : ENOMEM;
	}
	if (!record_wanted())
		return next.posix_memalign(result, alignment, size);
	if (fail_now(size)) {
		record_injected(API_POSIX_MEMALIGN, size, &start);
		return ENOMEM;
	}
	error = RECORD_INSIDE(next.posix_memalign(result, alignment, size));
	record_allocation(API_POSIX_MEMALIGN, error ? NULL : *result, size, error, &start);
	return error;
}

/* The functions that take an alignment, given or implied, and return the block. */
#define DEFINE_ALIGNED(name, api, parameters, arguments, size, alignment) \
	PUBLIC void *name parameters \
	{ \
		struct unwind_start start = UNWIND_START(); \
		void *block; \
\
		if (bootstrapping()) \
			return next_bootstrap_alloc(size, alignment); \
		if (!record_wanted()) \
			return next.name arguments; \
		if (fail_now(size)) \
			return fail(api, size, &start); \
		block = RECORD_INSIDE(next.name arguments); \
		if (block || size) \
			record_allocation(api, block, size, block ? 0 : errno, &start); \
		return block; \
	}

DEFINE_ALIGNED(aligned_alloc, API_ALIGNED_ALLOC, (size_t alignment, size_t size), (alignment, size),
	       size, alignment)
DEFINE_ALIGNED(memalign, API_MEMALIGN, (size_t alignment, size_t size), (alignment, size), size,
	       alignment)
DEFINE_ALIGNED(valloc, API_VALLOC, (size_t size), (size), size, 4096)
DEFINE_ALIGNED(pvalloc, API_PVALLOC, (size_t size), (size), size, 4096)

PUBLIC size_t malloc_usable_size(void *block)
{
	if (next_is_bootstrap(block))
		return next_bootstrap_size(block);
	return bootstrapping() ? 0 : next.malloc_usable_size(block);
}
