/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "selftest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../record/launcher.h"
#include "../util/human.h"
#include "../util/origins.h"
#include "compare.h"
#include "recordings.h"
#include "surroundings.h"
#include "trial.h"

static const char *const no_records = "programs cannot be recorded here";
static const char *const missing_parts = "what is missing from a trace cannot be judged";

/* All that a trial tells of. */
struct attempt {
	struct trial trial;
	struct recordings found;
};

/* What kept a trial from making a trace. */
static const char *why_not(const struct attempt *a, struct arena *arena)
{
	if (a->trial.late)
		return "the recorded program did not end in time";
	/* Where the loader has something to say, ours is what came of that. */
	if (*a->trial.heard && strncmp(a->trial.heard, "tenure: ", 8) != 0)
		return a->trial.heard;
	if (*a->trial.said)
		return a->trial.said;
	if (a->found.unreadable)
		return a->found.unreadable;
	if (WIFSIGNALED(a->trial.status))
		return arena_printf(arena, "tenure run was ended by signal %d",
				    WTERMSIG(a->trial.status));
	return "there is no trace, and nobody said why";
}

static const char *library_of(const struct recording *recording)
{
	for (module_id id = 1; id <= reader_module_count(recording->reader); id++) {
		const char *path = reader_module(recording->reader, id)->path;

		if (origins_of_module(path) == ORIGIN_RECORDER)
			return path;
	}
	return getenv("TENURE_LIBRARY");
}

static void check_recorder(struct checks *c, const struct attempt *a)
{
	const struct recording *recording = recordings_of(&a->found, ROLE_LEAKS);
	const char *path = recording ? library_of(recording) : NULL;

	if (recording || a->found.uncollected)
		checks_add(c, "recorder", CHECK_OK, no_records, "%s was loaded",
			   path ? path : "libtenure.so");
	else
		checks_add(c, "recorder", CHECK_FAILED, no_records, "%s", why_not(a, &c->arena));
}

/* Everything that was recorded was also received and written. */
static void check_collector(struct checks *c, const struct attempt *a)
{
	uint64_t events = 0, lost = 0, incomplete = 0;

	for (size_t i = 0; i < a->found.count; i++) {
		const struct model_run *run = &a->found.list[i].build.model.run;

		events += run->events;
		lost += run->lost_events;
		incomplete += !run->complete;
	}
	if (a->found.uncollected)
		checks_add(c, "collector", CHECK_FAILED, missing_parts,
			   "it was not reached: a process kept its record to itself");
	else if (!recordings_of(&a->found, ROLE_LEAKS))
		checks_add(c, "collector", CHECK_UNTESTED, "there is no trace", "not tested");
	else if (a->trial.late || *a->trial.said || a->found.unreadable)
		checks_add(c, "collector", CHECK_FAILED, missing_parts, "%s",
			   why_not(a, &c->arena));
	else if (lost || incomplete)
		checks_add(c, "collector", CHECK_FAILED, missing_parts,
			   "%" PRIu64 " events were lost, %" PRIu64 " traces are not complete",
			   lost, incomplete);
	else if (a->trial.status)
		checks_add(c, "collector", CHECK_FAILED, missing_parts,
			   "the recorded program could not do its part");
	else
		checks_add(c, "collector", CHECK_OK, missing_parts,
			   "%zu traces, %s events, none lost", a->found.count,
			   human_count(events).text);
}

static void check_stamps(struct checks *c, const struct recording *recording)
{
	bool counter = reader_program(recording->reader)->clock_kind == CLOCK_STAMP_TSC;

	checks_add(c, "stamps", CHECK_OK, "", "events are ordered by %s",
		   counter ? "the processor's counter" : "clock_gettime, which takes longer");
}

