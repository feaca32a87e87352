/* SPDX-License-Identifier: MIT */
/*
 * commands.h - the subcommands of tenure; each is one file of wiring, without logic of its own.
 */
#ifndef TENURE_COMMANDS_H
#define TENURE_COMMANDS_H

#include "../util/options.h"

extern const struct command command_run, command_report, command_check, command_diff, command_merge,
	command_export, command_info, command_snapshot, command_selftest;
/* Internal: started by libtenure.so, and by tenure selftest. */
extern const struct command command_collect, command_selftest_child;

/* As `tenure run` without options, then prints a summary: tenure PROGRAM [ARGS]. */
int run_with_summary(int argc, char **argv);

#endif
