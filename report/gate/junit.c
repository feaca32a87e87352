/* SPDX-License-Identifier: MIT */
/*
 * JUnit's XML, as Jenkins' junit-10.xsd and GitLab read it: a test suite for each program, in it a test
 * case for each of its processes; one suite of our own about the check as a whole. Both services keep
 * the history of a test by its names, so processes are numbered within their program and no pid is in
 * them. Both show one failure or error of a test case, so what fails is told in one.
 */
#define _GNU_SOURCE /* open_memstream */
#include "gate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../analyzer/util/array.h"
#include "../../analyzer/util/human.h"
#include "../../analyzer/util/message.h"
#include "../../analyzer/util/numbering.h"
#include "../stack.h"
#include "location.h"
#include "phrases.h"
#include "rules.h"
#include "xml.h"

#define CHECK_SUITE "tenure check"
/* GitLab takes files of 30 MB at most. */
#define STACKS_MAX 2000u
#define NAME_BYTES 1000u

struct junit_case {
	uint32_t suite;
	uint32_t number; /* within the suite and the run, from 1 */
	uint32_t failing, first_failing; /* findings told here, and the first: index + 1 */
	uint32_t others, first_other; /* the same of those that do not fail */
};

struct junit_suite {
	uint32_t tests, failures, errors, skipped;
	uint64_t duration_ns;
	uint32_t last_number, run; /* while numbering */
};

struct junit {
	const struct model_gate *gate;
	const struct report_options *options;
	FILE *file;
	struct numbering names; /* of suites */
	struct junit_suite *suites; /* as numbered by names */
	size_t suite_capacity;
	struct junit_case *cases; /* as gate->processes, and one more for what has none */
	uint32_t
		*next; /* of each finding: the next one told in the same case, index + 1; 0: none */
	struct junit_suite own;
	uint32_t stacks; /* written so far */
};

static bool lacks_evidence(const struct model_gate_process *process)
{
	return process->missing_count != 0;
}

/* The name that a program goes by: from the root of the project, else its last part. */
static char *suite_name(const struct junit *j, const char *program)
{
	char *path = location_path(program, j->gate->root);

	if (path && *program != '/') {
		free(path);
		path = NULL;
	}
	if (!path) {
		path = xmalloc(strlen(program) + 1);
		strcpy(path, human_basename(program));
	}
	return path;
}

static void put_case_in_suite(struct junit *j, uint32_t index)
{
	const struct model_gate_process *process = &j->gate->processes[index];
	struct junit_case *one = &j->cases[index];
	char *name = suite_name(j, process->program);
	struct junit_suite *suite;
	bool fresh;

	one->suite = numbering_find(&j->names, name, strlen(name) + 1, &fresh);
	free(name);
	ARRAY_GROW(j->suites, one->suite + 1, j->suite_capacity);
	suite = &j->suites[one->suite];
	if (fresh)
		memset(suite, 0, sizeof *suite);
	if (suite->run != process->run)
		suite->last_number = 0;
	suite->run = process->run;
	one->number = ++suite->last_number;
	suite->tests++;
	suite->duration_ns += process->duration_ns;
	if (*process->skipped)
		suite->skipped++;
	else if (process->failures || one->failing)
		suite->failures++;
	else if (lacks_evidence(process))
		suite->errors++;
}

/* Hands findings to the test case of the process that has most of each; order stays. */
static void distribute(struct junit *j)
{
	for (uint32_t i = j->gate->finding_count; i-- > 0;) {
		const struct model_gate_finding *finding = &j->gate->findings[i];
		bool has_process = finding->processes &&
				   finding->process < j->gate->process_count &&
				   !*j->gate->processes[finding->process].skipped;
		struct junit_case *one =
			&j->cases[has_process ? finding->process : j->gate->process_count];
		uint32_t *first = finding->fails ? &one->first_failing : &one->first_other;

		j->next[i] = *first;
		*first = i + 1;
		one->failing += finding->fails;
		one->others += !finding->fails;
	}
}

