/* SPDX-License-Identifier: MIT */
/*
 * groups.h - sites that have something in common, added up and judged together.
 *
 * A leak that is reached on many paths is spread over as many call stacks, each with too few blocks
 * to tell anything. Their sum shows it: survival and growth are estimated from what all of them
 * recorded, never from their verdicts. Private to what builds the model.
 */
#ifndef TENURE_GROUPS_H
#define TENURE_GROUPS_H

#include "sites.h"

/* By the innermost code of the stack that is the program's own, see places.h. */
enum grouping {
	GROUPING_STACK = 0, /* no groups */
	GROUPING_FUNCTION,
	GROUPING_FILE, /* source file; the module where that is unknown */
	GROUPING_LINE, /* of source; the function where that is unknown */
	GROUPING_MODULE,
	GROUPING_TYPE, /* of the objects */
	GROUPINGS, /* how many there are */
};

/* Several of these, each as 1 << grouping; 0 for none. */
typedef uint32_t groupings;
#define GROUPINGS_USUAL \
	(1u << GROUPING_FUNCTION | 1u << GROUPING_FILE | 1u << GROUPING_MODULE | \
	 1u << GROUPING_TYPE)

/* "stack", "function", "file", "line", "module", "type". False if it is none. */
bool groups_parse(const char *word, enum grouping *grouping);

/* The same word, and the name of the grouping in the model. */
const char *groups_word(enum grouping grouping);

/* After sites_build: fills in the model's groupings, in the order of the enum; which groups are shown
 * is chosen as of sites. */
void groups_build(const struct sites *s, struct model *model, groupings wanted,
		  const struct sites_choice *choice);

/* After sites_build: what sites that give nothing away by themselves are part of is added to their
 * `why`. Sites that leak on their own are left out of it, so that they do not incriminate others. */
void groups_remark(const struct sites *s);

#endif
