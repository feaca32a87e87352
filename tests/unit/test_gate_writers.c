/* SPDX-License-Identifier: MIT */
/* What CI services are told of a leak check: what is escaped and what is left out. Foreign readers of
 * the same formats are in tests/e2e/test_gate_formats.py. */
#define _GNU_SOURCE
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "gate_fixture.h"
#include "report/gate/gate.h"
#include "suite.h"
#include "text_fixture.h"

static const struct gate_format *const formats[] = {
	&gate_json, &gate_sarif, &gate_junit, &gate_gitlab, &gate_markdown, &gate_github,
};

#define FORMATS (sizeof formats / sizeof *formats)

static const struct report_options options;

static void write_gate(const struct gate_format *format, const struct model_gate *gate)
{
	FILE *file = open_text();

	ck_assert_int_eq(format->write(gate, &options, file), 0);
	fclose(file);
}

/* A check of nothing, with no lists at all. */
START_TEST(test_empty)
{
	struct model_gate gate = {
		.verdict = _i % 2 ? GATE_NO_VERDICT : GATE_CLEAN,
		.program_end = "",
		.runs = 1,
		.baseline = "",
		.root = "",
	};

	write_gate(formats[_i / 2], &gate);
	ck_assert(formats[_i / 2] == &gate_github || text_bytes > 2);
}
END_TEST

static const char *const hostile[] = {
	"a\n::error::forged\r::stop-commands::x",
	"%0A::error::forged %25 %3A,line=1::",
	"\"},{\"x\":1}],\"\\u0000",
	"]]></failure><testcase name='forged'>",
	"| ` ``` \\| </code></details> <img src=x> [a](http://b) @all #1 www.x.y http://x.y",
	"\xff\xfe\xc3 \x01\x1b[31m \xe2\x80\xae",
	"../../../etc/passwd",
	"",
};

/* Not by strstr, which looks at all of the rest each time where a sanitizer checks it. */
static unsigned count_of(const char *words)
{
	size_t length = strlen(words);
	unsigned count = 0;

	for (const char *p = text; *p; p++)
		count += *p == *words && !strncmp(p, words, length);
	return count;
}

/* Everything that a program may choose is hostile; what it ends up as keeps to the format. */
START_TEST(test_hostile)
{
	const char *nasty = hostile[_i];
	const struct model_frame frames[] = {frame_at(nasty, nasty, 7, nasty)};
	struct model_gate_finding finding = no_finding;
	struct model_gate_process process = one_process;
	struct model_gate gate = gate_of(&finding, 1);
	const char *sentences[] = {nasty, NULL};

	finding.program = finding.message = finding.place = finding.reason = nasty;
	finding.stack = finding.release = (struct model_stack){frames, 1};
	process.program = process.trace_path = nasty;
	process.missing = gate.missing = gate.notes = gate.command = sentences;
	process.missing_count = gate.missing_count = gate.note_count = 1;
	gate.processes = &process;
	gate.program_failed = true;
	gate.program_end = gate.baseline = gate.root = nasty;
	for (size_t i = 0; i < FORMATS; i++) {
		write_gate(formats[i], &gate);
		for (const char *p = text; *p; p++)
			ck_assert_msg((unsigned char)*p >= 0x20 || *p == '\n', "%s has byte %d",
				      formats[i]->name, *p);
		if (formats[i] == &gate_json || formats[i] == &gate_sarif ||
		    formats[i] == &gate_gitlab)
			ck_assert_uint_eq(count_of("\n"), 1);
	}
	write_gate(&gate_markdown, &gate);
	assert_lacks("<code>| `"); /* what is raw stands in indented code */
	for (const char *p = text; (p = strstr(p, "<img")); p++) {
		const char *line = memrchr(text, '\n', (size_t)(p - text));

		ck_assert_int_eq(strncmp(line, "\n    ", 5), 0);
	}
	write_gate(&gate_github, &gate);
	ck_assert_uint_eq(count_of("\n"), 3); /* the program, the finding, the evidence */
	ck_assert_uint_eq(count_of("\n::"), 2);
	write_gate(&gate_junit, &gate);
	ck_assert_uint_eq(count_of("<testcase "), 4);
	assert_lacks("]]>");
}
END_TEST

