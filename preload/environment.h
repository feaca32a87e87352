/* SPDX-License-Identifier: MIT */
/*
 * environment.h - hides our variables from the program and hands them on to what it executes.
 *
 * At start LD_PRELOAD loses our entry (the user's own stay) and TENURE_OPTIONS disappears from
 * environ, in place, before the program can look. Programs started by exec get both back.
 */
#ifndef TENURE_ENVIRONMENT_H
#define TENURE_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

/* Reads and hides. Works before libc has set environ. Once per process image. */
void environment_start(void);

/* Value of TENURE_OPTIONS as given to this image, "" if none. */
const char *environment_options(void);

/* Path under which this library was loaded. */
const char *environment_library(void);

/* Arguments and auxiliary facts from the initial stack. */
char **environment_argv(void);

/* Adds an option (key=value) to what later children get; for a collector started by ourselves. */
void environment_add_option(const char *option);

/* Bytes that environment_extend needs for this envp, 0 if nothing has to be added. */
size_t environment_extended_bytes(char *const *envp);

/* Builds in `room` a copy of envp with our variables and returns it. */
char **environment_extend(char *const *envp, void *room);

/*
 * Puts our variables back into environ while a function of libc starts a process by itself
 * (system, popen), and takes them out again. Calls nest, over threads too.
 */
void environment_reveal(void);
void environment_hide(void);

/* In a forked child: the parent's other threads, and with them their calls, are gone. */
void environment_forked(void);

#endif
