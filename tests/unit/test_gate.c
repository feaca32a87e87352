/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "gate_processes.h"
#include "suite.h"

#define KEY_1 "v1:0000000000000001"
#define KEY_2 "v1:0000000000000002"

START_TEST(test_clean)
{
	struct process *p = process("/project/build/server");
	const struct model_gate *gate;

	fixture_open();
	site(p, VERDICT_CACHE, "cache", 1, 9, 900);
	site(p, VERDICT_UNFREED, "never", 2, 1, 100);
	site(p, VERDICT_UNKNOWN, "what", 3, 1, 100);
	add(p);
	gate = conclude();
	ck_assert_int_eq(gate->verdict, GATE_CLEAN);
	ck_assert_uint_eq(gate->finding_count, 0);
	ck_assert_uint_eq(gate->judged, 1);
}
END_TEST

START_TEST(test_a_leak_fails)
{
	const struct model_gate *gate = gate_of_leak(10, 90);
	const struct model_gate_finding *finding = only_finding(gate);

	ck_assert_int_eq(gate->verdict, GATE_FAILS);
	ck_assert_int_eq(finding->state, GATE_NEW);
	ck_assert(finding->fails);
	ck_assert_str_eq(finding->rule_name, "leak");
	ck_assert_str_eq(finding->key, KEY_1);
	ck_assert_str_eq(finding->program, "server");
	ck_assert_str_eq(finding->place, "lose < main");
	ck_assert_uint_eq(finding->blocks, 10);
	ck_assert_uint_eq(finding->bytes, 90);
	ck_assert_uint_eq(gate->processes[0].failures, 1);
}
END_TEST

START_TEST(test_too_little_confidence_is_counted_only)
{
	struct process *p = process("/project/build/server");
	const struct model_gate *gate;

	fixture_open();
	site(p, VERDICT_LEAK, "lose", 1, 10, 90)->confidence = 0.74;
	add(p);
	gate = conclude();
	ck_assert_int_eq(gate->verdict, GATE_CLEAN);
	ck_assert_uint_eq(gate->unsure, 1);
}
END_TEST

START_TEST(test_growth_needs_a_long_run)
{
	struct process *p = process("/project/build/server");
	struct process *q = process("/project/build/tool");
	const struct model_gate *gate;

	fixture_open();
	site(p, VERDICT_GROWING, "grow", 1, 10, 90);
	site(q, VERDICT_GROWING, "build", 1, 10, 90);
	q->model.run.duration_ns = GATE_GROWTH_RUN_NS - 1;
	add(p);
	add(q);
	gate = conclude();
	ck_assert_str_eq(only_finding(gate)->program, "server");
	ck_assert_uint_eq(gate->unsure, 1);
}
END_TEST

START_TEST(test_growth_asked_of_short_runs_has_no_verdict)
{
	struct process *p = process("/project/build/server");

	fixture.options.budgets.growth = (struct budget){BUDGET_BYTES, 1000};
	fixture_open();
	p->model.run.duration_ns = 1000;
	add(p);
	ck_assert_int_eq(conclude()->verdict, GATE_NO_VERDICT);
}
END_TEST

START_TEST(test_unfreed_on_request)
{
	struct process *p = process("/project/build/server");

	fixture.options.unfreed = true;
	fixture_open();
	site(p, VERDICT_UNFREED, "never", 1, 1, 100);
	add(p);
	ck_assert_str_eq(only_finding(conclude())->rule_name, "unfreed");
}
END_TEST

START_TEST(test_torn_down_on_request)
{
	struct process *p = process("/project/build/server");
	struct model_site *s;

	fixture.options.torn_down = true;
	fixture_open();
	s = site(p, VERDICT_CLEANED, "kept", 1, 0, 0);
	s->teardown_blocks = 5;
	s->teardown_bytes = 500;
	add(p);
	ck_assert_uint_eq(only_finding(conclude())->bytes, 500);
}
END_TEST

START_TEST(test_only_old_blocks_count_if_asked)
{
	struct process *p = process("/project/build/server");
	struct model_site *s;
	const struct model_gate_finding *finding;

	fixture.options.generation = 2;
	fixture_open();
	s = site(p, VERDICT_LEAK, "lose", 1, 10, 90);
	s->generations[1] = (struct model_generation){.survivors = 7, .bytes = 70};
	s->generations[2] = (struct model_generation){.survivors = 3, .bytes = 20};
	s = site(p, VERDICT_LEAK, "young", 2, 10, 90);
	s->generations[0] = (struct model_generation){.survivors = 10, .bytes = 90};
	add(p);
	finding = only_finding(conclude());
	ck_assert_uint_eq(finding->blocks, 3);
	ck_assert_uint_eq(finding->bytes, 20);
}
END_TEST

