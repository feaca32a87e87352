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
/* The same within a line. */
void stack_put_name(FILE *file, const struct model_stack *stack, unsigned columns);

/* What the above is made of, for formats that lay stacks out in their own way. */

struct stack_range {
	uint32_t first, end;
};

/* The frames that are shown: [first, end), never none unless the stack has none. */
struct stack_range stack_shown(const struct model_stack *stack, bool all_frames);

/* How many calls of one function begin at a frame: 1 but for recursion. */
uint32_t stack_recursion(const struct model_stack *stack, uint32_t first, uint32_t end);

/* "(note)", the function, or "module+0xoffset". */
void stack_function(const struct model_frame *frame, char *text, size_t bytes);

/* The module by its base name; "" of Python's functions, which have their file as module. */
const char *stack_module(const struct model_frame *frame);

/* A library of a language, or a wrapper of malloc: nothing that says what the memory is for. */
bool stack_is_library(const struct model_frame *frame);

/* The innermost frame that is not of a library, else the innermost shown one; NULL without frames. */
const struct model_frame *stack_own(const struct model_stack *stack);

#endif
