/* SPDX-License-Identifier: MIT */
#include "../analysis/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../report/diff_format.h"
#include "../util/message.h"
#include "commands.h"
#include "load.h"
#include "output.h"

#define TEXT_TOP 10
#define HTML_TOP 50
#define TOLERANCE_PERCENT 5

static const char *measure_name = "live", *format_name, *output_path;
static uint64_t most_bytes;
static uint64_t tolerance = TOLERANCE_PERCENT, least, top = UINT64_MAX;
static bool exact_bytes, all_frames, force;

static const struct option_spec options[] = {
	{"output", 'o', OPTION_STRING, "FILE", &output_path,
	 "write to FILE; its extension chooses the format"},
	{"measure", 0, OPTION_CHOICE, "live|allocated|allocations|peak|temporary", &measure_name,
	 "what is compared (live: bytes at the end)"},
	{"tolerance", 0, OPTION_COUNT, "PERCENT", &tolerance,
	 "changes of no more than this are none (5)"},
	{"min", 0, OPTION_BYTES, "BYTES", &least, "nor are changes of less than this (0)"},
	{"format", 0, OPTION_CHOICE, "text|json|md|html", &format_name,
	 "format of what is written"},
	{"sites", 0, OPTION_COUNT, "N", &top,
	 "rows of each kind, 0 for all (text, md: 10; html: 50; json: all)"},
	{"bytes", 0, OPTION_FLAG, NULL, &exact_bytes, "exact bytes instead of KiB and MiB"},
	{"all-frames", 0, OPTION_FLAG, NULL, &all_frames,
	 "show frames of start-up code and inside the C++ library too"},
	{"max-html", 0, OPTION_BYTES, "BYTES", &most_bytes,
	 "size of an HTML file above which small sites are summed up (4 MB)"},
	{"force", 'f', OPTION_FLAG, NULL, &force, "overwrite FILE if it exists"},
	{NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};

/* NULL after an error. */
static const struct diff_format *choose_format(void)
{
	const char *extension = output_path ? output_extension(output_path) : NULL;
	const struct diff_format *format;

	if (format_name)
		return diff_format_by_name(format_name);
	if (!extension)
		return diff_formats[0];
	format = diff_format_by_extension(extension);
	if (!format)
		output_refuse_extension(output_path);
	return format;
}

static uint32_t choose_top(const struct diff_format *format)
{
	if (top != UINT64_MAX)
		return top < UINT32_MAX ? (uint32_t)top : 0;
	return format == &diff_format_json ? 0 : format == &diff_format_html ? HTML_TOP : TEXT_TOP;
}

static void show(const struct diff_format *format, struct load *before, struct load *after,
		 FILE *file)
{
	struct diff_options diff_options = {
		.tolerance_percent = tolerance < UINT32_MAX ? (uint32_t)tolerance : UINT32_MAX,
		.least = least,
	};
	struct report_options report = {
		.color = !output_path && options_color(STDOUT_FILENO),
		.exact_bytes = exact_bytes,
		.all_frames = all_frames,
		.top = choose_top(format),
		.most_bytes = most_bytes,
	};
	struct build_options all = {0};
	struct arena arena = {0};
	struct model_diff diff;

	diff_parse_measure(measure_name, &diff_options.measure);
	load_model(before, &all);
	load_model(after, &all);
	diff_build(&diff, before->model, after->model, &diff_options, &arena);
	format->write(&diff, &report, file);
	arena_release(&arena);
}

static int compare(const struct diff_format *format, const char *const *paths)
{
	struct load before, after;
	int status = EXIT_SUCCESS;
	FILE *file;

	if (!load_open(&before, paths[0]))
		return STATUS_USAGE;
	if (!load_open(&after, paths[1])) {
		load_close(&before);
		return STATUS_USAGE;
	}
	file = output_open(output_path, force);
	if (!file) {
		load_close(&before);
		load_close(&after);
		return STATUS_USAGE;
	}
	show(format, &before, &after, file);
	if (!output_close(file, output_path))
		status = STATUS_USAGE;
	if (!load_close(&before))
		status = STATUS_USAGE;
	if (!load_close(&after))
		status = STATUS_USAGE;
	return status;
}

static int command_main(int argc, char **argv)
{
	const struct diff_format *format;

	if (argc != 2) {
		error("diff: two traces or profiles are needed, and %d %s given", argc,
		      argc == 1 ? "was" : "were");
		hint("tenure diff OLD.tenure NEW.tenure");
		return STATUS_USAGE;
	}
	if (output_check(output_path) != 0)
		return STATUS_USAGE;
	format = choose_format();
	if (!format)
		return STATUS_USAGE;
	return compare(format, (const char *const *)argv);
}

const struct command command_diff = {
	.name = "diff",
	.synopsis = "OLD NEW",
	.summary = "compare two runs: which sites appeared, grew, shrank, vanished",
	.options = options,
	.run = command_main,
	.operands_first = true,
};
