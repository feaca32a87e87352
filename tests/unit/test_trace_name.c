/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "../../analyzer/record/trace_name.h"
#include "suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/tenure-test-XXXXXX";
static struct trace_name name;

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert_int_eq(trace_name_init(&name, NULL, false), 0);
}

static void teardown(void)
{
	char *command;

	trace_name_release(&name);
	ck_assert_int_gt(asprintf(&command, "rm -rf '%s'", folder), 0);
	ck_assert_int_eq(system(command), 0);
	free(command);
}

static const char *opened(const char *exe, int32_t pid)
{
	struct trace_program program = {
		.exe = exe, .host = "host", .cwd = "", .argv = "", .pid = pid};
	const char *path;
	struct writer *w;

	program.start_realtime_ns = 1234567890123456789u;
	w = trace_name_open(&name, &program, exe, &path);
	ck_assert_ptr_nonnull(w);
	writer_free(w);
	ck_assert_int_eq(access(path, F_OK), 0);
	return path;
}

static void use_pattern(const char *pattern, bool overwrite)
{
	trace_name_release(&name);
	ck_assert_int_eq(trace_name_init(&name, pattern, overwrite), 0);
}

START_TEST(names_follow_the_pattern)
{
	ck_assert_str_eq(opened("/usr/bin/x", 7), "x.7.tenure");
	ck_assert_str_eq(opened("/usr/bin/x", 7), "x.7.tenure.2");
	ck_assert_str_eq(opened("", 7), "unknown.7.tenure");
	use_pattern("%h-%e-%p-%t-100%%", false);
	ck_assert_str_eq(opened("/bin/y", 8), "host-y-8-1234567890-100%");
	use_pattern("fixed.tenure", false);
	ck_assert_str_eq(opened("/bin/y", 8), "fixed.tenure");
	ck_assert_str_eq(opened("/bin/z", 9), "fixed.9.tenure");
	ck_assert_str_eq(opened("/bin/z", 9), "fixed.9.tenure.2");
	ck_assert_int_eq(mkdir("sub", 0700), 0);
	use_pattern("sub", false);
	ck_assert_str_eq(opened("/bin/y", 8), "sub/y.8.tenure");
	ck_assert_str_eq(trace_name_from(&name, "sub/a", "sub/b"), "b");
	ck_assert_str_ne(trace_name_from(&name, "a", "sub/b"), "sub/b");
	ck_assert_uint_eq(trace_name_from(&name, "a", "sub/b")[0], '/');
}
END_TEST

START_TEST(names_that_cannot_be)
{
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	trace_name_release(&name);
	ck_assert_int_eq(trace_name_init(&name, "%q", false), -1);
	ck_assert_int_eq(trace_name_init(&name, "x%", false), -1);
	ck_assert_int_eq(trace_name_init(&name, "", false), -1);
	ck_assert_int_eq(trace_name_init(&name, "-", false), -1);
	use_pattern("no/such/folder/%p", false);
	ck_assert_int_eq(trace_name_check(&name), -1);
	use_pattern("there", false);
	ck_assert_int_eq(trace_name_check(&name), 0);
	ck_assert_str_eq(opened("/bin/y", 1), "there");
	use_pattern("there", false);
	ck_assert_int_eq(trace_name_check(&name), -1);
	use_pattern("there", true);
	ck_assert_int_eq(trace_name_check(&name), 0);
	ck_assert_str_eq(opened("/bin/y", 1), "there");
	/* What this run has made itself is never replaced. */
	ck_assert_str_eq(opened("/bin/y", 2), "there.2");
	ck_assert_str_eq(opened("/bin/y", 2), "there.2.2");
}
END_TEST

START_TEST(replaces_regular_files_alone)
{
	struct stat status;

	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	ck_assert_int_eq(mkfifo("pipe", 0600), 0);
	ck_assert_int_eq(symlink("nowhere", "link"), 0);
	for (int force = 0; force < 2; force++) {
		use_pattern("pipe", force);
		ck_assert_int_eq(trace_name_check(&name), -1);
		ck_assert_str_eq(opened("/bin/y", 1), force ? "pipe.3" : "pipe.2");
		use_pattern("link", force);
		ck_assert_int_eq(trace_name_check(&name), -1);
		ck_assert_str_eq(opened("/bin/y", 1), force ? "link.3" : "link.2");
	}
	ck_assert_int_eq(lstat("pipe", &status), 0);
	ck_assert(S_ISFIFO(status.st_mode));
	ck_assert_int_eq(lstat("link", &status), 0);
	ck_assert(S_ISLNK(status.st_mode));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trace_name");
	TCase *tcase = tcase_create("trace_name");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, names_follow_the_pattern);
	tcase_add_test(tcase, names_that_cannot_be);
	tcase_add_test(tcase, replaces_regular_files_alone);
	return suite_run(suite);
}
