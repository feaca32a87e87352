/* SPDX-License-Identifier: MIT */
/*
 * fixture.c - writes the report of a run that never was, or what other tools are given of it. Usage:
 * fixture many|hostile|empty FILE
 *
 * The format is that of FILE's extension. Exit status 77 if this build has none for it.
 */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static uint64_t random_state = 1;

/* SplitMix64: Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, 2014. */
static uint64_t next_random(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t fixture_below(uint64_t end)
{
	return next_random() % end;
}

double fixture_share(void)
{
	return (double)(next_random() >> 11) * 0x1p-53;
}

uint64_t fixture_heavy(uint64_t least)
{
	double share = fixture_share();

	/* Pareto's distribution with exponent 1, cut off at 4,000,000 times the least. */
	return (uint64_t)((double)least / (share + 2.5e-7));
}

void *fixture_take(size_t count, size_t bytes)
{
	void *memory = calloc(count ? count : 1, bytes);

	if (!memory) {
		perror("fixture");
		exit(1);
	}
	return memory;
}

/* Returns 0, or -1 with errno set. */
static int write_model(const struct model *model, const struct report_format *report,
		       const struct export_format *export, const char *path)
{
	/* As the report command has them for HTML. */
	static const struct report_options options = {.unicode = true, .top = 100};
	static const struct export_options export_options = {.all_frames = true};
	FILE *file = fopen(path, "w");
	int failed;

	if (!file)
		return -1;
	failed = export ? export->write(model, &export_options, file)
			: report->write(model, &options, file);
	return fclose(file) ? -1 : failed;
}

int main(int argc, char **argv)
{
	static struct model model;
	const struct report_format *report;
	const struct export_format *export;

	if (argc != 3) {
		fputs("usage: fixture many|hostile|empty FILE\n", stderr);
		return 2;
	}
	report = report_by_extension(strrchr(argv[2], '.'));
	export = export_by_path(argv[2]); /* before reports: .json ends other extensions, too */
	if (!report && !export) {
		fprintf(stderr, "no format for %s in this build\n", argv[2]);
		return 77;
	}
	if (!strcmp(argv[1], "many"))
		fixture_build(&model, &many);
	else if (!strcmp(argv[1], "hostile"))
		fixture_build(&model, &hostile);
	else
		fixture_build_empty(&model);
	if (write_model(&model, report, export, argv[2])) {
		perror(argv[2]);
		return 1;
	}
	return 0;
}
