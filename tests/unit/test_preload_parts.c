/* SPDX-License-Identifier: MIT */
/*
 * The recorder's small parts: settings, fault injection, environment, what may be preloaded.
 */
#define _GNU_SOURCE
#include <check.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "preload/arch.h"
#include "preload/environment.h"
#include "preload/exec_target.h"
#include "preload/fail.h"
#include "preload/next.h"
#include "preload/settings.h"
#include "suite.h"

START_TEST(settings_are_parsed)
{
	settings_start("collector=abc-1:follow=none:on-full=drop:output=a\\:b/%p.tenure:"
		       "unknown=1:nonsense:stack-depth=64:fail-alloc=size\\:100");
	ck_assert_str_eq(settings.collector, "abc-1");
	ck_assert(!settings.follow_children);
	ck_assert(settings.drop_when_full);
	ck_assert_str_eq(settings.output, "a:b/%p.tenure");
	ck_assert_uint_eq(settings.stack_depth, 64);
	ck_assert_str_eq(settings.fail_alloc, "size:100");
}
END_TEST

START_TEST(settings_stay_in_range)
{
	char *long_options = malloc(100000);

	memset(long_options, 'x', 100000);
	memcpy(long_options, "output=", 7);
	long_options[99999] = '\0';
	settings_start(long_options);
	ck_assert_str_eq(settings.output, "");
	free(long_options);
	settings_start("stack-depth=99999999999999999999");
	ck_assert_uint_eq(settings.stack_depth, 4096);
	settings_start("stack-depth=");
	ck_assert_uint_eq(settings.stack_depth, 4096);
	settings_start("stack-depth=1");
	ck_assert_uint_eq(settings.stack_depth, 2);
	settings_start("stack-depth=0");
	ck_assert_uint_eq(settings.stack_depth, 0);
	settings_start("sample=65536");
	ck_assert_uint_eq(settings.sample, 65536);
	settings_start("sample=512KiB:follow=none");
	ck_assert_uint_eq(settings.sample, 512 << 10);
	settings_start("sample=3G");
	ck_assert_uint_eq(settings.sample, 3ull << 30);
	settings_start("fail-alloc=every:2:sample=65536");
	ck_assert_uint_eq(settings.sample, 0);
	settings_start("=:=::");
}
END_TEST

static unsigned failures(const char *specification, unsigned calls, size_t size)
{
	unsigned failed = 0;

	fail_start(specification);
	for (unsigned i = 0; i < calls; i++)
		failed += fail_now(size);
	return failed;
}

START_TEST(failures_are_as_specified)
{
	static const struct {
		const char *specification;
		unsigned calls;
		size_t size;
		unsigned low, high;
	} cases[] = {
		{"", 100, 10, 0, 0},
		{"nonsense:5", 100, 10, 0, 0},
		{"after:30", 100, 10, 70, 70},
		{"after:0", 100, 10, 100, 100},
		{"every:7", 100, 10, 14, 14},
		{"every:0", 100, 10, 0, 0},
		{"size:1000", 100, 999, 0, 0},
		{"size:1000", 100, 1000, 100, 100},
		{"prob:0", 1000, 10, 0, 0},
		{"prob:1", 1000, 10, 1000, 1000},
		{"prob:1.0", 1000, 10, 1000, 1000},
		/* Binomial, 10,000 draws of 0.25: 2,500 with a standard deviation of 43. */
		{"prob:0.25,17", 10000, 10, 2250, 2750},
	};
	unsigned failed = failures(cases[_i].specification, cases[_i].calls, cases[_i].size);

	ck_assert_uint_ge(failed, cases[_i].low);
	ck_assert_uint_le(failed, cases[_i].high);
}
END_TEST

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1 /* such a program wants its own library first */
#else
#define SANITIZED 0
#endif

static bool takes_preload(int directory, const char *path, bool search_path)
{
	struct exec_target target;

	exec_target_judge(&target, directory, path, search_path);
	return exec_target_takes_variables(&target);
}

