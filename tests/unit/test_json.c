/* SPDX-License-Identifier: MIT */
/* JSON as it leaves us, read back by Python's parser. */
#define _GNU_SOURCE
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report/json_writer.h"
#include "report/report.h"
#include "suite.h"

static char *text;
static size_t text_bytes;
static FILE *file;
static struct json_writer w;

static void setup(void)
{
	file = open_memstream(&text, &text_bytes);
	json_init(&w, file);
}

static void teardown(void)
{
	if (file)
		fclose(file);
	free(text);
	file = NULL;
	text = NULL;
}

static const char *finish(void)
{
	json_finish(&w);
	fclose(file);
	file = NULL;
	return text;
}

START_TEST(test_nesting)
{
	json_object_begin(&w, NULL);
	json_uint(&w, "a", UINT64_MAX);
	json_array_begin(&w, "b");
	json_int(&w, NULL, INT64_MIN);
	json_bool(&w, NULL, true);
	json_object_begin(&w, NULL);
	json_end(&w);
	json_array_begin(&w, NULL);
	json_end(&w);
	json_end(&w);
	json_bool(&w, "c", false);
	json_end(&w);
	ck_assert_str_eq(finish(), "{\"a\":18446744073709551615,"
				   "\"b\":[-9223372036854775808,true,{},[]],\"c\":false}\n");
}
END_TEST

