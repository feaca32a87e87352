/* SPDX-License-Identifier: MIT */
/* Suppression files of LeakSanitizer and Valgrind: what is read and what is refused, whatever they hold. */
#define _GNU_SOURCE
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suppressions_fixture.h"

static const struct {
	const char *text;
	uint32_t line;
	const char *part; /* of the message */
} errors[] = {
	{"leak:a\nrace:foo\n", 2, "\"race\" is unknown"},
	{"\n\n# x\nLeak:foo", 4, "\"Leak\" is unknown"},
	{"leak", 1, "neither leak:PATTERN"},
	{"leak :foo", 1, "unknown"},
	{":foo", 1, "unknown"},
	{"leak:", 1, "hide everything"},
	{"leak: \t\r\n", 1, "hide everything"},
	{"leak:^", 1, "hide everything"},
	{"leak:$", 1, "hide everything"},
	{"leak:^$x", 1, "hide everything"},
	{"leak: reason=all of it", 1, "hide everything"},
	{"}", 1, "neither"},
	{"{ name", 1, "neither"},
	{"leak:a until=2027-02-29", 1, "not a day"},
	{"leak:a until=2027-13-01", 1, "not a day"},
	{"leak:a until=2027-00-10", 1, "not a day"},
	{"leak:a until=2027-04-31", 1, "not a day"},
	{"leak:a until=2027-04-00", 1, "not a day"},
	{"leak:a until=2100-02-29", 1, "not a day"},
	{"leak:a until=27-04-01", 1, "not a day"},
	{"leak:a until=2027-4-1", 1, "not a day"},
	{"leak:a until=2027-04-011", 1, "not a day"},
	{"leak:a until=", 1, "not a day"},
	{"leak:a until=2027-04-01 or so", 1, "not a day"},
	{"# until=soon\nleak:a", 1, "not a day"},
	{"leak:a reason=b reason=c", 1, "reason= is given twice"},
	{"# until=2027-01-01\nleak:a until=2027-01-01", 2, "until= is given twice"},
	{"# reason=b\n{\n# reason=c\nname", 3, "reason= is given twice"},
	{"x\n{", 1, "neither"},
	{"{", 1, "has no name"},
	{"\n{\n}\n", 2, "has no name"},
	{"{\nname", 1, "TOOL:KIND"},
	{"{\nname\nMemcheck\nfun:a\n}", 3, "TOOL:KIND"},
	{"{\nname\n}\n", 3, "TOOL:KIND"},
	{"{\nname\nMemcheck:Leak\n}\n", 1, "other than ..."},
	{"{\nname\nMemcheck:Leak\n...\n}\n", 1, "other than ..."},
	{"{\nname\nMemcheck:Leak\nfun:a\n", 1, "does not end"},
	{"\n{\nname\nMemcheck:Cond\nfun:a\n", 2, "does not end"},
	{"{\nname\nMemcheck:Leak\nmalloc\n}", 4, "no frame"},
	{"{\nname\nMemcheck:Leak\nfun:\n}", 4, "no frame"},
	{"{\nname\nMemcheck:Leak\n....\n}", 4, "no frame"},
	{"{\nname\nMemcheck:Leak\nsrc:a.c:x\n}", 4, "no frame"},
	{"{\nname\nMemcheck:Leak\nsrc:a.c:\n}", 4, "no frame"},
	{"{\nname\nMemcheck:Leak\nsrc::1\n}", 4, "no frame"},
	{"{\nname\nMemcheck:Leak\nsrc:a.c:99999999999999999999\n}", 4, "no frame"},
	{"{\nname\nMemcheck:Leak\nmatch-leak-kinds: some\nfun:a\n}", 4, "no kind of leak"},
	{"{\nname\nMemcheck:Leak\nmatch-leak-kinds:\nfun:a\n}", 4, "no kind of leak"},
	{"{\nname\nMemcheck:Leak\nfun:a\nmatch-leak-kinds: all\n}", 5, "no frame"},
	{"{\nname\nMemcheck:Leak\nfun:a\n{\n}", 5, "no frame"},
};

