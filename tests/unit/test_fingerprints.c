/* SPDX-License-Identifier: MIT */
/* Fingerprints of stacks: what may change between two builds of a program, and what may not. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/analysis/frames.h"
#include "analyzer/util/origins.h"
#include "suite.h"

#define PROGRAM "/home/u/build/server"
#define LIBC "/lib/x86_64-linux-gnu/libc.so.6"
#define LIBCXX "/lib/x86_64-linux-gnu/libstdc++.so.6"
#define FRAMES_MAX 10

struct stack {
	struct model_frame frames[FRAMES_MAX];
};

static const struct stack plain = {{
	{"grow", "a.c", 10, PROGRAM, 0x1234, false, "c", "", NULL},
	{"serve", "a.c", 20, PROGRAM, 0x2234, false, "c", "", NULL},
	{"main", "a.c", 30, PROGRAM, 0x3234, false, "c", "", NULL},
	{"__libc_start_call_main", "", 0, LIBC, 0x10, false, "", "", NULL},
	{"_start", "", 0, PROGRAM, 0x1000, false, "", "", NULL},
}};

/* Each is the same as the plain one. */
static const struct stack alike[] = {
	/* Other lines, addresses and folders. */
	{{{"grow", "/b/a.c", 11, "/usr/bin/server", 0x9234, false, "c", "", NULL},
	  {"serve", "/b/a.c", 23, "/usr/bin/server", 0x8234, false, "c", "", NULL},
	  {"main", "/b/a.c", 31, "/usr/bin/server", 0x3235, false, "c", "", NULL},
	  {"__libc_start_call_main", "", 0, LIBC, 0x10, false, "", "", NULL},
	  {"_start", "", 0, PROGRAM, 0x1000, false, "", "", NULL}}},
	/* Calls inlined; a C library and a program without the names of start-up code. */
	{{{"grow", "a.c", 10, PROGRAM, 0x1234, true, "c", "", NULL},
	  {"serve", "a.c", 20, PROGRAM, 0x1234, true, "c", "", NULL},
	  {"main", "a.c", 30, PROGRAM, 0x1234, false, "c", "", NULL},
	  {"", "", 0, LIBC, 0x23456, false, "", "", NULL},
	  {"__libc_start_main@@GLIBC_2.34", "", 0, LIBC, 0x20, false, "", "", NULL},
	  {"", "", 0, PROGRAM, 0x1010, false, "", "", NULL}}},
	/* A function split in two, and one that calls itself. */
	{{{"grow", "a.c", 10, PROGRAM, 0x1234, false, "c", "", NULL},
	  {"grow", "a.c", 9, PROGRAM, 0x1234, true, "c", "", NULL},
	  {"serve", "a.c", 20, PROGRAM, 0x2234, false, "c", "", NULL},
	  {"serve", "a.c", 21, PROGRAM, 0x2235, false, "c", "", NULL},
	  {"main", "a.c", 30, PROGRAM, 0x3234, false, "c", "", NULL}}},
	/* Through helpers of the libraries, and in the recorder's hands. */
	{{{"malloc", "", 0, "/usr/lib/tenure/libtenure.so", 1, false, "", "", NULL},
	  {"operator new(unsigned long)", "", 0, LIBCXX, 2, false, "c++", "", NULL},
	  {"std::vector<int>::_M_realloc_insert", "v.h", 1, PROGRAM, 3, false, "c++", "", NULL},
	  {"std::vector<int>::push_back", "v.h", 2, PROGRAM, 3, true, "c++", "", NULL},
	  {"grow", "a.c", 10, PROGRAM, 0x1234, false, "c", "", NULL},
	  {"serve", "a.c", 20, PROGRAM, 0x2234, false, "c", "", NULL},
	  {"bsearch", "", 0, LIBC, 4, false, "c", "", NULL},
	  {"main", "a.c", 30, PROGRAM, 0x3234, false, "c", "", NULL}}},
};

