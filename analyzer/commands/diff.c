/* SPDX-License-Identifier: MIT */
#include "../analysis/diff.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../report/diff_format.h"
#include "../analysis/build.h"
#include "../util/message.h"
#include "commands.h"
#include "open_trace.h"

#define TEXT_TOP 10
#define TOLERANCE_PERCENT 5

static const char *measure_name = "live", *format_name = "text";
static uint64_t tolerance = TOLERANCE_PERCENT, least, top = UINT64_MAX;
static bool exact_bytes, all_frames;

static const struct option_spec options[] = {
	{"measure", 0, OPTION_CHOICE, "live|allocated|allocations|peak|temporary", &measure_name,
	 "what is compared (live: bytes at the end)"},
	{"tolerance", 0, OPTION_COUNT, "PERCENT", &tolerance,
	 "changes of no more than this are none (5)"},
	{"min", 0, OPTION_BYTES, "BYTES", &least, "nor are changes of less than this (0)"},
	{"format", 0, OPTION_CHOICE, "text|json|md", &format_name, "format of what is printed"},
	{"sites", 0, OPTION_COUNT, "N", &top,
	 "rows of each kind, 0 for all (text, md: 10; json: all)"},
	{"bytes", 0, OPTION_FLAG, NULL, &exact_bytes, "exact bytes instead of KiB and MiB"},
	{"all-frames", 0, OPTION_FLAG, NULL, &all_frames,
	 "show frames of start-up code and inside the C++ library too"},
	{NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};

/* A trace and its model. */
struct side {
	const char *path;
	struct reader *reader;
	struct build build;
};

static bool open_side(struct side *side, const char *path)
{
	side->path = path;
	side->reader = open_trace(path);
	return side->reader != NULL;
}

static void build_side(struct side *side)
{
	struct build_options all = {0};

	build_model(&side->build, side->reader, side->path, &all);
	for (uint32_t i = 0; i < side->build.note_count; i++)
		verbose("%s", side->build.notes[i]);
}

/* Returns whether the trace was read to its end, having said so otherwise. */
static bool close_side(struct side *side)
{
	bool whole = open_trace_is_whole(side->reader, side->path);

	build_release(&side->build);
	reader_free(side->reader);
	return whole;
}

static int show(struct side *before, struct side *after)
{
	const struct diff_format *format = diff_format_by_name(format_name);
	struct diff_options diff_options = {
		.tolerance_percent = tolerance < UINT32_MAX ? (uint32_t)tolerance : UINT32_MAX,
		.least = least,
	};
	struct report_options report = {
		.color = options_color(STDOUT_FILENO),
		.exact_bytes = exact_bytes,
		.all_frames = all_frames,
		.top = top < UINT32_MAX ? (uint32_t)top : 0,
	};
	struct arena arena = {0};
	struct model_diff diff;

	if (top == UINT64_MAX && format != &diff_format_json)
		report.top = TEXT_TOP;
	diff_parse_measure(measure_name, &diff_options.measure);
	build_side(before);
	build_side(after);
	diff_build(&diff, &before->build.model, &after->build.model, &diff_options, &arena);
	format->write(&diff, &report, stdout);
	arena_release(&arena);
	if (!ferror(stdout) && !fflush(stdout))
		return EXIT_SUCCESS;
	error("standard output: cannot write: %s", strerror(errno));
	return STATUS_USAGE;
}

static int command_main(int argc, char **argv)
{
	struct side before, after;
	int status;

	if (argc != 2) {
		error("diff: two traces are needed, and %d %s given", argc,
		      argc == 1 ? "was" : "were");
		hint("tenure diff OLD.tenure NEW.tenure");
		return STATUS_USAGE;
	}
	if (!open_side(&before, argv[0]))
		return STATUS_USAGE;
	if (!open_side(&after, argv[1])) {
		reader_free(before.reader);
		return STATUS_USAGE;
	}
	status = show(&before, &after);
	if (!close_side(&before))
		status = STATUS_USAGE;
	if (!close_side(&after))
		status = STATUS_USAGE;
	return status;
}

const struct command command_diff = {
	.name = "diff",
	.synopsis = "OLD NEW",
	.summary = "compare two runs: which sites appeared, grew, shrank, vanished",
	.options = options,
	.run = command_main,
	.operands_first = true,
};
