/* SPDX-License-Identifier: MIT */
/* Lists of mappings, with the names that programs give their files. */
#define _GNU_SOURCE
#include "../../analyzer/record/maps.h"

#include <fcntl.h>
#include <stdio.h>

#include "frozen_program.h"
#include "suite.h"

#define PAGES 4u

static char folder[] = "/tmp/test maps.XXXXXX";
static void *mapped[3];

static void *map_file(const char *name, int protection, int flags)
{
	char path[sizeof folder + 64];
	void *at;
	int fd;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, PAGES * 4096) != 0)
		return NULL;
	at = mmap(NULL, PAGES * 4096, protection, flags, fd, 0);
	close(fd);
	unlink(path);
	return at;
}

static const struct trace_mapping *find(const struct maps *m, const void *address)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->list[i].start == (uint64_t)(uintptr_t)address)
			return &m->list[i];
	ck_abort_msg("no mapping at %p", address);
	return NULL;
}

START_TEST(names_and_flags)
{
	const struct trace_mapping *mapping;
	struct process self;
	struct maps maps;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	mapped[0] = map_file("two  blanks ", PROT_READ | PROT_WRITE, MAP_SHARED);
	mapped[1] = map_file("line\nand line", PROT_READ, MAP_PRIVATE);
	mapped[2] = mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* Neither neighbours with the same flags nor of the same kind: one line of its own. */
	mprotect((char *)mapped[2] + 65536, 65536, PROT_READ | PROT_EXEC);
	process_open(&self, getpid(), -1);
	ck_assert(maps_read(&maps, &self, getpid()));
	for (size_t i = 1; i < maps.count; i++)
		ck_assert_uint_le(maps.list[i - 1].end, maps.list[i].start);
	mapping = find(&maps, mapped[0]);
	ck_assert_uint_eq(mapping->end - mapping->start, PAGES * 4096);
	ck_assert_uint_eq(mapping->flags,
			  TRACE_MAPPING_READ | TRACE_MAPPING_WRITE | TRACE_MAPPING_SHARED);
	ck_assert_ptr_nonnull(strstr(mapping->name, "/test maps."));
	ck_assert_ptr_nonnull(strstr(mapping->name, "/two  blanks  (deleted)"));
	mapping = find(&maps, mapped[1]);
	ck_assert_uint_eq(mapping->flags, TRACE_MAPPING_READ);
	ck_assert_ptr_nonnull(strstr(mapping->name, "/line\nand line (deleted)"));
	mapping = find(&maps, (char *)mapped[2] + 65536);
	ck_assert_uint_eq(mapping->flags, TRACE_MAPPING_READ | TRACE_MAPPING_EXECUTE);
	ck_assert_uint_eq(mapping->end - mapping->start, 65536);
	ck_assert_str_eq(mapping->name, "");
	ck_assert_uint_eq(mapping[-1].flags, 0);
	maps_release(&maps);
	process_close(&self);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

static void run_forever(void)
{
	pause();
}

START_TEST(nothing_to_read)
{
	struct maps maps;

	program_start(run_forever);
	ck_assert(maps_read(&maps, &program, program.pid));
	maps_release(&maps);
	ck_assert(!maps_read(&maps, &program, 1));
	maps_release(&maps);
	kill(program.pid, SIGKILL);
	await_state(program.pid, 'Z');
	ck_assert(!maps_read(&maps, &program, program.pid));
	maps_release(&maps);
	program_kill();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("snapshot_maps");
	TCase *tests = tcase_create("maps");

	tcase_add_test(tests, names_and_flags);
	tcase_add_test(tests, nothing_to_read);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
