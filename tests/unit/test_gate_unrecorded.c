/* SPDX-License-Identifier: MIT */
/* Programs that were executed and not recorded: nothing is clean that nobody looked at. */
#define _GNU_SOURCE
#include <check.h>
#include <stdlib.h>

#include "gate_processes.h"
#include "suite.h"

static const char *const command[] = {"python3", "tests.py", NULL};

/* A process that executed one such program. */
static struct process *executing(const char *program, struct model_unrecorded *executed,
				 const char *path)
{
	struct process *p = process(program);

	*executed = (struct model_unrecorded){path, "statically linked", 3};
	p->model.run.unrecorded = executed;
	p->model.run.unrecorded_count = 1;
	return p;
}

static const struct model_gate *conclude_one(const char *program, const char *path)
{
	static struct model_unrecorded executed;

	fixture_open();
	add_as(process("/usr/bin/python3"), GATE_ROLE_COMMAND);
	add(executing(program, &executed, path));
	return gate_conclude(fixture.gate);
}

START_TEST(test_it_is_missing_evidence)
{
	const struct model_gate *gate = conclude_one("/project/build/server", "./tool");

	ck_assert_int_eq(gate->verdict, GATE_NO_VERDICT);
	ck_assert_uint_eq(gate->missing_count, 1);
	ck_assert_str_eq(gate->missing[0],
			 "server (process 102): it executed ./tool, which could not be recorded: "
			 "statically linked");
	ck_assert_uint_eq(gate->processes[1].missing_count, 1);
	ck_assert_str_eq(gate->processes[1].missing[0],
			 "it executed ./tool, which could not be recorded: statically linked");
	ck_assert_uint_eq(gate->processes[0].missing_count, 0);
}
END_TEST

/* Those without a path may be any. */
START_TEST(test_others_are_missing_evidence)
{
	fixture.options.command = command;
	ck_assert_int_eq(conclude_one("/project/build/server", "")->verdict, GATE_NO_VERDICT);
}
END_TEST

START_TEST(test_programs_of_the_system_are_noted)
{
	const struct model_gate *gate;

	fixture.options.command = command;
	gate = conclude_one("/project/build/server", "/usr/bin/sudo");
	ck_assert_int_eq(gate->verdict, GATE_CLEAN);
	ck_assert_uint_eq(gate->processes[1].missing_count, 0);
	ck_assert_uint_eq(gate->note_count, 1);
	ck_assert_ptr_nonnull(strstr(gate->notes[0], "/usr/bin/sudo"));
}
END_TEST

START_TEST(test_all_of_the_system_count_on_request)
{
	fixture.options.command = command;
	fixture.options.system = true;
	ck_assert_int_eq(conclude_one("/project/build/server", "/usr/bin/sudo")->verdict,
			 GATE_NO_VERDICT);
}
END_TEST

START_TEST(test_traces_that_are_given_count_all)
{
	ck_assert_int_eq(conclude_one("/project/build/server", "/usr/bin/sudo")->verdict,
			 GATE_NO_VERDICT);
}
END_TEST

START_TEST(test_excluded_programs_are_not_missed)
{
	static const char *const globs[] = {"build/tool", "*/tool", "tool", "/project/build/*"};
	const struct model_gate *gate;

	fixture.options.command = command;
	fixture.options.exclude = (struct gate_globs){&globs[_i], 1};
	gate = conclude_one("/project/server", "/project/build/tool");
	ck_assert_int_eq(gate->verdict, GATE_CLEAN);
	ck_assert_uint_eq(gate->note_count, 0);
}
END_TEST

/* The shell that a test suite uses is not judged; what it executes is. */
START_TEST(test_it_does_not_matter_who_executed_it)
{
	const struct model_gate *gate;

	fixture.options.command = command;
	gate = conclude_one("/bin/sh", "./tool");
	ck_assert_int_eq(gate->verdict, GATE_NO_VERDICT);
	ck_assert_str_ne(gate->processes[1].skipped, "");
	ck_assert_uint_eq(gate->processes[1].missing_count, 0);
	ck_assert_uint_eq(gate->missing_count, 1);
	ck_assert_ptr_nonnull(strstr(gate->missing[0], "sh (process 102): it executed ./tool"));
}
END_TEST

START_TEST(test_many_processes_are_one_sentence)
{
	struct model_unrecorded executed[PROCESSES_MAX];
	const struct model_gate *gate;

	fixture.options.command = command;
	fixture_open();
	for (int i = 0; i < PROCESSES_MAX; i++)
		add(executing("/project/server", &executed[i], i ? "./tool" : "./other"));
	gate = gate_conclude(fixture.gate);
	ck_assert_uint_eq(gate->missing_count, 2);
	for (int i = 0; i < PROCESSES_MAX; i++)
		ck_assert_uint_eq(gate->processes[i].missing_count, 1);
}
END_TEST

/* With all reasons that a process can have beside. */
START_TEST(test_as_many_as_there_are)
{
	struct model_unrecorded executed[65];
	const struct model_gate *gate;
	struct process *p;

	fixture_open();
	p = executing("/project/server", &executed[0], "");
	for (uint32_t i = 0; i < 65; i++)
		executed[i] = (struct model_unrecorded){arena_printf(&fixture.arena, "./%u", i),
							"statically linked", 1};
	p->model.run.unrecorded_count = 65;
	p->model.run.end_kind = "detached";
	p->model.run.lost_events = 1;
	add(p);
	gate = gate_conclude(fixture.gate);
	ck_assert_uint_eq(gate->processes[0].missing_count, 67);
	ck_assert_uint_eq(gate->missing_count, 67);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gate/unrecorded");
	TCase *tests = tcase_create("unrecorded");

	tcase_add_checked_fixture(tests, fixture_begin, fixture_end);
	tcase_add_test(tests, test_it_is_missing_evidence);
	tcase_add_test(tests, test_others_are_missing_evidence);
	tcase_add_test(tests, test_programs_of_the_system_are_noted);
	tcase_add_test(tests, test_all_of_the_system_count_on_request);
	tcase_add_test(tests, test_traces_that_are_given_count_all);
	tcase_add_loop_test(tests, test_excluded_programs_are_not_missed, 0, 4);
	tcase_add_test(tests, test_it_does_not_matter_who_executed_it);
	tcase_add_test(tests, test_many_processes_are_one_sentence);
	tcase_add_test(tests, test_as_many_as_there_are);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
