/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/human.h"
#include "../../report/visible.h"
#include "../../report/json.h"
#include "../../report/words.h"
#include "../analysis/apis.h"
#include "../util/message.h"
#include "commands.h"
#include "info_events.h"
#include "load.h"

static const char *format_name;
static bool events, stacks;

static const struct option_spec options[] = {
	{"format", 0, OPTION_CHOICE, "text|json", &format_name, "format of what is printed"},
	{"events", 0, OPTION_FLAG, NULL, &events, "print every event as a line of key=value"},
	{"stacks", 0, OPTION_FLAG, NULL, &stacks, "with --events: functions and lines below each"},
	{NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};

static void put_text(const char *name, const char *value)
{
	printf("%-12s", name);
	visible_put(stdout, value);
	putchar('\n');
}

static void put_run(const struct model_run *run, const struct trace_program *program)
{
	put_text("trace", run->trace_path);
	put_text("program", run->program);
	printf("%-12s", "arguments");
	for (uint32_t i = 0; i < run->argc; i++) {
		if (i)
			putchar(' ');
		visible_put(stdout, run->argv[i]);
	}
	putchar('\n');
	put_text("folder", program->cwd);
	put_text("host", program->host);
	printf("%-12s%" PRId32 ", child of %" PRId32 "%s\n", "process", run->pid,
	       program->parent_pid, run->forked ? ", began as a fork" : "");
	printf("%-12s%s, lasted %s\n", "start", human_time(run->start_realtime_ns).text,
	       human_duration(run->duration_ns).text);
	printf("%-12s%s, status %" PRId32 "; the trace is %s\n", "end", run->end_kind,
	       run->end_status, run->complete ? "complete" : "incomplete");
	printf("%-12s%s in %s, %.2f bytes per event\n", "events", human_count(run->events).text,
	       human_bytes(run->trace_bytes, false).text,
	       run->events ? (double)run->trace_bytes / (double)run->events : 0.0);
	printf("%-12s%s events, %s stacks cut short\n", "lost", human_count(run->lost_events).text,
	       human_count(run->stacks_truncated).text);
}

static void put_event_counts(const struct build *build)
{
	puts("\nevents by kind");
	for (unsigned kind = 0; kind < BUILD_EVENT_KINDS; kind++)
		if (build->events_by_kind[kind])
			printf("  %-14s%14s\n", apis_event_word((uint8_t)kind),
			       human_count(build->events_by_kind[kind]).text);
}

static void put_threads(const struct reader *reader)
{
	printf("\nthreads (%" PRIu32 ")\n", reader_thread_count(reader));
	for (uint32_t i = 0; i < reader_thread_count(reader); i++) {
		const struct trace_thread *thread = reader_thread(reader, i);
		char name[sizeof thread->name + 1] = "";

		memcpy(name, thread->name, sizeof thread->name);
		printf("  %6" PRIu32 "  tid %-9" PRId32, thread->id, thread->tid);
		visible_put(stdout, name);
		putchar('\n');
	}
}

static void put_modules(const struct reader *reader)
{
	printf("\nmodules (%" PRIu32 ")\n", reader_module_count(reader));
	for (module_id id = 1; id <= reader_module_count(reader); id++) {
		const struct trace_module *module = reader_module(reader, id);

		printf("  %6" PRIu32 "  %10s  ", id,
		       human_bytes(module->end - module->start, false).text);
		for (int i = 0; i < 8; i++)
			if (i < module->build_id_bytes)
				printf("%02x", module->build_id[i]);
			else
				fputs("  ", stdout);
		fputs("  ", stdout);
		visible_put(stdout, module->path);
		putchar('\n');
	}
}

/* With what has tenure report show how things stood: a time that was rounded may be before it. */
static void put_snapshots(const struct reader *reader)
{
	if (reader_snapshot_count(reader))
		printf("\nsnapshots (%" PRIu32 ")\n", reader_snapshot_count(reader));
	for (uint32_t i = 0; i < reader_snapshot_count(reader); i++) {
		const struct trace_snapshot *snapshot = reader_snapshot(reader, i);
		uint64_t elapsed_ns = reader_elapsed_ns(reader, snapshot->stamp);

		printf("  %6" PRIu32 "  after %-10s%14s words  --until=%" PRIu64 "ns\n", i + 1,
		       human_duration(elapsed_ns).text, human_count(snapshot->word_count).text,
		       elapsed_ns + 1);
	}
}

static void put_list(const char *heading, const char *const *list, uint32_t count)
{
	if (count)
		printf("\n%s\n", heading);
	for (uint32_t i = 0; i < count; i++) {
		fputs("  ", stdout);
		visible_put(stdout, list[i]);
		putchar('\n');
	}
}

static void put_unrecorded(const struct model_run *run)
{
	if (run->unrecorded_count)
		puts("\nexecuted programs that could not be recorded");
	for (uint32_t i = 0; i < run->unrecorded_count; i++) {
		const struct model_unrecorded *program = &run->unrecorded[i];

		printf("  %6s time%s  ", human_count(program->times).text,
		       human_plural(program->times));
		visible_put(stdout, *program->path ? program->path : "others");
		printf(": %s\n", program->reason);
	}
}

static void put_all(const struct build *build, const struct reader *reader)
{
	const struct model_run *run = &build->model.run;

	put_run(run, reader_program(reader));
	put_event_counts(build);
	put_threads(reader);
	put_modules(reader);
	put_snapshots(reader);
	put_list("traces of child processes", run->children, run->child_count);
	put_unrecorded(run);
	put_list("what this trace could not see", run->limits, run->limit_count);
}

static void put_programs(const struct profile *profile)
{
	printf("\nprograms (%zu)\n  %10s  %10s  %10s  %12s  %10s  %10s\n", profile->program_count,
	       "runs", "incomplete", "lossy", "live at end", "most", "sites");
	for (size_t i = 0; i < profile->program_count; i++) {
		const struct profile_program *program = &profile->programs[i];
		const uint64_t *numbers = program->numbers;

		printf("  %10s  %10s  %10s  %12s  %10s  %10s  ",
		       human_count(numbers[TOTAL_RUNS]).text,
		       human_count(numbers[TOTAL_INCOMPLETE]).text,
		       human_count(numbers[TOTAL_LOSSY]).text,
		       human_bytes(numbers[TOTAL_LIVE_BYTES], false).text,
		       human_bytes(numbers[TOTAL_LARGEST_LIVE_BYTES], false).text,
		       human_count(program->site_count).text);
		visible_put(stdout, pool_text(&profile->pool, program->name));
		putchar('\n');
	}
}

static void put_profile(const struct load *load)
{
	const struct model_run *run = &load->model->run;

	put_text("profile", run->trace_path);
	printf("%-12s", "is the");
	words_put_runs(stdout, run);
	printf("\n%-12s%s in %s of traces\n", "events", human_count(run->events).text,
	       human_bytes(run->trace_bytes, false).text);
	printf("%-12s%s events, %s stacks cut short, %s damaged file%s\n", "lost",
	       human_count(run->lost_events).text, human_count(run->stacks_truncated).text,
	       human_count(load->profile.skipped).text, human_plural(load->profile.skipped));
	put_programs(&load->profile);
	put_list("what this profile could not see", run->limits, run->limit_count);
}

static void put_json(const struct model_run *run)
{
	struct json_writer json;

	json_init(&json, stdout);
	report_json_run(&json, NULL, run);
	json_finish(&json);
}

/* Returns false if anything went wrong, having said what. */
static bool put_model(struct load *load, bool first)
{
	struct build_options build_options = {.run_only = true, .shown = {.top = 1}};

	if (!load_model(load, &build_options))
		return false;
	if (format_name && !strcmp(format_name, "json")) {
		put_json(&load->model->run);
		return true;
	}
	if (!first)
		putchar('\n');
	if (load->reader)
		put_all(&load->build, load->reader);
	else
		put_profile(load);
	return true;
}

/* Returns false if anything went wrong, having said what. */
static bool show(const char *path, bool first)
{
	struct load load;
	bool whole = true;

	if (!load_open(&load, path))
		return false;
	if (!events) {
		whole = put_model(&load, first);
	} else if (load.reader) {
		info_events_put(load.reader, stacks, stdout);
	} else {
		error("%s: a profile has no events", path);
		whole = false;
	}
	fflush(stdout);
	return load_close(&load) && whole;
}

static int command_main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;

	if (!argc) {
		error("info: no trace and no profile given");
		hint("tenure info FILE.tenure; tenure run -- PROGRAM records one");
		return STATUS_USAGE;
	}
	for (int i = 0; i < argc; i++)
		if (!show(argv[i], i == 0))
			status = STATUS_USAGE;
	if (ferror(stdout) || fflush(stdout)) {
		error("standard output: cannot write: %s", strerror(errno));
		status = STATUS_USAGE;
	}
	return status;
}

const struct command command_info = {
	.name = "info",
	.synopsis = "TRACE...",
	.summary = "show what a trace or a profile holds",
	.options = options,
	.run = command_main,
	.operands_first = true,
};