START_TEST(test_processes_of_a_program_are_one_finding)
{
	const uint64_t bytes[] = {50, 90, 70};
	const struct model_gate_finding *finding;
	const struct model_gate *gate;

	fixture_open();
	for (int i = 0; i < 3; i++) {
		struct process *p = process("/project/build/server");

		site(p, VERDICT_LEAK, "lose", 1, 5, bytes[i]);
		add(p);
	}
	gate = conclude();
	finding = only_finding(gate);
	ck_assert_uint_eq(finding->bytes, 90);
	ck_assert_uint_eq(finding->processes, 3);
	ck_assert_uint_eq(finding->process, 1);
	ck_assert_ptr_eq(finding->model, &fixture.processes[1].model);
	ck_assert(gate_needs(fixture.gate, &fixture.processes[1].model));
	ck_assert(!gate_needs(fixture.gate, &fixture.processes[0].model));
}
END_TEST

START_TEST(test_programs_are_kept_apart)
{
	struct process *p = process("/project/build/test_a"), *q = process("/project/build/test_b");
	const struct model_gate *gate;

	fixture_open();
	site(p, VERDICT_LEAK, "main", 1, 1, 10);
	site(q, VERDICT_LEAK, "main", 1, 1, 10);
	add(p);
	add(q);
	gate = conclude();
	ck_assert_uint_eq(gate->finding_count, 2);
	ck_assert_str_eq(gate->findings[0].program, "test_a");
	ck_assert_str_eq(gate->findings[1].program, "test_b");
}
END_TEST

START_TEST(test_sites_of_one_key_add_up)
{
	struct process *p = process("/project/build/server");
	const struct model_gate_finding *finding;

	fixture_open();
	site(p, VERDICT_GROWING, "lose", 1, 1, 10);
	site(p, VERDICT_LEAK, "lose", 1, 2, 30);
	add(p);
	finding = only_finding(conclude());
	ck_assert_uint_eq(finding->blocks, 3);
	ck_assert_uint_eq(finding->bytes, 40);
	ck_assert_str_eq(finding->rule_name, "leak");
}
END_TEST

static const struct {
	const char *line;
	enum gate_state state;
	enum gate_verdict verdict;
} baselines[] = {
	{"leak " KEY_1 " 10 blocks 9000 bytes server: x\n", GATE_KNOWN, GATE_CLEAN},
	{"growth " KEY_1 " 10 blocks 9000 bytes server: x\n", GATE_KNOWN, GATE_CLEAN},
	{"leak " KEY_1 " 99 blocks 99999 bytes server: x\n", GATE_KNOWN, GATE_CLEAN},
	/* A kilobyte more is nothing, and neither is a tenth more. */
	{"leak " KEY_1 " 10 blocks 7976 bytes server: x\n", GATE_KNOWN, GATE_CLEAN},
	{"leak " KEY_1 " 10 blocks 7975 bytes server: x\n", GATE_GROWN, GATE_FAILS},
	{"leak " KEY_1 " 10 blocks 9000 bytes client: x\n", GATE_NEW, GATE_FAILS},
	{"double-free " KEY_1 " 10 blocks 9000 bytes server: x\n", GATE_NEW, GATE_FAILS},
};

START_TEST(test_baseline)
{
	const struct model_gate *gate;

	known(baselines[_i].line);
	gate = gate_of_leak(10, 9000);
	ck_assert_int_eq(gate->findings[0].state, baselines[_i].state);
	ck_assert_int_eq(gate->verdict, baselines[_i].verdict);
}
END_TEST

START_TEST(test_a_large_leak_may_grow_by_a_tenth)
{
	const struct model_gate *gate;

	known("leak " KEY_1 " 10 blocks 1000000 bytes server: x\n");
	gate = gate_of_leak(10, 1100000);
	ck_assert_int_eq(only_finding(gate)->state, GATE_KNOWN);
}
END_TEST

