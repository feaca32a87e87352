/* SPDX-License-Identifier: MIT */
/*
 * savings.h - what a program in Python could do to need less memory, in words: what there is, and what
 * would take its place.
 */
#ifndef TENURE_REPORT_SAVINGS_H
#define TENURE_REPORT_SAVINGS_H

#include <stdio.h>

#include "../analyzer/model.h"
#include "../analyzer/util/human.h"

/* "__slots__ in class Point saves 3.1 MiB" */
void savings_put_title(FILE *file, const struct model_saving *saving, bool exact);

/* Two or three sentences: the numbers, and what to do. What comes from the program is made visible. */
void savings_put(FILE *file, const struct model_saving *saving, bool exact);

#endif
