/* SPDX-License-Identifier: MIT */
/*
 * next.h - the allocator and the other functions that stand behind this library.
 *
 * The one file of preload/ that calls malloc and its kin: the definitions that the program would
 * have used without us (libc's, or those of an allocator that is linked or preloaded). Looked up
 * once; until then, and for whatever the lookup itself allocates, blocks come from a small static
 * arena and are never given back.
 */
#ifndef TENURE_NEXT_H
#define TENURE_NEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/types.h>

struct next {
	void *(*malloc)(size_t);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	void *(*reallocarray)(void *, size_t, size_t);
	void (*free)(void *);
	int (*posix_memalign)(void **, size_t, size_t);
	void *(*aligned_alloc)(size_t, size_t);
	void *(*memalign)(size_t, size_t);
	void *(*valloc)(size_t);
	void *(*pvalloc)(size_t);
	size_t (*malloc_usable_size)(void *);

	void *(*mmap)(void *, size_t, int, int, int, off_t);
	int (*munmap)(void *, size_t);
	void *(*mremap)(void *, size_t, size_t, int, void *);
	int (*brk)(void *);
	void *(*sbrk)(intptr_t);

	void *(*dlopen)(const char *, int);
	void *(*dlmopen)(long, const char *, int);
	int (*dlclose)(void *);

	pid_t (*fork)(void);
	pid_t (*vfork)(void);
	int (*execve)(const char *, char *const *, char *const *);
	int (*execvpe)(const char *, char *const *, char *const *);
	int (*fexecve)(int, char *const *, char *const *);
	int (*execveat)(int, const char *, char *const *, char *const *, int);
	int (*posix_spawn)(pid_t *, const char *, const posix_spawn_file_actions_t *,
			   const posix_spawnattr_t *, char *const *, char *const *);
	int (*posix_spawnp)(pid_t *, const char *, const posix_spawn_file_actions_t *,
			    const posix_spawnattr_t *, char *const *, char *const *);
	int (*system)(const char *);
	FILE *(*popen)(const char *, const char *);
	void (*exit)(int) __attribute__((noreturn));
	void (*_exit)(int) __attribute__((noreturn));
	void (*quick_exit)(int) __attribute__((noreturn));
	int (*pthread_join)(pthread_t, void **);
	int (*pthread_tryjoin_np)(pthread_t, void **);
	int (*pthread_timedjoin_np)(pthread_t, void **, const struct timespec *);
	int (*pthread_setname_np)(pthread_t, const char *);
};

extern struct next next;

/* Looks everything up. Safe to call again and from within the lookup. Afterwards next_ready. */
void next_resolve(void);
extern bool next_ready;

/* Allocation before next_ready. */
void *next_bootstrap_alloc(size_t size, size_t alignment);
#define NEXT_BOOTSTRAP_BYTES (64u << 10)
extern char next_bootstrap_arena[NEXT_BOOTSTRAP_BYTES];
static inline bool next_is_bootstrap(const void *p)
{
	return (uintptr_t)p - (uintptr_t)next_bootstrap_arena < NEXT_BOOTSTRAP_BYTES;
}
size_t next_bootstrap_size(const void *p);

/* True if the executable or an earlier preload defines malloc: its calls never reach this library. */
bool next_program_has_allocator(void);

#endif