START_TEST(test_what_is_gone)
{
	const struct model_gate *gate;

	known("leak " KEY_2 " 3 blocks 30 bytes server: old < main\n"
	      "leak " KEY_2 " 3 blocks 30 bytes absent: old < main\n");
	gate = gate_of_leak(10, 90);
	ck_assert_uint_eq(gate->finding_count, 2);
	ck_assert_uint_eq(gate->counts[GATE_GONE], 1);
	ck_assert_int_eq(gate->findings[1].state, GATE_GONE);
	ck_assert_uint_eq(gate->findings[1].known_bytes, 30);
	ck_assert(!gate->findings[1].fails);
}
END_TEST

static char *updated(bool grow)
{
	struct baseline to = {0};
	char *text = NULL;
	size_t bytes;
	FILE *file = open_memstream(&text, &bytes);

	gate_update_baseline(fixture.gate, grow, &to);
	baseline_write(&to, file);
	fclose(file);
	baseline_release(&to);
	return text;
}

START_TEST(test_a_baseline_only_shrinks)
{
	char *text;

	known("leak " KEY_1 " 3 blocks 9000 bytes server: lose < main\n"
	      "leak " KEY_2 " 3 blocks 30 bytes server: old < main\n"
	      "leak " KEY_2 " 3 blocks 30 bytes absent: old < main\n");
	gate_of_leak(10, 90);
	text = updated(false);
	ck_assert_ptr_nonnull(strstr(text, KEY_1 " 3 blocks 90 bytes server: lose < main\n"));
	ck_assert_ptr_null(strstr(text, "bytes server: old"));
	ck_assert_ptr_nonnull(strstr(text, KEY_2 " 3 blocks 30 bytes absent: old < main\n"));
	free(text);
}
END_TEST

START_TEST(test_a_baseline_grows_on_request)
{
	char *text;

	known("");
	gate_of_leak(10, 90);
	text = updated(false);
	ck_assert_ptr_null(strstr(text, "server"));
	free(text);
	text = updated(true);
	ck_assert_ptr_nonnull(
		strstr(text, "leak " KEY_1 " 10 blocks 90 bytes server: lose < main\n"));
	free(text);
}
END_TEST

START_TEST(test_errors_in_releasing_fail)
{
	struct process *p = process("/project/build/server");
	const struct model_gate_finding *finding;

	fixture_open();
	site(p, VERDICT_BALANCED, "fine", 1, 0, 0);
	p->model.finding_count = 2;
	p->findings[0] = (struct model_finding){.rule = FINDING_DOUBLE_FREE,
						.severity = SEVERITY_ERROR,
						.message = "released twice",
						.fingerprint = 7,
						.release = p->sites[0].stack,
						.site = 1,
						.occurrences = 3};
	p->findings[1] = (struct model_finding){
		.rule = FINDING_ALLOCATION_FAILURE, .severity = SEVERITY_NOTE, .message = "failed"};
	add(p);
	finding = only_finding(conclude());
	ck_assert_str_eq(finding->rule_name, "double-free");
	ck_assert_str_eq(finding->message, "released twice");
	ck_assert_uint_eq(finding->blocks, 3);
}
END_TEST

/* What keeps a process from being judged. */
static void lose_events(struct model_run *run)
{
	run->lost_events = 1;
}
static void cut_off(struct model_run *run)
{
	run->complete = false;
}
static void leave_running(struct model_run *run)
{
	run->end_kind = "detached";
}
static void leave_a_gap(struct model_run *run)
{
	run->gap = "nobody knows";
}
static void damage(struct model_run *run)
{
	run->damage = "x: offset 7: broken";
	run->complete = false;
}
static void crash(struct model_run *run)
{
	run->end_kind = "signal";
	run->end_status = SIGSEGV;
}
static void kill_it(struct model_run *run)
{
	run->end_kind = "signal";
	run->end_status = SIGKILL;
}

static void (*const harms[])(struct model_run *run) = {
	lose_events, cut_off, leave_running, leave_a_gap, damage, crash, kill_it};

START_TEST(test_missing_evidence_is_no_verdict)
{
	struct process *p = process("/project/build/server");
	const struct model_gate *gate;

	fixture_open();
	harms[_i](&p->model.run);
	add(p);
	gate = conclude();
	ck_assert_int_eq(gate->verdict, GATE_NO_VERDICT);
	ck_assert_uint_eq(gate->missing_count, 1);
	ck_assert_uint_eq(gate->processes[0].missing_count, 1);
	ck_assert_ptr_nonnull(strstr(gate->missing[0], "server (process 101): "));
}
END_TEST

