/* SPDX-License-Identifier: MIT */
/*
 * gate_parts.h - a gate while models come in. Private to gate.c, processes.c and conclude.c.
 */
#ifndef TENURE_GATE_PARTS_H
#define TENURE_GATE_PARTS_H

#include "../util/sentences.h"
#include "gate.h"

/* What one process has of a subject. */
struct occurrence {
	uint32_t subject, process; /* indices */
	uint64_t blocks, bytes;
	uint64_t value; /* of a budget */
	double bytes_per_s;
};

/* A finding, whoever has it. Its identity: program, fingerprint, and rule unless it is of memory. */
struct subject {
	struct model_gate_finding finding; /* as its largest occurrence tells it */
	uint64_t fingerprint;
	uint64_t largest_bytes;
	uint32_t last_occurrence; /* index + 1; 0: none */
};

/* A program that some process executed and that could not be recorded. */
struct gate_unrecorded {
	const char *path, *reason;
	bool passed_over; /* since it belongs to the system */
};

struct gate {
	const struct gate_options *options;
	struct arena arena;
	uint32_t run; /* that models are added to */
	struct model_gate_process *processes;
	size_t process_count, process_capacity;
	struct subject *subjects;
	size_t subject_count, subject_capacity;
	struct occurrence *occurrences; /* in order of their processes */
	size_t occurrence_count, occurrence_capacity;
	uint32_t unsure;
	bool ran_long; /* some process did, so that growth could be told */
	struct sentences missing; /* of processes, too */
	struct gate_unrecorded *unrecorded; /* distinct */
	size_t unrecorded_count, unrecorded_capacity;
	const char *program_end; /* "" */
	struct model_gate result;
};

/* processes.c: enters a process; returns its index, or -1 if it is not to be judged. */
int64_t gate_enter(struct gate *g, const struct model *model, enum gate_role role, bool trace_kept);

/* Whether what happens at a stack is asked about: by --only and --exclude. */
bool gate_concerns(const struct gate *g, const char *program, const struct model_stack *stack);

#endif