/* An error is told with its line, and nothing of the file stays. */
START_TEST(test_errors)
{
	struct parsed p = parse("leak:before");
	const char *text = errors[_i].text;

	ck_assert_int_eq(
		suppressions_parse(&p.s, &p.arena, "file", text, strlen(text), TODAY, &p.why), -1);
	ck_assert_msg(p.why.line == errors[_i].line && strstr(p.why.message, errors[_i].part),
		      "%s: line %u: %s", text, p.why.line, p.why.message);
	ck_assert_uint_eq(p.s.count, 1);
	ck_assert_ptr_null(suppressions_match(&p.s, "malloc", &stack));
	release(&p);
}
END_TEST

static const struct {
	const char *text, *name, *reason, *until;
	uint32_t line;
	bool expired;
} annotated[] = {
	{"leak:serve", "leak:serve", "", "", 1, false},
	{"leak:serve reason=kept for the run until=2027-01-31", "leak:serve", "kept for the run",
	 "2027-01-31", 1, false},
	{"leak:serve  until=2027-01-31 \t reason= a = b ", "leak:serve", "a = b", "2027-01-31", 1,
	 false},
	{"leak:serve reason= until=2027-01-31", "leak:serve", "", "2027-01-31", 1, false},
	{"leak:a b(int) reason=x", "leak:a b(int)", "x", "", 1, false},
	{"leak:areason=x", "leak:areason=x", "", "", 1, false},
	{"# reason=bug 123 until=2027-01-31\nleak:serve", "leak:serve", "bug 123", "2027-01-31", 2,
	 false},
	{"#reason=x\n\n # bug 7 until=2027-01-31\nleak:serve", "leak:serve", "x", "2027-01-31", 4,
	 false},
	{"# reason=x\nleak:serve until=2027-01-31", "leak:serve", "x", "2027-01-31", 2, false},
	{"## leak:old until=2020-01-01 reason=x\nleak:serve", "leak:serve", "", "", 2, false},
	/* The day named is the last. */
	{"leak:serve until=2026-11-28", "leak:serve", "", "2026-11-28", 1, false},
	{"leak:serve until=2026-11-27", "leak:serve", "", "2026-11-27", 1, true},
	{"leak:serve until=2025-12-31", "leak:serve", "", "2025-12-31", 1, true},
	{"leak:serve until=2028-02-29", "leak:serve", "", "2028-02-29", 1, false},
	{"leak:serve until=2000-02-29", "leak:serve", "", "2000-02-29", 1, true},
	/* Blocks */
	{"# reason=x\n{\na b\nMemcheck:Leak\n# until=2027-01-31\nfun:malloc\n}", "a b", "x",
	 "2027-01-31", 2, false},
	{"{\n# until=2026-01-31\nname\nMemcheck:Leak\nfun:malloc\n# reason=y\n}", "name", "y",
	 "2026-01-31", 1, true},
};

START_TEST(test_annotations)
{
	struct parsed p = parse(annotated[_i].text);
	const struct suppression *s = p.s.list;

	ck_assert_uint_eq(p.s.count, 1);
	ck_assert_str_eq(s->text, annotated[_i].name);
	ck_assert_str_eq(s->file, "file");
	ck_assert_uint_eq(s->line, annotated[_i].line);
	ck_assert_str_eq(s->reason, annotated[_i].reason);
	ck_assert_str_eq(s->until, annotated[_i].until);
	ck_assert_int_eq(s->expired, annotated[_i].expired);
	release(&p);
}
END_TEST

