/* SPDX-License-Identifier: MIT */
#include "python.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "elf_lookup.h"
#include "fail.h"
#include "lock.h"
#include "python_calls.h"
#include "python_codes.h"
#include "python_layout.h"
#include "python_stack.h"
#include "record.h"
#include "region.h"
#include "sample.h"
#include "settings.h"
#include "snapshot.h"
#include "stamp.h"
#include "verify.h"

/* The interpreter may undo what we have put in front of it, and then we do so again. */
#define INSTALLATIONS 8
#define DOMAINS 3 /* raw memory, memory, objects */
#define RAW 0
#define OBJECTS 2
#define TEARDOWN_LOOKS 8
#define TEARDOWNS_MOST 4 /* each has a snapshot */
#define ANEW_LOOKS \
	100000 /* releases after the end of an interpreter at each of which to look for another, */
#define ANEW_STEP 256 /* and at every such one of those that follow */
#define MINOR_ONE_COLLECTOR 8 /* for all interpreters of the process */
#define ARENA_BYTES_OLD (256u << 10) /* of pymalloc, to 3.9 */
#define ARENA_BYTES (1u << 20)
#define MIMALLOC_BYTES (1u << 30) /* what CPython's mimalloc maps first */
#define DEBUG_INNER 8 /* in the context of debug hooks: the allocator that they call */
#define MINOR_THREAD_STATE_KNOWN \
	12 /* since then the state of this thread, else of who has the lock */

/* What stands behind our functions. */
struct domain {
	struct allocator real;
	enum api allocate, release;
};

static struct python_calls call;

static struct domain domains[DOMAINS][INSTALLATIONS];
static uint32_t installations[DOMAINS];
static const struct domain *installed[DOMAINS]; /* last */
static struct arena_allocator arenas;
static struct lock lock;
static bool found;
static uint32_t
	generations_offset; /* in the state of the interpreter; 0: unknown, or it was found */
static uint32_t generations_of_layout; /* the same, and it stays */
static bool knows_thread_state; /* see MINOR_THREAD_STATE_KNOWN */
static struct {
	uint32_t state, version, allocator;
	bool free_threaded; /* there is no global lock */
	uint64_t low, high, eval_low, eval_high;
	uint64_t types[2]; /* of classes, of strings */
	uint64_t generations; /* of the garbage collector */
} interpreter;

bool python_stacks;

static void *fail(const struct domain *d, size_t size, const struct unwind_start *start)
{
	record_injected(d->allocate, size, start);
	return NULL;
}

static void *hook_malloc(void *context, size_t size)
{
	struct unwind_start start = UNWIND_START();
	const struct domain *d = context;
	void *block;

	if (sample_skips(size))
		return RECORD_INSIDE(d->real.malloc(d->real.context, size));
	if (!record_wanted())
		return d->real.malloc(d->real.context, size);
	if (fail_now(size))
		return fail(d, size, &start);
	block = RECORD_INSIDE(d->real.malloc(d->real.context, size));
	record_allocation(d->allocate, block, size, ENOMEM, &start);
	return block;
}

static void *hook_calloc(void *context, size_t count, size_t size)
{
	struct unwind_start start = UNWIND_START();
	const struct domain *d = context;
	size_t bytes;
	void *block;

	if (__builtin_mul_overflow(count, size, &bytes))
		bytes = SIZE_MAX;
	if (sample_skips(bytes))
		return RECORD_INSIDE(d->real.calloc(d->real.context, count, size));
	if (!record_wanted())
		return d->real.calloc(d->real.context, count, size);
	if (fail_now(bytes))
		return fail(d, bytes, &start);
	block = RECORD_INSIDE(d->real.calloc(d->real.context, count, size));
	record_allocation(d->allocate, block, bytes, ENOMEM, &start);
	return block;
}

