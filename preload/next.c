/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "next.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "atomics.h"
#include "elf_lookup.h"

#define BOOTSTRAP_HEADER 16u /* holds the size, keeps blocks aligned */

struct next next;
bool next_ready;

char next_bootstrap_arena[NEXT_BOOTSTRAP_BYTES] __attribute__((aligned(4096)));
static _Atomic size_t bootstrap_used;

void *next_bootstrap_alloc(size_t size, size_t alignment)
{
	size_t bytes, at;
	uintptr_t block;

	if (alignment < 16)
		alignment = 16;
	if (size > NEXT_BOOTSTRAP_BYTES || alignment > NEXT_BOOTSTRAP_BYTES)
		return NULL;
	bytes = (size + BOOTSTRAP_HEADER + alignment + 15) & ~(size_t)15;
	at = add_relaxed(&bootstrap_used, bytes);
	if (at + bytes > NEXT_BOOTSTRAP_BYTES)
		return NULL;
	block = (uintptr_t)next_bootstrap_arena + at + BOOTSTRAP_HEADER;
	block = (block + alignment - 1) & ~(uintptr_t)(alignment - 1);
	*(size_t *)(block - BOOTSTRAP_HEADER) = size;
	return (void *)block;
}

size_t next_bootstrap_size(const void *p)
{
	return *(const size_t *)((const char *)p - BOOTSTRAP_HEADER);
}

/*
 * Only names that every libc we support has: a lookup that fails allocates its message, with the
 * program's own allocator if it has one, which may be in the middle of its start and call us.
 */
static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
/* clang-format off */
#define SYMBOL(name) {#name, offsetof(struct next, name)}
	SYMBOL(malloc),
	SYMBOL(calloc),
	SYMBOL(realloc),
	SYMBOL(reallocarray),
	SYMBOL(free),
	SYMBOL(posix_memalign),
	SYMBOL(aligned_alloc),
	SYMBOL(memalign),
	SYMBOL(valloc),
	SYMBOL(pvalloc),
	SYMBOL(malloc_usable_size),
	SYMBOL(mmap),
	SYMBOL(munmap),
	SYMBOL(mremap),
	SYMBOL(brk),
	SYMBOL(sbrk),
	SYMBOL(dlopen),
	SYMBOL(dlmopen),
	SYMBOL(dlclose),
	SYMBOL(fork),
	SYMBOL(vfork),
	SYMBOL(execve),
	SYMBOL(execvpe),
	SYMBOL(fexecve),
	SYMBOL(execveat),
	SYMBOL(posix_spawn),
	SYMBOL(posix_spawnp),
	SYMBOL(system),
	SYMBOL(popen),
	SYMBOL(exit),
	SYMBOL(_exit),
	SYMBOL(quick_exit),
	SYMBOL(pthread_join),
	SYMBOL(pthread_tryjoin_np),
	SYMBOL(pthread_timedjoin_np),
	SYMBOL(pthread_setname_np),
#undef SYMBOL
	/* clang-format on */
};

void next_resolve(void)
{
	static _Atomic uint32_t started;
	uint32_t expected = 0;

	if (!cas_acquire(&started, &expected, 1))
		return;
	for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
		void *function = dlsym(RTLD_NEXT, symbols[i].name);

		memcpy((char *)&next + symbols[i].offset, &function, sizeof function);
	}
	signal_fence();
	next_ready = true;
}

bool next_program_has_allocator(void)
{
	return elf_lookup_before("malloc") != NULL;
}
