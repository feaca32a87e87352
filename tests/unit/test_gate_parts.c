/* SPDX-License-Identifier: MIT */
/* What the formats of a leak check are made of: where findings are, how they are recognised, how grave
 * they are, and what is said of them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate_fixture.h"
#include "report/gate/fingerprint.h"
#include "report/gate/location.h"
#include "report/gate/phrases.h"
#include "report/gate/rules.h"
#include "report/gate/xml.h"
#include "suite.h"
#include "text_fixture.h"

static const struct {
	const char *path, *root, *expected; /* NULL: not in the project */
} paths[] = {
	{"/src/app/main.c", "/src/app", "main.c"},
	{"/src/app/main.c", "/src/app/", "main.c"},
	{"/src/app/main.c", "/src/./other/../app", "main.c"},
	{"/src/app/build/../lib/./x.c", "/src/app", "lib/x.c"},
	{"//src///app//x.c", "/src/app", "x.c"},
	{"/src/app", "/src/app", NULL},
	{"/src/application/x.c", "/src/app", NULL},
	{"/src/app/../x.c", "/src/app", NULL},
	{"/../../src/app/x.c", "/src/app", "x.c"},
	{"/x.c", "/", "x.c"},
	{"/x.c", "", NULL},
	{"/x.c", ".", NULL},
	{"./x.c", "/src/app", "x.c"},
	{"x.c", "", "x.c"},
	{"a/b/../../x.c", "/src/app", "x.c"},
	{"../x.c", "/src/app", NULL},
	{"a/../../x.c", "/src/app", NULL},
	{"a/..", "/src/app", NULL},
	{"...", "/src/app", "..."},
	{"..x/y", "/src/app", "..x/y"},
	{"", "/src/app", NULL},
	{"new\nline", "/src/app", "new\nline"},
};

START_TEST(test_paths)
{
	char *path = location_path(paths[_i].path, paths[_i].root);

	if (paths[_i].expected)
		ck_assert_str_eq(path, paths[_i].expected);
	else
		ck_assert_ptr_null(path);
	free(path);
}
END_TEST

static const struct {
	const char *path, *cleaned;
} cleanings[] = {
	{"/usr/lib/libx.so", "usr/lib/libx.so"},
	{"../../etc/passwd", "etc/passwd"},
	{"..", ""},
	{"a/../../../b", "b"},
	{"", ""},
};

START_TEST(test_cleaning)
{
	char *cleaned = location_cleaned(cleanings[_i].path);

	ck_assert_str_eq(cleaned, cleanings[_i].cleaned);
	free(cleaned);
}
END_TEST

static const struct {
	const char *file, *module, *expected;
} sources[] = {
	{"./x.c", "/src/app/bin/app", "x.c"},
	{"./x.c", "/tmp/elsewhere/app", "x.c"},
	{"./x.c", "", "x.c"},
	{"./malloc/malloc.c", "/usr/lib/x86_64-linux-gnu/libfoo.so.1", NULL},
	{"./lib/url.c", "/lib/x86_64-linux-gnu/libcurl.so.4", NULL},
	{"./x.c", "/usr/local/bin/app", "x.c"},
	{"/src/app/x.c", "/usr/bin/app", "x.c"},
	{"/usr/include/c++/12/new", "/src/app/bin/app", NULL},
	{"<built-in>", "/src/app/bin/app", NULL},
	{"", "/src/app/bin/app", NULL},
};

START_TEST(test_sources)
{
	struct model_frame frame = no_frame;
	char *path;

	frame.file = sources[_i].file;
	frame.module = sources[_i].module;
	path = location_source(&frame, ROOT);
	if (sources[_i].expected)
		ck_assert_str_eq(path, sources[_i].expected);
	else
		ck_assert_ptr_null(path);
	free(path);
}
END_TEST

