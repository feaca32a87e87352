/* SPDX-License-Identifier: MIT */
/*
 * The dynamic loader. dlopen resolves names relative to its caller (RUNPATH, namespace), so we
 * must not stand between: the hook ends in a jump, and what was loaded is found out when its
 * first address turns up in a stack. dlclose has no such dependence and is followed by a look at
 * what went away.
 */
#define _GNU_SOURCE
#include <dlfcn.h>

#include "interpose.h"
#include "modules.h"
#include "next.h"
#include "record.h"
#include "region.h"

/* With RTLD_DEEPBIND a module finds its own libraries' malloc before ours. */
static void note_flags(int flags)
{
	if ((flags & RTLD_DEEPBIND) && record_wanted())
		or_relaxed(&region.header->flags, REGION_DEEPBIND);
}

PUBLIC void *dlopen(const char *path, int flags)
{
	next_resolve();
	note_flags(flags);
	return next.dlopen(path, flags);
}

PUBLIC void *dlmopen(Lmid_t space, const char *path, int flags)
{
	next_resolve();
	note_flags(flags);
	return next.dlmopen(space, path, flags);
}

PUBLIC int dlclose(void *handle)
{
	int result;

	next_resolve();
	result = next.dlclose(handle);
	if (record_wanted()) {
		thread_local_state.inside++;
		modules_rescan();
		thread_local_state.inside--;
	}
	return result;
}
