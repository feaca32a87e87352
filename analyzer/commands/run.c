/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../record/target_check.h"
#include "../util/message.h"
#include "commands.h"
#include "recording.h"
#include "summary.h"

#define STACK_DEPTH_LEAST 2
#define STACK_DEPTH_MOST 4096

static const char *output, *follow = "children", *on_full, *fail_alloc, *unwinder, *at_end;
static uint64_t stack_depth, sample, snapshot_every;
static bool force, no_stacks, native, no_python;

static const struct option_spec options[] = {
	{"output", 'o', OPTION_STRING, "PATTERN", &output,
	 "name of the traces: %e program, %p process, %t time, %h host (%e.%p.tenure)"},
	{"force", 'f', OPTION_FLAG, NULL, &force, "replace a trace that is there already"},
	{"follow", 0, OPTION_CHOICE, "children|none", &follow,
	 "record child processes too, each into a trace of its own (children)"},
	{"on-full", 0, OPTION_CHOICE, "wait|drop", &on_full,
	 "what a thread does whose events are not collected in time (wait)"},
	{"stack-depth", 0, OPTION_COUNT, "N", &stack_depth, "frames kept of a call stack (1024)"},
	{"sample", 0, OPTION_BYTES, "BYTES", &sample,
	 "record only one allocation in so many bytes, such as 512K (all)"},
	{"no-stacks", 0, OPTION_FLAG, NULL, &no_stacks,
	 "record what is allocated and released, but not from where"},
	{"native", 0, OPTION_FLAG, NULL, &native,
	 "of Python programs: native frames at all allocations, those of the interpreter too"},
	{"no-python", 0, OPTION_FLAG, NULL, &no_python,
	 "leave the interpreter's allocators and functions alone"},
	{"unwinder", 0, OPTION_CHOICE, "cfi|fp", &unwinder,
	 "how stacks are followed: call frame information, or frame pointers alone (cfi)"},
	{"snapshot", 0, OPTION_CHOICE, "exit|none", &at_end,
	 "look at who holds what when the program exits, or do not (exit)"},
	{"snapshot-every", 0, OPTION_DURATION, "TIME", &snapshot_every,
	 "and so often while it runs, such as 10m"},
	{"fail-alloc", 0, OPTION_STRING, "RULE", &fail_alloc,
	 "let allocations fail: after:N, every:N, size:BYTES, prob:P[,SEED]"},
	{NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};

static int check_program(const char *program)
{
	struct target_verdict verdict;

	target_check(program, &verdict);
	if (!verdict.status)
		return 0;
	error("%s", verdict.problem);
	if (verdict.hint)
		hint("%s", verdict.hint);
	return verdict.status;
}

/* What the recorder shall do, beyond what the environment says. */
static int compose_settings(struct recording *r)
{
	if (fail_alloc) {
		const char *rule = settings_fail_rule(&r->arena, fail_alloc);

		if (!rule) {
			error("--fail-alloc: '%s' is no rule", fail_alloc);
			hint("rules are after:N, every:N, size:BYTES and prob:P[,SEED]");
			return -1;
		}
		settings_add(&r->settings, "fail-alloc", rule);
	}
	if (stack_depth && (stack_depth < STACK_DEPTH_LEAST || stack_depth > STACK_DEPTH_MOST))
		return error("--stack-depth is from %d to %d", STACK_DEPTH_LEAST, STACK_DEPTH_MOST);
	if (stack_depth)
		settings_add(&r->settings, "stack-depth",
			     arena_printf(&r->arena, "%" PRIu64, stack_depth));
	if (no_stacks && stack_depth)
		return error("--no-stacks and --stack-depth exclude each other");
	if (no_stacks)
		settings_add(&r->settings, "stack-depth", "0");
	if (sample && fail_alloc)
		return error("--sample and --fail-alloc exclude each other");
	if (sample)
		settings_add(&r->settings, "sample", arena_printf(&r->arena, "%" PRIu64, sample));
	if (at_end)
		settings_add(&r->settings, "snapshot", at_end);
	if (sample && snapshot_every)
		return error("--sample and --snapshot-every exclude each other");
	r->snapshot_interval_ns = snapshot_every;
	if (on_full)
		settings_add(&r->settings, "on-full", on_full);
	if (native && (no_python || no_stacks))
		return error("--native shows no frames with --no-python or --no-stacks");
	if (native)
		settings_add(&r->settings, "native", "1");
	if (no_python)
		settings_add(&r->settings, "no-python", "1");
	if (unwinder)
		settings_add(&r->settings, "unwinder", unwinder);
	settings_add(&r->settings, "follow", follow);
	return 0;
}

static void tell_loss(void *context, const char *sentence, bool is_error)
{
	(void)context;
	if (is_error)
		error("%s", sentence);
	else
		hint("%s", sentence);
}

/* Losses and failures are always told, the rest where somebody looks. */
static void tell(const struct recording *r, const char *program)
{
	const struct collector_summary *summary = collector_summary(r->collector);

	recording_tell_losses(r, program, tell_loss, NULL);
	if (summary->lost)
		hint("%" PRIu64 " events were lost, %" PRIu64 " recorded", summary->lost,
		     summary->events);
	if (!summary->child_trace || (!isatty(STDERR_FILENO) && message_level < 1))
		return;
	if (summary->traces > 1)
		hint("trace in %s, %" PRIu64 " traces in all", summary->child_trace,
		     summary->traces);
	else
		hint("trace in %s", summary->child_trace);
}

/* Processes that the program left behind go on being recorded, and nobody has to wait for them. */
static void leave_to_background(struct collector *collector)
{
	bool failed;

	if (launcher_fork_background(&failed)) {
		collector_run(collector, -1);
		_exit(EXIT_SUCCESS);
	}
	if (failed)
		collector_detach(collector);
	else
		verbose("the program left processes behind; they are recorded until they end");
}

static int run(int argc, char **argv, bool with_summary)
{
	const struct collector_summary *summary;
	struct recording r;
	int status;

	message_fatal_status = STATUS_TOOL_FAILED;
	if (!argc) {
		error("run: no program given");
		hint("usage: tenure run [options] -- PROGRAM [ARGS]");
		return STATUS_TOOL_FAILED;
	}
	status = check_program(argv[0]);
	if (!status)
		status = recording_init(&r);
	if (status)
		return status;
	if (compose_settings(&r) != 0 || trace_name_init(&r.name, output, force) != 0 ||
	    trace_name_check(&r.name) != 0)
		return STATUS_TOOL_FAILED;
	status = recording_start(&r, argv);
	if (status)
		return status;
	status = recording_wait(&r, !strcmp(follow, "children"));
	if (collector_is_busy(r.collector))
		leave_to_background(r.collector);
	summary = collector_summary(r.collector);
	tell(&r, argv[0]);
	if (with_summary && summary->child_trace)
		summary_print(summary->child_trace);
	launcher_end_like(status);
}

static int command_main(int argc, char **argv)
{
	return run(argc, argv, false);
}

int run_with_summary(int argc, char **argv)
{
	return run(argc, argv, true);
}

const struct command command_run = {
	.name = "run",
	.synopsis = "[--] PROGRAM [ARGS]",
	.summary = "run a program and record every allocation of it and its children",
	.options = options,
	.run = command_main,
};
