/* SPDX-License-Identifier: MIT */
/* b.c - the other plugin of reload.c. Its code has the same size and layout as that of a.c, but
 * the source line differs, so that a block charged to the wrong one shows. */
#include <stdlib.h>

void *plugin_allocate(void);

static void *keep_for_b(void)
{
	return malloc(222);
}

void *plugin_allocate(void)
{
	return keep_for_b();
}