/* Comments are spent on one suppression, also on one that is passed over. */
START_TEST(test_comments_belong_to_one)
{
	struct parsed p = parse("# reason=x\nleak:a\nleak:b\n"
				"# reason=y\n{\nname\nMemcheck:Cond\nfun:a\n}\nleak:c\n# reason=z");

	ck_assert_uint_eq(p.s.count, 3);
	ck_assert_str_eq(p.s.list[0].reason, "x");
	ck_assert_str_eq(p.s.list[1].reason, "");
	ck_assert_str_eq(p.s.list[2].reason, "");
	release(&p);
}
END_TEST

/* Line ends of other systems, no line end, a byte order mark. */
START_TEST(test_line_ends)
{
	static const char *const texts[] = {
		"leak:nothing\r\n{\r\nname\r\nMemcheck:Leak\r\nfun:malloc\r\n}\r\nleak:^serve$\r\n",
		"leak:nothing\n{\nname\nMemcheck:Leak\nfun:malloc\n}\nleak:^serve$",
		"\xef\xbb\xbfleak:nothing\n{\nname\nMemcheck:Leak\nfun:malloc\n}\nleak:^serve$",
	};

	for (int i = 0; i < COUNT(texts); i++) {
		struct parsed p = parse(texts[i]);

		ck_assert_uint_eq(p.s.count, 3);
		ck_assert_str_eq(p.s.list[0].text, "leak:nothing");
		ck_assert_str_eq(p.s.list[1].text, "name");
		ck_assert_ptr_eq(suppressions_match(&p.s, "malloc", &stack), &p.s.list[1]);
		ck_assert_ptr_eq(suppressions_match(&p.s, "calloc", &stack), &p.s.list[2]);
		release(&p);
	}
	for (int i = 0; i < 2; i++) {
		struct parsed p = parse(i ? "\xef\xbb\xbf" : "");

		ck_assert_uint_eq(p.s.count, 0);
		release(&p);
	}
}
END_TEST

START_TEST(test_binary)
{
	struct parsed p = parse_bytes("leak:a\nleak:b\0c\n", 16);

	ck_assert_int_eq(p.result, -1);
	ck_assert_uint_eq(p.why.line, 2);
	ck_assert_ptr_nonnull(strstr(p.why.message, "NUL"));
	ck_assert_uint_eq(p.s.count, 0);
	release(&p);
}
END_TEST

/* The first that has not expired; those before it that have tell that they would have. */
START_TEST(test_order_and_use)
{
	struct parsed p = parse(
		"leak:serve until=2020-01-01\nleak:nothing\nleak:serve\nleak:main\n");
	const char *more = "leak:_IO_new_fopen";

	for (int i = 0; i < 2; i++)
		ck_assert_ptr_eq(suppressions_match(&p.s, "malloc", &stack), &p.s.list[2]);
	ck_assert_int_eq(
		suppressions_parse(&p.s, &p.arena, "more", more, strlen(more), TODAY, &p.why), 0);
	ck_assert_uint_eq(p.s.count, 5);
	ck_assert_str_eq(p.s.list[4].file, "more");
	ck_assert_uint_eq(p.s.list[0].used, 2);
	ck_assert_uint_eq(p.s.list[1].used, 0);
	ck_assert_uint_eq(p.s.list[2].used, 2);
	ck_assert_uint_eq(p.s.list[3].used, 0);
	release(&p);
	p = parse("leak:serve until=2020-01-01");
	ck_assert_ptr_null(suppressions_match(&p.s, "malloc", &stack));
	ck_assert_uint_eq(p.s.list[0].used, 1);
	release(&p);
}
END_TEST

/* Hostile files */

static void survive(const char *text, size_t bytes)
{
	/* Of its own size, so that the sanitizer sees what reads past the end. */
	char *copy = malloc(bytes);
	struct parsed p;

	ck_assert_ptr_nonnull(memcpy(copy, text, bytes));
	p = parse_bytes(copy, bytes);
	free(copy);
	ck_assert(p.result == 0 || (p.why.line > 0 && *p.why.message));
	suppressions_match(&p.s, "operator new", &stack);
	release(&p);
}

