/* SPDX-License-Identifier: MIT */
/*
 * circles.h - blocks that hold each other, in words that formats for people share.
 *
 * What comes from the program is made visible as visible.h does; who writes it elsewhere than into text
 * escapes it.
 */
#ifndef TENURE_CIRCLES_H
#define TENURE_CIRCLES_H

#include <stdio.h>

#include "../analyzer/model.h"

/* "1,000 circles of 4 blocks, 168.8 KiB in all: garbage of Python, which its collector would free" */
void circles_put_amount(FILE *file, const struct model_cycle *cycle, bool exact);

/* "Node ['other'] -> Node ['other'] -> back", and then, if there are any, other words and blocks. */
void circles_put_walk(FILE *file, const struct model_cycle *cycle);

/* Whether a node is of the same site as one before it. */
bool circles_is_repeated(const struct model_cycle *cycle, uint32_t node);

#endif
