/* SPDX-License-Identifier: MIT */
/*
 * compiled_fixture.h - files that the compiler and the tools of binutils make for a test, in a folder
 * of its own. Commands find the compilers in $CC and $CXX. Include it in one file of a program.
 */
#ifndef TENURE_COMPILED_FIXTURE_H
#define TENURE_COMPILED_FIXTURE_H

#include <check.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIXTURE_MOST_BYTES (1u << 20)

static char fixture_folder[] = "/tmp/tenure-symbols-XXXXXX";

__attribute__((format(printf, 1, 2))) static void fixture_shell(const char *format, ...)
{
	char *command;
	va_list args;

	va_start(args, format);
	ck_assert_int_ge(vasprintf(&command, format, args), 0);
	va_end(args);
	ck_assert_msg(system(command) == 0, "failed: %s", command);
	free(command);
}

static void fixture_write(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

/* Goes there; it has an empty folder "src". */
static void fixture_make_folder(void)
{
	const char *cc = getenv("CC");
	const char *cxx = getenv("CXX");

	memset(fixture_folder + strlen(fixture_folder) - 6, 'X', 6); /* of a case before */
	ck_assert_ptr_nonnull(mkdtemp(fixture_folder));
	ck_assert_int_eq(chdir(fixture_folder), 0);
	ck_assert_int_eq(mkdir("src", 0700), 0);
	setenv("CC", cc && *cc ? cc : "cc", 1);
	setenv("CXX", cxx && *cxx ? cxx : "c++", 1);
}

static void fixture_remove_folder(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	fixture_shell("rm -r %s", fixture_folder);
}

static uint64_t fixture_random(uint64_t *state)
{
	/* Marsaglia, "Xorshift RNGs", 2003. */
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Copies a file with some bits turned over; one in eight copies is cut short, too. */
static void fixture_damage(const char *from, const char *to, unsigned round)
{
	uint64_t random = 0x9e3779b97f4a7c15ull * (uint64_t)(round + 1);
	FILE *file = fopen(from, "r");
	char *bytes = malloc(FIXTURE_MOST_BYTES);
	size_t length;

	ck_assert_ptr_nonnull(file);
	length = fread(bytes, 1, FIXTURE_MOST_BYTES, file);
	ck_assert(feof(file));
	fclose(file);
	for (unsigned i = 0; i < 1 + random % 64; i++)
		bytes[fixture_random(&random) % length] ^= 1 << fixture_random(&random) % 8;
	if (round % 8 == 0)
		length = fixture_random(&random) % length;
	file = fopen(to, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
	ck_assert_int_eq(fclose(file), 0);
	free(bytes);
}

#endif
