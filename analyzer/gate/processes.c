/* SPDX-License-Identifier: MIT */
/* Which processes are judged, and which of them cannot be. */
#define _GNU_SOURCE
#include "gate_parts.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "../util/array.h"
#include "../util/human.h"
#include "identity.h"

#define MISSING_MAX 4 /* of reasons, beside programs that it executed */

/* Somebody meant the program to stop; it did not fail. */
static const int stopping[] = {SIGTERM, SIGINT,	 SIGHUP,  SIGQUIT,
			       SIGALRM, SIGPIPE, SIGUSR1, SIGUSR2};

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

/* Shells, compilers and what else test suites run are not what they test. */
static bool belongs_to_system(const char *path)
{
	static const char *const folders[] = {"/bin/",	 "/sbin/",   "/lib/", "/lib32/",
					      "/lib64/", "/libx32/", "/usr/"};

	if (starts_with(path, "/usr/local/"))
		return false;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (starts_with(path, folders[i]))
			return true;
	return false;
}

/* The path as it is, as told from the root of the project, and, for patterns without a slash, its name
 * alone. */
static bool glob_matches(const char *pattern, const char *path, const char *root)
{
	size_t length = strlen(root);

	while (starts_with(path, "./"))
		path += 2;
	if (!*path)
		return false;
	if (fnmatch(pattern, path, 0) == 0)
		return true;
	if (length && !strncmp(path, root, length) && path[length] == '/' &&
	    fnmatch(pattern, path + length + 1, 0) == 0)
		return true;
	return !strchr(pattern, '/') && fnmatch(pattern, human_basename(path), 0) == 0;
}

static bool any_matches(const struct gate_globs *globs, const char *path, const char *root)
{
	for (uint32_t i = 0; i < globs->count; i++)
		if (glob_matches(globs->list[i], path, root))
			return true;
	return false;
}

bool gate_concerns(const struct gate *g, const char *program, const struct model_stack *stack)
{
	const struct model_frame *own = identity_own_frame(stack);
	const char *file = own ? own->file : "", *module = own ? own->module : "";
	const struct gate_globs *only = &g->options->only, *exclude = &g->options->exclude;
	const char *root = g->options->root;

	if (any_matches(exclude, file, root) || any_matches(exclude, module, root))
		return false;
	return !only->count || any_matches(only, program, root) || any_matches(only, file, root) ||
	       any_matches(only, module, root);
}

static bool is_passed_over(const struct gate *g, const char *program)
{
	return g->options->command && !g->options->system && belongs_to_system(program);
}

/* Is given as the command, but only to run what is meant. */
static bool runs_tests(const char *program)
{
	static const char *const runners[] = {"make", "gmake", "ninja", "ctest", "prove"};

	for (size_t i = 0; i < sizeof runners / sizeof *runners; i++)
		if (!strcmp(human_basename(program), runners[i]))
			return true;
	return false;
}

static const char *why_skipped(const struct gate *g, const char *program, enum gate_role role)
{
	if (any_matches(&g->options->exclude, program, g->options->root))
		return "excluded";
	if ((role != GATE_ROLE_COMMAND || runs_tests(program)) && is_passed_over(g, program))
		return GATE_OF_THE_SYSTEM;
	return "";
}

static bool was_stopped(int signal_number)
{
	for (size_t i = 0; i < sizeof stopping / sizeof *stopping; i++)
		if (stopping[i] == signal_number)
			return true;
	return false;
}

static void miss(struct gate *g, const struct model_gate_process *process, const char *sentence)
{
	gate_miss(g, arena_printf(&g->arena, "%s (process %" PRId32 "): %s",
				  human_basename(process->program), process->pid, sentence));
}