START_TEST(test_github)
{
	const struct model_frame frames[] = {
		frame_at("load", "./a,b:c%.c", 12, ROOT "/bin/app"),
	};
	struct model_gate_finding findings[30];
	struct model_gate gate = gate_of(findings, 0);

	gate.finding_count = 30;
	for (int i = 0; i < 30; i++) {
		findings[i] = no_finding;
		findings[i].stack = (struct model_stack){frames, 1};
	}
	write_gate(&gate_github, &gate);
	ck_assert_uint_eq(count_of("::error "), 10);
	assert_has("::error file=a%2Cb%3Ac%25.c,line=12,title=memory leak in app::"
		   "Nothing will release them. At load < main: 3.0 KiB in 3 blocks; new, in app."
		   "%0Aallocated at%0A  load  ./a,b:c%25.c:12  app%0A\n");
	assert_has("::21 more findings fail: ");
}
END_TEST

START_TEST(test_junit)
{
	struct model_gate_finding findings[3] = {no_finding, no_finding, no_finding};
	struct model_gate_process processes[4] = {one_process, one_process, one_process,
						  one_process};
	const char *sentences[] = {"The trace has no end."};
	struct model_gate gate = gate_of(findings, 3);

	findings[1].state = GATE_KNOWN;
	findings[1].fails = false;
	findings[2].state = GATE_GONE;
	findings[2].fails = false;
	findings[2].processes = 0;
	processes[1].failures = 0;
	processes[1].missing = gate.missing = sentences;
	processes[1].missing_count = gate.missing_count = 1;
	processes[2].failures = 0;
	processes[2].skipped = "It is not ours.";
	gate.processes = processes;
	gate.process_count = 4;
	write_gate(&gate_junit, &gate);
	assert_has("<testsuites name=\"tenure\" tests=\"6\" failures=\"2\" errors=\"1\""
		   " time=\"6.000000000\">\n <testsuite name=\"bin/app\" tests=\"4\" failures=\"2\""
		   " errors=\"1\" skipped=\"1\" time=\"6.000000000\">\n"
		   "  <testcase classname=\"bin/app\" name=\"app #1\" time=\"1.500000000\">\n"
		   "   <failure type=\"tenure/leak\" message=\"Nothing will release them. ");
	assert_has("<system-out>tenure/leak: Nothing will release them. At load &lt; main: 3.0 KiB "
		   "in 3 blocks; known, in app.\n</system-out>");
	assert_has("name=\"app #2\" time=\"1.500000000\">\n"
		   "   <error type=\"tenure/no-verdict\" message=\"The trace has no end.\">");
	assert_has("<skipped message=\"It is not ours.\"/>");
	/* The fourth has the finding, too, which is told at the first. */
	assert_has("name=\"app #4\" time=\"1.500000000\">\n"
		   "   <failure type=\"tenure/finding\" message=\"1 finding that other processes ");
	assert_lacks("4242");
	gate.runs = 2;
	processes[2].run = processes[3].run = 1;
	write_gate(&gate_junit, &gate);
	assert_has("name=\"app #2, run 1\"");
	assert_has("name=\"app #1, run 2\"");
}
END_TEST

#define POOL_BYTES (4u << 20)
#define NAME_BYTES 2048u

/* Names that hardly compress, one behind the other. */
static char *make_names(void)
{
	uint64_t state = 1;
	char *names = malloc(POOL_BYTES);

	ck_assert_ptr_nonnull(names);
	/* Knuth's generator for MMIX. */
	for (size_t i = 0; i < POOL_BYTES; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		names[i] = (char)((i + 1) % NAME_BYTES ? '#' + (state >> 33) % 90 : '\0');
	}
	return names;
}

#define MANY 30000u

/* No more results than GitHub takes. */
START_TEST(test_sarif_results)
{
	struct model_gate_finding *findings = calloc(MANY, sizeof *findings);
	struct model_gate gate = gate_of(findings, 0);

	ck_assert_ptr_nonnull(findings);
	for (uint32_t i = 0; i < MANY; i++)
		findings[i] = no_finding;
	gate.finding_count = MANY;
	write_gate(&gate_sarif, &gate);
	ck_assert_uint_eq(count_of("\"ruleIndex\":"), 25000);
	assert_has("\"5,000 more findings are not in this file, which would be too large.\"");
	assert_lacks("without call stacks");
	free(findings);
}
END_TEST

