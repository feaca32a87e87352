/* SPDX-License-Identifier: MIT */
/* holder.h - loads the plugin of ../modules/holder.c, which lies one folder above the program. */
#ifndef SAMPLES_HEAP_HOLDER_H
#define SAMPLES_HEAP_HOLDER_H

#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>

#include "heap.h"

static void *load_holder(void)
{
	static char folder[PATH_MAX], path[PATH_MAX];
	void *module;

	if (readlink("/proc/self/exe", folder, sizeof folder - 1) < 0)
		exit(3);
	snprintf(path, sizeof path, "%s/../holder.so", dirname(folder));
	module = dlopen(path, RTLD_NOW);
	if (!module)
		exit(3);
	return module;
}

#endif
