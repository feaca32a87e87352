/* SPDX-License-Identifier: MIT */
/*
 * operator new and delete of C++, by their mangled names (Itanium C++ ABI), in C.
 *
 * The nothrow form of the real operator is asked first, so that no exception has to cross our
 * frames; only when it fails is the throwing form called, as the last thing we do.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>

#include "atomics.h"
#include "fail.h"
#include "interpose.h"
#include "next.h"
#include "record.h"

/* A real operator, looked up at its first use. */
struct cxx_function {
	const char *mangled;
	_Atomic(void *) function;
};

static void *find(struct cxx_function *op)
{
	void *function = load_acquire(&op->function);

	if (__builtin_expect(function != NULL, 1))
		return function;
	thread_local_state.inside++;
	function = next_operator(op->mangled);
	thread_local_state.inside--;
	store_release(&op->function, function);
	return function;
}

/* std::nothrow is an empty object of which only the address is passed. */
static const char nothrow;

struct forms {
	enum api api;
	struct cxx_function nothrow, throwing;
};

static void *call_nothrow(void *function, size_t size, size_t alignment)
{
	if (!function) /* a program without libstdc++ in reach: its operators are malloc's */
		return alignment ? next.aligned_alloc(alignment, size) : next.malloc(size);
	if (alignment)
		return ((void *(*)(size_t, size_t, const void *))function)(size, alignment,
									   &nothrow);
	return ((void *(*)(size_t, const void *))function)(size, &nothrow);
}

static void *call_throwing(void *function, size_t size, size_t alignment)
{
	if (!function)
		return call_nothrow(NULL, size, alignment);
	if (alignment)
		return ((void *(*)(size_t, size_t))function)(size, alignment);
	return ((void *(*)(size_t))function)(size);
}

static void *allocate(struct forms *forms, size_t size, size_t alignment, bool may_throw,
		      const struct unwind_start *start)
{
	void *nothrow_form = find(&forms->nothrow);
	bool injected;
	void *block = NULL;

	if (!record_wanted()) /* also: the real operators call each other through us */
		return may_throw ? call_throwing(find(&forms->throwing), size, alignment)
				 : call_nothrow(nothrow_form, size, alignment);
	injected = fail_now(size);
	if (injected) {
		record_injected(forms->api, size, start);
	} else {
		block = RECORD_INSIDE(call_nothrow(nothrow_form, size, alignment));
		record_allocation(forms->api, block, size, ENOMEM, start);
	}
	if (block || !may_throw)
		return block;
	if (injected)
		size = PTRDIFF_MAX; /* what no allocator can serve makes the real operator throw */
	interpose_as.api = forms->api;
	interpose_as.size = size;
	return call_throwing(find(&forms->throwing), size, alignment);
}

static struct forms single = {API_NEW, {"_ZnwmRKSt9nothrow_t", NULL}, {"_Znwm", NULL}};
static struct forms array = {API_NEW_ARRAY, {"_ZnamRKSt9nothrow_t", NULL}, {"_Znam", NULL}};
static struct forms single_aligned = {API_NEW_ALIGNED,
				      {"_ZnwmSt11align_val_tRKSt9nothrow_t", NULL},
				      {"_ZnwmSt11align_val_t", NULL}};
static struct forms array_aligned = {API_NEW_ARRAY_ALIGNED,
				     {"_ZnamSt11align_val_tRKSt9nothrow_t", NULL},
				     {"_ZnamSt11align_val_t", NULL}};

#define DEFINE_NEW(mangled, forms, parameters, alignment, may_throw) \
	void *new_##mangled parameters __asm__(#mangled); \
	PUBLIC void *new_##mangled parameters \
	{ \
		struct unwind_start start = UNWIND_START(); \
\
		return allocate(&forms, size, alignment, may_throw, &start); \
	}

#define NOTHROW const void *tag __attribute__((unused))

