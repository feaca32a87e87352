/* SPDX-License-Identifier: MIT */
/*
 * words.h - what formats for people say in the same words: ages, and the sentence about
 * the whole run.
 *
 * Counts over the model's verdicts, and concludes nothing that is not in them.
 */
#ifndef TENURE_WORDS_H
#define TENURE_WORDS_H

#include <stdio.h>

#include "../analyzer/model.h"
#include "../analyzer/util/human.h"

const char *words_generation(int generation); /* "young", "middle", "old" */

/* "1.2 MiB of allocations", "1,234 allocations" or "1.20 s". */
struct human words_age(const struct model_run *run, uint64_t age);
/* The same without its unit where words_age_unit says it: "bytes allocated since birth". */
struct human words_age_number(const struct model_run *run, uint64_t age);
const char *words_age_unit(const struct model_run *run);

/* " ± 7 %", of an estimate and its standard error; "" without one. */
struct human words_error(double error, uint64_t estimate);

/* How many sites got which verdict. */
struct words_total {
	struct words_class {
		uint32_t sites;
		uint64_t live_blocks, live_bytes;
	} classes[VERDICTS];
	struct words_class torn_down; /* grew until the end began, and were released in it */
	struct words_class slight; /* those of VERDICT_GROWING that little speaks for */
	double bytes_per_s; /* together, of the others that leak or grow */
	uint32_t errors; /* findings that are errors */
};

struct words_total words_total(const struct model *model);

/* What to look at first: what leaks or grows, then what was never freed, then what is not known;
 * of sites with live blocks. Returns how many, at most `most`. */
uint32_t words_urgent(const struct model *model, const struct model_site **rows, uint32_t most);

/* One to three sentences: what leaks or grows, or what keeps us from telling. */
void words_put_verdict(FILE *file, const struct model *model, bool exact);

/* "93 % grows, 5 % start-up": of the bytes live at the end; nothing if there are none. */
void words_put_shares(FILE *file, const struct model *model);

/* "6 of 7 arenas are less than a tenth full: 320 KiB in 1,251 blocks keep 6.0 MiB ...": of Python's
 * allocator, where that is so of at least one; false if it is of none. */
bool words_put_sparse_arenas(FILE *file, const struct model_arenas *arenas, bool exact);

/* The site that keeps several of them on its own; NULL if none does. And what would let these go. */
const struct model_arena_holder *words_arena_keeper(const struct model_arenas *arenas);
void words_put_arena_keeper(FILE *file, const struct model_arenas *arenas, bool exact);

/* What a model was made from: "trace" or "profile". */
const char *words_record(const struct model_run *run);

/* Of a profile: "sum of 300 runs, 3.2 h in all, from 2026-11-28 04:02:29 to ...". */
void words_put_runs(FILE *file, const struct model_run *run);

/* ", after 1.2 s" of the moment of the peak; "" of a profile, where each run has its own. */
struct human words_peak_moment(const struct model_run *run);

/* "killed by signal 9 (Killed)" and the like. */
void words_put_end(FILE *file, const struct model_run *run);

/* The site that pins most free memory at the end, if that is worth a word: a quarter of the pages of
 * the heap and a megabyte are free but held. NULL if not. */
const struct model_site *words_pinning(const struct model *model);

#endif