static const struct {
	const char *raw, *written;
} strings[] = {
	{"", "\"\""},
	{"plain", "\"plain\""},
	{"\"\\/", "\"\\\"\\\\/\""},
	{"a\nb\tc\r\x01\x1f\x7f", "\"a\\nb\\tc\\u000d\\u0001\\u001f\\u007f\""},
	{"gr\xc3\xb6\xc3\x9f\x65", "\"gr\xc3\xb6\xc3\x9f\x65\""},
	{"\xf0\x9f\x90\x8d", "\"\xf0\x9f\x90\x8d\""},
	{"\xff", "\"\\ufffd\""},
	{"a\xc3", "\"a\\ufffd\""},
	{"\xc3(", "\"\\ufffd(\""},
	{"\xc0\x80", "\"\\ufffd\\ufffd\""}, /* overlong NUL */
	{"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""}, /* surrogate */
	{"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""}, /* above U+10FFFF */
};

START_TEST(test_strings)
{
	char expected[128];

	json_string(&w, NULL, strings[_i].raw);
	snprintf(expected, sizeof expected, "%s\n", strings[_i].written);
	ck_assert_str_eq(finish(), expected);
}
END_TEST

/* What a caller may get wrong; each must abort. */
static void missing_key(void)
{
	json_object_begin(&w, NULL);
	json_uint(&w, NULL, 1);
}

static void key_in_array(void)
{
	json_array_begin(&w, NULL);
	json_uint(&w, "key", 1);
}

static void key_at_the_top(void)
{
	json_object_begin(&w, "key");
}

static void ended_too_often(void)
{
	json_object_begin(&w, NULL);
	json_end(&w);
	json_end(&w);
}

static void not_ended(void)
{
	json_object_begin(&w, NULL);
	json_finish(&w);
}

static void too_deep(void)
{
	for (int i = 0; i <= JSON_DEPTH_MAX; i++)
		json_array_begin(&w, NULL);
}

static void (*const mistakes[])(void) = {
	missing_key, key_in_array, key_at_the_top, ended_too_often, not_ended, too_deep,
};

START_TEST(test_mistakes_abort)
{
	pid_t child = fork();
	int status;

	if (!child) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(2);
		mistakes[_i]();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
END_TEST

static const char hostile[] = "x\n\"\\\xff\x1b[31m</script>\xe2\x80\xae";

static const struct model_frame frames[] = {
	{
		.function = hostile,
		.file = hostile,
		.line = 12,
		.module = hostile,
		.offset = 0xfffffffffffffull,
		.inlined = true,
		.language = "c",
		.note = "",
	},
	{.function = "", .file = "", .module = "", .language = "", .note = "gap"},
};

static void fill(struct model *model, struct model_site *sites, struct model_finding *finding)
{
	static const struct model_region region = {.start = 4096, .end = 8192};
	static const struct model_mixture mixture = {1, 2, 3, 4};
	static const char *const list[] = {hostile, ""};
	static const struct model_unrecorded unrecorded = {hostile, hostile, UINT64_MAX};
	static struct model_group group;
	static const struct model_grouping grouping = {"file", &group, 1};

	for (uint32_t i = 0; i < 3; i++)
		sites[i] = (struct model_site){
			.id = i + 1,
			.fingerprint = 0xabcdef,
			.stack = {frames, 2},
			.api = "malloc",
			.verdict = VERDICT_BALANCED,
			.why = hostile,
			.type = hostile,
			.allocations = 9007199254740993ull, /* not a double */
			.live_bytes = UINT64_MAX,
		};
	*finding = (struct model_finding){
		.rule_name = "double-free",
		.severity = SEVERITY_ERROR,
		.site = 1,
		.message = hostile,
		.occurrences = 2,
		.allocation = {frames, 2},
	};
	*model = (struct model){
		.run =
			{
				.trace_path = hostile,
				.program = hostile,
				.argv = list,
				.argc = 2,
				.pid = -1,
				.damage = "",
				.end_kind = "signal",
				.end_status = 9,
				.limits = list,
				.limit_count = 1,
				.children = list,
				.child_count = 2,
				.unrecorded = &unrecorded,
				.unrecorded_count = 1,
			},
		.snapshot = {.missing = hostile, .cause = hostile},
		.sites = sites,
		.site_count = 3,
		.findings = finding,
		.finding_count = 1,
		.fragmentation =
			{
				.known = true,
				.end = {.live = 5, .pinned = 7},
				.peak = {.known = true, .resident = 9},
				.regions = &region,
				.region_count = 1,
				.mixtures = &mixture,
				.mixture_count = 1,
			},
		.groupings = &grouping,
		.grouping_count = 1,
	};
	group = (struct model_group){.name = hostile, .source = hostile, .sum = sites[0]};
	group.sum.stacks = 3;
}

/* Runs a program of Python with the report as its standard input. */
static void assert_python(const struct report_options *options, const char *script)
{
	struct model_site sites[3];
	struct model_finding finding;
	struct model model;
	char command[4096];
	FILE *python;

	fill(&model, sites, &finding);
	snprintf(command, sizeof command, "%s", script);
	python = popen(command, "w");
	ck_assert_ptr_nonnull(python);
	ck_assert_int_eq(report_json.write(&model, options, python), 0);
	ck_assert_int_eq(pclose(python), 0);
}

START_TEST(test_report_is_json)
{
	static const struct report_options options;

	assert_python(&options, "python3 -m json.tool >/dev/null");
}
END_TEST

/* The names are a promise: this list may grow, what is in it must stay. */
START_TEST(test_report_keeps_its_names)
{
	static const struct report_options options = {.by = "file"};

	assert_python(
		&options,
		"python3 -c '\n"
		"import json, sys\n"
		"d = json.load(sys.stdin)\n"
		"assert d[\"schema\"] == 1\n"
		"run = \"program argv pid complete end duration_ns threads allocations frees \"\\\n"
		"  \"allocated_bytes live_blocks live_bytes peak_bytes failed_allocations \"\\\n"
		"  \"lost_events sampled trace_bytes children unrecorded\"\n"
		"assert not set(run.split()) - set(d[\"run\"])\n"
		"assert d[\"run\"][\"end\"] == {\"kind\": \"signal\", \"status\": 9}\n"
		"u = d[\"run\"][\"unrecorded\"][0]\n"
		"assert u[\"path\"] == u[\"reason\"] and u[\"times\"] == 2**64-1\n"
		"site = \"id fingerprint verdict why allocations allocated_bytes live_blocks \"\\\n"
		"  \"live_bytes peak_bytes temporary stack frees failures own_peak_bytes \"\\\n"
		"  \"peak_blocks min_bytes max_bytes confidence evidence generations survival \"\\\n"
		"  \"growth reachability retention pinned_bytes type resized longest_chain \"\\\n"
		"  \"remote_frees byte_seconds first_ns last_ns last_release_ns\"\n"
		"assert not set(site.split()) - set(d[\"sites\"][0])\n"
		"assert not set(\"ages timeline sizes threads\".split()) - set(d)\n"
		"assert len(d[\"sites\"]) == 3\n"
		"f = d[\"fragmentation\"]\n"
		"assert (f[\"live\"], f[\"pinned\"], f[\"resident\"]) == (5, 7, None)\n"
		"assert (f[\"rounding\"], f[\"peak\"][\"resident\"]) == (None, 9)\n"
		"assert not set(\"pages holes untouched headers retained other\".split()) - set(f)\n"
		"assert f[\"regions\"][0][\"end\"] == 8192\n"
		"assert f[\"mixtures\"][0][\"short_lived\"] == 2\n"
		"assert d[\"window\"] is None\n"
		"total = d[\"summary\"][\"verdicts\"][\"balanced\"]\n"
		"assert total[\"sites\"] == 3 and d[\"summary\"][\"errors\"] == 1\n"
		"g = d[\"groups\"][0]\n"
		"assert d[\"grouping\"] == \"file\" and g[\"stacks\"] == 3 and g[\"name\"]\n"
		"assert not set(site.split()) - {\"id\", \"fingerprint\"} - set(g)\n"
		"s = d[\"sites\"][0]\n"
		"assert s[\"allocations\"] == 9007199254740993 and s[\"live_bytes\"] == 2**64-1\n"
		"assert s[\"fingerprint\"] == \"0000000000abcdef\"\n"
		"assert s[\"verdict\"] == \"balanced\"\n"
		"frame = \"function file line module offset inlined language\"\n"
		"assert not set(frame.split()) - set(s[\"stack\"][0])\n"
		"assert s[\"stack\"][0][\"offset\"] == 0xfffffffffffff\n"
		"assert s[\"stack\"][1][\"note\"] == \"gap\"\n"
		"f = d[\"findings\"][0]\n"
		"assert not set(\"rule severity site message occurrences allocation release \"\n"
		"  \"first_release\".split()) - set(f)\n"
		"assert f[\"severity\"] == \"error\" and len(f[\"allocation\"]) == 2\n"
		"assert d[\"run\"][\"argv\"][0] == \"x\\n\\\"\\\\\\ufffd\\x1b[31m</script>\\u202e\"\n"
		"'");
}
END_TEST

START_TEST(test_top_limits_sites)
{
	static const struct report_options options = {.top = 1};

	assert_python(&options, "python3 -c '\n"
				"import json, sys\n"
				"d = json.load(sys.stdin)\n"
				"assert len(d[\"sites\"]) == 1 and d[\"site_count\"] == 3\n"
				"'");
}
END_TEST

START_TEST(test_write_error_is_told)
{
	static const struct report_options options;
	struct model_site sites[3];
	struct model_finding finding;
	struct model model;
	FILE *full = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(full);
	setvbuf(full, NULL, _IONBF, 0);
	fill(&model, sites, &finding);
	ck_assert_int_eq(report_json.write(&model, &options, full), -1);
	fclose(full);
}
END_TEST

START_TEST(test_formats_are_found)
{
	ck_assert_ptr_eq(report_by_name("json"), &report_json);
	ck_assert_ptr_eq(report_by_extension(".json"), &report_json);
	ck_assert_ptr_eq(report_by_extension(".md"), &report_markdown);
	ck_assert_ptr_eq(report_by_extension(".html"), &report_html);
	ck_assert_ptr_eq(report_by_extension("json"), NULL);
	ck_assert_ptr_eq(report_by_name("nonsense"), NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json");
	TCase *tests = tcase_create("writer and report");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_nesting);
	tcase_add_loop_test(tests, test_strings, 0, sizeof strings / sizeof *strings);
	tcase_add_loop_test(tests, test_mistakes_abort, 0, sizeof mistakes / sizeof *mistakes);
	tcase_add_test(tests, test_report_is_json);
	tcase_add_test(tests, test_report_keeps_its_names);
	tcase_add_test(tests, test_top_limits_sites);
	tcase_add_test(tests, test_write_error_is_told);
	tcase_add_test(tests, test_formats_are_found);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