static const struct stack_style in_text = {
	.indent = "    ",
	.dim = "",
	.plain = "",
	.columns = 100,
};

static void put_stack(struct junit *j, const char *heading, const struct model_stack *stack)
{
	char *text = NULL;
	size_t bytes;
	FILE *file;

	if (!stack->frame_count || j->stacks++ >= STACKS_MAX)
		return;
	file = open_memstream(&text, &bytes);
	if (!file)
		die("out of memory");
	stack_put(file, stack, &in_text);
	fclose(file);
	fprintf(j->file, "  %s at\n", heading);
	xml_put_text(j->file, text);
	free(text);
}

/* One that does not fail is told in its first line alone. */
static void put_finding(struct junit *j, const struct model_gate_finding *finding)
{
	bool alone = rules_is_release(finding->rule) && !finding->release.frame_count;
	struct arena arena = {0};

	fprintf(j->file, "%s: ", rules[finding->rule].id);
	xml_put_text(j->file,
		     phrases_description(&arena, j->gate, finding, j->options->exact_bytes));
	if (*finding->reason && !finding->fails) {
		fputs(" Reason: ", j->file);
		xml_put_text(j->file, phrases_cut(&arena, finding->reason, NAME_BYTES));
	}
	putc('\n', j->file);
	if (finding->fails) {
		put_stack(j, "released", &finding->release);
		put_stack(j, alone ? "released" : "allocated", &finding->stack);
	}
	arena_release(&arena);
}

static void put_findings(struct junit *j, uint32_t first)
{
	for (uint32_t i = first; i; i = j->next[i - 1])
		put_finding(j, &j->gate->findings[i - 1]);
}

static void put_time(FILE *file, uint64_t ns)
{
	fprintf(file, " time=\"%" PRIu64 ".%09" PRIu64 "\"", ns / 1000000000u, ns % 1000000000u);
}

static void put_counts(FILE *file, const struct junit_suite *suite, bool skipped)
{
	fprintf(file, " tests=\"%" PRIu32 "\" failures=\"%" PRIu32 "\" errors=\"%" PRIu32 "\"",
		suite->tests, suite->failures, suite->errors);
	if (skipped)
		fprintf(file, " skipped=\"%" PRIu32 "\"", suite->skipped);
	put_time(file, suite->duration_ns);
}

static void begin_suite(struct junit *j, const char *name, const struct junit_suite *suite)
{
	fputs(" <testsuite", j->file);
	xml_put_attribute(j->file, "name", *name ? name : "unknown");
	put_counts(j->file, suite, true);
	fputs(">\n", j->file);
}

static void begin_case(struct junit *j, const char *class, const char *name, uint64_t ns)
{
	fputs("  <testcase", j->file);
	xml_put_attribute(j->file, "classname", *class ? class : "unknown");
	xml_put_attribute(j->file, "name", name);
	put_time(j->file, ns);
	fputs(">\n", j->file);
}

static void end_case(struct junit *j)
{
	fputs("  </testcase>\n", j->file);
}

static void begin_result(struct junit *j, const char *element, const char *type,
			 const char *message)
{
	fprintf(j->file, "   <%s", element);
	xml_put_attribute(j->file, "type", type);
	xml_put_attribute(j->file, "message", message);
	putc('>', j->file);
}

static void end_result(struct junit *j, const char *element)
{
	fprintf(j->file, "</%s>\n", element);
}

static void put_sentences(struct junit *j, const char *const *sentences, uint32_t count)
{
	struct arena arena = {0};

	for (uint32_t i = 0; i < count; i++) {
		xml_put_text(j->file, phrases_cut(&arena, sentences[i], NAME_BYTES));
		putc('\n', j->file);
	}
	arena_release(&arena);
}

