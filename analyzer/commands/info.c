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
#include "../analysis/apis.h"
#include "../analysis/build.h"
#include "../util/message.h"
#include "commands.h"
#include "info_events.h"
#include "open_trace.h"

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

static void put_all(const struct build *build, const struct reader *reader)
{
	const struct model_run *run = &build->model.run;

	put_run(run, reader_program(reader));
	put_event_counts(build);
	put_threads(reader);
	put_modules(reader);
	put_list("traces of child processes", run->children, run->child_count);
	put_list("what this trace could not see", run->limits, run->limit_count);
}

/* Returns false if anything went wrong, having said what. */
static bool show(const char *path, bool first)
{
	struct build_options build_options = {.run_only = true};
	struct json_writer json;
	struct reader *reader;
	struct build build;
	bool whole;

	reader = open_trace(path);
	if (!reader)
		return false;
	if (events) {
		info_events_put(reader, stacks, stdout);
	} else {
		build_model(&build, reader, path, &build_options);
		if (format_name && !strcmp(format_name, "json")) {
			json_init(&json, stdout);
			report_json_run(&json, NULL, &build.model.run);
			json_finish(&json);
		} else {
			if (!first)
				putchar('\n');
			put_all(&build, reader);
		}
		build_release(&build);
	}
	fflush(stdout);
	whole = open_trace_is_whole(reader, path);
	reader_free(reader);
	return whole;
}

static int command_main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;

	if (!argc) {
		error("info: no trace given");
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
	.summary = "show what a trace holds",
	.options = options,
	.run = command_main,
	.operands_first = true,
};
