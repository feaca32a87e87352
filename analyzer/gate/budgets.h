/* SPDX-License-Identifier: MIT */
/*
 * budgets.h - how much a gate allows. Each budget is for one process, not for all together.
 */
#ifndef TENURE_BUDGETS_H
#define TENURE_BUDGETS_H

#include <stdbool.h>
#include <stdint.h>

#include "../model_gate.h"

enum budget_unit {
	BUDGET_NONE = 0, /* not given */
	BUDGET_BYTES,
	BUDGET_COUNT, /* of blocks, or of allocations */
	BUDGET_PERCENT,
};

struct budget {
	enum budget_unit unit;
	uint64_t limit; /* what is allowed */
};

struct budgets {
	struct budget leaked; /* bytes or blocks, of all sites that leak or grow together */
	struct budget growth; /* bytes a second, of all sites that grow together */
	struct budget peak; /* bytes */
	struct budget allocations; /* how many */
	struct budget temporary; /* how many, or in percent of all allocations */
	struct budget
		fragmentation; /* free bytes on pages in use at the end, or in percent of these */
};

/* Parse what an option gives; false if it is nothing of the kind. */
bool budgets_parse_leaked(const char *text, struct budget *budget); /* "64K", "10n" blocks */
bool budgets_parse_growth(const char *text, struct budget *budget); /* "1K/s", "2M/h", "500" */
bool budgets_parse_share(const char *text, struct budget *budget, enum budget_unit plain);
bool budgets_parse_percent(const char *text, uint64_t *percent); /* "10%", "200%" */

/* What a process has of what a budget of rule GATE_PEAK, ALLOCATIONS, TEMPORARY or FRAGMENTATION is
 * about, in the budget's unit. False if that is not known. */
bool budgets_measure(const struct model *model, enum gate_rule rule, const struct budget *budget,
		     uint64_t *value);

/* The budget of such a rule. */
const struct budget *budgets_of(const struct budgets *budgets, enum gate_rule rule);

/* "bytes", "allocations", "percent": of such a rule. */
const char *budgets_unit(enum gate_rule rule, const struct budget *budget);

#endif
