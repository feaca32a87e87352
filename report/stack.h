/* SPDX-License-Identifier: MIT */
/*
 * stack.h - call stacks as lines of text, for formats that people read.
 *
 * One frame a line: function, file:line, module; `module+0xoffset` where there is no name. Frames
 * that say nothing about the program are left out (the start-up code below main, our own library,
 * the inside of the C++ library above the first name a programmer wrote) unless nothing would be
 * left, and a function that calls itself is folded with its count.
 */
#ifndef TENURE_STACK_H
#define TENURE_STACK_H

#include <stdio.h>

#include "report.h"

struct stack_style {
	const char *indent;
	const char *dim, *plain; /* escape sequences around what matters less, or "" */
	unsigned columns; /* to keep within where names allow it */
	bool all_frames;
};

void stack_put(FILE *file, const struct model_stack *stack, const struct stack_style *style);

/* The innermost frame that stack_put shows, in few words on the rest of a line. */
void stack_put_innermost(FILE *file, const struct model_stack *stack,
			 const struct stack_style *style);

/* The innermost frame that is not of a language's library, in the same few words, which are cut to
 * fit into `columns`; 0: they are not. */
void stack_put_own(FILE *file, const struct model_stack *stack, unsigned columns);

#endif
