/* SPDX-License-Identifier: MIT */
/* What would take less memory: each rule says what there is and what would take its place, and it fits. */
#define _GNU_SOURCE
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"
#include "report/visible.h"
#include "suite.h"
#include "text_fixture.h"

#define LONG \
	"a_class_with_a_name_that_is_longer_than_any_line_of_a_terminal_could_ever_be_expected_to_show"

static const struct model_frame own_frames[] = {
	{"keep_it", "/home/u/keep.c", 12, "/bin/p", 1, false, "c", "", NULL},
	{"main", "/home/u/keep.c", 99, "/bin/p", 1, false, "c", "", NULL},
};

static struct model_site sites[5];
static struct model model;
static struct report_options options;

static void setup(void)
{
	options = (struct report_options){.top = 5};
	model = (struct model){
		.snapshot = {.missing = "nobody looked", .cause = ""},
		.run = {.trace_path = "prog.1.tenure",
			.program = "/bin/prog",
			.damage = "",
			.end_kind = "exit",
			.live_bytes = 5 << 20},
		.sites = sites,
		.site_count = 5,
	};
	for (uint32_t i = 0; i < 5; i++)
		sites[i] = (struct model_site){
			.id = i + 1,
			.stack = {own_frames, 2},
			.verdict = VERDICT_LEAK,
			.live_blocks = 1,
			.live_bytes = 1 << 20,
			.api = "malloc",
			.type = "",
			.why = "it grows, and it is a long story why it does: " LONG,
			.stacks = 1,
		};
}

static void render(const struct report_format *format)
{
	FILE *file = open_text();

	ck_assert_int_eq(format->write(&model, &options, file), 0);
	fclose(file);
}

static struct model_saving savings[SAVING_RULES];

static void put_savings(const char *name)
{
	static const char *const rules[] = {"slots",	 "array",      "intern", "bounded-cache",
					    "generator", "memoryview", "join"};

	for (int i = 0; i < SAVING_RULES; i++)
		savings[i] = (struct model_saving){
			.rule = (enum saving_rule)i,
			.rule_name = rules[i],
			.site = 1,
			.stack = {own_frames, 2},
			.name = name,
			.type = i == SAVING_CACHE ? "set" : "",
			.groups = i == SAVING_INTERN ? 1 : 2,
			.count = 54321,
			.bytes = 7 << 20,
			.saved_bytes = i == SAVING_CACHE ? 0 : 3 << 20,
		};
	model.savings = savings;
	model.saving_count = SAVING_RULES;
}

/* Each rule says what there is, how much of it, and what would take its place. */
START_TEST(rules_are_told)
{
	static const char *const said[] = {
		"54,321 instances of Thing take 7.0 MiB",
		"__slots__ in class Thing saves 3.0 MiB",
		"54,321 floats in 2 lists take 7.0 MiB",
		"array.array('d', ...)",
		"54,321 strings have the same text, 'Thing', and take 7.0 MiB",
		"sys.intern()",
		"Thing (set) only grows: 54,321 blocks behind it, 7.0 MiB.",
		"weakref.WeakSet",
		"7.0 MiB in 54,321 blocks",
		"a generator saves up to 3.0 MiB of the peak",
		"each a little shorter than the one before",
		"a memoryview saves copying up to 3.0 MiB",
		"each a little longer than the one before",
		"a bytearray or join saves copying up to 3.0 MiB",
	};
	char *joined;

	put_savings("Thing");
	options.all_tables = true;
	options.top = 0;
	render(&report_text);
	assert_has("What would take less memory\n  __slots__ in class Thing saves 3.0 MiB: keep_it "
		   "keep.c:12\n");
	/* Lines are broken anywhere. */
	joined = strdup(text);
	for (char *from = joined, *to = joined;; from++) {
		if (*from == '\n')
			*from = ' ';
		if (*from != ' ' || to == joined || to[-1] != ' ')
			*to++ = *from;
		if (!*from)
			break;
	}
	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		ck_assert_msg(strstr(joined, said[i]), "%s", said[i]);
	free(joined);
	render(&report_markdown);
	assert_has("## What would take less memory\n\n- **slots**\n");
}
END_TEST

START_TEST(lines_fit)
{
	unsigned lines = 0;

	put_savings(LONG);
	render(&report_text);
	for (const char *p = text; p < strstr(text, "\nNext: "); p++)
		lines += *p == '\n';
	ck_assert_uint_le(lines + 3, 40);
	assert_has("4 more are not shown");
	for (char *line = strtok(text, "\n"); line && strncmp(line, "Next", 4);
	     line = strtok(NULL, "\n"))
		ck_assert_msg(visible_width(line) <= 100, "%zu columns: %s", visible_width(line),
			      line);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report_savings");
	TCase *tests = tcase_create("savings");

	tcase_add_checked_fixture(tests, setup, forget_text);
	tcase_add_test(tests, rules_are_told);
	tcase_add_test(tests, lines_fit);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
