/* SPDX-License-Identifier: MIT */
/* modules.c - pointers in the globals of a plugin. */
#define _GNU_SOURCE
#include "holder.h"

CASE(global_of_module, "reachable 1.. 64..")
{
	void **held = dlsym(load_holder(), "held");

	*held = new_block();
}

/* With the module its globals went away. */
CASE(global_of_closed_module, "direct 1 64")
{
	void *module = load_holder();
	void **held = dlsym(module, "held");

	*held = new_block();
	dlclose(module);
}
