/* SPDX-License-Identifier: MIT */
/*
 * chart.h - curves in text: one line of a number over time, and the survival of blocks by age.
 *
 * With Unicode blocks, or with ASCII alone where the reader's character set may lack them.
 */
#ifndef TENURE_CHART_H
#define TENURE_CHART_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../analyzer/model.h"

#define CHART_COLUMNS 56

/* A number over time: each column is the most of its part, or what it was before. */
struct spark {
	uint64_t from, to; /* times at the left and the right edge */
	uint64_t most;
	uint64_t columns[CHART_COLUMNS];
	bool seen[CHART_COLUMNS];
};

void spark_init(struct spark *spark, uint64_t from, uint64_t to);
/* In any order; times outside count at the edges. */
void spark_add(struct spark *spark, uint64_t at, uint64_t value);
/* Eight heights of blocks, or digits from 0 to 9. CHART_COLUMNS wide, without an end of line. */
void spark_put(const struct spark *spark, FILE *file, bool unicode);

/* The curve with its band over the logarithm of age; nothing without two points. */
void chart_survival(FILE *file, const char *indent, const struct model_run *run,
		    const struct model_survival *survival, bool unicode);

#endif
