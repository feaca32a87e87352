/* SPDX-License-Identifier: MIT */
/*
 * Endings that the program chooses. Who holds what is looked at in the last moment, but by what was
 * alive when the program called us: so these functions begin by keeping the registers of their caller.
 */
#define _GNU_SOURCE
#include "arch.h"
#include "interpose.h"
#include "next.h"
#include "recorder.h"
#include "snapshot.h"

/* Called by the functions below them, which the assembler defines. */
void exit_called(int status, const struct arch_kept *kept) __attribute__((noreturn));
void underscore_exit_called(int status, const struct arch_kept *kept) __attribute__((noreturn));
void quick_exit_called(int status, const struct arch_kept *kept) __attribute__((noreturn));

void exit_called(int status, const struct arch_kept *kept)
{
	next_resolve();
	snapshot_exit_called(kept);
	next.exit(status);
}
ARCH_KEEPING(exit, exit_called);

void underscore_exit_called(int status, const struct arch_kept *kept)
{
	next_resolve();
	snapshot_now(SNAPSHOT_AT_END, kept);
	recorder_ending(END_UNDERSCORE_EXIT, status);
	next._exit(status);
}
ARCH_KEEPING(_exit, underscore_exit_called);
ARCH_KEEPING(_Exit, underscore_exit_called);

void quick_exit_called(int status, const struct arch_kept *kept)
{
	next_resolve();
	snapshot_now(SNAPSHOT_AT_END, kept);
	recorder_ending(END_QUICK_EXIT, status);
	next.quick_exit(status);
}
ARCH_KEEPING(quick_exit, quick_exit_called);
