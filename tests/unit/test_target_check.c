/* SPDX-License-Identifier: MIT */
/* Programs of every kind that can or cannot be recorded; ELF files that no compiler here can make
 * are edited copies of ls. */
#define _GNU_SOURCE
#include "../../analyzer/record/target_check.h"
#include "suite.h"

#include <check.h>
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/tenure-test-XXXXXX";

static void enter_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert_int_eq(chmod(folder, 0755), 0);
}

static void leave_folder(void)
{
	char *command;

	ck_assert_int_gt(asprintf(&command, "rm -rf '%s'", folder), 0);
	ck_assert_int_eq(system(command), 0);
	free(command);
}

static void write_program(const char *name, const char *content, size_t bytes)
{
	FILE *file = fopen(name, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(content, 1, bytes, file), bytes);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(name, 0755), 0);
}

static void write_script(const char *name, const char *content)
{
	write_program(name, content, strlen(content));
}

/* A copy of a program in memory, to be freed. */
static char *load(const char *path, size_t *bytes)
{
	FILE *file = fopen(path, "r");
	struct stat status;
	char *content;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fstat(fileno(file), &status), 0);
	*bytes = (size_t)status.st_size;
	content = malloc(*bytes);
	ck_assert_uint_eq(fread(content, 1, *bytes, file), *bytes);
	fclose(file);
	return content;
}

static ElfW(Phdr) * segment(char *image, uint32_t type)
{
	const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)image;
	ElfW(Phdr) *segments = (ElfW(Phdr) *)(image + header->e_phoff);

	for (int i = 0; i < header->e_phnum; i++)
		if (segments[i].p_type == type)
			return &segments[i];
	ck_abort_msg("no such segment");
	return NULL;
}

static void expect(const char *name, int status, const char *word)
{
	struct target_verdict verdict;

	target_check(name, &verdict);
	ck_assert_msg(verdict.status == status, "%s: status %d, expected %d: %s", name,
		      verdict.status, status, verdict.problem);
	ck_assert_msg(!word || strstr(verdict.problem, word), "'%s' is not in '%s'", word,
		      verdict.problem);
	if (status)
		ck_assert_ptr_nonnull(strstr(verdict.problem, name));
	ck_assert_ptr_null(strchr(verdict.problem, '\n'));
}

START_TEST(ordinary_programs_pass)
{
	expect("/bin/ls", 0, NULL);
	expect("ls", 0, NULL);
}
END_TEST

START_TEST(what_exec_would_not_find)
{
	expect("no-such-program", 127, "not found");
	expect("./no-such-program", 127, "not found");
	expect("/etc/passwd/x", 127, "not found");
	expect("", 127, "not found");
	expect("/usr", 126, "folder");
	expect("/etc/passwd", 126, "permission denied");
}
END_TEST

START_TEST(path_is_searched_as_by_exec)
{
	write_script("here", "#!/bin/sh\n");
	write_script("denied", "#!/bin/sh\n");
	ck_assert_int_eq(chmod("denied", 0644), 0);
	ck_assert_int_eq(mkdir("sub", 0755), 0);
	ck_assert_int_eq(mkdir("sub/here", 0755), 0);
	setenv("PATH", "/nonexistent:sub:", 1);
	expect("here", 0, NULL);
	expect("denied", 126, "permission denied");
	expect("elsewhere", 127, NULL);
	setenv("PATH", "", 1);
	expect("here", 0, NULL);
	unsetenv("PATH");
	expect("ls", 0, NULL);
}
END_TEST

START_TEST(static_program)
{
	size_t bytes;
	char *image = load("/bin/ls", &bytes);

	segment(image, PT_INTERP)->p_type = PT_NULL;
	write_program("static", image, bytes);
	expect("./static", 125, "static");
	free(image);
}
END_TEST

START_TEST(musl_program)
{
	static const char loader[] = "/lib/ld-musl-x86_64.so.1";
	size_t bytes;
	char *image = load("/bin/ls", &bytes);
	ElfW(Phdr) *interpreter = segment(image, PT_INTERP);

	ck_assert_uint_ge(interpreter->p_filesz, sizeof loader);
	memcpy(image + interpreter->p_offset, loader, sizeof loader);
	write_program("musl", image, bytes);
	expect("./musl", 125, "musl");
	free(image);
}
END_TEST

