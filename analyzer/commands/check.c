/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../gate/gate.h"
#include "../util/array.h"
#include "../util/human.h"
#include "../util/message.h"
#include "artefacts.h"
#include "commands.h"
#include "input.h"
#include "judging.h"
#include "output.h"

#define SITES_TOP 1000 /* of each verdict, with stacks and reasons */
#define REPEATS_MAX 100
#define GITLAB_FILE "gl-code-quality-report.json"

static const char *max_leaked, *max_growth, *max_peak, *max_allocations, *max_temporary;
static const char *max_fragmentation, *generation = "young", *tolerance;
static const char *baseline_path, *project_root, *indeterminate = "fail", *ci;
static const char *html_path, *json_path, *sarif_path, *junit_path, *gitlab_path, *markdown_path,
	*suppressions_path;
static const char *output;
static uint64_t confidence = GATE_CONFIDENCE_PERCENT, repeat = 1, exit_code = 1, sample;
static uint64_t min_run = GATE_GROWTH_RUN_NS;
static bool unfreed, torn_down, system_too, update_baseline, allow_growth, github, exact_bytes;
static bool all_frames, force;
static struct option_list only, exclude, suppressions_paths;

static const struct option_spec options[] = {
	{"max-leaked", 0, OPTION_STRING, "BYTES|Nn", &max_leaked,
	 "allow this much, or so many blocks, to leak or grow in a process (nothing)"},
	{"max-growth", 0, OPTION_STRING, "BYTES/s", &max_growth,
	 "allow a process to grow by this much a second, or /m, /h, /d"},
	{"max-peak", 0, OPTION_STRING, "BYTES", &max_peak, "most live bytes of a process"},
	{"max-allocations", 0, OPTION_STRING, "N", &max_allocations,
	 "most allocations of a process"},
	{"max-temporary", 0, OPTION_STRING, "N|P%", &max_temporary,
	 "most temporary allocations of a process"},
	{"max-fragmentation", 0, OPTION_STRING, "BYTES|P%", &max_fragmentation,
	 "most free memory on pages in use at the end of a process"},
	{"generation", 0, OPTION_CHOICE, "young|middle|old", &generation,
	 "count only blocks of this generation and older (young)"},
	{"min-confidence", 0, OPTION_COUNT, "PERCENT", &confidence,
	 "count only sites that are judged with this confidence (75)"},
	{"min-run", 0, OPTION_DURATION, "TIME", &min_run,
	 "count growth only in processes that ran at least that long (10s)"},
	{"unfreed", 0, OPTION_FLAG, NULL, &unfreed, "count sites that never freed anything, too"},
	{"torn-down", 0, OPTION_FLAG, NULL, &torn_down,
	 "count what grew until the end began and was released in it, too"},
	{"only", 0, OPTION_LIST, "GLOB", &only, "count only these programs, modules and sources"},
	{"exclude", 0, OPTION_LIST, "GLOB", &exclude, "do not count these"},
	{"system", 0, OPTION_FLAG, NULL, &system_too,
	 "judge programs of the system, too, that the program starts"},
	{"repeat", 0, OPTION_COUNT, "N", &repeat,
	 "run the program N times: what counts must show every time (1)"},
	{"baseline", 0, OPTION_STRING, "FILE", &baseline_path, "findings that are known"},
	{"tolerance", 0, OPTION_STRING, "P%,BYTES", &tolerance,
	 "known findings may grow by this, whichever is more (10%,1K)"},
	{"update-baseline", 0, OPTION_FLAG, NULL, &update_baseline,
	 "take out of the baseline what is gone, and lower what is less"},
	{"allow-growth", 0, OPTION_FLAG, NULL, &allow_growth,
	 "with --update-baseline: put in what is new, and raise what is more"},
	{"suppressions", 0, OPTION_LIST, "FILE", &suppressions_paths,
	 "findings not to be told, in the format of LeakSanitizer or Valgrind"},
	{"html", 0, OPTION_STRING, "FILE", &html_path, "write a page for people"},
	{"json", 0, OPTION_STRING, "FILE", &json_path, "write the result for scripts"},
	{"sarif", 0, OPTION_STRING, "FILE", &sarif_path, "write SARIF 2.1.0"},
	{"junit", 0, OPTION_STRING, "FILE", &junit_path, "write JUnit's XML"},
	{"gitlab", 0, OPTION_STRING, "FILE", &gitlab_path, "write GitLab's code quality report"},
	{"markdown", 0, OPTION_STRING, "FILE", &markdown_path, "write Markdown"},
	{"gen-suppressions", 0, OPTION_STRING, "FILE", &suppressions_path,
	 "write suppressions of all that fails"},
	{"github", 0, OPTION_FLAG, NULL, &github,
	 "annotations for GitHub in the log, and the job's summary"},
	{"ci", 0, OPTION_CHOICE, "auto|github|gitlab|none", &ci,
	 "whose artefacts are written unasked (auto)"},
	{"project-root", 0, OPTION_STRING, "FOLDER", &project_root,
	 "where paths of sources begin (the folder with .git in it)"},
	{"exit-code", 0, OPTION_COUNT, "N", &exit_code, "exit status if findings fail (1)"},
	{"indeterminate", 0, OPTION_CHOICE, "fail|warn", &indeterminate,
	 "without a verdict, exit with status 3 or 0 (fail)"},
	{"output", 'o', OPTION_STRING, "PATTERN", &output,
	 "keep the traces under these names, as tenure run"},
	{"force", 'f', OPTION_FLAG, NULL, &force, "replace traces that are there already"},
	{"sample", 0, OPTION_BYTES, "BYTES", &sample,
	 "record only one allocation in so many bytes, as tenure run"},
	{"bytes", 0, OPTION_FLAG, NULL, &exact_bytes, "exact bytes instead of KiB and MiB"},
	{"all-frames", 0, OPTION_FLAG, NULL, &all_frames,
	 "show frames of start-up code and inside the C++ library too"},
	{NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};

/* All that a check needs until its end. */
struct check {
	struct gate_options options;
	struct judging judging;
	struct arena arena; /* of suppressions and baseline */
	struct suppressions suppressions;
	const char **own; /* texts that programs have in themselves */
	size_t own_count, own_capacity;
	struct baseline baseline;
	struct artefacts artefacts;
	bool running; /* a program, whose words are on standard output */
};

static int wrong_value(const char *option, const char *value, const char *examples)
{
	error("--%s: '%s' is none of %s", option, value, examples);
	return -1;
}

/* "10%", "64K" or "10%,64K"; what is not said is nothing. */
static int parse_tolerance(struct gate_options *to)
{
	const char *comma = tolerance ? strchr(tolerance, ',') : NULL;
	uint64_t percent = 0, bytes = 0;
	char first[32];
	bool fits;

	to->tolerance_percent = GATE_TOLERANCE_PERCENT;
	to->tolerance_bytes = GATE_TOLERANCE_BYTES;
	if (!tolerance)
		return 0;
	snprintf(first, sizeof first, "%.*s", comma ? (int)(comma - tolerance) : 31, tolerance);
	fits = budgets_parse_percent(first, &percent);
	if (comma)
		fits = fits && options_parse_bytes(comma + 1, &bytes);
	else
		fits = fits || options_parse_bytes(first, &bytes);
	if (!fits || percent > UINT32_MAX)
		return wrong_value("tolerance", tolerance, "10%, 64K and 10%,64K");
	to->tolerance_percent = (uint32_t)percent;
	to->tolerance_bytes = bytes;
	return 0;
}

static int parse_budgets(struct budgets *budgets)
{
	if (max_leaked && !budgets_parse_leaked(max_leaked, &budgets->leaked))
		return wrong_value("max-leaked", max_leaked, "4096, 64K and 10n (blocks)");
	if (max_growth && !budgets_parse_growth(max_growth, &budgets->growth))
		return wrong_value("max-growth", max_growth, "500, 1K/s, 64K/m, 2M/h and 10M/d");
	if (max_peak && (!budgets_parse_share(max_peak, &budgets->peak, BUDGET_BYTES) ||
			 budgets->peak.unit != BUDGET_BYTES))
		return wrong_value("max-peak", max_peak, "sizes such as 64M");
	if (max_allocations &&
	    (!budgets_parse_share(max_allocations, &budgets->allocations, BUDGET_COUNT) ||
	     budgets->allocations.unit != BUDGET_COUNT))
		return wrong_value("max-allocations", max_allocations, "numbers such as 100000");
	if (max_temporary && !budgets_parse_share(max_temporary, &budgets->temporary, BUDGET_COUNT))
		return wrong_value("max-temporary", max_temporary, "100000 and 30%");
	if (max_fragmentation &&
	    !budgets_parse_share(max_fragmentation, &budgets->fragmentation, BUDGET_BYTES))
		return wrong_value("max-fragmentation", max_fragmentation, "16M and 30%");
	return 0;
}

static int check_numbers(void)
{
	if (confidence > 100)
		return error("--min-confidence is a percentage, from 0 to 100");
	if (!repeat || repeat > REPEATS_MAX)
		return error("--repeat is from 1 to %d", REPEATS_MAX);
	if (exit_code > 255)
		return error("--exit-code is from 0 to 255");
	if (update_baseline && !baseline_path) {
		error("--update-baseline: there is no baseline");
		hint("--baseline=FILE names it");
		return -1;
	}
	if (allow_growth && !update_baseline) {
		error("--allow-growth is about --update-baseline, which is not given");
		return -1;
	}
	return 0;
}

static const char *today(struct arena *arena)
{
	time_t now = time(NULL);
	char text[16];
	struct tm day;

	localtime_r(&now, &day);
	strftime(text, sizeof text, "%Y-%m-%d", &day);
	return arena_strdup(arena, text);
}

/* Programs prepared for LeakSanitizer have their suppressions with them; each text counts once. */
static void take_own_suppressions(void *context, const struct model_run *run)
{
	struct check *c = context;
	struct suppressions_error why;
	const char *name;

	for (size_t i = 0; i < c->own_count; i++)
		if (!strcmp(c->own[i], run->suppressions))
			return;
	if (!*run->suppressions)
		return;
	ARRAY_GROW(c->own, c->own_count + 1, c->own_capacity);
	c->own[c->own_count++] = arena_strdup(&c->arena, run->suppressions);
	name = arena_printf(&c->arena, "__lsan_default_suppressions of %s",
			    human_basename(run->program));
	if (suppressions_parse(&c->suppressions, &c->arena, name, run->suppressions,
			       strlen(run->suppressions), today(&c->arena), &why) != 0)
		error("%s, line %" PRIu32 ": %s", name, why.line, why.message);
}

static int read_suppressions(struct check *c)
{
	struct suppressions_error why;

	for (uint32_t i = 0; i < suppressions_paths.count; i++) {
		const char *path = suppressions_paths.items[i];
		size_t bytes;
		char *text = input_read(path, &bytes);
		int result;

		if (!text)
			return error("%s: %s", path, strerror(errno));
		result = suppressions_parse(&c->suppressions, &c->arena, path, text, bytes,
					    today(&c->arena), &why);
		free(text);
		if (result != 0)
			return error("%s:%" PRIu32 ": %s", path, why.line, why.message);
	}
	c->options.suppressions = &c->suppressions;
	c->judging.meet = take_own_suppressions;
	c->judging.context = c;
	return 0;
}

static int read_baseline(struct check *c)
{
	struct baseline_error why;
	size_t bytes;
	char *text;
	int result;

	c->options.baseline_path = baseline_path ? baseline_path : "";
	if (!baseline_path)
		return 0;
	c->options.baseline = &c->baseline;
	text = input_read(baseline_path, &bytes);
	if (!text && errno == ENOENT && update_baseline && allow_growth)
		return 0; /* about to be made */
	if (!text) {
		error("%s: %s", baseline_path, strerror(errno));
		if (errno == ENOENT)
			hint("--update-baseline --allow-growth makes one");
		return -1;
	}
	result = baseline_parse(&c->baseline, &c->arena, text, bytes, &why);
	free(text);
	if (result != 0)
		return error("%s:%" PRIu32 ": %s", baseline_path, why.line, why.message);
	return 0;
}

static int choose_options(struct check *c, char **command)
{
	struct gate_options *to = &c->options;
	char *root;

	to->confidence_percent = (uint32_t)confidence;
	to->growth_run_ns = min_run;
	to->generation = !strcmp(generation, "old") ? 2 : !strcmp(generation, "middle");
	to->unfreed = unfreed;
	to->torn_down = torn_down;
	to->system = system_too;
	to->only = (struct gate_globs){only.items, only.count};
	to->exclude = (struct gate_globs){exclude.items, exclude.count};
	to->command = (const char *const *)command;
	root = project_root ? realpath(project_root, NULL) : input_project_root();
	if (project_root && !root)
		return error("--project-root: %s: %s", project_root, strerror(errno));
	to->root = arena_strdup(&c->arena, root ? root : "");
	free(root);
	c->judging.build_options.shown.top = SITES_TOP;
	c->judging.build_options.pages = max_fragmentation || html_path;
	c->judging.build_options.details = html_path;
	c->judging.build_options.sources = html_path;
	return 0;
}

static bool is_true(const char *variable)
{
	const char *value = getenv(variable);

	return value && !strcmp(value, "true");
}

/* "github", "gitlab", or another word for neither. */
static const char *which_ci(void)
{
	const char *chosen = ci ? ci : getenv("TENURE_CI");

	if (chosen && *chosen && strcmp(chosen, "auto"))
		return chosen;
	return is_true("GITHUB_ACTIONS") ? "github" : is_true("GITLAB_CI") ? "gitlab" : "none";
}

static void choose_artefacts(struct artefacts *a)
{
	const char *summary = getenv("GITHUB_STEP_SUMMARY");

	if (!strcmp(which_ci(), "github"))
		github = true;
	if (!strcmp(which_ci(), "gitlab") && !gitlab_path)
		gitlab_path = GITLAB_FILE;
	artefacts_add(a, &gate_html, html_path, false);
	artefacts_add(a, &gate_json, json_path, false);
	artefacts_add(a, &gate_sarif, sarif_path, false);
	artefacts_add(a, &gate_junit, junit_path, false);
	artefacts_add(a, &gate_gitlab, gitlab_path, false);
	artefacts_add(a, &gate_markdown, markdown_path, false);
	artefacts_add(a, &gate_suppressions, suppressions_path, false);
	if (github && summary && *summary)
		artefacts_add(a, &gate_markdown, summary, true);
}

static int write_baseline(struct check *c, const struct model_gate *gate)
{
	struct baseline updated = {0};
	FILE *file;
	bool written;

	if (gate->missing_count || gate->program_failed) {
		hint("%s stays as it is: %s", baseline_path,
		     gate->program_failed ? "the program failed" : "evidence is missing");
		return 0;
	}
	file = fopen(baseline_path, "we");
	if (!file)
		return error("%s: %s", baseline_path, strerror(errno));
	gate_update_baseline(c->judging.gate, allow_growth, &updated);
	baseline_write(&updated, file);
	written = output_close(file, baseline_path);
	if (written)
		hint("%s has %zu finding%s now, and had %zu", baseline_path, updated.count,
		     human_plural(updated.count), c->baseline.count);
	baseline_release(&updated);
	return written ? 0 : -1;
}

/* Everything that is told goes where the program's own words do not. */
static int tell(struct check *c, const struct model_gate *gate)
{
	FILE *file = c->running ? stderr : stdout;
	struct report_options report = {
		.color = options_color(fileno(file)),
		.exact_bytes = exact_bytes,
		.all_frames = all_frames,
	};
	int result;

	if (message_level >= 0 || gate->verdict != GATE_CLEAN)
		gate_text.write(gate, &report, file);
	if (github)
		gate_github.write(gate, &report, file);
	result = fflush(file) || ferror(file)
			 ? error("the result cannot be written: %s", strerror(errno))
			 : 0;
	if (artefacts_write(&c->artefacts, gate, &report) != 0)
		result = -1;
	if (update_baseline && write_baseline(c, gate) != 0)
		result = -1;
	return result;
}

/* With --update-baseline --allow-growth what was new is known from now on. */
static int status_of(const struct model_gate *gate)
{
	bool accepted = update_baseline && allow_growth && !gate->missing_count;

	switch (gate->verdict) {
	case GATE_FAILS:
		return accepted ? EXIT_SUCCESS : (int)exit_code;
	case GATE_NO_VERDICT:
		return strcmp(indeterminate, "warn") ? GATE_NO_VERDICT : EXIT_SUCCESS;
	default:
		return EXIT_SUCCESS;
	}
}

static void release(struct check *c)
{
	judging_release(&c->judging);
	suppressions_release(&c->suppressions);
	free(c->own);
	baseline_release(&c->baseline);
	arena_release(&c->arena);
}

static int command_main(int argc, char **argv)
{
	struct check c = {.running = options_had_dashes()};
	const struct judging_wish wish = {output, force, sample, (unsigned)repeat};
	int status;

	if (!argc) {
		error("check: no trace and no program given");
		hint("tenure check FILE.tenure..., or tenure check -- PROGRAM [ARGS]");
		return STATUS_USAGE;
	}
	if (!c.running && repeat > 1) {
		error("--repeat is about a program that is run: tenure check -- PROGRAM");
		return STATUS_USAGE;
	}
	if (check_numbers() != 0 || parse_budgets(&c.options.budgets) != 0 ||
	    parse_tolerance(&c.options) != 0 || choose_options(&c, c.running ? argv : NULL) != 0 ||
	    read_suppressions(&c) != 0 || read_baseline(&c) != 0)
		return STATUS_USAGE;
	choose_artefacts(&c.artefacts);
	if (artefacts_open(&c.artefacts) != 0)
		return STATUS_USAGE;
	c.judging.gate = gate_new(&c.options);
	status = c.running ? judging_run(&c.judging, argv, &wish)
			   : judging_read(&c.judging, argv, (size_t)argc);
	if (!status) {
		const struct model_gate *gate = gate_conclude(c.judging.gate);

		status = tell(&c, gate) == 0 ? status_of(gate) : STATUS_USAGE;
	}
	release(&c);
	if (c.judging.wait_status)
		launcher_end_like(c.judging.wait_status);
	return status;
}

const struct command command_check = {
	.name = "check",
	.synopsis = "TRACE... | -- PROGRAM [ARGS]",
	.summary = "a gate for CI: exit status 0 clean, 1 findings, 2 usage, 3 no verdict",
	.options = options,
	.run = command_main,
	.operands_first = true,
};
