/* SPDX-License-Identifier: MIT */
/*
 * recursion.c [DEPTH] - the same deep recursion entered from two places.
 *
 * Stacks are recorded up to a limit (1,024 frames unless --stack-depth says otherwise). Whoever
 * cuts them at the far end loses main and both roots, and the two callers melt into one site. Both
 * ends are kept here and the gap between them is marked, so the report shows two sites.
 */
#include <stdlib.h>

#include "expect.h"

static char *kept[2];

static char *descend(int depth, size_t bytes)
{
	volatile int guard = depth; /* keeps the call from becoming a jump */
	char *result = depth > 0 ? descend(depth - 1, bytes) : malloc(bytes);

	return guard >= 0 ? result : NULL;
}

static void first_root(int depth)
{
	kept[0] = descend(depth, 1001);
}

static void second_root(int depth)
{
	kept[1] = descend(depth, 2002);
}

int main(int argc, char **argv)
{
	int depth = argc > 1 ? atoi(argv[1]) : 5000;

	first_root(depth);
	second_root(depth);

	expect("site=descend allocations=2 live_blocks=2 live_bytes=3003");
	return 0;
}