START_TEST(programs_that_take_a_preload)
{
	/* This one: of the right processor, also where that is an emulated one. */
	char path[4096], *slash;
	ssize_t bytes = readlink("/proc/self/exe", path, sizeof path - 1);
	int fd;

	ck_assert_int_gt(bytes, 0);
	path[bytes] = '\0';
	ck_assert_int_eq(takes_preload(AT_FDCWD, path, false), !SANITIZED);
	fd = open(path, O_PATH);
	ck_assert_int_eq(takes_preload(fd, "", false), !SANITIZED);
	close(fd);
	slash = strrchr(path, '/');
	*slash = '\0';
	setenv("PATH", path, 1);
	ck_assert_int_eq(takes_preload(AT_FDCWD, slash + 1, true), !SANITIZED);
	ck_assert(takes_preload(AT_FDCWD, "/nonexistent", false));
	ck_assert(takes_preload(AT_FDCWD, "", false));
}
END_TEST

/* A program with nothing but an ELF header, and what is said of it. */
static void expect_reason(const ElfW(Ehdr) * header, enum unrecorded_reason reason)
{
	char folder[] = "/tmp/tenure-test-XXXXXX", path[sizeof folder + 16];
	struct exec_target target;
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	strcat(strcpy(path, folder), "/program");
	fd = open(path, O_WRONLY | O_CREAT, 0755);
	ck_assert_int_eq(write(fd, header, sizeof *header), sizeof *header);
	close(fd);
	exec_target_judge(&target, AT_FDCWD, path, false);
	unlink(path);
	rmdir(folder);
	ck_assert_int_eq(target.reason, reason);
	ck_assert_uint_eq(target.path_bytes, strlen(path));
	ck_assert_mem_eq(target.path, path, target.path_bytes);
}

START_TEST(programs_that_cannot_be_recorded)
{
	ElfW(Ehdr) header = {.e_ident = ELFMAG,
			     .e_machine = ARCH_MACHINE,
			     .e_phoff = sizeof header,
			     .e_phnum = 0};

	header.e_ident[EI_CLASS] = ELFCLASS32;
	expect_reason(&header, UNRECORDED_OTHER_CLASS);
	header.e_ident[EI_CLASS] = ELFCLASS64;
	expect_reason(&header, UNRECORDED_STATIC);
	header.e_phnum = UINT16_MAX; /* beyond the file */
	expect_reason(&header, UNRECORDED_STATIC);
	header.e_machine = EM_SPARCV9;
	expect_reason(&header, UNRECORDED_OTHER_MACHINE);
}
END_TEST

START_TEST(environments_are_extended)
{
	char options[] = "TENURE_OPTIONS=x=1", home[] = "HOME=/h", users[] = "LD_PRELOAD=libm.so.6";
	char *envp[] = {home, users, options, NULL};
	char room[4096], **extended;

	ck_assert_uint_le(environment_extended_bytes(envp), sizeof room);
	ck_assert_uint_gt(environment_extended_bytes(envp), 0);
	extended = environment_extend(envp, room);
	ck_assert_str_eq(extended[0], home);
	ck_assert_str_eq(extended[1], "LD_PRELOAD=:libm.so.6"); /* the library has no path here */
	ck_assert_str_eq(extended[2], options);
	ck_assert_ptr_null(extended[3]);
}
END_TEST

START_TEST(bootstrap_blocks_are_aligned_and_bounded)
{
	char *a = next_bootstrap_alloc(10, 0), *b = next_bootstrap_alloc(1, 256);

	ck_assert_uint_eq((uintptr_t)a % 16, 0);
	ck_assert_uint_eq((uintptr_t)b % 256, 0);
	ck_assert_uint_eq(next_bootstrap_size(a), 10);
	ck_assert(next_is_bootstrap(a) && next_is_bootstrap(b) && !next_is_bootstrap(&a));
	ck_assert_ptr_null(next_bootstrap_alloc(SIZE_MAX, 0));
	while (next_bootstrap_alloc(1000, 0))
		;
	ck_assert_ptr_null(next_bootstrap_alloc(1000, 0));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("preload/parts");
	TCase *tests = tcase_create("parts");

	tcase_add_test(tests, settings_are_parsed);
	tcase_add_test(tests, settings_stay_in_range);
	tcase_add_loop_test(tests, failures_are_as_specified, 0, 12);
	tcase_add_test(tests, programs_that_take_a_preload);
	tcase_add_test(tests, programs_that_cannot_be_recorded);
	tcase_add_test(tests, environments_are_extended);
	tcase_add_test(tests, bootstrap_blocks_are_aligned_and_bounded);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
