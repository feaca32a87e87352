/* SPDX-License-Identifier: MIT */
/*
 * gate_processes.h - processes that never were, for gates to judge.
 */
#ifndef TENURE_GATE_PROCESSES_H
#define TENURE_GATE_PROCESSES_H

#include <check.h>
#include <signal.h>
#include <string.h>

#include "analyzer/gate/gate.h"

#define PROCESSES_MAX 8
#define SITES_MAX 4

/* A process, its sites, and their frames. */
struct process {
	struct model model;
	struct model_site sites[SITES_MAX];
	struct model_finding findings[SITES_MAX];
	struct model_frame frames[SITES_MAX][2];
};

struct fixture {
	struct gate_options options;
	struct gate *gate;
	struct baseline baseline;
	struct arena arena;
	struct process processes[PROCESSES_MAX];
	unsigned count;
};

static struct fixture fixture;

static inline void fixture_begin(void)
{
	memset(&fixture, 0, sizeof fixture);
	fixture.options = (struct gate_options){
		.confidence_percent = GATE_CONFIDENCE_PERCENT,
		.growth_run_ns = GATE_GROWTH_RUN_NS,
		.tolerance_percent = GATE_TOLERANCE_PERCENT,
		.tolerance_bytes = GATE_TOLERANCE_BYTES,
		.root = "/project",
		.baseline_path = "",
	};
}

/* Options are complete from here on. */
static inline void fixture_open(void)
{
	fixture.gate = gate_new(&fixture.options);
}

static inline void fixture_end(void)
{
	gate_free(fixture.gate);
	baseline_release(&fixture.baseline);
	arena_release(&fixture.arena);
}

/* A run of a minute that ended well. */
static inline struct process *process(const char *program)
{
	struct process *p = &fixture.processes[fixture.count++];

	p->model.run = (struct model_run){
		.program = program,
		.trace_path = "x.tenure",
		.pid = (int32_t)(100 + fixture.count),
		.complete = true,
		.damage = "",
		.gap = "",
		.end_kind = "exit",
		.duration_ns = 60000000000u,
		.allocations = 1000,
	};
	p->model.sites = p->sites;
	p->model.findings = p->findings;
	return p;
}

/* One that is called from main of the same program, and has this fingerprint. */
static inline struct model_site *site(struct process *p, enum verdict verdict, const char *function,
				      uint64_t fingerprint, uint64_t blocks, uint64_t bytes)
{
	uint32_t i = p->model.site_count++;

	p->frames[i][0] = (struct model_frame){.function = function,
					       .file = "/project/src/part.c",
					       .line = 7,
					       .module = p->model.run.program,
					       .language = "c",
					       .note = ""};
	p->frames[i][1] = p->frames[i][0];
	p->frames[i][1].function = "main";
	p->sites[i] = (struct model_site){.id = i + 1,
					  .verdict = verdict,
					  .confidence = 1,
					  .why = "because",
					  .api = "malloc",
					  .fingerprint = fingerprint,
					  .stack = {p->frames[i], 2},
					  .live_blocks = blocks,
					  .live_bytes = bytes,
					  .type = ""};
	return &p->sites[i];
}

static inline void add_as(struct process *p, enum gate_role role)
{
	gate_add(fixture.gate, &p->model, role, true);
}

static inline void add(struct process *p)
{
	add_as(p, GATE_ROLE_PROCESS);
}

static inline void known(const char *text)
{
	struct baseline_error why;

	if (baseline_parse(&fixture.baseline, &fixture.arena, text, strlen(text), &why) == 0)
		fixture.options.baseline = &fixture.baseline;
}

static inline const struct model_gate *conclude(void)
{
	return gate_conclude(fixture.gate);
}

/* The only finding there is. */
static inline const struct model_gate_finding *only_finding(const struct model_gate *gate)
{
	ck_assert_uint_eq(gate->finding_count, 1);
	return &gate->findings[0];
}

/* Of a server that leaks at one site. */
static inline const struct model_gate *gate_of_leak(uint64_t blocks, uint64_t bytes)
{
	struct process *p = process("/project/build/server");

	fixture_open();
	site(p, VERDICT_LEAK, "lose", 1, blocks, bytes);
	add(p);
	return conclude();
}

#endif