START_TEST(test_locations)
{
	const struct model_frame frames[] = {
		frame_at("xmalloc", ROOT "/util.c", 5, ROOT "/bin/app"),
		frame_at("json_new", "/build/json/json.c", 70, "/usr/lib/libjson.so.5"),
		frame_at("load", ROOT "/build/../load.c", 12, ROOT "/bin/app"),
		frame_at("main", "main.c", 3, ROOT "/bin/app"),
	};
	struct model_gate_finding finding = no_finding;
	struct model_gate gate = gate_of(&finding, 1);
	struct location location;

	finding.stack = (struct model_stack){frames, 4};
	location_find(&location, &gate, &finding);
	ck_assert_str_eq(location.path, "load.c");
	ck_assert_uint_eq(location.line, 12);
	location_release(&location);

	/* Where it is released wrongly comes before where it was allocated, */
	finding.release = (struct model_stack){frames + 3, 1};
	location_find(&location, &gate, &finding);
	ck_assert_str_eq(location.path, "main.c");
	location_release(&location);

	/* but not if that is outside. */
	finding.release = (struct model_stack){frames + 1, 1};
	location_find(&location, &gate, &finding);
	ck_assert_str_eq(location.path, "load.c");
	location_release(&location);

	/* Without a source the module stands for it, of the program's own innermost frame. */
	finding.stack = (struct model_stack){frames + 1, 1};
	location_find(&location, &gate, &finding);
	ck_assert_ptr_null(location.path);
	ck_assert_str_eq(location.module_path, "usr/lib/libjson.so.5");
	ck_assert(!location.module_inside);
	location_release(&location);

	finding.stack = finding.release = (struct model_stack){NULL, 0};
	location_find(&location, &gate, &finding);
	ck_assert_ptr_null(location.frame);
	ck_assert_str_eq(location.module_path, "bin/app");
	ck_assert(location.module_inside);
	location_release(&location);

	finding.processes = 0;
	finding.program = "";
	location_find(&location, &gate, &finding);
	ck_assert_str_eq(location.module_path, "unknown");
	location_release(&location);
}
END_TEST

START_TEST(test_fingerprints)
{
	struct model_gate_finding finding = no_finding;
	struct numbering seen = {0};
	struct fingerprint first, second;

	ck_assert_str_eq(fingerprint_of_stack(&finding).text, "0123456789abcdef");
	first = fingerprint_unique(&seen, &finding);
	second = fingerprint_unique(&seen, &finding);
	ck_assert_str_ne(first.text, second.text);
	finding.program = "other";
	ck_assert_str_ne(fingerprint_unique(&seen, &finding).text, first.text);
	numbering_release(&seen);
	finding = no_finding;
	ck_assert_str_eq(fingerprint_unique(&seen, &finding).text, first.text);
	numbering_release(&seen);

	/* Without a key, or with one that is none: of rule and program. */
	finding.key = "";
	first = fingerprint_of_stack(&finding);
	ck_assert_uint_eq(strlen(first.text), 16);
	finding.rule = GATE_PEAK;
	ck_assert_str_ne(fingerprint_of_stack(&finding).text, first.text);
	finding.key = "v1:\"},{\"";
	ck_assert_uint_eq(strspn(fingerprint_of_stack(&finding).text, "0123456789abcdef"), 16);
}
END_TEST

static const struct {
	enum gate_rule rule;
	bool fails;
	double confidence;
	enum severity severity;
} severities[] = {
	{GATE_LEAK, true, 0.75, SEVERITY_ERROR},       {GATE_LEAK, true, 0.74, SEVERITY_WARNING},
	{GATE_GROWTH, true, 1, SEVERITY_ERROR},	       {GATE_GROWTH, true, 0, SEVERITY_WARNING},
	{GATE_UNFREED, true, 1, SEVERITY_WARNING},     {GATE_DOUBLE_FREE, true, 0, SEVERITY_ERROR},
	{GATE_DOUBLE_FREE, false, 1, SEVERITY_NOTE},   {GATE_LEAK, false, 1, SEVERITY_NOTE},
	{GATE_FRAGMENTATION, true, 1, SEVERITY_ERROR},
};

START_TEST(test_severities)
{
	struct model_gate_finding finding = no_finding;

	finding.rule = severities[_i].rule;
	finding.fails = severities[_i].fails;
	finding.confidence = severities[_i].confidence;
	ck_assert_int_eq(rules_severity(&finding), severities[_i].severity);
}
END_TEST

