/* SPDX-License-Identifier: MIT */
/*
 * forest.h - the call stacks of a report as one prefix tree, for a file that scripts read.
 *
 * Outermost frames first, so that stacks share what they have in common: strings once, frames once,
 * and a node for each beginning of a stack. Sealed, it is rows in preorder. What is too small to be
 * seen may be folded: all small subtrees below a node become one row that says how many sites it
 * stands for, so that sums stay true.
 */
#ifndef TENURE_REPORT_HTML_FOREST_H
#define TENURE_REPORT_HTML_FOREST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../analyzer/model.h"
#include "../frame_keys.h"

enum forest_flag {
	FOREST_INLINED = 1,
	FOREST_LIBRARY = 2, /* not the program's own business */
	FOREST_NOTE = 4, /* the function is a note of what stands here */
	FOREST_STARTUP = 8,
};

struct forest_frame {
	uint32_t function, file, module; /* indices of strings */
	uint32_t line;
	uint32_t flags;
};

struct forest_node {
	uint32_t parent, frame;
	uint32_t first_child, last_child, sibling; /* 0: none */
	double weight; /* of the stacks that end in it */
	uint32_t leaves; /* how many of them there are */
	bool folded; /* once sealed, as is: */
	uint32_t row; /* that it is in */
};

/* A node as it is written. */
struct forest_row {
	uint32_t up; /* so many rows above is its parent; 0: the root */
	uint32_t frame;
};

/* Zero-initialise; end with forest_release. */
struct forest {
	struct numbering strings; /* visible, in UTF-8, with their ends; the first is "" */
	struct numbering frames; /* struct forest_frame */
	struct forest_node *nodes; /* the first is the root; parents before their children */
	size_t node_count, node_capacity;
	struct forest_row *rows; /* once sealed, in preorder */
	size_t row_count, row_capacity;

	/* Own */
	struct numbering children; /* a node and a frame: the node below, less 1 */
	struct numbering addresses; /* of frames of the model that were looked up before, */
	uint32_t *frame_of_address; /* and which they are */
	size_t address_capacity;
};

/* The number of a string; what has a number. */
uint32_t forest_string(struct forest *f, const char *text);
const char *forest_text(const struct forest *f, uint32_t string);
const struct forest_frame *forest_frame(const struct forest *f, uint32_t frame);

/* Adds a stack that weighs so much. Returns the node that it ends in. */
uint32_t forest_add(struct forest *f, const struct model_stack *stack, bool all_frames,
		    double weight);

/* Folds every subtree that weighs less than `least`, and makes the rows; may be done again. Then a stack
 * ends in the row of its node, together with others if that is folded. */
void forest_seal(struct forest *f, double least);

void forest_release(struct forest *f);

#endif