START_TEST(test_random_bytes)
{
	uint64_t random = (uint64_t)_i + 1;
	char text[200];

	for (int round = 0; round < 400; round++) {
		size_t bytes = 1 + next_random(&random) % sizeof text;

		for (size_t i = 0; i < bytes; i++)
			text[i] = (char)next_random(&random);
		survive(text, bytes);
	}
}
END_TEST

/* Pieces that mean something, in any order. */
START_TEST(test_random_pieces)
{
	static const char *const pieces[] = {
		"leak:",
		"{\n",
		"}\n",
		"name\n",
		"Memcheck:Leak\n",
		"fun:",
		"obj:",
		"src:",
		"\n",
		"...\n",
		"*",
		"?",
		"^",
		"$",
		"_ZN",
		"3foo",
		"17h",
		"E",
		"C1",
		"D*",
		"reason=",
		" ",
		"# ",
		"9999",
		"@@",
		".part.",
		"until=",
		"2027-01-31",
		"_Z",
		"St",
		":7",
		"\r",
		"match-leak-kinds:",
		"all,",
		"12_GLOBAL__N_1",
	};
	uint64_t random = (uint64_t)_i + 1;

	for (int round = 0; round < 400; round++) {
		char text[1024] = "{\nname\nMemcheck:Leak\nfun:";
		size_t start = next_random(&random) % 2 ? 0 : strlen(text);

		text[start] = '\0';
		for (uint64_t i = next_random(&random) % 40; i; i--)
			strcat(text, pieces[next_random(&random) % COUNT(pieces)]);
		strcat(text, "\n}\n");
		survive(text, strlen(text));
	}
}
END_TEST

/* Lines of any length, and more of them than fit anywhere but in the file. */
START_TEST(test_size)
{
	char *long_line = repeated("x", 3000000, "leak:", "\nleak:serve");
	char *many = repeated("leak:nothing\n", 100000, "", "leak:serve");
	char *frames_many = repeated("fun:a*\n", 100000, "{\nname\nMemcheck:Leak\n",
				     "}\nleak:serve");

	ck_assert(meets(long_line, "malloc", &stack));
	ck_assert(meets(many, "malloc", &stack));
	ck_assert(meets(frames_many, "malloc", &stack));
	free(long_line);
	free(many);
	free(frames_many);
}
END_TEST

/* What Valgrind brings. */
static const char *const installed[] = {
	"/usr/libexec/valgrind/default.supp", "/usr/lib/x86_64-linux-gnu/valgrind/default.supp",
	"/usr/lib/valgrind/debian.supp",      "/usr/lib/valgrind/ncurses.supp",
	"/usr/lib/valgrind/python3.supp",
};

START_TEST(test_installed)
{
	FILE *file = fopen(installed[_i], "r");
	char *text = NULL;
	size_t room = 0;
	ssize_t bytes;
	struct parsed p;

	if (!file)
		return;
	bytes = getdelim(&text, &room, EOF, file);
	fclose(file);
	ck_assert_int_gt(bytes, 0);
	p = parse_bytes(text, (size_t)bytes);
	ck_assert_msg(p.result == 0, "%s:%u: %s", installed[_i], p.why.line, p.why.message);
	free(text);
	release(&p);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("suppressions");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, test_errors, 0, COUNT(errors));
	tcase_add_loop_test(tests, test_annotations, 0, COUNT(annotated));
	tcase_add_test(tests, test_comments_belong_to_one);
	tcase_add_test(tests, test_line_ends);
	tcase_add_test(tests, test_binary);
	tcase_add_test(tests, test_order_and_use);
	tcase_add_loop_test(tests, test_random_bytes, 0, 10);
	tcase_add_loop_test(tests, test_random_pieces, 0, 20);
	tcase_add_test(tests, test_size);
	tcase_add_loop_test(tests, test_installed, 0, COUNT(installed));
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
