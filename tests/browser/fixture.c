/* SPDX-License-Identifier: MIT */
/*
 * fixture.c - writes the report of a run that never was, or what other tools are given of it. Usage:
 * fixture many|hostile|empty|compared FILE
 *
 * "compared" are two hostile ones, as by `tenure diff`. The format is that of FILE's extension. Exit
 * status 77 if this build has none for it.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "report/diff_format.h"
#include "report/export/export.h"
#include "report/report.h"

/* 10^5 call stacks of a large C++ program. */
static const struct shape many = {
	.text = text_usual,
	.sites = 100000,
	.functions = 2000,
	.files = 180,
	.modules = 12,
	.types = 120,
	.trunk_nodes = 12000,
	.depth_min = 10,
	.depth_max = 60,
	.suspects = 60,
};

static const struct shape hostile = {
	.text = text_hostile,
	.sites = 90,
	.functions = 60,
	.files = 40,
	.modules = 20,
	.types = 12,
	.trunk_nodes = 40,
	.depth_min = 3,
	.depth_max = 24,
	.suspects = 30,
};

/* What is to be written; of three formats one. */
struct task {
	const char *kind;
	const struct report_format *report;
	const struct export_format *export;
	const struct diff_format *diff;
};

/* Returns 0, or -1 with errno set. */
static int write_kind(const struct task *task, FILE *file)
{
	/* As the report command has them for HTML. */
	static const struct report_options options = {.unicode = true, .top = 100};
	static const struct export_options export_options = {.all_frames = true};
	static struct model model;

	if (task->diff)
		return fixture_write_compared(&hostile, task->diff, file);
	if (!strcmp(task->kind, "many"))
		fixture_build(&model, &many);
	else if (!strcmp(task->kind, "hostile"))
		fixture_build(&model, &hostile);
	else
		fixture_build_empty(&model);
	return task->export ? task->export->write(&model, &export_options, file)
			    : task->report->write(&model, &options, file);
}

static int write_file(const struct task *task, const char *path)
{
	FILE *file = fopen(path, "w");
	int failed;

	if (!file)
		return -1;
	failed = write_kind(task, file);
	return fclose(file) ? -1 : failed;
}

int main(int argc, char **argv)
{
	const char *extension = argc == 3 ? strrchr(argv[2], '.') : NULL;
	struct task task;

	if (!extension) {
		fputs("usage: fixture many|hostile|empty|compared FILE\n", stderr);
		return 2;
	}
	task = (struct task){.kind = argv[1]};
	if (!strcmp(task.kind, "compared")) {
		task.diff = diff_format_by_extension(extension);
	} else {
		task.report = report_by_extension(extension);
		/* Before reports: .json ends other extensions, too. */
		task.export = export_by_path(argv[2]);
	}
	if (!task.report && !task.export && !task.diff) {
		fprintf(stderr, "no format for %s in this build\n", argv[2]);
		return 77;
	}
	if (write_file(&task, argv[2])) {
		perror(argv[2]);
		return 1;
	}
	return 0;
}
