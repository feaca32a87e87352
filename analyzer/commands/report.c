/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "../../report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../analysis/build.h"
#include "../util/message.h"
#include "commands.h"
#include "open_trace.h"

#define TEXT_TOP 10

static const char *output_path, *format_name;
static uint64_t top = UINT64_MAX;
static bool exact_bytes, all_frames, force;

static const struct option_spec options[] = {
	{"output", 'o', OPTION_STRING, "FILE", &output_path,
	 "write to FILE; its extension chooses the format"},
	{"format", 0, OPTION_CHOICE, "text|json|md", &format_name, "format of the report"},
	{"top", 0, OPTION_COUNT, "N", &top,
	 "rows of each table, 0 for all (text, md: 10; json: all)"},
	{"bytes", 0, OPTION_FLAG, NULL, &exact_bytes, "exact bytes instead of KiB and MiB"},
	{"all-frames", 0, OPTION_FLAG, NULL, &all_frames,
	 "show frames of start-up code and inside the C++ library too"},
	{"force", 'f', OPTION_FLAG, NULL, &force, "overwrite FILE if it exists"},
	{NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};

/* NULL after an error. */
static const struct report_format *choose_format(void)
{
	const struct report_format *format;
	const char *name, *extension;

	if (format_name)
		return report_by_name(format_name);
	if (!output_path)
		return report_formats[0];
	name = strrchr(output_path, '/');
	name = name ? name + 1 : output_path;
	extension = *name ? strrchr(name + 1, '.') : NULL;
	if (!extension)
		return report_formats[0];
	format = report_by_path(output_path);
	if (!format) {
		error("%s: no format of reports has the extension %s", output_path, extension);
		hint("there are .txt, .json and .md; --format makes any name do");
	}
	return format;
}

static bool is_kind(const char *path, mode_t kind)
{
	struct stat status;

	return stat(path, &status) == 0 && (status.st_mode & S_IFMT) == kind;
}

/* Refuses what is no name of a file. */
static int check_output(void)
{
	if (output_path && !strcmp(output_path, "-")) {
		error("-o names a file, and - is none");
		hint("without -o the report goes to standard output; ./- is a file of that name");
		return -1;
	}
	if (output_path && is_kind(output_path, S_IFDIR)) {
		error("%s is a folder", output_path);
		hint("-o names the file to write the report to");
		return -1;
	}
	return 0;
}

static FILE *open_output(void)
{
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL);
	int fd;

	if (!output_path)
		return stdout;
	fd = open(output_path, flags, 0666);
	if (fd < 0) {
		error("%s: %s", output_path, strerror(errno));
		if (errno == EEXIST)
			hint("use --force to overwrite it");
		return NULL;
	}
	return fdopen(fd, "w");
}

/* Returns false if anything went wrong, having said what; counts reports that were written. */
static bool report_trace(const char *path, const struct report_format *format,
			 const struct report_options *report, FILE *file, int *written)
{
	struct build_options build_options = {.shown = {.top = report->top}, .pages = true};
	struct reader *reader;
	struct build build;
	bool whole;

	reader = open_trace(path);
	if (!reader)
		return false;
	build_model(&build, reader, path, &build_options);
	for (uint32_t i = 0; i < build.note_count; i++)
		verbose("%s", build.notes[i]);
	if (*written && format != &report_json)
		fputs("\n\n", file);
	format->write(&build.model, report, file);
	fflush(file);
	++*written;
	build_release(&build);
	whole = open_trace_is_whole(reader, path);
	reader_free(reader);
	return whole;
}

/* Errors of writing stay in the file until here. */
static bool close_output(FILE *file)
{
	bool failed = ferror(file) || fflush(file);

	if (file != stdout && fclose(file))
		failed = true;
	if (failed)
		error("%s: cannot write: %s", output_path ? output_path : "standard output",
		      strerror(errno));
	return !failed;
}

static int command_main(int argc, char **argv)
{
	const struct report_format *format;
	struct report_options report = {
		.color = !output_path && options_color(STDOUT_FILENO),
		.exact_bytes = exact_bytes,
		.all_frames = all_frames,
	};
	int status = EXIT_SUCCESS;
	int written = 0;
	FILE *file;

	if (!argc) {
		error("report: no trace given");
		hint("tenure report FILE.tenure; tenure run -- PROGRAM records one");
		return STATUS_USAGE;
	}
	if (check_output() != 0)
		return STATUS_USAGE;
	format = choose_format();
	if (!format)
		return STATUS_USAGE;
	report.top = top < UINT32_MAX ? (uint32_t)top : 0;
	if (top == UINT64_MAX && format != &report_json)
		report.top = TEXT_TOP;
	file = open_output();
	if (!file)
		return STATUS_USAGE;
	for (int i = 0; i < argc; i++)
		if (!report_trace(argv[i], format, &report, file, &written))
			status = STATUS_USAGE;
	if (!close_output(file))
		status = STATUS_USAGE;
	if (!written && output_path && is_kind(output_path, S_IFREG))
		unlink(output_path);
	return status;
}

const struct command command_report = {
	.name = "report",
	.synopsis = "TRACE...",
	.summary = "show which memory was not released, who asked for it, and what was wrong",
	.options = options,
	.run = command_main,
	.operands_first = true,
};