/* No two of these are the same, nor is any the plain one. */
static const struct stack different[] = {
	{{{"grow", "a.c", 10, PROGRAM, 0x1234, false, "c", "", NULL},
	  {"main", "a.c", 30, PROGRAM, 0x3234, false, "c", "", NULL}}},
	{{{"grow", "a.c", 10, "/usr/lib/libgrow.so", 0x1234, false, "c", "", NULL},
	  {"main", "a.c", 30, PROGRAM, 0x3234, false, "c", "", NULL}}},
	{{{"grow(int)", "a.c", 10, PROGRAM, 0x1234, false, "c++", "", NULL},
	  {"main", "a.c", 30, PROGRAM, 0x3234, false, "c", "", NULL}}},
	{{{"main", "a.c", 30, PROGRAM, 0x3234, false, "c", "", NULL},
	  {"grow", "a.c", 10, PROGRAM, 0x1234, false, "c", "", NULL}}},
	{{{"", "", 0, "/usr/lib/libstripped.so", 0x1234, false, "", "", NULL},
	  {"main", "a.c", 30, PROGRAM, 0x3234, false, "c", "", NULL}}},
	{{{"", "", 0, "/usr/lib/libstripped.so", 0x1235, false, "", "", NULL},
	  {"main", "a.c", 30, PROGRAM, 0x3234, false, "c", "", NULL}}},
	/* The program asked libc for something, and for other things. */
	{{{"malloc", "", 0, LIBC, 0x500, false, "c", "", NULL},
	  {"__GI___strdup", "", 0, LIBC, 0x501, false, "c", "", NULL},
	  {"grow", "a.c", 10, PROGRAM, 0x1234, false, "c", "", NULL},
	  {"serve", "a.c", 20, PROGRAM, 0x2234, false, "c", "", NULL},
	  {"main", "a.c", 30, PROGRAM, 0x3234, false, "c", "", NULL}}},
	{{{"fopen@@GLIBC_2.2.5", "", 0, LIBC, 0x502, false, "c", "", NULL},
	  {"grow", "a.c", 10, PROGRAM, 0x1234, false, "c", "", NULL},
	  {"serve", "a.c", 20, PROGRAM, 0x2234, false, "c", "", NULL},
	  {"main", "a.c", 30, PROGRAM, 0x3234, false, "c", "", NULL}}},
	/* Nothing but libraries: they count then. */
	{{{"", "", 0, LIBCXX, 0xa57b9, false, "", "", NULL},
	  {"_dl_init", "", 0, "/lib64/ld-linux-x86-64.so.2", 2, false, "", "", NULL}}},
	{{{"setlocale", "", 0, LIBC, 1, false, "", "", NULL},
	  {"_dl_init", "", 0, "/lib64/ld-linux-x86-64.so.2", 2, false, "", "", NULL}}},
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static uint64_t fingerprint(const struct stack *stack)
{
	struct model_stack of = {stack->frames, 0};

	while (of.frame_count < FRAMES_MAX && stack->frames[of.frame_count].function)
		of.frame_count++;
	return frames_fingerprint(&of, "/nowhere/else");
}

START_TEST(test_alike)
{
	ck_assert_uint_eq(fingerprint(&alike[_i]), fingerprint(&plain));
}
END_TEST

START_TEST(test_different)
{
	ck_assert_uint_ne(fingerprint(&different[_i]), fingerprint(&plain));
	for (int i = 0; i < _i; i++)
		ck_assert_uint_ne(fingerprint(&different[_i]), fingerprint(&different[i]));
}
END_TEST

static const struct {
	const char *function, *name;
} libc_names[] = {
	{"strdup", "strdup"},
	{"__GI___strdup", "strdup"},
	{"fopen@@GLIBC_2.2.5", "fopen"},
	{"_IO_new_fopen", "fopen"},
	{"__realpath_chk", "realpath"},
	{"newlocale", "newlocale"},
	{"_chk", "chk"},
	{"", ""},
	{"___", ""},
};

START_TEST(test_libc_names)
{
	size_t length;
	const char *name = origins_libc_name(libc_names[_i].function, &length);

	ck_assert_uint_eq(length, strlen(libc_names[_i].name));
	ck_assert_int_eq(strncmp(name, libc_names[_i].name, length), 0);
}
END_TEST

START_TEST(test_renamed_executable)
{
	struct model_frame frame = {
		.function = "f", .module = "/a/server-1", .file = "", .note = ""};
	struct model_stack stack = {&frame, 1};
	uint64_t before = frames_fingerprint(&stack, "/a/server-1");

	ck_assert_uint_ne(before, frames_fingerprint(&stack, "/a/other"));
	frame.module = "/b/server-2";
	ck_assert_uint_eq(before, frames_fingerprint(&stack, "/b/server-2"));
}
END_TEST

START_TEST(test_none)
{
	ck_assert_uint_eq(frames_fingerprint(&(struct model_stack){NULL, 0}, ""), 0);
}
END_TEST

START_TEST(test_modules)
{
	ck_assert_int_eq(origins_of_module(LIBC), ORIGIN_LIBC);
	ck_assert_int_eq(origins_of_module("/lib/libc-2.31.so"), ORIGIN_LIBC);
	ck_assert_int_eq(origins_of_module("/lib/libcrypt.so.1"), ORIGIN_PROGRAM);
	ck_assert_int_eq(origins_of_module("/lib/libc"), ORIGIN_PROGRAM);
	ck_assert_int_eq(origins_of_module(LIBCXX), ORIGIN_LIBCXX);
	ck_assert_int_eq(origins_of_module("libc++abi.so.1"), ORIGIN_LIBCXX);
	ck_assert_int_eq(origins_of_module("build/libtenure.so"), ORIGIN_RECORDER);
	ck_assert_int_eq(origins_of_module(""), ORIGIN_PROGRAM);
	ck_assert(origins_is_startup("__libc_start_main@@GLIBC_2.34"));
	ck_assert(!origins_is_startup("clone_record"));
	ck_assert(!origins_is_startup(""));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fingerprints");
	TCase *tests = tcase_create("stacks");

	tcase_add_loop_test(tests, test_alike, 0, COUNT(alike));
	tcase_add_loop_test(tests, test_different, 0, COUNT(different));
	tcase_add_loop_test(tests, test_libc_names, 0, COUNT(libc_names));
	tcase_add_test(tests, test_renamed_executable);
	tcase_add_test(tests, test_none);
	tcase_add_test(tests, test_modules);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