DEFINE_NEW(_Znwm, single, (size_t size), 0, true)
DEFINE_NEW(_Znam, array, (size_t size), 0, true)
DEFINE_NEW(_ZnwmRKSt9nothrow_t, single, (size_t size, NOTHROW), 0, false)
DEFINE_NEW(_ZnamRKSt9nothrow_t, array, (size_t size, NOTHROW), 0, false)
DEFINE_NEW(_ZnwmSt11align_val_t, single_aligned, (size_t size, size_t align), align, true)
DEFINE_NEW(_ZnamSt11align_val_t, array_aligned, (size_t size, size_t align), align, true)
DEFINE_NEW(_ZnwmSt11align_val_tRKSt9nothrow_t, single_aligned, (size_t size, size_t align, NOTHROW),
	   align, false)
DEFINE_NEW(_ZnamSt11align_val_tRKSt9nothrow_t, array_aligned, (size_t size, size_t align, NOTHROW),
	   align, false)

/* Records a release and finds the real operator; NULL if the block goes to free. */
static void *release(enum api api, struct cxx_function *op, void *block,
		     const struct unwind_start *start)
{
	if (block && record_wanted())
		record_release(api, block, start);
	return find(op);
}

#define DEFINE_DELETE(mangled, api, parameters, type, arguments) \
	void delete_##mangled parameters __asm__(#mangled); \
	PUBLIC void delete_##mangled parameters \
	{ \
		static struct cxx_function real = {#mangled, NULL}; \
		struct unwind_start start = UNWIND_START(); \
		void *function = release(api, &real, block, &start); \
\
		if (function) \
			RECORD_INSIDE_VOID(((void(*) type)function)arguments); \
		else \
			RECORD_INSIDE_VOID(next.free(block)); \
	}

DEFINE_DELETE(_ZdlPv, API_DELETE, (void *block), (void *), (block))
DEFINE_DELETE(_ZdaPv, API_DELETE_ARRAY, (void *block), (void *), (block))
DEFINE_DELETE(_ZdlPvm, API_DELETE, (void *block, size_t size), (void *, size_t), (block, size))
DEFINE_DELETE(_ZdaPvm, API_DELETE_ARRAY, (void *block, size_t size), (void *, size_t),
	      (block, size))
DEFINE_DELETE(_ZdlPvRKSt9nothrow_t, API_DELETE, (void *block, const void *tag),
	      (void *, const void *), (block, tag))
DEFINE_DELETE(_ZdaPvRKSt9nothrow_t, API_DELETE_ARRAY, (void *block, const void *tag),
	      (void *, const void *), (block, tag))
DEFINE_DELETE(_ZdlPvSt11align_val_t, API_DELETE_ALIGNED, (void *block, size_t align),
	      (void *, size_t), (block, align))
DEFINE_DELETE(_ZdaPvSt11align_val_t, API_DELETE_ARRAY_ALIGNED, (void *block, size_t align),
	      (void *, size_t), (block, align))
DEFINE_DELETE(_ZdlPvmSt11align_val_t, API_DELETE_ALIGNED, (void *block, size_t size, size_t align),
	      (void *, size_t, size_t), (block, size, align))
DEFINE_DELETE(_ZdaPvmSt11align_val_t, API_DELETE_ARRAY_ALIGNED,
	      (void *block, size_t size, size_t align), (void *, size_t, size_t),
	      (block, size, align))
DEFINE_DELETE(_ZdlPvSt11align_val_tRKSt9nothrow_t, API_DELETE_ALIGNED,
	      (void *block, size_t align, const void *tag), (void *, size_t, const void *),
	      (block, align, tag))
DEFINE_DELETE(_ZdaPvSt11align_val_tRKSt9nothrow_t, API_DELETE_ARRAY_ALIGNED,
	      (void *block, size_t align, const void *tag), (void *, size_t, const void *),
	      (block, align, tag))
