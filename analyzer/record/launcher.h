/* SPDX-License-Identifier: MIT */
/*
 * launcher.h - starts a program with libtenure.so in it and ends the way the program ends.
 *
 * The program gets the signal mask, the dispositions, the limits and the descriptors that we were
 * given, and its place in our process group. While it runs, signals from the terminal (interrupt,
 * quit) are left to the program, which gets them too; others that are sent to us are passed on.
 */
#ifndef TENURE_LAUNCHER_H
#define TENURE_LAUNCHER_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "collector.h"

struct launcher {
	pid_t child;
	int signal_fd; /* readable when something is to be done */
	sigset_t original_mask;
	struct sigaction original_child_action; /* of SIGCHLD */
};

/* Path of the executable that runs, to be freed; NULL if it cannot be told. */
char *launcher_executable(void);

/* Path of libtenure.so: beside the command, in ../lib/tenure, or $TENURE_LIBRARY. Prints an error
 * and returns NULL if there is none that can be preloaded. To be freed. */
char *launcher_library(void);

/* Takes charge of signals; once, before launcher_start. Returns -1 with errno set. */
int launcher_prepare(struct launcher *l);

/* Starts argv with `library` preloaded and the given TENURE_OPTIONS. Returns 0 or, if the program
 * could not be executed, an errno value. */
int launcher_start(struct launcher *l, char **argv, const char *library, const char *options);

/* Collects until the program has ended; returns its status as waitpid does. */
int launcher_wait(struct launcher *l, struct collector *c);

/* Lets a copy of this process collect in the background. True in the copy, which must collect and
 * then _exit; false here, also if there could be no copy (*failed). */
bool launcher_fork_background(bool *failed);

/* Ends this process as the program ended: the same exit status, or by the same signal. */
void launcher_end_like(int wait_status) __attribute__((__noreturn__));

/* Makes room for the descriptors of many processes at once. */
void launcher_raise_descriptor_limit(void);

#endif
