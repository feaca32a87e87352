/* SPDX-License-Identifier: MIT */
/* Files of code and their build-ids, as the model lists them. */
#include "golden_trace.h"
#include "suite.h"

static void load(const char *file, const char *build_id)
{
	struct trace_module loaded = {.path = file, .build_id_bytes = (uint8_t)strlen(build_id)};

	memcpy(loaded.build_id, build_id, strlen(build_id));
	writer_module(writer, &loaded);
}

static void check(uint32_t number, const char *file, const char *build_id)
{
	ck_assert_str_eq(build.model.modules[number].path, file);
	ck_assert_str_eq(build.model.modules[number].build_id, build_id);
}

START_TEST(test_by_path)
{
	load("/lib/z.so", "\x01\xAB\xff");
	load("", "\x07");
	load("/lib/a.so", "0123456789abcdefghij");
	ck_assert_uint_eq(judge()->module_count, 3);
	check(0, "/lib/a.so", "303132333435363738396162636465666768696a");
	check(1, "/lib/z.so", "01abff");
	check(2, "/nowhere/golden", "");
}
END_TEST

/* A plug-in that was rebuilt while the program ran. */
START_TEST(test_last_of_a_path)
{
	load("/lib/a.so", "\x01");
	load("/lib/b.so", "\x11");
	load("/lib/a.so", "\x02");
	load("/lib/b.so", "");
	load("/lib/a.so", "\x03");
	ck_assert_uint_eq(judge()->module_count, 3);
	check(0, "/lib/a.so", "03");
	check(1, "/lib/b.so", "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("modules");
	TCase *tests = tcase_create("build-ids");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_by_path);
	tcase_add_test(tests, test_last_of_a_path);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