/* Whether nobody has executed this program yet. */
static bool is_first(struct gate *g, const struct model_unrecorded *program)
{
	for (size_t i = 0; i < g->unrecorded_count; i++)
		if (!strcmp(g->unrecorded[i].path, program->path) &&
		    !strcmp(g->unrecorded[i].reason, program->reason))
			return false;
	ARRAY_GROW(g->unrecorded, g->unrecorded_count + 1, g->unrecorded_capacity);
	g->unrecorded[g->unrecorded_count++] = (struct gate_unrecorded){
		.path = arena_strdup(&g->arena, program->path),
		.reason = arena_strdup(&g->arena, program->reason),
		.passed_over = is_passed_over(g, program->path) &&
			       !any_matches(&g->options->exclude, program->path, g->options->root),
	};
	return true;
}

/*
 * What was executed and not recorded is a process like others, and would be judged or not by the same
 * rules, whoever executed it: a shell that is not judged may run what is tested. It is told once, by the
 * first process that did so; in a list of processes by each that is judged.
 */
static void find_unrecorded(struct gate *g, const struct model_gate_process *process,
			    struct sentences *own, const struct model_run *run)
{
	for (uint32_t i = 0; i < run->unrecorded_count; i++) {
		const struct model_unrecorded *program = &run->unrecorded[i];
		bool first = is_first(g, program);
		const char *sentence;

		if (*why_skipped(g, program->path, GATE_ROLE_PROCESS))
			continue;
		sentence = arena_printf(
			&g->arena, "it executed %s, which could not be recorded: %s",
			*program->path ? program->path : "other programs", program->reason);
		if (first)
			miss(g, process, sentence);
		if (!*process->skipped)
			sentences_add(own, sentence);
	}
}

/* What stands in the way of a verdict; each reason once, the one nearest to the cause. */
static void find_missing(const struct gate *g, struct sentences *own, const struct model_run *run)
{
	if (*run->damage)
		sentences_say(own, "the trace is damaged: %s", run->damage);
	else if (!run->complete)
		sentences_add(own,
			      "the trace has no end: it was cut off, or its program still runs");
	else if (!strcmp(run->end_kind, "detached"))
		sentences_add(own, "it still ran when the recording ended");
	else if (!strcmp(run->end_kind, "signal") && !was_stopped(run->end_status))
		sentences_say(own,
			      "it was killed by signal %" PRId32
			      " (%s), so what it would have released is not known",
			      run->end_status, strsignal(run->end_status));
	if (run->lost_events)
		sentences_say(own, "%s event%s lost", human_count(run->lost_events).text,
			      run->lost_events == 1 ? " was" : "s were");
	if (!own->count && *run->gap)
		sentences_say(own, "%s", run->gap);
	if (g->options->budgets.fragmentation.unit && run->sampled)
		sentences_add(own, "fragmentation does not show in a sample (--max-fragmentation)");
}

int64_t gate_enter(struct gate *g, const struct model *model, enum gate_role role, bool trace_kept)
{
	const struct model_run *run = &model->run;
	struct sentences own = {.arena = &g->arena};
	struct model_gate_process *process;

	ARRAY_GROW(g->processes, g->process_count + 1, g->process_capacity);
	process = &g->processes[g->process_count++];
	*process = (struct model_gate_process){
		.program = arena_strdup(&g->arena, run->program),
		.trace_path = trace_kept ? arena_strdup(&g->arena, run->trace_path) : "",
		.pid = run->pid,
		.run = g->run,
		.end_kind = arena_strdup(&g->arena, run->end_kind),
		.end_status = run->end_status,
		.duration_ns = run->duration_ns,
		.allocations = run->allocations,
		.allocated_bytes = run->allocated_bytes,
		.peak_bytes = run->peak_bytes,
		.live_blocks = run->live_blocks,
		.live_bytes = run->live_bytes,
		.skipped = why_skipped(g, run->program, role),
	};
	if (!*process->skipped)
		find_missing(g, &own, run);
	for (uint32_t i = 0; i < own.count; i++)
		miss(g, process, own.list[i]);
	find_unrecorded(g, process, &own, run);
	process->missing = own.list;
	process->missing_count = own.count;
	return *process->skipped ? -1 : (int64_t)g->process_count - 1;
}