/* Unlike that of C it never releases: a size of 0 is one of 1. */
static void *hook_realloc(void *context, void *old, size_t size)
{
	struct unwind_start start = UNWIND_START();
	const struct domain *d = context;
	uint32_t stack;
	void *block;

	if (sample_misses(old) && sample_skips(size))
		return RECORD_INSIDE(d->real.realloc(d->real.context, old, size));
	if (!record_wanted())
		return d->real.realloc(d->real.context, old, size);
	if (fail_now(size))
		return fail(d, size, &start);
	if (!old || !record_realloc_wanted(old)) {
		block = RECORD_INSIDE(d->real.realloc(d->real.context, old, size));
		record_allocation(d->allocate, block, size, ENOMEM, &start);
		return block;
	}
	stack = record_realloc_begin(d->allocate, old, size, &start);
	block = RECORD_INSIDE(d->real.realloc(d->real.context, old, size));
	record_realloc_end(d->allocate, old, block, size, block ? 0 : ENOMEM, stack);
	return block;
}

static void hook_free(void *context, void *block)
{
	struct unwind_start start = UNWIND_START();
	const struct domain *d = context;

	if (block) {
		python_codes_released(block);
		if (!sample_misses(block) && record_wanted())
			record_release(d->release, block, &start);
	}
	RECORD_INSIDE_VOID(d->real.free(d->real.context, block));
}

/* The same allocator is put back each time that the interpreter begins anew. NULL: there is no room. */
static struct domain *domain_of(int which, const struct allocator *real)
{
	static const enum api apis[DOMAINS][2] = {
		{API_PYMEM_RAWMALLOC, API_PYMEM_RAWFREE},
		{API_PYMEM_MALLOC, API_PYMEM_FREE},
		{API_PYOBJECT_MALLOC, API_PYOBJECT_FREE},
	};
	struct domain *d = domains[which], *end = d + installations[which];

	for (; d < end; d++)
		if (!memcmp(&d->real, real, sizeof *real))
			return d;
	if (installations[which] == INSTALLATIONS)
		return NULL;
	installations[which]++;
	*d = (struct domain){*real, apis[which][0], apis[which][1]};
	return d;
}

/* Lock is held. */
static void install(void)
{
	for (int i = 0; i < DOMAINS; i++) {
		struct allocator ours = {NULL, hook_malloc, hook_calloc, hook_realloc, hook_free};
		struct allocator real;
		struct domain *d;

		call.get_allocator(i, &real);
		if (real.malloc == hook_malloc)
			continue;
		d = domain_of(i, &real);
		if (!d)
			continue;
		installed[i] = d;
		ours.context = d;
		call.set_allocator(i, &ours);
	}
}

static void install_arenas(void);

static void install_again(void)
{
	uint64_t mask = lock_acquire(&lock);

	install();
	install_arenas();
	lock_release(&lock, mask);
}

static bool is_of_interpreter(const void *address)
{
	return (uint64_t)address - interpreter.low < interpreter.high - interpreter.low;
}

/* Of debug hooks the context is their own table, which begins with a letter; else there is none. */
static bool has_debug_hooks(const struct allocator *allocator)
{
	return is_of_interpreter(allocator->context);
}

static void say_allocator(enum python_allocator allocator)
{
	interpreter.allocator = allocator;
	store_relaxed(&region.header->python_allocator, allocator);
}

/*
 * An arena is had: so pymalloc is at work. The interpreter's function that would tell takes a lock, which at first is none yet.
 */
static void note_allocator(void)
{
	say_allocator(has_debug_hooks(&installed[OBJECTS]->real) ? PYTHON_ALLOCATOR_PYMALLOC_DEBUG
								 : PYTHON_ALLOCATOR_PYMALLOC);
}

/* What an allocator calls in the end. */
static const void *innermost_malloc(const struct allocator *allocator)
{
	if (has_debug_hooks(allocator))
		allocator = (const void *)((const char *)allocator->context + DEBUG_INNER);
	return (const void *)(uintptr_t)allocator->malloc;
}

