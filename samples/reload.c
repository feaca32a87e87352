/* SPDX-License-Identifier: MIT */
/*
 * reload.c - plugin A, plugin B at the same address, plugin A again.
 *
 * The loader puts B where A was, so one code address means two functions within one run. The
 * blocks belong to the library that was there when they were allocated.
 */
#include <dlfcn.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

static char directory[4000];

/* Returns where the plugin's function was loaded. */
static void *use_plugin(const char *name, int blocks)
{
	char path[4096];
	void *module;
	void *(*allocate)(void);

	snprintf(path, sizeof path, "%s/%s", directory, name);
	module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!module) {
		say("cannot load %s: %s", path, dlerror());
		exit(1);
	}
	allocate = (void *(*)(void))dlsym(module, "plugin_allocate");
	for (int i = 0; i < blocks; i++)
		allocate();
	dlclose(module);
	return (void *)allocate;
}

int main(void)
{
	void *first, *second, *third;
	ssize_t length = readlink("/proc/self/exe", directory, sizeof directory - 1);

	if (length > 0)
		dirname(directory);
	first = use_plugin("a.so", 10);
	second = use_plugin("b.so", 20);
	third = use_plugin("a.so", 30);
	say("b %s a", first == second ? "replaced" : "was loaded beside");
	say("a %s b", second == third ? "replaced" : "was loaded beside");

	expect("site=keep_for_a line=9 live_blocks=40 live_bytes=%d", 40 * 111);
	expect("site=keep_for_b line=10 live_blocks=20 live_bytes=%d", 20 * 222);
	return 0;
}