START_TEST(test_findings_outweigh_missing_evidence)
{
	struct process *p = process("/project/build/server");
	const struct model_gate *gate;

	fixture_open();
	p->model.run.lost_events = 1;
	site(p, VERDICT_LEAK, "lose", 1, 10, 90);
	add(p);
	gate = conclude();
	ck_assert_int_eq(gate->verdict, GATE_FAILS);
	ck_assert_uint_eq(gate->missing_count, 1);
}
END_TEST

START_TEST(test_a_server_may_be_stopped)
{
	struct process *p = process("/project/build/server");

	fixture_open();
	p->model.run.end_kind = "signal";
	p->model.run.end_status = SIGTERM;
	add(p);
	ck_assert_int_eq(conclude()->verdict, GATE_CLEAN);
}
END_TEST

START_TEST(test_no_process_is_no_verdict)
{
	fixture_open();
	ck_assert_int_eq(conclude()->verdict, GATE_NO_VERDICT);
}
END_TEST

START_TEST(test_missing_evidence_keeps_the_baseline)
{
	struct process *p = process("/project/build/server");

	known("leak " KEY_1 " 10 blocks 9000 bytes server: x\n");
	fixture_open();
	p->model.run.lost_events = 1;
	add(p);
	ck_assert_uint_eq(conclude()->counts[GATE_GONE], 0);
}
END_TEST

static const char *const nothing[] = {"nothing", NULL};

START_TEST(test_programs_of_the_system_are_passed_over)
{
	const char *const paths[] = {"/bin/sh", "/usr/bin/make", "/usr/local/bin/mine",
				     "/home/x/usr/test", "/usr/lib/git-core/git"};
	const struct model_gate *gate;

	fixture.options.command = nothing;
	fixture_open();
	add_as(process("/usr/bin/python3"), GATE_ROLE_COMMAND);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		add(process(paths[i]));
	gate = conclude();
	ck_assert_uint_eq(gate->judged, 3);
	ck_assert_uint_eq(gate->skipped, 3);
	ck_assert_str_eq(gate->processes[0].skipped, "");
	ck_assert_str_ne(gate->processes[1].skipped, "");
}
END_TEST

/* The program that was asked for is judged wherever it lies, unless it only runs the tests. */
START_TEST(test_runners_of_tests_are_passed_over)
{
	const struct model_gate *gate;

	fixture.options.command = nothing;
	fixture_open();
	add_as(process("/usr/bin/make"), GATE_ROLE_COMMAND);
	add(process("/project/build/server"));
	gate = conclude();
	ck_assert_uint_eq(gate->judged, 1);
	ck_assert_str_ne(gate->processes[0].skipped, "");
	ck_assert_str_eq(gate->processes[1].skipped, "");
}
END_TEST

static const struct {
	const char *only, *exclude;
	bool found;
} globs[] = {
	{"src/*", NULL, true},	{"src/**", NULL, true}, {"/project/src/part.c", NULL, true},
	{"part.c", NULL, true}, {"server", NULL, true}, {"build/*", NULL, true},
	{"lib/*", NULL, false}, {"other", NULL, false}, {NULL, "src/*", false},
	{NULL, "*.c", false},	{NULL, "lib/*", true},	{"src/*", "*/part.c", false},
};

START_TEST(test_globs)
{
	const struct model_gate *gate;

	if (globs[_i].only)
		fixture.options.only = (struct gate_globs){&globs[_i].only, 1};
	if (globs[_i].exclude)
		fixture.options.exclude = (struct gate_globs){&globs[_i].exclude, 1};
	gate = gate_of_leak(10, 90);
	ck_assert_uint_eq(gate->finding_count, globs[_i].found);
}
END_TEST

START_TEST(test_excluded_programs_are_not_judged)
{
	static const char *const list[] = {"server"};

	fixture.options.exclude = (struct gate_globs){list, 1};
	ck_assert_int_eq(gate_of_leak(10, 90)->verdict, GATE_NO_VERDICT);
}
END_TEST

