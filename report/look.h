/* SPDX-License-Identifier: MIT */
/*
 * look.h - how text for a terminal looks: its width, its colours, and its stacks.
 */
#ifndef TENURE_LOOK_H
#define TENURE_LOOK_H

#include "report.h"
#include "stack.h"

#define LOOK_COLUMNS 100

/* Escape sequences to put around text, all "" where no colours are wanted. */
struct look {
	const char *bold, *red, *yellow, *dim, *plain;
	struct stack_style stack;
};

struct look look_for(const struct report_options *options);

#endif
