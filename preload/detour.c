/* SPDX-License-Identifier: MIT */
#include "detour.h"

#include "arch.h"

#ifdef ARCH_DETOUR

/* Most of it is for a signal that comes when the collector has just been killed, the end is for registers:
 * the largest, with the tiles of AMX, take 11 KiB. */
#define STACK_BYTES (80u << 10)

extern const char detour_code[];
ARCH_DETOUR(detour_code);

static char stack[STACK_BYTES];

void detour_describe(struct region_header *h)
{
	h->detour_code = (uint64_t)detour_code;
	h->detour_stack = (uint64_t)stack;
	h->detour_stack_bytes = sizeof stack;
}

#else

void detour_describe(struct region_header *h)
{
	(void)h;
}

#endif
