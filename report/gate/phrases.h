/* SPDX-License-Identifier: MIT */
/*
 * phrases.h - what all formats of a gate's result say in the same words.
 *
 * Phrases are raw: what the program's names hold is in them, byte for byte, and the format that
 * writes them escapes it. They live in the arena that they are made in.
 */
#ifndef TENURE_REPORT_GATE_PHRASES_H
#define TENURE_REPORT_GATE_PHRASES_H

#include "../../analyzer/model_gate.h"
#include "../../analyzer/util/arena.h"
#include "../report.h"

/* "clean", "findings", "no-verdict", and "new", "grown", "known", ...: for scripts, too. */
const char *phrases_verdict(enum gate_verdict verdict);
const char *phrases_state(enum gate_state state);

/* "The leak check fails: 2 findings." In one line, with its full stop. */
const char *phrases_sentence(struct arena *arena, const struct model_gate *gate);

/* "2 new, 1 grown, 5 known; 3 of 4 processes were judged, 1 was skipped." */
const char *phrases_counts(struct arena *arena, const struct model_gate *gate);

/* What was seen and does not count, in sentences; "" if there is no such thing. */
const char *phrases_uncounted(struct arena *arena, const struct model_gate *gate, bool exact_bytes);

/* "4.0 KiB in 3 blocks, growing by 1.0 KiB a second, 1.0 KiB in 1 block known"; "3 times, known: 1
 * time"; "12.0 MiB, 10.0 MiB allowed". */
const char *phrases_amount(struct arena *arena, const struct model_gate *gate,
			   const struct model_gate_finding *finding, bool exact_bytes);

/* What the finding is about, in a few words: where it happens, "libx.so+0x12ab" without names, ""
 * if it is about the whole process. */
const char *phrases_place(struct arena *arena, const struct model_gate_finding *finding);

/* "memory leak in test_cache", for headings. */
const char *phrases_title(struct arena *arena, const struct model_gate_finding *finding);

/* " in 12 processes", " (3 of 5 runs)" or both; "" of one. Descriptions have it in them. */
const char *phrases_spread(struct arena *arena, const struct model_gate *gate,
			   const struct model_gate_finding *finding);

/* "allocated after the marks parser/empty (3 blocks), parser/long (2 blocks)"; "" without marks. */
const char *phrases_marks(struct arena *arena, const struct model_gate_finding *finding);

/* What is wrong, where, how much, and in which program: a sentence or two, cut to a few hundred
 * characters a part. */
const char *phrases_description(struct arena *arena, const struct model_gate *gate,
				const struct model_gate_finding *finding, bool exact_bytes);

/* The exit status or the like of a process: "exit status 3", "killed by signal 11". */
const char *phrases_end(struct arena *arena, const struct model_gate_process *process);

/* At most `bytes` bytes of a text, cut between two characters, with "..." if it was cut. */
const char *phrases_cut(struct arena *arena, const char *text, size_t bytes);

#endif
