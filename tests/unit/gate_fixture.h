/* SPDX-License-Identifier: MIT */
/*
 * gate_fixture.h - the parts of a leak check that never was.
 */
#ifndef TENURE_GATE_FIXTURE_H
#define TENURE_GATE_FIXTURE_H

#include "analyzer/model_gate.h"

#define ROOT "/src/app"

static const struct model_frame no_frame = {
	.function = "", .file = "", .module = "", .language = "c", .note = ""};

static const struct model_gate_finding no_finding = {
	.rule = GATE_LEAK,
	.rule_name = "leak",
	.state = GATE_NEW,
	.fails = true,
	.confidence = 0.9,
	.key = "v1:0123456789abcdef",
	.program = "app",
	.message = "Nothing will release them",
	.place = "load < main",
	.blocks = 3,
	.bytes = 3072,
	.unit = "",
	.processes = 1,
	.runs = 1,
	.suppression = "",
	.reason = "",
};

static const struct model_gate_process one_process = {
	.program = ROOT "/bin/app",
	.trace_path = "",
	.pid = 4242,
	.end_kind = "exit",
	.duration_ns = 1500000000,
	.skipped = "",
	.failures = 1,
};

static inline struct model_gate gate_of(const struct model_gate_finding *findings, uint32_t count)
{
	struct model_gate gate = {
		.verdict = GATE_FAILS,
		.program_end = "",
		.runs = 1,
		.processes = &one_process,
		.process_count = 1,
		.judged = 1,
		.findings = findings,
		.finding_count = count,
		.baseline = "",
		.root = ROOT,
	};

	for (uint32_t i = 0; i < count; i++)
		gate.counts[findings[i].state]++;
	return gate;
}

static inline struct model_frame frame_at(const char *function, const char *file, uint32_t line,
					  const char *module)
{
	struct model_frame frame = no_frame;

	frame.function = function;
	frame.file = file;
	frame.line = line;
	frame.module = module;
	return frame;
}

#endif