/* failures: of the process; what is told elsewhere is only counted here. */
static void put_failure(struct junit *j, const struct junit_case *one, uint32_t failures,
			const struct model_gate_process *process)
{
	const struct model_gate_finding *first =
		one->first_failing ? &j->gate->findings[one->first_failing - 1] : NULL;
	uint32_t elsewhere = failures > one->failing ? failures - one->failing : 0;
	struct arena arena = {0};
	const char *message;

	if (first)
		message = phrases_description(&arena, j->gate, first, j->options->exact_bytes);
	else
		message = arena_printf(&arena, "%s finding%s that other processes have, too.",
				       human_count(elsewhere).text, human_plural(elsewhere));
	if (one->failing > 1)
		message = arena_printf(&arena, "%s And %s more.", message,
				       human_count(one->failing - 1).text);
	begin_result(j, "failure", first ? rules[first->rule].id : "tenure/finding", message);
	put_findings(j, one->first_failing);
	if (elsewhere)
		fprintf(j->file,
			"%s finding%s of this process %s told at another process that has more of "
			"it.\n",
			human_count(elsewhere).text, human_plural(elsewhere),
			elsewhere == 1 ? "is" : "are");
	if (process && process->missing_count) {
		fputs("Besides, evidence is missing:\n", j->file);
		put_sentences(j, process->missing, process->missing_count);
	}
	end_result(j, "failure");
	arena_release(&arena);
}

static void put_missing(struct junit *j, const char *const *sentences, uint32_t count)
{
	struct arena arena = {0};
	const char *message = phrases_cut(&arena, sentences[0], NAME_BYTES);

	begin_result(j, "error", "tenure/no-verdict", message);
	put_sentences(j, sentences, count);
	end_result(j, "error");
	arena_release(&arena);
}

static void put_others(struct junit *j, uint32_t first)
{
	if (!first)
		return;
	fputs("   <system-out>", j->file);
	put_findings(j, first);
	end_result(j, "system-out");
}

static void put_process(struct junit *j, uint32_t index, const char *suite)
{
	const struct model_gate_process *process = &j->gate->processes[index];
	const struct junit_case *one = &j->cases[index];
	struct arena arena = {0};
	const char *name = arena_printf(&arena, "%s #%" PRIu32, human_basename(suite), one->number);

	if (j->gate->runs > 1)
		name = arena_printf(&arena, "%s, run %" PRIu32, name, process->run + 1);
	begin_case(j, suite, name, process->duration_ns);
	if (*process->skipped) {
		fputs("   <skipped", j->file);
		xml_put_attribute(j->file, "message",
				  phrases_cut(&arena, process->skipped, NAME_BYTES));
		fputs("/>\n", j->file);
	} else if (process->failures || one->failing) {
		put_failure(j, one, process->failures, process);
	} else if (lacks_evidence(process)) {
		put_missing(j, process->missing, process->missing_count);
	}
	put_others(j, one->first_other);
	end_case(j);
	arena_release(&arena);
}

static bool is_of_process(const struct model_gate *gate, const char *sentence)
{
	for (uint32_t i = 0; i < gate->process_count; i++)
		for (uint32_t k = 0; k < gate->processes[i].missing_count; k++)
			if (!strcmp(gate->processes[i].missing[k], sentence))
				return true;
	return false;
}

/* What is missing of no process alone; most often few sentences, of as few as there are in all. */
static const char **own_missing(const struct model_gate *gate, uint32_t *count)
{
	const char **sentences = xcalloc(gate->missing_count + 1, sizeof *sentences);

	*count = 0;
	for (uint32_t i = 0; i < gate->missing_count; i++)
		if (!is_of_process(gate, gate->missing[i]))
			sentences[(*count)++] = gate->missing[i];
	return sentences;
}