/*
 * Whether the interpreter uses neither malloc nor pymalloc: with PYTHONMALLOC=mimalloc its tables are
 * written anew, and no arena tells of that. Without the global lock mimalloc is all there is.
 */
static bool is_mimalloc(const struct allocator *now)
{
	const void *malloc = innermost_malloc(now);

	if (!is_of_interpreter(malloc) || malloc == innermost_malloc(&domains[RAW][0].real))
		return false;
	return interpreter.free_threaded || malloc != innermost_malloc(&domains[OBJECTS][0].real);
}

/* Whether the mapping, by the interpreter itself, is for an allocator of its own that was not seen yet. */
static bool meets_mimalloc(void)
{
	struct allocator now;

	call.get_allocator(OBJECTS, &now);
	if (now.malloc == hook_malloc || !is_mimalloc(&now))
		return false;
	install_again();
	say_allocator(PYTHON_ALLOCATOR_MIMALLOC);
	return true;
}

/* What else the interpreter wants from the system, pieces of its stack, is a mapping like others. */
static bool is_arena(size_t bytes)
{
	return bytes == ARENA_BYTES || bytes == ARENA_BYTES_OLD;
}

/* Called within one of the functions above, unless the interpreter has put others in their place. */
static void *hook_arena(void *context, size_t size)
{
	void *arena;

	(void)context;
	if (!is_arena(size))
		return arenas.allocate(arenas.context, size);
	if (record_wanted())
		install_again();
	note_allocator();
	arena = RECORD_INSIDE(arenas.allocate(arenas.context, size));
	if (arena && recorder_on())
		record_event(EVENT_ARENA, API_PYOBJECT_MALLOC, (uint64_t)arena, size, 0, NULL);
	return arena;
}

static void hook_arena_end(void *context, void *arena, size_t size)
{
	(void)context;
	if (!is_arena(size)) {
		arenas.release(arenas.context, arena, size);
		return;
	}
	/* An interpreter that is destroyed gives back arenas that it never had, too. */
	if (arena && recorder_on())
		record_event(EVENT_ARENA_END, API_PYOBJECT_FREE, (uint64_t)arena, size, 0, NULL);
	RECORD_INSIDE_VOID(arenas.release(arenas.context, arena, size));
}

static void install_arenas(void)
{
	struct arena_allocator ours = {NULL, hook_arena, hook_arena_end}, now;

	if (!call.get_arena_allocator || !call.set_arena_allocator)
		return;
	call.get_arena_allocator(&now);
	if (now.allocate == hook_arena)
		return;
	arenas = now;
	call.set_arena_allocator(&ours);
}

static void *function(const char *name, uint64_t module)
{
	struct elf_symbol symbol;

	return elf_lookup(name, module, &symbol) ? symbol.address : NULL;
}

static bool start_stacks(uint64_t module)
{
	const struct python_layout *layout = python_layout_of(interpreter.version);
	struct python_types types = {
		function("PyCode_Type", module),
		function("PyUnicode_Type", module),
		function("PyBytes_Type", module),
	};
	struct elf_symbol loop;

	call.state_unchecked = function("PyThreadState_GetUnchecked", module);
	if (!call.state_unchecked)
		call.state_unchecked = function("_PyThreadState_UncheckedGet", module);
	call.state_of_thread = function("PyGILState_GetThisThreadState", module);
	call.is_finalizing = function("Py_IsFinalizing", module);
	if (!call.is_finalizing)
		call.is_finalizing = function("_Py_IsFinalizing", module);
	call.is_initialized = function("Py_IsInitialized", module);
	/* Only builds that count all references have this function: their objects are larger. */
	if (!layout || function("_Py_NegativeRefcount", module) ||
	    !python_layout_agrees(layout, interpreter.version, function("_PyRuntime", module)) ||
	    !types.code || !types.string || !types.bytes || !call.state_unchecked ||
	    !call.state_of_thread || !call.is_finalizing || !call.is_initialized)
		return false;
	if (elf_lookup("_PyEval_EvalFrameDefault", module, &loop)) {
		interpreter.eval_low = (uint64_t)loop.address;
		interpreter.eval_high = interpreter.eval_low + loop.bytes;
	}
	interpreter.types[0] = (uint64_t)function("PyType_Type", module);
	interpreter.types[1] = (uint64_t)types.string;
	call.main_interpreter = function("PyInterpreterState_Main", module);
	if (layout->minor == MINOR_ONE_COLLECTOR)
		interpreter.generations = (uint64_t)function("_PyRuntime", module) +
					  layout->generations;
	else if (call.main_interpreter)
		generations_offset = generations_of_layout = layout->generations;
	knows_thread_state = layout->minor >= MINOR_THREAD_STATE_KNOWN;
	python_stack_start(layout);
	return python_codes_start(layout, &types);
}

