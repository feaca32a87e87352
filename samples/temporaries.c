/* SPDX-License-Identifier: MIT */
/*
 * temporaries.c - blocks that live for a moment, which a stack buffer or a reused one would spare.
 *
 * Temporary means: released by the same thread with no other allocation of that thread in
 * between. It goes by the identity of the block: interleaved blocks of one size are not temporary.
 */
#include <stdlib.h>

#include "expect.h"

static void format_and_drop(void)
{
	for (int i = 0; i < 1000; i++)
		free(malloc(200));
}

static void hold_pairs(void)
{
	for (int i = 0; i < 500; i++) {
		void *first = malloc(200);
		void *second = malloc(200);

		free(first);
		free(second);
	}
}

int main(void)
{
	format_and_drop();
	hold_pairs();

	expect("site=format_and_drop allocations=1000 temporary=1000 live_blocks=0");
	expect("site=hold_pairs allocations=1000 temporary=0 live_blocks=0");
	expect("live_blocks=0 complete=1");
	return 0;
}
