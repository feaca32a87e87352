/* SPDX-License-Identifier: MIT */
/*
 * model.h - the finished result of an analysis, read-only once sealed.
 *
 * The only analyzer header that report/ includes. Plain data: built by analysis/ and commands/,
 * printed by report/. Bytes and counts are exact integers; times are nanoseconds since the
 * program's start. Strings belong to the model, are never NULL and are raw: any byte may be in
 * them, the writers of report/ escape. What could not be determined is said, never defaulted.
 */
#ifndef TENURE_MODEL_H
#define TENURE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum verdict {
	VERDICT_UNKNOWN = 0,
	VERDICT_LEAK,
	VERDICT_GROWING,
	VERDICT_CACHE,
	VERDICT_STARTUP,
	VERDICT_UNFREED,
	VERDICT_CLEANED,
	VERDICT_BALANCED,
};

struct model_frame {
	const char *function; /* "" if unknown */
	const char *file; /* "" if unknown */
	uint32_t line; /* 0 if unknown */
	const char *module; /* path; "" for code outside any module */
	uint64_t offset; /* link-time address in the module */
	bool inlined; /* into the next frame */
	const char *language;
	const char *note; /* for pseudo frames: what is missing here; "" otherwise */
};

/* Innermost first. */
struct model_stack {
	const struct model_frame *frames;
	uint32_t frame_count;
};

struct model_run {
	const char *trace_path;
	const char *program; /* path of the executable */
	const char *const *argv;
	uint32_t argc;
	int32_t pid;
	bool complete; /* the trace has its END record and no damage */
	const char *damage; /* one line with file and offset; "" if undamaged */
	const char *
		end_kind; /* "exit", "_exit", "quick_exit", "exec", "signal", "detached", "unknown" */
	int32_t end_status; /* exit status or signal number */
	uint64_t start_realtime_ns; /* since 1970 */
	uint64_t duration_ns;
	uint32_t threads;
	uint64_t allocations, frees; /* a reallocation counts as both, as memcheck does */
	uint64_t allocated_bytes;
	uint64_t live_blocks, live_bytes; /* at the end */
	uint64_t peak_bytes, peak_blocks; /* at the moment of most live bytes */
	uint64_t peak_ns;
	uint64_t temporary;
	uint64_t failed_allocations, injected_failures;
	uint64_t lost_events;
	uint64_t stacks_truncated; /* events with an incomplete stack, of these: */
	uint64_t stacks_deep, stacks_unfinished; /* too deep, not to be followed to the end */
	uint64_t events; /* of all kinds, stored in the trace */
	uint64_t trace_bytes;
	uint64_t peak_resident_bytes; /* sampled; 0 if never sampled */
	uint64_t mapped_bytes, mappings; /* live at the end, mmap called by the program */
	bool forked; /* began as a fork: frees of inherited blocks are expected */
	uint64_t inherited_frees;
	uint64_t unseen_releases; /* blocks whose address came back without a recorded release */
	uint64_t undecided_releases; /* possible errors that evidence is missing for */
	bool sampled;
	const char *const *limits; /* sentences: what this trace could not see */
	uint32_t limit_count;
	const char *const *children; /* paths of the traces of child processes */
	uint32_t child_count;
};

/* An allocation site: one call stack. */
struct model_site {
	uint32_t id; /* 1.. in order of the table */
	uint64_t
		fingerprint; /* same for the same functions in another run or build; 0 if no stack */
	struct model_stack stack; /* frame_count 0: not among the sites that were asked for */
	const char *api; /* the allocating function: "malloc", "operator new", ... */
	enum verdict verdict;
	const char *why;
	uint64_t allocations, frees, allocated_bytes;
	uint64_t live_blocks, live_bytes; /* at the end */
	uint64_t peak_blocks, peak_bytes; /* this site's share at the run's peak */
	uint64_t own_peak_bytes; /* this site's own maximum */
	uint64_t temporary; /* freed by the same thread with no allocation event of it in between */
	uint64_t failures;
	uint64_t min_bytes, max_bytes; /* smallest and largest size asked for */
};

enum finding_rule {
	FINDING_MISMATCHED_RELEASE,
	FINDING_DOUBLE_FREE,
	FINDING_FOREIGN_FREE, /* not an address that was ever allocated */
	FINDING_INTERIOR_FREE, /* inside a live block */
	FINDING_ALLOCATION_FAILURE,
};

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };

struct model_finding {
	enum finding_rule rule;
	const char *rule_name; /* "mismatched-release", "double-free", ... */
	enum severity severity;
	uint32_t site; /* model_site.id of the block involved, 0 if none */
	const char *message; /* one sentence */
	uint64_t occurrences;
	uint64_t bytes; /* of the block, or wanted */
	uint64_t first_ns;
	struct model_stack allocation; /* where the block came from; frame_count 0 if unknown */
	struct model_stack release; /* where it was (wrongly) released, or the failing call */
	struct model_stack first_release; /* double free: where it was released before */
};

struct model {
	struct model_run run;
	const struct model_site *sites; /* by live_bytes, then allocated_bytes, descending */
	uint32_t site_count;
	const struct model_finding *findings; /* errors first, then by occurrences */
	uint32_t finding_count;
};

#endif