/* Nor more bytes. */
START_TEST(test_sarif_bytes)
{
	struct model_gate_finding *findings = calloc(MANY, sizeof *findings);
	struct model_gate gate = gate_of(findings, 0);
	char *names = make_names();
	struct model_frame *frames = calloc(MANY, sizeof *frames);
	Bytef *packed_text;
	uLongf packed;

	ck_assert(findings && frames);
	for (uint32_t i = 0; i < MANY; i++) {
		frames[i] = frame_at(names + i * 88883 % POOL_BYTES, "/x.c", 1, "");
		findings[i] = no_finding;
		findings[i].message = names + i * 77773 % POOL_BYTES;
		findings[i].stack = (struct model_stack){&frames[i], 1};
	}
	gate.finding_count = MANY;
	write_gate(&gate_sarif, &gate);
	assert_has(" results stand without call stacks, or this file would be too large.");
	assert_has(" more findings are not in this file, which would be too large.");
	ck_assert_uint_lt(count_of("\"ruleIndex\":"), 25000);
	packed = compressBound(text_bytes);
	packed_text = malloc(packed);
	ck_assert_int_eq(compress(packed_text, &packed, (const Bytef *)text, text_bytes), Z_OK);
	ck_assert_uint_lt(packed, 10000000);
	ck_assert_uint_gt(packed, 8000000);
	free(packed_text);
	free(frames);
	free(findings);
	free(names);
}
END_TEST

START_TEST(test_sarif_states)
{
	struct model_gate_finding findings[6] = {no_finding, no_finding, no_finding,
						 no_finding, no_finding, no_finding};
	struct model_gate gate;

	findings[1].rule = GATE_GROWTH;
	gate = gate_of(findings, 2);
	write_gate(&gate_sarif, &gate);
	assert_lacks("baselineState"); /* nothing was compared */
	assert_lacks("suppressions");
	findings[1].state = GATE_GROWN;
	findings[2].state = GATE_KNOWN;
	findings[3].state = GATE_GONE;
	findings[4].state = GATE_SUPPRESSED;
	findings[4].suppression = "leak:load (file:3)";
	findings[5].state = GATE_WITHIN;
	gate = gate_of(findings, 6);
	write_gate(&gate_sarif, &gate);
	ck_assert_uint_eq(count_of("\"baselineState\":"), 5);
	ck_assert_uint_eq(count_of("\"suppressions\":[]"), 4);
	assert_has("\"suppressions\":[{\"kind\":\"external\","
		   "\"justification\":\"leak:load (file:3)\"}]");
	assert_has("\"baselineState\":\"updated\"");
	assert_has("\"baselineState\":\"unchanged\"");
	assert_has("\"baselineState\":\"absent\"");
}
END_TEST

START_TEST(test_markdown)
{
	struct model_gate_finding *findings = calloc(MANY, sizeof *findings);
	struct model_gate gate = gate_of(findings, 0);

	ck_assert_ptr_nonnull(findings);
	for (uint32_t i = 0; i < MANY; i++)
		findings[i] = no_finding;
	gate.finding_count = MANY;
	write_gate(&gate_markdown, &gate);
	ck_assert_uint_le(text_bytes, 1u << 20);
	assert_has(" more findings are left out: the text is limited.\n");
	assert_has("| **new** | leak | 3.0 KiB in 3 blocks | <code>load &#60; main</code> | "
		   "<code>app</code> |\n");
	free(findings);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gate_writers");
	TCase *tests = tcase_create("what services are told");

	tcase_add_checked_fixture(tests, NULL, forget_text);
	tcase_add_loop_test(tests, test_empty, 0, FORMATS * 2);
	tcase_add_loop_test(tests, test_hostile, 0, sizeof hostile / sizeof *hostile);
	tcase_add_test(tests, test_github);
	tcase_add_test(tests, test_junit);
	tcase_add_test(tests, test_sarif_results);
	tcase_add_test(tests, test_sarif_bytes);
	tcase_add_test(tests, test_sarif_states);
	tcase_add_test(tests, test_markdown);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