static void write_description(struct region_header *h)
{
	h->python_version = interpreter.version;
	store_relaxed(&h->python_allocator, interpreter.allocator);
	h->python_native = settings.native;
	h->python_low = interpreter.low;
	h->python_high = interpreter.high;
	h->python_eval_low = interpreter.eval_low;
	h->python_eval_high = interpreter.eval_high;
	h->python_types[0] = interpreter.types[0];
	h->python_types[1] = interpreter.types[1];
	store_relaxed(&h->python_generations, interpreter.generations);
	store_release(&h->python_state, interpreter.state);
}

/* Lock is held. */
static void meet(const struct elf_symbol *setter)
{
	uint64_t module = (uint64_t)setter->address;

	call.set_allocator = setter->address;
	call.get_allocator = function("PyMem_GetAllocator", module);
	call.get_arena_allocator = function("PyObject_GetArenaAllocator", module);
	call.set_arena_allocator = function("PyObject_SetArenaAllocator", module);
	if (!call.get_allocator)
		return;
	found = true;
	interpreter.low = setter->low;
	interpreter.high = setter->high;
	interpreter.version = python_layout_version(module);
	interpreter.free_threaded = python_layout_is_free_threaded(function("_PyRuntime", module));
	if (interpreter.free_threaded)
		interpreter.allocator = PYTHON_ALLOCATOR_MIMALLOC;
	python_stacks = start_stacks(module);
	interpreter.state = python_stacks ? PYTHON_ON : PYTHON_NO_STACKS;
	write_description(region.header);
	install();
	install_arenas();
}

void python_start(void)
{
	struct elf_symbol setter;
	uint64_t mask = lock_acquire(&lock);

	if (!found && !settings.no_python && elf_lookup("PyMem_SetAllocator", 0, &setter))
		meet(&setter);
	lock_release(&lock, mask);
}

void python_describe(struct region_header *h)
{
	if (!found)
		return;
	lock_reset(&lock);
	python_codes_reset();
	write_description(h);
}

enum python_mapping python_maps(uint64_t pc, size_t bytes)
{
	enum python_mapping mapping = PYTHON_MAPPING_NONE;
	struct elf_symbol setter;
	uint64_t mask;

	if (settings.no_python)
		return PYTHON_MAPPING_NONE;
	if (found)
		return is_of_interpreter((const void *)pc) && meets_mimalloc()
			       ? PYTHON_MAPPING_INNER
			       : PYTHON_MAPPING_NONE;
	if (!is_arena(bytes) && bytes != MIMALLOC_BYTES)
		return PYTHON_MAPPING_NONE;
	mask = lock_acquire(&lock);
	if (!found && elf_lookup("PyMem_SetAllocator", pc, &setter)) {
		meet(&setter);
		if (found && is_arena(bytes)) {
			note_allocator();
			mapping = PYTHON_MAPPING_ARENA;
		} else if (found) {
			say_allocator(PYTHON_ALLOCATOR_MIMALLOC);
			mapping = PYTHON_MAPPING_INNER;
		}
	}
	lock_release(&lock, mask);
	return mapping;
}

