/* SPDX-License-Identifier: MIT */
/* Who waits for the program is not confused by its threads being held. */
#define _GNU_SOURCE
#include "../../analyzer/record/launcher.h"

#include <fcntl.h>
#include <stdio.h>

#include "../../analyzer/record/snapshot.h"
#include "frozen_program.h"
#include "suite.h"

#define STATUS 7

static struct freeze *held;
static int to_shell[2];

static bool is_pending(void)
{
	unsigned long long pending = 0;
	FILE *status = fopen("/proc/self/status", "r");
	char line[256];

	while (fgets(line, sizeof line, status))
		sscanf(line, "ShdPnd: %llx", &pending);
	fclose(status);
	return pending >> (SIGCHLD - 1) & 1;
}

/* Has the launcher look at the program, and more than once: what it did first is then done. */
static void have_it_look(void)
{
	for (int i = 0; i < 3; i++) {
		kill(getpid(), SIGCHLD);
		while (is_pending())
			sched_yield();
	}
}

static void *disturb(void *argument)
{
	(void)argument;
	have_it_look();
	freeze_free(held);
	have_it_look();
	if (write(to_shell[1], "\n", 1) != 1)
		_exit(99);
	return NULL;
}

static void *let_all_go(void *argument)
{
	(void)argument;
	have_it_look();
	snapshot_let_all_go();
	have_it_look();
	if (write(to_shell[1], "\n", 1) != 1)
		_exit(99);
	return NULL;
}

/* Returns the exit status. */
static int launch(void *(*beside)(void *))
{
	char *argv[] = {(char *)"/bin/sh", (char *)"-c", (char *)"read line; exit 7", NULL};
	struct trace_name name;
	struct collector *c;
	struct launcher l;
	pthread_t thread;
	int status;

	if (pipe2(to_shell, O_CLOEXEC) != 0 || dup2(to_shell[0], 0) != 0)
		return 98;
	trace_name_literal(&name, "/nowhere");
	c = collector_new(-1, &name);
	/* Nothing is recorded. */
	if (!c || launcher_prepare(&l) != 0 || launcher_start(&l, argv, "", "") != 0)
		return 97;
	process_open(&program, l.child, -1);
	held = freeze_new(&program, 0);
	if (!held || freeze_running(held) || pthread_create(&thread, NULL, beside, NULL) != 0)
		return 96;
	status = launcher_wait(&l, c);
	pthread_join(thread, NULL);
	if (!WIFEXITED(status))
		return 95;
	process_close(&program);
	collector_free(c);
	trace_name_release(&name);
	return WEXITSTATUS(status);
}

static void check(void *(*beside)(void *))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(launch(beside));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), STATUS);
	ck_assert(WIFEXITED(status));
}

START_TEST(stops_are_no_end)
{
	check(disturb);
}
END_TEST

START_TEST(all_are_let_go)
{
	check(let_all_go);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("snapshot_launcher");
	TCase *tests = tcase_create("launcher");

	tcase_add_test(tests, stops_are_no_end);
	tcase_add_test(tests, all_are_let_go);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