static void judge(struct checks *c, const struct attempt *exact, const struct attempt *sampled)
{
	static const char *const rest[] = {"stamps", "stacks",	"leaks",    "verdicts", "fork",
					   "exec",   "symbols", "resident", "sampling"};
	const struct recording *one = recordings_of(&exact->found, ROLE_LEAKS);

	check_recorder(c, exact);
	check_collector(c, exact);
	for (size_t i = 0; i < sizeof rest / sizeof *rest && !one; i++)
		checks_add(c, rest[i], CHECK_UNTESTED, "there is no trace", "not tested");
	if (!one)
		return;
	check_stamps(c, one);
	compare_exact(c, &exact->found);
	one = recordings_of(&sampled->found, ROLE_SAMPLED);
	if (one)
		compare_sampled(c, one);
	else
		checks_add(c, "sampling", CHECK_FAILED, no_records, "%s",
			   why_not(sampled, &c->arena));
}

/* Both at once: much of their time they wait. Returns -1 with errno set. */
static int try_both(struct attempt *exact, struct attempt *sampled, struct arena *arena,
		    const char *folder, const char *self)
{
	int problem = 0;

	if (trial_start(&exact->trial, arena, folder, self, ROLE_LEAKS, NULL) != 0)
		return -1;
	if (trial_start(&sampled->trial, arena, folder, self, ROLE_SAMPLED,
			"--sample=" PLANTED_INTERVAL) != 0)
		problem = errno;
	trial_wait(&exact->trial, arena);
	if (!problem)
		trial_wait(&sampled->trial, arena);
	errno = problem;
	return problem ? -1 : 0;
}

static void try_recording(struct checks *c, const char *folder)
{
	struct attempt exact = {.trial = {.said = "", .heard = ""}}, sampled = exact;
	char *self = launcher_executable();

	if (!self)
		exact.trial.said = "the path of this executable cannot be told";
	else if (try_both(&exact, &sampled, &c->arena, folder, self) != 0)
		exact.trial.said = arena_printf(&c->arena, "no process can be started: %s",
						strerror(errno));
	if (exact.trial.pid > 0)
		recordings_read(&exact.found, &c->arena, exact.trial.folder);
	if (sampled.trial.pid > 0)
		recordings_read(&sampled.found, &c->arena, sampled.trial.folder);
	judge(c, &exact, &sampled);
	recordings_release(&exact.found);
	recordings_release(&sampled.found);
	free(self);
}

/* The copy that may come to grief over the traces, for want of memory. */
static void work_and_exit(const char *folder, int result)
{
	FILE *to = fdopen(result, "w");
	struct checks checks = {0};

	try_recording(&checks, folder);
	if (to)
		checks_send(&checks, to);
	_exit(EXIT_SUCCESS);
}

static void receive(struct checks *c, pid_t pid, int result)
{
	FILE *from = fdopen(result, "r");
	int status = -1;

	if (from) {
		checks_receive(c, from);
		fclose(from);
	} else {
		close(result);
	}
	waitpid(pid, &status, 0);
	if (status == 0)
		checks_add(c, "analysis", CHECK_OK, no_records, "the traces could be read");
	else
		checks_add(c, "analysis", CHECK_FAILED, "no report can be made here",
			   WIFSIGNALED(status) ? "it was ended by signal %d"
					       : "it gave up with status %d",
			   WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

void selftest_run(struct checks *c)
{
	const char *folder = trial_folder(&c->arena);
	int result[2];
	pid_t pid;

	/* Where it is ignored the kernel keeps no exit status. */
	signal(SIGCHLD, SIG_DFL);
	if (!folder) {
		checks_add(c, "recorder", CHECK_FAILED, no_records,
			   "no folder can be written to: %s", strerror(errno));
	} else if (pipe2(result, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
		checks_add(c, "recorder", CHECK_FAILED, no_records, "no process can be started: %s",
			   strerror(errno));
	} else {
		if (pid == 0)
			work_and_exit(folder, result[1]);
		close(result[1]);
		receive(c, pid, result[0]);
	}
	if (folder)
		trial_remove_folder(folder);
	surroundings_check(c);
}
