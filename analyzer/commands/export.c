/* SPDX-License-Identifier: MIT */
#include "../../report/export/export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../util/message.h"
#include "commands.h"
#include "load.h"
#include "output.h"

#define EVIDENCE_TOP 1000 /* sites of each ranking and verdict with curves and reasons */

static const char *output_path, *format_name, *measure_name = "live", *generations;
static bool all_frames, force;

static const struct option_spec options[] = {
	{"output", 'o', OPTION_STRING, "FILE", &output_path,
	 "write to FILE; its extension chooses the format"},
	{"format", 0, OPTION_CHOICE,
	 "folded|pprof|speedscope|dhat|massif|callgrind|openmetrics|sqlite", &format_name,
	 "format of what is written"},
	{"measure", 0, OPTION_CHOICE, EXPORT_MEASURES_WORDS, &measure_name,
	 "the number of each call stack, in formats that hold one"},
	{"generations", 0, OPTION_STRING, "A,B", &generations,
	 "ages that make blocks middle and old, as in tenure report"},
	{"all-frames", 0, OPTION_FLAG, NULL, &all_frames,
	 "frames of start-up code and inside the C++ library too"},
	{"force", 'f', OPTION_FLAG, NULL, &force, "overwrite FILE if it exists"},
	{NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};

/* NULL after an error. */
static const struct export_format *choose_format(void)
{
	const struct export_format *format = NULL;

	if (format_name)
		format = export_by_name(format_name);
	else if (output_path)
		format = export_by_path(output_path);
	if (!format) {
		error("export: which format is not said%s",
		      output_path ? ": no format has the end of this name" : "");
		hint("--format names one; tenure export --help lists them");
		return NULL;
	}
	if (format->absent) {
		error("export: no %s here: %s", format->name, format->absent);
		return NULL;
	}
	if (format->binary && !output_path && isatty(STDOUT_FILENO)) {
		error("export: %s is nothing to be read on a terminal", format->name);
		hint("-o names the file to write it to");
		return NULL;
	}
	return format;
}

/* Returns the exit status. */
static int export_trace(const char *path, const struct export_format *format,
			const struct export_options *what,
			const struct build_options *build_options)
{
	struct load load;
	bool whole;
	FILE *file;

	if (!load_open(&load, path))
		return STATUS_USAGE;
	file = output_open(output_path, force);
	if (!file) {
		load_close(&load);
		return STATUS_USAGE;
	}
	whole = load_model(&load, build_options);
	if (whole) {
		whole = format->write(load.model, what, file) == 0;
		if (!whole && !ferror(file))
			error("%s: cannot be made: %s", format->name, strerror(errno));
	}
	whole = output_close(file, output_path) && whole;
	if (!load.model)
		output_remove(output_path);
	whole = load_close(&load) && whole;
	return whole ? EXIT_SUCCESS : STATUS_USAGE;
}

static int command_main(int argc, char **argv)
{
	struct export_options what = {.all_frames = all_frames};
	struct build_options build_options = {
		.pages = true,
		.shown = {.top = EVIDENCE_TOP, .all_stacks = true},
	};
	const struct export_format *format;
	struct generations_rule rule;

	if (argc != 1) {
		error("export: one trace or profile is needed, and %d were given", argc);
		hint("tenure export --format=FORMAT FILE.tenure");
		return STATUS_USAGE;
	}
	if (generations && !generations_parse(generations, &rule)) {
		error("--generations: '%s' is not two ascending ages with one unit", generations);
		hint("as in tenure report: 64K,16M or 0.1x,3x or 1000n,1e6n or 10ms,60s");
		return STATUS_USAGE;
	}
	if (output_check(output_path) != 0)
		return STATUS_USAGE;
	format = choose_format();
	if (!format)
		return STATUS_USAGE;
	export_parse_measure(measure_name, &what.measure);
	if (generations)
		build_options.generations = &rule;
	if (format->detailed) {
		build_options.details = true;
		build_options.groupings = GROUPINGS_USUAL;
	}
	build_options.threads = format->by_thread;
	return export_trace(argv[0], format, &what, &build_options);
}

const struct command command_export = {
	.name = "export",
	.synopsis = "TRACE",
	.summary = "write what a trace tells in a format that other tools read",
	.options = options,
	.run = command_main,
	.operands_first = true,
};