/* What was taken for frames is none: better no stacks of Python than wrong ones. */
static void give_up(void)
{
	python_stacks = false;
	interpreter.state = PYTHON_NO_STACKS;
	store_release(&region.header->python_state, PYTHON_NO_STACKS);
}

static bool is_python(enum api api)
{
	return api >= API_PYMEM_MALLOC && api <= API_PYOBJECT_FREE;
}

/* The state of the calling thread, whether or not it has the interpreter's lock; NULL: it has none. */
static const char *state_of(bool has_lock)
{
	const char *state = NULL;

	if (has_lock)
		return call.state_unchecked();
	/* States of threads that still run then may be gone. */
	if (call.is_finalizing())
		return NULL;
	if (knows_thread_state)
		state = call.state_unchecked();
	return state ? state : call.state_of_thread();
}

/* The interpreter itself asks for memory: what called it is told by Python's frames. */
static bool is_interpreter(const struct unwind_start *start)
{
	return is_of_interpreter((const void *)start->pc) && !settings.native;
}

/* There is an interpreter's state only some time after the first allocations. */
static void look_for_generations(void)
{
	const char *state = call.main_interpreter();

	if (!state)
		return;
	interpreter.generations = (uint64_t)state + generations_offset;
	generations_offset = 0;
	store_relaxed(&region.header->python_generations, interpreter.generations);
}

/* The program goes on with another interpreter: what it did with the last one was not its end. */
static void begin_anew(void)
{
	python_codes_forget();
	snapshot_no_teardown();
	store_release(&region.header->python_teardown_stamp, 0);
	if (!generations_of_layout)
		return;
	generations_offset = generations_of_layout;
	interpreter.generations = 0;
	store_relaxed(&region.header->python_generations, 0);
}

/* An interpreter begins anew soon, or never: a program that has done with Python goes on undisturbed. */
static bool is_worth_a_look(uint32_t releases)
{
	return releases < ANEW_LOOKS || !(releases % ANEW_STEP);
}

void python_look_for_teardown(void)
{
	static uint32_t releases, teardowns;
	static bool seen;

	if (__builtin_expect(generations_offset != 0, 0))
		look_for_generations();
	if (seen) {
		if (!is_worth_a_look(++releases) || call.is_finalizing())
			return;
		install_again(); /* it writes its tables anew, maybe more than once */
		if (!call.is_initialized())
			return;
		seen = false;
		begin_anew();
		return;
	}
	if (++releases % TEARDOWN_LOOKS && !sample_interval)
		return;
	if (!call.is_finalizing())
		return;
	seen = true;
	releases = 0;
	if (teardowns == TEARDOWNS_MOST)
		return;
	teardowns++;
	snapshot_at_teardown();
	store_release(&region.header->python_teardown_stamp, stamp_now());
}

uint32_t python_call_stack(struct thread *t, uint32_t level, const struct unwind_start *start,
			   enum api api)
{
	uint32_t python = 0, native, linked;
	bool wrong = false;
	const char *state;

	if (level || !settings.stack_depth)
		return unwind_stack(t, level, start);
	state = state_of(is_python(api));
	if (state)
		python = python_stack(t, state, &wrong);
	if (wrong) {
		give_up();
		python = 0;
	}
	if (__builtin_expect(verify_enabled && python, 0))
		verify_python(python_stack_is(state, python));
	if (python && is_python(api) && is_interpreter(start))
		return python;
	native = unwind_stack(t, level, start);
	linked = python ? python_stack_link(t, native, python) : 0;
	return linked ? linked : native;
}

uint32_t python_release_stack(struct thread *t, uint32_t level, const struct unwind_start *start,
			      enum api api)
{
	bool wrong = false;
	const char *state;
	uint32_t python = 0;

	if (level || !settings.stack_depth || !is_python(api) || !is_interpreter(start))
		return unwind_release(t, level, start);
	state = call.state_unchecked();
	if (state)
		python = python_stack_of_release(t, state, &wrong);
	if (wrong)
		give_up();
	return python && !wrong ? python : unwind_release(t, level, start);
}
