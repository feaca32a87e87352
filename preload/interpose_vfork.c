/* SPDX-License-Identifier: MIT */
/*
 * vfork. Its child runs in our memory and on our stack, so that this file must be optimised: the real
 * function is jumped to. A frame of ours would be left by the child, which returns first, and be
 * overwritten before the parent returns through it.
 */
#define _GNU_SOURCE
#include <unistd.h>

#include "interpose.h"
#include "next.h"
#include "recorder.h"

PUBLIC pid_t vfork(void)
{
	next_resolve();
	recorder_on(); /* else the child would start the recording, for itself and in our memory */
	return next.vfork();
}
