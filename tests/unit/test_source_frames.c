/* SPDX-License-Identifier: MIT */
/* Frames of a model that quote their source: a library made here, and the file it was made from. */
#define _GNU_SOURCE
#include <check.h>
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden_trace.h"
#include "suite.h"

static stack_id probe_stack;

static void write_library(void)
{
	const char *cc = getenv("CC");
	char text[256];
	FILE *file;

	snprintf(text, sizeof text, "%s/probe.c", folder);
	file = fopen(text, "w");
	ck_assert_ptr_nonnull(file);
	fputs("/* A probe. */\nint probe(int n)\n{\n\treturn n + 1;\n}\n", file);
	ck_assert_int_eq(fclose(file), 0);
	snprintf(text, sizeof text, "%s -w -O0 -g -fPIC -shared -o %s/probe.so %s/probe.c",
		 cc && *cc ? cc : "cc", folder, folder);
	ck_assert_int_eq(system(text), 0);
}

/* The address of the function, relative to the library's start. */
static uint64_t find_probe(const char *library_path)
{
	void *library = dlopen(library_path, RTLD_NOW | RTLD_LOCAL);
	struct link_map *map;
	uint64_t offset;

	ck_assert_msg(library != NULL, "%s", dlerror());
	ck_assert_int_eq(dlinfo(library, RTLD_DI_LINKMAP, &map), 0);
	offset = (uint64_t)(uintptr_t)dlsym(library, "probe") - map->l_addr;
	dlclose(library);
	return offset;
}

static void setup_probe(void)
{
	char library[96];
	module_id probe_module;

	setup();
	write_library();
	snprintf(library, sizeof library, "%s/probe.so", folder);
	probe_module = writer_module(writer, &(struct trace_module){
						     .path = library,
						     .bias = 0x100000,
						     .start = 0x100000,
						     .end = 0x200000,
					     });
	probe_stack = writer_stack(writer, stack_a, probe_module, find_probe(library));
}

static void teardown_probe(void)
{
	char path_of_file[96];

	snprintf(path_of_file, sizeof path_of_file, "%s/probe.c", folder);
	unlink(path_of_file);
	snprintf(path_of_file, sizeof path_of_file, "%s/probe.so", folder);
	unlink(path_of_file);
	teardown();
}

/* A leak and a double free. */
static void write_events(void)
{
	put(EVENT_ALLOC, API_MALLOC, 0x1000, 10, probe_stack, 0);
	put(EVENT_ALLOC, API_MALLOC, 0x2000, 10, probe_stack, 0);
	release_at(API_FREE, 0x2000, probe_stack);
	release_at(API_FREE, 0x2000, probe_stack);
}

static void check_quote(const struct model_stack *stack)
{
	const struct model_source *source;

	ck_assert_uint_eq(stack->frame_count, 3);
	source = stack->frames[0].source;
	ck_assert_ptr_nonnull(source);
	ck_assert_uint_eq(source->first_line, 1);
	ck_assert_uint_eq(source->line_count, 5);
	ck_assert_str_eq(source->lines[1], "int probe(int n)");
	ck_assert_str_eq(source->lines[stack->frames[0].line - 1], "{");
	ck_assert(!source->newer);
	ck_assert_ptr_null(stack->frames[1].source);
}

START_TEST(test_sites_and_findings)
{
	static const struct build_options options = {.sources = true, .details = true};
	const struct model *model;

	write_events();
	model = judge_as(&options);
	ck_assert_uint_eq(model->site_count, 1);
	ck_assert_uint_eq(model->finding_count, 1);
	check_quote(&model->sites[0].stack);
	check_quote(&model->sites[0].releasers[0].stack);
	check_quote(&model->findings[0].allocation);
	check_quote(&model->findings[0].release);
	check_quote(&model->findings[0].first_release);
	ck_assert_ptr_eq(model->sites[0].stack.frames[0].source,
			 model->findings[0].release.frames[0].source);
}
END_TEST

START_TEST(test_only_if_asked_for)
{
	write_events();
	judge();
	ck_assert_str_eq(build.model.sites[0].stack.frames[0].function, "probe");
	ck_assert_ptr_null(build.model.sites[0].stack.frames[0].source);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("source frames");
	TCase *tests = tcase_create("golden traces");

	tcase_add_checked_fixture(tests, setup_probe, teardown_probe);
	tcase_add_test(tests, test_sites_and_findings);
	tcase_add_test(tests, test_only_if_asked_for);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
