/* SPDX-License-Identifier: MIT */
/*
 * fixture.h - models of runs that never were, for reports that no recording would give.
 *
 * The same every time. Numbers keep the equations of model.h; strings come from one of the sources
 * of fixture_text.c. Nothing is ever freed: the program writes one report and ends.
 */
#ifndef TENURE_BROWSER_FIXTURE_H
#define TENURE_BROWSER_FIXTURE_H

#include <stdint.h>
#include <stdio.h>

#include "analyzer/model.h"

struct diff_format;

/* What strings are of; a source gives the same one for the same number. */
enum text_kind {
	TEXT_FUNCTION,
	TEXT_FILE,
	TEXT_MODULE,
	TEXT_TYPE,
	TEXT_API,
	TEXT_THREAD,
	TEXT_PROGRAM,
	TEXT_ARGUMENT,
	TEXT_PATH,
	TEXT_NOTE, /* what is missing in a stack */
	TEXT_SENTENCE, /* evidence, messages, limits */
	TEXT_WORD, /* names of rules and of evidence, languages */
	TEXT_LINE, /* of a source file */
};

typedef const char *text_source(enum text_kind kind, uint32_t number);

text_source text_usual; /* as a large C++ program has them */
text_source text_hostile; /* all that might be taken for something else than text */

#define FIXTURE_THREADS 24u /* of any model */

struct shape {
	text_source *text;
	uint32_t sites;
	uint32_t functions, files, modules, types;
	uint32_t trunk_nodes; /* of the tree of calls that stacks begin with */
	uint32_t depth_min, depth_max;
	uint32_t suspects; /* sites that leak or grow */
};

/* Fills all of *model. */
void fixture_build(struct model *model, const struct shape *shape);

/* A run that allocated nothing. */
void fixture_build_empty(struct model *model);

/* Two runs of this shape, compared. Returns 0, or -1 with errno set. */
int fixture_write_compared(const struct shape *shape, const struct diff_format *format, FILE *file);

/* Parts of fixture_build. */
void fixture_put_sites(struct model *model, const struct shape *shape);
void fixture_put_heap(struct model *model, const struct shape *shape);
void fixture_put_groupings(struct model *model, const struct shape *shape);
void fixture_put_findings(struct model *model, const struct shape *shape);
void fixture_put_savings(struct model *model, const struct shape *shape);
void fixture_put_fragmentation(struct model *model, const struct shape *shape);

/* `count` zeroed elements. */
void *fixture_take(size_t count, size_t bytes);

/* Random numbers: below `end`, in [0, 1), and with a heavy tail from `least` on. */
uint64_t fixture_below(uint64_t end);
double fixture_share(void);
uint64_t fixture_heavy(uint64_t least);

#endif
