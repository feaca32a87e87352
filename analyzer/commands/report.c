/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "../../report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../report/tables.h"
#include "../util/message.h"
#include "commands.h"
#include "load.h"
#include "output.h"

#define TEXT_ROWS 5
#define HTML_ROWS 100
#define NOT_GIVEN UINT64_MAX

static const char *output_path, *format_name, *sort, *by, *generations;
static uint64_t most_bytes;
static uint64_t rows = NOT_GIVEN, site = NOT_GIVEN, since, until = NOT_GIVEN;
static bool exact_bytes, all_frames, source, no_source, force;

static const struct option_spec options[] = {
	{"output", 'o', OPTION_STRING, "FILE", &output_path,
	 "write to FILE; its extension chooses the format"},
	{"format", 0, OPTION_CHOICE, "text|json|md|html", &format_name, "format of the report"},
	{"site", 0, OPTION_COUNT, "ID", &site, "all that is known about one site"},
	{"sites", 0, OPTION_COUNT, "N", &rows, "all tables, with N rows each, 0 for all rows"},
	{"sort", 0, OPTION_CHOICE, TABLES_NAMES, &sort, "one table of sites, by what is given"},
	{"by", 0, OPTION_CHOICE, "stack|function|file|line|module|type|thread", &by,
	 "what the rows are: call stacks or other groups"},
	{"generations", 0, OPTION_STRING, "A,B", &generations,
	 "ages that make blocks middle and old: 1M,64M or 1s,60s or 0.1x,3x or 1e4n,1e6n"},
	{"since", 0, OPTION_DURATION, "TIME", &since,
	 "only blocks allocated later than that after the start"},
	{"until", 0, OPTION_DURATION, "TIME", &until, "how things stood that long after the start"},
	{"bytes", 0, OPTION_FLAG, NULL, &exact_bytes, "exact bytes instead of KiB and MiB"},
	{"all-frames", 0, OPTION_FLAG, NULL, &all_frames,
	 "show frames of start-up code and inside the C++ library too"},
	{"source", 0, OPTION_FLAG, NULL, &source, "quote the source of each row of --by=line"},
	{"no-source", 0, OPTION_FLAG, NULL, &no_source, "quote no source lines in HTML"},
	{"max-html", 0, OPTION_BYTES, "BYTES", &most_bytes,
	 "size of an HTML file above which small sites are summed up (4 MB)"},
	{"force", 'f', OPTION_FLAG, NULL, &force, "overwrite FILE if it exists"},
	{NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};

/* Whether the user's character set has more than ASCII. */
static bool is_unicode_locale(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool result;

	if (!locale)
		return false;
	result = !strcmp(nl_langinfo_l(CODESET, locale), "UTF-8");
	freelocale(locale);
	return result;
}

/* NULL after an error. */
static const struct report_format *choose_format(void)
{
	const char *extension = output_path ? output_extension(output_path) : NULL;
	const struct report_format *format;

	if (format_name)
		return report_by_name(format_name);
	if (!extension)
		return report_formats[0];
	format = report_by_extension(extension);
	if (!format)
		output_refuse_extension(output_path);
	return format;
}

static void set_window(struct build_options *window, const struct reader *reader)
{
	uint64_t end_ns = reader_elapsed_ns(reader, reader_last_stamp(reader));

	window->to_the_end = until != NOT_GIVEN;
	if (since)
		window->since_stamp = reader_stamp_at(reader, since);
	/* A time that the run did not reach cuts nothing off. */
	if (until <= end_ns)
		window->until_stamp = reader_stamp_at(reader, until);
	/* Blocks that are not counted hold pages, too, so a part of them explains no page. */
	if (window->since_stamp || window->until_stamp)
		window->pages = false;
}

/* Having said why not. */
static bool suits_profile(const char *path)
{
	if (since || until != NOT_GIVEN) {
		error("%s: a profile has no times within runs", path);
		hint("leave out --since and --until; they are for traces");
		return false;
	}
	if (by && strcmp(by, "stack") != 0) {
		error("%s: a profile has no groups of call stacks and no threads", path);
		hint("leave out --by; it is for traces");
		return false;
	}
	return true;
}

/* The options that concern several at once, or that no kind of option covers. */
static int check_values(struct generations_rule *rule)
{
	if (site != NOT_GIVEN && (!site || site > UINT32_MAX)) {
		error("--site: there is no site %" PRIu64, site);
		hint("sites are numbered from 1; tenure report lists them");
		return -1;
	}
	if (site != NOT_GIVEN && (sort || by)) {
		error("--site shows one site, so there is nothing to sort or to group");
		hint("leave out --site, or --sort and --by");
		return -1;
	}
	if (generations && !generations_parse(generations, rule)) {
		error("--generations: '%s' is not two ascending ages with one unit", generations);
		hint("bytes allocated since: 64K,16M; heap turnovers: 0.1x,3x; allocations: "
		     "1000n,1e6n; time: 10ms,60s");
		return -1;
	}
	if (until <= since) {
		error("--until: nothing lies before it and after --since");
		hint("both count from the start of the program: --since=10s --until=1m");
		return -1;
	}
	return 0;
}

/* Returns false if anything went wrong, having said what; counts reports that were written. */
static bool report_trace(const char *path, const struct report_format *format,
			 const struct build_options *build_options,
			 const struct report_options *report, FILE *file, int *written)
{
	struct build_options own_options = *build_options;
	struct load load;
	bool whole;

	if (!load_open(&load, path))
		return false;
	if (load.reader)
		set_window(&own_options, load.reader);
	whole = (load.reader || suits_profile(path)) && load_model(&load, &own_options);
	if (whole && report->site > load.model->site_count) {
		error("%s: there is no site %" PRIu32, path, report->site);
		hint(load.model->site_count ? "its sites are numbered from 1 to %" PRIu32
					    : "it has %" PRIu32 " sites",
		     load.model->site_count);
		whole = false;
	} else if (whole) {
		if (*written && format != &report_json)
			fputs("\n\n", file);
		format->write(load.model, report, file);
		fflush(file);
		++*written;
	}
	return load_close(&load) && whole;
}

static int command_main(int argc, char **argv)
{
	const struct report_format *format;
	struct report_options report = {
		.color = !output_path && options_color(STDOUT_FILENO),
		.exact_bytes = exact_bytes,
		.all_frames = all_frames,
		.unicode = is_unicode_locale(),
		.all_tables = rows != NOT_GIVEN,
		.sort = sort,
		.by = by,
		.most_bytes = most_bytes,
	};
	struct build_options build_options = {.pages = true};
	struct generations_rule rule;
	enum grouping grouping;
	int status = EXIT_SUCCESS;
	int written = 0;
	FILE *file;

	if (!argc) {
		error("report: no trace and no profile given");
		hint("tenure report FILE.tenure; tenure run -- PROGRAM records one");
		return STATUS_USAGE;
	}
	if (check_values(&rule) != 0 || output_check(output_path) != 0)
		return STATUS_USAGE;
	format = choose_format();
	if (!format)
		return STATUS_USAGE;
	if (format->single && argc > 1) {
		error("a file of this format holds the report of one trace, and %d were given",
		      argc);
		hint("call tenure report once for each");
		return STATUS_USAGE;
	}
	if (format == &report_html) {
		build_options.shown.all_stacks = true;
		build_options.details = true;
		build_options.sources = !no_source;
		build_options.groupings = GROUPINGS_USUAL;
	}
	if (source)
		build_options.sources = true;
	report.top = rows < UINT32_MAX ? (uint32_t)rows : 0;
	if (rows == NOT_GIVEN && format != &report_json)
		report.top = format == &report_html ? HTML_ROWS : TEXT_ROWS;
	if (site != NOT_GIVEN)
		report.site = (uint32_t)site;
	build_options.shown.top = report.top;
	build_options.shown.id = report.site;
	if (sort)
		build_options.shown.key = tables_by_name(sort)->order;
	if (generations)
		build_options.generations = &rule;
	/* Threads are no groups of sites: the model has them anyway. */
	if (by && groups_parse(by, &grouping))
		build_options.groupings |= 1u << grouping;
	file = output_open(output_path, force);
	if (!file)
		return STATUS_USAGE;
	for (int i = 0; i < argc; i++)
		if (!report_trace(argv[i], format, &build_options, &report, file, &written))
			status = STATUS_USAGE;
	if (!output_close(file, output_path))
		status = STATUS_USAGE;
	if (!written)
		output_remove(output_path);
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
