/* SPDX-License-Identifier: MIT */
/*
 * model_gate.h - what `tenure check` concludes from one run of a program or of many, each with all its
 * processes.
 *
 * Plain data beside model.h, and like it: gate/ builds it, report/ prints it.
 */
#ifndef TENURE_MODEL_GATE_H
#define TENURE_MODEL_GATE_H

#include "model.h"

enum gate_rule {
	GATE_LEAK = 0, /* sites of VERDICT_LEAK, as are: */
	GATE_GROWTH, /* of VERDICT_GROWING */
	GATE_UNFREED, /* of VERDICT_UNFREED, if that was asked for */
	GATE_MISMATCHED_RELEASE, /* errors in releasing, in the order of enum finding_rule */
	GATE_DOUBLE_FREE,
	GATE_FOREIGN_FREE,
	GATE_INTERIOR_FREE,
	GATE_PEAK, /* a process over a budget, without a site, as are: */
	GATE_ALLOCATIONS,
	GATE_TEMPORARY,
	GATE_FRAGMENTATION,
	GATE_RULES
};

enum gate_state {
	GATE_NEW = 0, /* fails */
	GATE_GROWN, /* fails: in the baseline, with less than now */
	GATE_KNOWN, /* in the baseline */
	GATE_GONE, /* in the baseline, and no longer found in a program that was judged */
	GATE_WITHIN, /* within a budget */
	GATE_SUPPRESSED,
	GATE_FLAKY, /* not in all of the runs */
	GATE_STATES
};

/* A finding of all processes of one program that have it. */
struct model_gate_finding {
	enum gate_rule rule;
	const char *rule_name; /* for scripts: "leak", "growth", "double-free", "peak", ... */
	enum gate_state state;
	bool fails; /* GATE_NEW or GATE_GROWN */
	double confidence; /* 0 to 1; 1 of what is counted, not judged */
	const char *key; /* "v1:0123456789abcdef", same in other runs and builds; "": no stack */
	bool weak; /* functions without names are in it: the key holds for this build only */
	const char *program; /* base name */
	const char *message; /* one sentence: what is wrong and why we think so */
	struct model_stack stack; /* of the allocation, or of the wrong release; may be empty */
	struct model_stack release; /* of errors in releasing, else empty */
	const char *place; /* "cache_add < load < main": the stack in few words; "" without */
	uint64_t blocks, bytes; /* most in any process; errors: occurrences, bytes of the block; */
	uint64_t value, limit; /* budgets: what was counted, and what was allowed */
	const char *unit; /* of these: "bytes", "allocations", "percent"; else "" */
	uint64_t known_blocks, known_bytes; /* in the baseline */
	double bytes_per_s; /* growth, in the process with the most bytes; 0 if unknown */
	uint32_t processes; /* that have it, over all runs; 0 if gone */
	uint32_t process; /* index of the one with the most bytes in model_gate.processes */
	uint32_t runs; /* that have it, of model_gate.runs */
	const char *suppression; /* what matched, "leak:foo (file:3)"; "" */
	const char *reason; /* why that is there; "" */
	/* Where it is told in full; NULL if gone, or if it is no such thing. They live as long as the
	 * models that the gate was given. */
	const struct model *model;
	const struct model_site *site;
};

#define GATE_OF_THE_SYSTEM "a program of the system"

struct model_gate_process {
	const char *program; /* path */
	const char *trace_path; /* "" if the trace was not kept */
	int32_t pid;
	uint32_t run; /* from 0 */
	const char *end_kind; /* as in model_run */
	int32_t end_status;
	uint64_t duration_ns, allocations, allocated_bytes, peak_bytes, live_blocks, live_bytes;
	const char *skipped; /* why it was not judged, "excluded" or the below; "" if it was */
	const char *const *missing; /* sentences: why there is no verdict on it */
	uint32_t missing_count;
	uint32_t failures; /* findings that fail and that it has */
};

enum gate_verdict { GATE_CLEAN = 0, GATE_FAILS = 1, GATE_NO_VERDICT = 3 };

struct model_gate {
	enum gate_verdict verdict; /* what fails outweighs missing evidence */
	const char *const *command; /* what was run, ended by NULL; NULL: traces were given */
	bool program_failed; /* then its status counts, not the verdict: */
	const char *program_end; /* "exit status 3", "signal 11 (Segmentation fault)"; "" */
	uint32_t runs; /* at least 1 */
	const struct model_gate_process *processes; /* in order of run and of start */
	uint32_t process_count, judged, skipped; /* the two add up to all */
	const struct model_gate_finding *findings; /* those that fail first, then by state, bytes */
	uint32_t finding_count;
	uint32_t counts[GATE_STATES]; /* of findings */
	uint32_t unsure; /* sites that may leak or grow: little confidence, or too short a run */
	uint32_t unfreed; /* sites that never freed anything and do not count, in all processes */
	uint64_t unfreed_bytes; /* that these hold at the end */
	const char *const *missing; /* sentences: all evidence that is missing, of processes, too */
	uint32_t missing_count;
	const char *const *notes; /* sentences: unused and expired suppressions, weak keys, ... */
	uint32_t note_count;
	const char *baseline; /* path of the file, or "" */
	const char *root; /* of the project, an absolute path that paths of sources start from */
};

#endif