static void put_program_case(struct junit *j)
{
	if (!j->gate->command)
		return;
	begin_case(j, CHECK_SUITE, "the program succeeds", 0);
	if (j->gate->program_failed) {
		begin_result(j, "failure", "tenure/program", j->gate->program_end);
		xml_put_text(j->file, j->gate->program_end);
		end_result(j, "failure");
	}
	end_case(j);
}

/* Findings of no process, which as a rule are gone and fail nothing. */
static void put_findings_case(struct junit *j)
{
	const struct junit_case *one = &j->cases[j->gate->process_count];

	begin_case(j, CHECK_SUITE, "findings agree with the baseline", 0);
	if (one->failing)
		put_failure(j, one, one->failing, NULL);
	put_others(j, one->first_other);
	end_case(j);
}

static void put_evidence_case(struct junit *j, const char *const *missing, uint32_t count)
{
	begin_case(j, CHECK_SUITE, "the evidence is complete", 0);
	if (count)
		put_missing(j, missing, count);
	if (j->gate->note_count) {
		fputs("   <system-out>", j->file);
		put_sentences(j, j->gate->notes, j->gate->note_count);
		end_result(j, "system-out");
	}
	end_case(j);
}

static void put_own_suite(struct junit *j, const char *const *missing, uint32_t count)
{
	begin_suite(j, CHECK_SUITE, &j->own);
	put_program_case(j);
	put_findings_case(j);
	put_evidence_case(j, missing, count);
	fputs(" </testsuite>\n", j->file);
}

static void count_own(struct junit *j, uint32_t missing)
{
	j->own.tests = j->gate->command ? 3 : 2;
	j->own.failures = (j->gate->command && j->gate->program_failed) +
			  (j->cases[j->gate->process_count].failing != 0);
	j->own.errors = missing != 0;
}

static void put_total(struct junit *j)
{
	struct junit_suite total = j->own;

	for (size_t i = 0; i < j->names.count; i++) {
		total.tests += j->suites[i].tests;
		total.failures += j->suites[i].failures;
		total.errors += j->suites[i].errors;
		total.duration_ns += j->suites[i].duration_ns;
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"tenure\"", j->file);
	put_counts(j->file, &total, false);
	fputs(">\n", j->file);
}

/* Test cases by suite: lists through the cases, so that each is looked at once. */
static void put_suites(struct junit *j)
{
	uint32_t count = j->gate->process_count;
	uint32_t *first = xcalloc(j->names.count + 1, sizeof *first);
	uint32_t *following = xcalloc(count + 1, sizeof *following);

	for (uint32_t i = count; i-- > 0;) {
		following[i] = first[j->cases[i].suite];
		first[j->cases[i].suite] = i + 1;
	}
	for (uint32_t s = 0; s < j->names.count; s++) {
		const char *name = numbering_content(&j->names, s);

		begin_suite(j, name, &j->suites[s]);
		for (uint32_t i = first[s]; i; i = following[i - 1])
			put_process(j, i - 1, name);
		fputs(" </testsuite>\n", j->file);
	}
	free(first);
	free(following);
}

static int write_junit(const struct model_gate *gate, const struct report_options *options,
		       FILE *file)
{
	struct junit j = {.gate = gate, .options = options, .file = file};
	uint32_t missing_count;
	const char **missing = own_missing(gate, &missing_count);

	j.cases = xcalloc(gate->process_count + 1, sizeof *j.cases);
	j.next = xcalloc(gate->finding_count + 1, sizeof *j.next);
	distribute(&j);
	for (uint32_t i = 0; i < gate->process_count; i++)
		put_case_in_suite(&j, i);
	count_own(&j, missing_count);
	put_total(&j);
	put_suites(&j);
	put_own_suite(&j, missing, missing_count);
	fputs("</testsuites>\n", file);
	numbering_release(&j.names);
	free(j.suites);
	free(j.cases);
	free(j.next);
	free(missing);
	return ferror(file) ? -1 : 0;
}

const struct gate_format gate_junit = {"junit", write_junit};
