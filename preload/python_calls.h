/* SPDX-License-Identifier: MIT */
/* python_calls.h - what the recorder calls of an interpreter, and what it gives it. Private to python.c. */
#ifndef TENURE_PYTHON_CALLS_H
#define TENURE_PYTHON_CALLS_H

#include <stddef.h>

/* PyMemAllocatorEx of pymem.h, since 3.5. */
struct allocator {
	void *context;
	void *(*malloc)(void *context, size_t size);
	void *(*calloc)(void *context, size_t count, size_t size);
	void *(*realloc)(void *context, void *block, size_t size);
	void (*free)(void *context, void *block);
};

/* PyObjectArenaAllocator of pymem.h, since 3.4. */
struct arena_allocator {
	void *context;
	void *(*allocate)(void *context, size_t size);
	void (*release)(void *context, void *arena, size_t size);
};

/* Functions of the interpreter; those that it lacks are NULL. */
struct python_calls {
	void (*get_allocator)(int domain, struct allocator *allocator);
	void (*set_allocator)(int domain, struct allocator *allocator);
	void (*get_arena_allocator)(struct arena_allocator *allocator);
	void (*set_arena_allocator)(struct arena_allocator *allocator);
	const char *(*state_unchecked)(void);
	const char *(*state_of_thread)(void);
	int (*is_initialized)(void);
	int (*is_finalizing)(void);
	const char *(*main_interpreter)(void);
};

#endif
