/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <string.h>

#include "modules.h"
#include "syscalls.h"

_Atomic uint64_t rows_table[ROWS_COUNT];

static _Atomic uint32_t forgotten = 1; /* as modules_generation begins */

void rows_forget(uint32_t generation)
{
	if (load_acquire(&forgotten) == generation)
		return;
	for (uint32_t i = 0; i < ROWS_COUNT; i++)
		store_relaxed(&rows_table[i], 0);
	store_release(&forgotten, generation);
}

/* Code of two instructions without any information about it, such as emulators make. */
static bool returns_from_signal(uint64_t address)
{
	static const char code[] = ARCH_SIGNAL_RETURN;
	uint64_t last = address + sizeof code - 2;

	return sys_page_readable(address & ~(uint64_t)(SYS_PAGE_BYTES - 1)) &&
	       sys_page_readable(last & ~(uint64_t)(SYS_PAGE_BYTES - 1)) &&
	       memcmp((const void *)address, code, sizeof code - 1) == 0;
}

static struct cfi_row row_from_cfi(uint64_t pc)
{
	struct cfi_row row = cfi_find(modules_frame_info(pc), pc);

	if (row.kind == CFI_NONE && returns_from_signal(pc + 1))
		row.kind = CFI_SIGNAL;
	/* Between functions, just before one: nobody called it, makecontext and the like put its
	 * address on a fresh stack. */
	if (row.kind == CFI_NONE && cfi_find(modules_frame_info(pc + 1), pc + 1).kind != CFI_NONE)
		row.kind = CFI_OUTERMOST;
	return row;
}

/* No rows: frame pointers are all there is. */
static struct cfi_row row_from_nowhere(uint64_t pc)
{
	(void)pc;
	return (struct cfi_row){CFI_NONE, 0, 0, 0};
}

static const struct unwinder {
	const char *name; /* as in --unwinder=NAME */
	struct cfi_row (*find_row)(uint64_t pc);
} unwinders[] = {
	{"cfi", row_from_cfi},
	{"fp", row_from_nowhere},
};

static const struct unwinder *unwinder = &unwinders[0];

void rows_choose_unwinder(const char *name)
{
	for (size_t i = 0; i < sizeof unwinders / sizeof unwinders[0]; i++)
		if (!strcmp(name, unwinders[i].name))
			unwinder = &unwinders[i];
}

/*
 * What follows from a module that is gone by now must not stay. Whoever forgets all rows has seen the
 * new generation before: either we see it as well, or it sees our entry.
 */
uint32_t rows_make(uint64_t pc)
{
	uint32_t generation = load_acquire(&modules_generation);
	_Atomic uint64_t *entry = &rows_table[(pc ^ pc >> 16) % ROWS_COUNT];
	uint32_t row = cfi_pack(unwinder->find_row(pc));

	if (pc >> 48) /* no address; what it is would not fit */
		return row;
	if (load_relaxed(&modules_generation) != generation)
		return row;
	store_relaxed(entry, pc >> 16 << 32 | row);
	full_fence();
	if (load_relaxed(&modules_generation) != generation)
		store_relaxed(entry, 0);
	return row;
}
