/* SPDX-License-Identifier: MIT */
/*
 * gate.h - judges processes against budgets, a baseline and suppressions, and says whether all is clean.
 *
 * Models go in one after the other, a finding that several processes have is one finding, and
 * gate_conclude says what came of it. Three rules stand above all: what fails is told even where
 * other evidence is missing; nothing is clean where evidence is missing; and a finding only counts if
 * every repetition of the run shows it.
 *
 * Files: identity (names and keys), budgets, baseline, suppressions, processes (who is judged, and what
 * is missing), gate (findings as they come in), conclude (what becomes of them).
 */
#ifndef TENURE_GATE_H
#define TENURE_GATE_H

#include "../model_gate.h"
#include "../util/arena.h"
#include "baseline.h"
#include "budgets.h"
#include "suppressions.h"

#define GATE_CONFIDENCE_PERCENT 75
/* Of 42 short runs of Debian's programs six (perl, gawk, make, bash, systemctl) keep what they build until
 * they end, in under 2 s, and nothing in their traces tells that from growth. */
#define GATE_GROWTH_RUN_NS 10000000000u
#define GATE_TOLERANCE_PERCENT 10
#define GATE_TOLERANCE_BYTES 1024u

struct gate_globs {
	const char *const *list;
	uint32_t count;
};

struct gate_options {
	struct budgets budgets;
	uint32_t confidence_percent; /* the least that counts */
	uint64_t growth_run_ns; /* growth counts in processes that ran at least that long */
	int generation; /* only blocks of this generation and older count */
	bool unfreed; /* what was never freed fails, too */
	bool torn_down; /* and what grew until the end of the program began, and was released then */
	bool system; /* also judge programs that belong to the system */
	struct gate_globs only, exclude; /* of programs, modules and source files */
	const char *root; /* absolute: globs and paths of sources are told from there */
	struct suppressions *suppressions; /* NULL: none */
	const struct baseline *baseline; /* NULL: none */
	const char *baseline_path; /* as it was named; "" without one */
	uint32_t tolerance_percent; /* known findings may grow by so much, or if that is more */
	uint64_t tolerance_bytes; /* by this */
	const char *const *command; /* what was run, NULL: traces were given */
};

struct gate;

/* options, and what they point to, must outlive the gate. */
struct gate *gate_new(const struct gate_options *options);

/* What is added from now on is another run of the same; the first begins by itself. */
void gate_next_run(struct gate *g);

/* Whose model is added: one of the run's processes, or the program that was started itself. */
enum gate_role { GATE_ROLE_PROCESS, GATE_ROLE_COMMAND };

/* The model must have stacks and reasons of all sites that leak or grow, see sites_choice.top. */
void gate_add(struct gate *g, const struct model *model, enum gate_role role, bool trace_kept);

/* Whether the gate still refers to a model that was added, which must then stay. */
bool gate_needs(const struct gate *g, const struct model *model);

/* Evidence is missing that belongs to no model: a sentence. */
void gate_miss(struct gate *g, const char *sentence);

/* How the program ended that was run, if not well: "exit status 3". The first counts. */
void gate_program_failed(struct gate *g, const char *how);

/* The result lives as long as the gate and the models it needs. Call it once, after all. */
const struct model_gate *gate_conclude(struct gate *g);

/* What the baseline should be from now on: without what is gone or suppressed, with less where there is
 * less; with what is new, and more where there is more, only if `grow`. Entries of programs that were
 * not judged stay. After gate_conclude, and only where no evidence is missing. */
void gate_update_baseline(const struct gate *g, bool grow, struct baseline *updated);

void gate_free(struct gate *g);

#endif
