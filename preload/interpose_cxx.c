/* SPDX-License-Identifier: MIT */
/*
 * operator new and delete of C++, by their mangled names (Itanium C++ ABI), in C.
 *
 * No exception may cross our frames while we hold state, so the real operator runs guarded only in
 * its nothrow form, and only if the program has no new-handler, which must be called as often as
 * without us. Else, and to throw after a failure, the real operator runs as the last thing we do,
 * and what it allocates is recognised by malloc (interpose_as).
 *
 * A program that defines any of the operators itself gets all of them unrecorded: the library's
 * others forward to the program's, and below all of them malloc and free are seen.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>

#include "atomics.h"
#include "elf_lookup.h"
#include "fail.h"
#include "interpose.h"
#include "next.h"
#include "record.h"
#include "sample.h"

/* A real function, looked up at its first use; it may come with a plugin. */
struct cxx_function {
	const char *mangled;
	_Atomic(void *) function;
};

static void *find(struct cxx_function *f)
{
	void *function = load_acquire(&f->function);

	if (__builtin_expect(function != NULL, 1))
		return function;
	function = elf_lookup_next(f->mangled);
	store_release(&f->function, function);
	return function;
}

/* Whether the program defines operators of its own. Asked once. */
static bool operators_replaced(void)
{
	static const char *const names[] = {
		"_Znwm",
		"_Znam",
		"_ZdlPv",
		"_ZdaPv",
		"_ZdlPvm",
		"_ZdaPvm",
		"_ZnwmRKSt9nothrow_t",
		"_ZnamRKSt9nothrow_t",
		"_ZnwmSt11align_val_t",
		"_ZdlPvSt11align_val_t",
	};
	static _Atomic int answer; /* 0: not asked yet */
	int known = load_relaxed(&answer);

	if (__builtin_expect(known == 0, 0)) {
		known = -1;
		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
			if (elf_lookup_before(names[i]))
				known = 1;
		store_relaxed(&answer, known);
	}
	return known > 0;
}

static bool operator_wanted(void)
{
	return record_wanted() && !operators_replaced();
}

static bool has_new_handler(void)
{
	static struct cxx_function get = {"_ZSt15get_new_handlerv", NULL};
	void *(*function)(void) = find(&get);

	return function && function() != NULL;
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

/* The last thing done in a hook: the real form, which may throw through us. */
static void *allocate_unguarded(struct forms *forms, size_t size, size_t alignment, bool may_throw,
				bool failure_recorded, const struct unwind_start *start)
{
	void *block;

	interpose_as = (struct interpose_as){forms->api, failure_recorded, size, *start};
	if (may_throw)
		block = call_throwing(find(&forms->throwing), size, alignment);
	else
		block = call_nothrow(find(&forms->nothrow), size, alignment);
	if (block && interpose_as.api != API_NONE) /* it did not come from malloc */
		record_allocation(forms->api, block, size, 0, start);
	interpose_as.api = API_NONE;
	interpose_as.start.bp = 0; /* may point to anything, and a snapshot would find it */
	return block;
}

static void *allocate(struct forms *forms, size_t size, size_t alignment, bool may_throw,
		      const struct unwind_start *start)
{
	int64_t distance = thread_local_state.sample_distance;
	bool failure_recorded;
	void *block;

	/* Mostly malloc counts the block; else it is for us to do. */
	if (sample_will_skip(size)) {
		block = may_throw ? call_throwing(find(&forms->throwing), size, alignment)
				  : call_nothrow(find(&forms->nothrow), size, alignment);
		if (thread_local_state.sample_distance == distance)
			sample_takes(size);
		return block;
	}
	/* Also: the real operators call each other through us. */
	if (!operator_wanted() || interpose_continues(size, start))
		return may_throw ? call_throwing(find(&forms->throwing), size, alignment)
				 : call_nothrow(find(&forms->nothrow), size, alignment);
	failure_recorded = fail_now(size);
	if (failure_recorded) {
		record_injected(forms->api, size, start);
		size = PTRDIFF_MAX; /* what no allocator can serve makes the real operator fail */
	} else if (!has_new_handler()) {
		block = RECORD_INSIDE(call_nothrow(find(&forms->nothrow), size, alignment));
		record_allocation(forms->api, block, size, ENOMEM, start);
		if (block || !may_throw)
			return block;
		failure_recorded = true;
	}
	return allocate_unguarded(forms, size, alignment, may_throw, failure_recorded, start);
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

/* Records a release. False if it is not to be: the program's operators then run unguarded, so that
 * the free they call is seen. */
static bool release(enum api api, void *block, const struct unwind_start *start)
{
	if (!operator_wanted())
		return false;
	if (block)
		record_release(api, block, start);
	return true;
}

#define DEFINE_DELETE(mangled, api, parameters, type, arguments) \
	void delete_##mangled parameters __asm__(#mangled); \
	PUBLIC void delete_##mangled parameters \
	{ \
		static struct cxx_function real = {#mangled, NULL}; \
		struct unwind_start start = UNWIND_START(); \
		bool recorded = !sample_misses(block) && release(api, block, &start); \
		void *function = find(&real); \
\
		if (!function) \
			RECORD_INSIDE_VOID(next.free(block)); \
		else if (recorded) \
			RECORD_INSIDE_VOID(((void(*) type)function)arguments); \
		else \
			((void(*) type)function) arguments; \
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