START_TEST(test_phrases)
{
	struct model_gate_finding finding = no_finding;
	struct model_gate gate = gate_of(&finding, 1);
	struct arena arena = {0};

	ck_assert_str_eq(phrases_description(&arena, &gate, &finding, false),
			 "Nothing will release them. At load < main: 3.0 KiB in 3 blocks; new, in "
			 "app.");
	finding.state = GATE_GROWN;
	finding.known_blocks = 1;
	finding.known_bytes = 1024;
	finding.processes = 2;
	finding.message = "Really!";
	gate.runs = 3;
	ck_assert_str_eq(phrases_description(&arena, &gate, &finding, true),
			 "Really! At load < main: 3,072 bytes in 3 blocks, known: 1,024 bytes in 1 "
			 "block; grown, in 2 processes of app (1 of 3 runs).");
	finding.state = GATE_GONE;
	ck_assert_str_eq(phrases_amount(&arena, &gate, &finding, false), "was 1.0 KiB in 1 block");
	finding.state = GATE_KNOWN;
	finding.rule = GATE_DOUBLE_FREE;
	ck_assert_str_eq(phrases_amount(&arena, &gate, &finding, false), "3 times, known: 1 time");
	finding = no_finding;
	finding.rule = GATE_FRAGMENTATION;
	finding.value = 40;
	finding.limit = 30;
	finding.unit = "percent";
	finding.place = "";
	ck_assert_str_eq(phrases_description(&arena, &gate, &finding, false),
			 "Nothing will release them. 40 %, 30 % allowed; new, in app (1 of 3 "
			 "runs).");
	ck_assert_str_eq(phrases_sentence(&arena, &gate), "The leak check fails: 1 finding.");
	ck_assert_str_eq(phrases_counts(&arena, &gate),
			 "1 new; 1 of 1 process was judged, in 3 runs.");
	ck_assert_str_eq(phrases_cut(&arena, "abc", 3), "abc");
	ck_assert_str_eq(phrases_cut(&arena, "ab\xc3\xbc", 3), "ab...");
	ck_assert_str_eq(phrases_cut(&arena, "\x80\x80\x80\x80\x80\x80", 5), "\x80\x80...");
	arena_release(&arena);
}
END_TEST

static const struct {
	const char *text, *written, *attribute;
} escapes[] = {
	{"a<b>&\"'", "a&lt;b&gt;&amp;&quot;'", NULL},
	{"]]>", "]]&gt;", NULL},
	{"a\nb\tc", "a\nb\tc", "a&#10;b&#9;c"},
	{"a\rb", "a&#13;b", NULL},
	{"\x01\x1b\x7f", "\xef\xbf\xbd\xef\xbf\xbd\x7f", NULL},
	{"\xff\xc3(\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
	 NULL},
	{"\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", NULL},
	{"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", NULL},
};

START_TEST(test_xml)
{
	char expected[200];
	FILE *file = open_text();

	xml_put_text(file, escapes[_i].text);
	fclose(file);
	ck_assert_str_eq(text, escapes[_i].written);
	file = open_text();
	xml_put_attribute(file, "name", escapes[_i].text);
	fclose(file);
	snprintf(expected, sizeof expected, " name=\"%s\"",
		 escapes[_i].attribute ? escapes[_i].attribute : escapes[_i].written);
	ck_assert_str_eq(text, expected);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gate_parts");
	TCase *tests = tcase_create("places and words");

	tcase_add_checked_fixture(tests, NULL, forget_text);
	tcase_add_loop_test(tests, test_paths, 0, sizeof paths / sizeof *paths);
	tcase_add_loop_test(tests, test_cleaning, 0, sizeof cleanings / sizeof *cleanings);
	tcase_add_loop_test(tests, test_sources, 0, sizeof sources / sizeof *sources);
	tcase_add_test(tests, test_locations);
	tcase_add_test(tests, test_fingerprints);
	tcase_add_loop_test(tests, test_severities, 0, sizeof severities / sizeof *severities);
	tcase_add_test(tests, test_phrases);
	tcase_add_loop_test(tests, test_xml, 0, sizeof escapes / sizeof *escapes);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