START_TEST(test_what_counts_shows_in_every_run)
{
	const struct model_gate *gate;

	fixture_open();
	for (int run = 0; run < 3; run++) {
		struct process *p = process("/project/build/server");

		if (run)
			gate_next_run(fixture.gate);
		site(p, VERDICT_LEAK, "lose", 1, 10, run == 2 ? 50 : 90);
		if (run != 2)
			site(p, VERDICT_LEAK, "sometimes", 2, 10, 1000);
		add(p);
	}
	gate = conclude();
	ck_assert_uint_eq(gate->runs, 3);
	ck_assert_uint_eq(gate->finding_count, 2);
	ck_assert_int_eq(gate->findings[0].state, GATE_NEW);
	ck_assert_uint_eq(gate->findings[0].bytes, 50);
	ck_assert_uint_eq(gate->findings[0].runs, 3);
	ck_assert_int_eq(gate->findings[1].state, GATE_FLAKY);
	ck_assert_uint_eq(gate->findings[1].runs, 2);
	ck_assert_int_eq(gate->verdict, GATE_FAILS);
}
END_TEST

START_TEST(test_without_a_stack_there_is_no_key)
{
	struct process *p = process("/project/build/server");
	const struct model_gate *gate;
	char *text;

	known("");
	fixture_open();
	site(p, VERDICT_LEAK, "lose", 0, 10, 90)->stack.frame_count = 0;
	add(p);
	gate = conclude();
	ck_assert_str_eq(only_finding(gate)->key, "");
	ck_assert_int_eq(gate->verdict, GATE_FAILS);
	text = updated(true);
	ck_assert_ptr_null(strstr(text, "server"));
	free(text);
}
END_TEST

static const struct {
	const char *path, *name;
} programs[] = {
	{"/usr/bin/python3.11", "python"}, {"/a/server-1.2.3", "server"}, {"/a/test_12", "test_12"},
	{"/a/.libs/lt-tool", "tool"},	   {"/a/3.11", "3.11"},		  {"server2", "server2"},
	{"/a/x86_64", "x86_64"},	   {"/a/b.out", "b.out"},
};

START_TEST(test_names_have_no_versions)
{
	struct process *p = process(programs[_i].path);

	fixture_open();
	site(p, VERDICT_LEAK, "lose", 1, 10, 90);
	add(p);
	ck_assert_str_eq(only_finding(conclude())->program, programs[_i].name);
}
END_TEST

static TCase *new_case(Suite *suite, const char *name)
{
	TCase *tests = tcase_create(name);

	suite_add_tcase(suite, tests);
	return tests;
}

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

int main(void)
{
	Suite *suite = suite_create("gate");
	TCase *tests = new_case(suite, "gate");

	tcase_add_checked_fixture(tests, fixture_begin, fixture_end);
	tcase_add_test(tests, test_clean);
	tcase_add_test(tests, test_a_leak_fails);
	tcase_add_test(tests, test_too_little_confidence_is_counted_only);
	tcase_add_test(tests, test_growth_needs_a_long_run);
	tcase_add_test(tests, test_growth_asked_of_short_runs_has_no_verdict);
	tcase_add_test(tests, test_unfreed_on_request);
	tcase_add_test(tests, test_torn_down_on_request);
	tcase_add_test(tests, test_only_old_blocks_count_if_asked);
	tcase_add_test(tests, test_processes_of_a_program_are_one_finding);
	tcase_add_test(tests, test_programs_are_kept_apart);
	tcase_add_test(tests, test_sites_of_one_key_add_up);
	tcase_add_loop_test(tests, test_baseline, 0, COUNT(baselines));
	tcase_add_test(tests, test_a_large_leak_may_grow_by_a_tenth);
	tcase_add_test(tests, test_what_is_gone);
	tcase_add_test(tests, test_a_baseline_only_shrinks);
	tcase_add_test(tests, test_a_baseline_grows_on_request);
	tcase_add_test(tests, test_errors_in_releasing_fail);
	tcase_add_loop_test(tests, test_missing_evidence_is_no_verdict, 0, COUNT(harms));
	tcase_add_test(tests, test_findings_outweigh_missing_evidence);
	tcase_add_test(tests, test_a_server_may_be_stopped);
	tcase_add_test(tests, test_no_process_is_no_verdict);
	tcase_add_test(tests, test_missing_evidence_keeps_the_baseline);
	tcase_add_test(tests, test_programs_of_the_system_are_passed_over);
	tcase_add_test(tests, test_runners_of_tests_are_passed_over);
	tcase_add_loop_test(tests, test_globs, 0, COUNT(globs));
	tcase_add_test(tests, test_excluded_programs_are_not_judged);
	tcase_add_test(tests, test_what_counts_shows_in_every_run);
	tcase_add_test(tests, test_without_a_stack_there_is_no_key);
	tcase_add_loop_test(tests, test_names_have_no_versions, 0, COUNT(programs));
	return suite_run(suite);
}
