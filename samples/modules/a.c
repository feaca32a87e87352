/* SPDX-License-Identifier: MIT */
/* a.c - a plugin that keeps what it allocates; see reload.c. Twin of b.c, byte for byte in code. */
#include <stdlib.h>

void *plugin_allocate(void);

static void *keep_for_a(void)
{
	return malloc(111);
}

void *plugin_allocate(void)
{
	return keep_for_a();
}
