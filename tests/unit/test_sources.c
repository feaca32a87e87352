/* SPDX-License-Identifier: MIT */
/* Lines of source files, from good files and from what only pretends to be one. */
#define _GNU_SOURCE
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/symbols/sources.h"
#include "analyzer/symbols/texts.h"
#include "suite.h"

#define LINE_MAX_BYTES 300u
#define MANY_FILES (2 * TEXTS_KEPT)

static char folder[64];
static char module[128];
static struct arena arena;
static struct sources *sources;

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

/* Times are in seconds since 1970. */
static void write_file(const char *name, const char *bytes, size_t count, time_t changed)
{
	struct timespec times[2] = {{.tv_sec = changed}, {.tv_sec = changed}};
	FILE *file = fopen(path_of(name), "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, count, file), count);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, path_of(name), times, 0), 0);
}

static void write_text(const char *name, const char *text)
{
	write_file(name, text, strlen(text), 1000);
}

static void setup(void)
{
	strcpy(folder, "/tmp/tenure-sources-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	write_file("prog", "ELF", 3, 2000);
	snprintf(module, sizeof module, "%s/prog", folder);
	sources = sources_new(&arena);
}

static void teardown(void)
{
	char command[96];

	sources_free(sources);
	arena_release(&arena);
	snprintf(command, sizeof command, "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static const struct model_source *find(const char *name, uint32_t line)
{
	return sources_find(sources, module, path_of(name), line);
}

static void check(const struct model_source *source, uint32_t first, uint32_t count,
		  const char *first_line, const char *last_line)
{
	ck_assert_ptr_nonnull(source);
	ck_assert_uint_eq(source->first_line, first);
	ck_assert_uint_eq(source->line_count, count);
	ck_assert_str_eq(source->lines[0], first_line);
	ck_assert_str_eq(source->lines[count - 1], last_line);
}

/* Lines of a text without number of their own. */
static void write_numbers(const char *name, uint32_t count)
{
	char *text = malloc(8 * count);
	size_t length = 0;

	for (uint32_t i = 1; i <= count; i++)
		length += (size_t)sprintf(text + length, "%u\n", i);
	write_file(name, text, length, 1000);
	free(text);
}

START_TEST(test_lines_around)
{
	write_numbers("a.c", 1000);
	check(find("a.c", 1), 1, 4, "1", "4");
	check(find("a.c", 3), 1, 6, "1", "6");
	check(find("a.c", 4), 1, 7, "1", "7");
	check(find("a.c", 5), 2, 7, "2", "8");
	check(find("a.c", 64), 61, 7, "61", "67");
	check(find("a.c", 500), 497, 7, "497", "503");
	check(find("a.c", 999), 996, 5, "996", "1000");
	check(find("a.c", 1000), 997, 4, "997", "1000");
	ck_assert_ptr_null(find("a.c", 1001));
	ck_assert_ptr_null(find("a.c", UINT32_MAX));
	ck_assert_ptr_null(find("a.c", 0));
	ck_assert(!find("a.c", 1)->newer);
}
END_TEST

START_TEST(test_same_place_is_the_same)
{
	write_numbers("a.c", 10);
	ck_assert_ptr_nonnull(find("a.c", 5));
	ck_assert_ptr_eq(find("a.c", 5), find("a.c", 5));
	ck_assert_ptr_ne(find("a.c", 5), find("a.c", 6));
	ck_assert_ptr_eq(find("a.c", 5), sources_find(sources, module, "a.c", 5));
}
END_TEST

START_TEST(test_ends_of_lines)
{
	write_text("unended.c", "one\ntwo");
	check(find("unended.c", 2), 1, 2, "one", "two");
	ck_assert_ptr_null(find("unended.c", 3));
	write_text("dos.c", "one\r\n\r\nthree\r\nfour\r");
	check(find("dos.c", 1), 1, 4, "one", "four");
	ck_assert_str_eq(find("dos.c", 2)->lines[1], "");
	write_text("blank.c", "\n\n");
	check(find("blank.c", 2), 1, 2, "", "");
	ck_assert_ptr_null(find("blank.c", 3));
}
END_TEST

START_TEST(test_long_lines_are_cut)
{
	char text[1000];

	memset(text, 'x', sizeof text);
	text[500] = '\n';
	memcpy(text + 501 + LINE_MAX_BYTES - 2, "\xe2\x82\xac", 3);
	write_file("long.c", text, sizeof text, 1000);
	check(find("long.c", 1), 1, 2, find("long.c", 1)->lines[0], find("long.c", 1)->lines[1]);
	ck_assert_uint_eq(strlen(find("long.c", 1)->lines[0]), LINE_MAX_BYTES);
	/* Not through a character. */
	ck_assert_uint_eq(strlen(find("long.c", 1)->lines[1]), LINE_MAX_BYTES - 2);
	memset(text, 0x80, sizeof text);
	write_file("bytes.c", text, sizeof text, 1000);
	ck_assert_uint_ge(strlen(find("bytes.c", 1)->lines[0]), LINE_MAX_BYTES - 3);
}
END_TEST

/* None of these may be opened for long, or at all. */
START_TEST(test_what_is_no_text)
{
	char *large = calloc(1, (4u << 20) + 1);

	ck_assert_int_eq(mkdir(path_of("folder.c"), 0700), 0);
	ck_assert_int_eq(mkfifo(path_of("fifo.c"), 0600), 0);
	ck_assert_int_eq(symlink("fifo.c", path_of("link.c")), 0);
	write_file("binary.c", "one\n\0two\n", 9, 1000);
	write_text("empty.c", "");
	memset(large, '\n', (4u << 20) + 1);
	write_file("large.c", large, (4u << 20) + 1, 1000);
	write_file("fits.c", large, 4u << 20, 1000);
	free(large);
	ck_assert_ptr_null(find("folder.c", 1));
	ck_assert_ptr_null(find("fifo.c", 1));
	ck_assert_ptr_null(find("link.c", 1));
	ck_assert_ptr_null(find("binary.c", 1));
	ck_assert_ptr_null(find("empty.c", 1));
	ck_assert_ptr_null(find("large.c", 1));
	ck_assert_ptr_nonnull(find("fits.c", 4u << 20));
	ck_assert_ptr_null(find("missing.c", 1));
	ck_assert_ptr_null(find("missing.c", 1));
	ck_assert_ptr_null(sources_find(sources, module, "/proc/self/environ", 1));
	ck_assert_ptr_null(sources_find(sources, module, "/dev/tty", 1));
	ck_assert_ptr_null(sources_find(sources, module, "", 1));
}
END_TEST

START_TEST(test_relative_paths)
{
	char here[128];

	ck_assert_int_eq(mkdir(path_of("src"), 0700), 0);
	write_text("src/a.c", "one\n");
	check(sources_find(sources, module, "src/a.c", 1), 1, 1, "one", "one");
	check(sources_find(sources, module, "./src/../src/a.c", 1), 1, 1, "one", "one");
	ck_assert_ptr_null(sources_find(sources, module, "a.c", 1));
	/* Where we are is of no account. */
	ck_assert_ptr_nonnull(getcwd(here, sizeof here));
	ck_assert_int_eq(chdir(path_of("src")), 0);
	ck_assert_ptr_null(sources_find(sources, module, "a.c", 1));
	ck_assert_ptr_null(sources_find(sources, "prog", "a.c", 1));
	ck_assert_ptr_null(sources_find(sources, "./prog", "a.c", 1));
	ck_assert_ptr_null(sources_find(sources, "", "a.c", 1));
	ck_assert_int_eq(chdir(here), 0);
}
END_TEST

START_TEST(test_newer)
{
	char other[128];

	write_file("old.c", "one\n", 4, 1999);
	write_file("same.c", "one\n", 4, 2000);
	write_file("new.c", "one\n", 4, 2001);
	ck_assert(!find("old.c", 1)->newer);
	ck_assert(!find("same.c", 1)->newer);
	ck_assert(find("new.c", 1)->newer);
	/* Another module may be newer still, or gone. */
	write_file("later", "", 0, 2002);
	strcpy(other, path_of("later"));
	ck_assert(!sources_find(sources, other, path_of("new.c"), 1)->newer);
	ck_assert(!sources_find(sources, "/nowhere/prog", path_of("new.c"), 1)->newer);
	ck_assert(find("new.c", 1)->newer);
}
END_TEST

/* More files than are kept at a time, in turn. */
START_TEST(test_many_files)
{
	char name[32], text[64];

	for (uint32_t i = 0; i < MANY_FILES; i++) {
		snprintf(name, sizeof name, "%u.c", i);
		snprintf(text, sizeof text, "first of %u\n2\n3\n4\n5\n6\n7\nlast of %u\n", i, i);
		write_text(name, text);
	}
	for (uint32_t line = 1; line <= 8; line++) {
		for (uint32_t i = 0; i < MANY_FILES; i++) {
			const struct model_source *source;

			snprintf(name, sizeof name, "%u.c", i);
			snprintf(text, sizeof text, "%s of %u", line > 4 ? "last" : "first", i);
			source = find(name, line);
			ck_assert_ptr_nonnull(source);
			if (line <= 4)
				ck_assert_str_eq(source->lines[0], text);
			else
				ck_assert_str_eq(source->lines[source->line_count - 1], text);
			ck_assert_ptr_eq(source, find(name, line));
		}
	}
}
END_TEST

/* Kept are the texts that were used last, as many as there is room for. */
START_TEST(test_room_for_texts)
{
	static struct texts texts;
	char *large = malloc(4u << 20);
	char name[32];

	memset(large, '\n', 4u << 20);
	for (uint32_t i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "%u.c", i);
		write_file(name, large, 4u << 20, 1000);
		ck_assert_ptr_nonnull(texts_read(&texts, texts_find(&texts, path_of(name))));
		ck_assert_ptr_nonnull(texts_read(&texts, texts_find(&texts, path_of("0.c"))));
	}
	ck_assert_uint_eq(texts.kept_count, 8);
	ck_assert_uint_eq(texts.kept_bytes, 8u * (4u << 20));
	ck_assert_uint_eq(texts.read_bytes, 20ull * (4u << 20));
	/* In the end nothing more is read; what is known by then stays. */
	texts.read_bytes = 1ull << 30;
	ck_assert_ptr_null(texts_read(&texts, texts_find(&texts, path_of("1.c"))));
	ck_assert_ptr_nonnull(texts_read(&texts, texts_find(&texts, path_of("0.c"))));
	texts_release(&texts);
	free(large);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sources");
	TCase *tests = tcase_create("files");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_lines_around);
	tcase_add_test(tests, test_same_place_is_the_same);
	tcase_add_test(tests, test_ends_of_lines);
	tcase_add_test(tests, test_long_lines_are_cut);
	tcase_add_test(tests, test_what_is_no_text);
	tcase_add_test(tests, test_relative_paths);
	tcase_add_test(tests, test_newer);
	tcase_add_test(tests, test_many_files);
	tcase_add_test(tests, test_room_for_texts);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