START_TEST(foreign_programs)
{
	size_t bytes;
	char *image = load("/bin/ls", &bytes);
	ElfW(Ehdr) *header = (ElfW(Ehdr) *)image;

	header->e_machine = EM_S390;
	write_program("foreign", image, bytes);
	expect("./foreign", 125, "another processor");
	image[EI_CLASS] = image[EI_CLASS] == ELFCLASS64 ? ELFCLASS32 : ELFCLASS64;
	write_program("narrow", image, bytes);
	expect("./narrow", 125, "-bit program");
	free(image);
}
END_TEST

/* Renames a symbol to one that only a sanitizer brings along. */
START_TEST(sanitized_program)
{
	static const char symbol[] = "__libc_start_main", mark[] = "__asan_init";
	size_t bytes;
	char *image = load("/bin/ls", &bytes);
	char *name = memmem(image, bytes, symbol, sizeof symbol);

	ck_assert_ptr_nonnull(name);
	memcpy(name, mark, sizeof mark);
	write_program("sanitized", image, bytes);
	expect("./sanitized", 125, "AddressSanitizer");
	free(image);
}
END_TEST

START_TEST(damaged_programs_are_no_crash)
{
	size_t bytes;
	char *image = load("/bin/ls", &bytes);
	struct target_verdict verdict;
	unsigned seed = 1;

	for (size_t cut = 0; cut < 1024; cut += 7) {
		write_program("damaged", image, cut);
		target_check("./damaged", &verdict);
	}
	for (int i = 0; i < 500; i++) {
		char *copy = malloc(bytes);

		memcpy(copy, image, bytes);
		for (int j = 0; j < 20; j++)
			copy[(unsigned)rand_r(&seed) % 1024] ^= (char)(1 << rand_r(&seed) % 8);
		unlink("damaged");
		write_program("damaged", copy, bytes);
		target_check("./damaged", &verdict);
		free(copy);
	}
	free(image);
}
END_TEST

START_TEST(privileged_programs)
{
	size_t bytes;
	char *image = load("/bin/ls", &bytes);

	write_program("privileged", image, bytes);
	free(image);
	ck_assert_int_eq(chmod("privileged", 04755), 0);
	expect("./privileged", 0, NULL); /* it is ours already */
	if (geteuid() != 0 || chown("privileged", 65534, 65534) != 0)
		return; /* only root can give files away */
	ck_assert_int_eq(chmod("privileged", 04755), 0);
	expect("./privileged", 125, "setuid");
	ck_assert_int_eq(chmod("privileged", 02755), 0);
	expect("./privileged", 125, "setgid");
	ck_assert_int_eq(chmod("privileged", 02745), 0);
	expect("./privileged", 0, NULL); /* mandatory locking, once */
}
END_TEST

START_TEST(scripts_count_as_their_interpreter)
{
	size_t bytes;
	char *image = load("/bin/ls", &bytes);

	segment(image, PT_INTERP)->p_type = PT_NULL;
	write_program("static", image, bytes);
	free(image);
	setenv("PATH", "/bin:/usr/bin:.", 1);
	write_script("plain", "#!/bin/sh\nexit\n");
	expect("./plain", 0, NULL);
	write_script("blanks", "#! \t /bin/sh -e\nexit\n");
	expect("./blanks", 0, NULL);
	write_script("by-env", "#!/usr/bin/env sh\nexit\n");
	expect("./by-env", 0, NULL);
	write_script("no-mark", "echo\n");
	expect("./no-mark", 0, NULL);
	write_script("to-static", "#!./static\n");
	expect("./to-static", 125, "static");
	write_script("to-static-env", "#!/usr/bin/env -S A=b static -x\n");
	expect("./to-static-env", 125, "static");
	write_script("twice", "#!./to-static\n");
	expect("./twice", 125, "static");
	write_script("missing", "#!/no/such/interpreter\n");
	expect("./missing", 127, "/no/such/interpreter");
	write_script("itself", "#!./itself\n");
	expect("./itself", 0, NULL); /* the kernel's business */
	write_script("empty", "#!\n");
	expect("./empty", 0, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("target_check");
	TCase *tcase = tcase_create("target_check");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, enter_folder, leave_folder);
	tcase_add_test(tcase, ordinary_programs_pass);
	tcase_add_test(tcase, what_exec_would_not_find);
	tcase_add_test(tcase, path_is_searched_as_by_exec);
	tcase_add_test(tcase, static_program);
	tcase_add_test(tcase, musl_program);
	tcase_add_test(tcase, foreign_programs);
	tcase_add_test(tcase, sanitized_program);
	tcase_add_test(tcase, damaged_programs_are_no_crash);
	tcase_add_test(tcase, privileged_programs);
	tcase_add_test(tcase, scripts_count_as_their_interpreter);
	return suite_run(suite);
}
