/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "judging.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../record/target_check.h"
#include "../util/array.h"
#include "../util/human.h"
#include "../util/message.h"
#include "open_trace.h"

/* Models that the gate no longer refers to: a thousand processes may have the same leak. */
static void release_unneeded(struct judging *j)
{
	size_t kept = 0;

	for (size_t i = 0; i < j->build_count; i++) {
		struct build *build = j->builds[i];

		if (gate_needs(j->gate, &build->model)) {
			j->builds[kept++] = build;
			continue;
		}
		build_release(build);
		free(build);
	}
	j->build_count = kept;
}

static int judge_trace(struct judging *j, const char *path, pid_t child, bool kept)
{
	struct reader *reader = open_trace(path);
	struct build *build;

	if (!reader)
		return -1;
	build = xcalloc(1, sizeof *build);
	build_model(build, reader, path, &j->build_options);
	reader_free(reader);
	for (uint32_t i = 0; i < build->note_count; i++)
		verbose("%s", build->notes[i]);
	if (j->meet)
		j->meet(j->context, &build->model.run);
	gate_add(j->gate, &build->model,
		 build->model.run.pid == child ? GATE_ROLE_COMMAND : GATE_ROLE_PROCESS, kept);
	ARRAY_GROW(j->builds, j->build_count + 1, j->build_capacity);
	j->builds[j->build_count++] = build;
	release_unneeded(j);
	return 0;
}

static void note_loss(void *gate, const char *sentence, bool is_error)
{
	(void)is_error;
	gate_miss(gate, sentence);
}

/* For atexit: whatever ends us. */
static char *folder_to_remove;

static void remove_folder(void)
{
	if (folder_to_remove && rmdir(folder_to_remove) != 0 && errno != ENOENT)
		hint("%s was left behind: %s", folder_to_remove, strerror(errno));
	folder_to_remove = NULL;
}

static int make_folder(struct judging *j)
{
	const char *temporary = getenv("TMPDIR");

	j->folder = arena_printf(&j->arena, "%s/tenure-XXXXXX",
				 temporary && *temporary ? temporary : "/tmp");
	if (!mkdtemp(j->folder)) {
		error("%s: no temporary folder for the traces: %s", j->folder, strerror(errno));
		hint("TMPDIR names another place, -o names the traces");
		return -1;
	}
	folder_to_remove = j->folder;
	atexit(remove_folder);
	return 0;
}

/* A trace is read and, unless it is kept, taken away at once. */
static void judge_own_trace(struct judging *j, const char *path)
{
	if (judge_trace(j, path, j->recording.launcher.child, !j->folder) != 0)
		gate_miss(j->gate, arena_printf(&j->arena, "%s: the trace cannot be read", path));
	if (j->folder)
		unlink(path);
}

/* A process that did not reach the collector leaves its memory as a file. */
static void judge_leftovers(struct judging *j)
{
	DIR *folder = opendir(j->folder);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			judge_own_trace(j,
					arena_printf(&j->arena, "%s/%s", j->folder, entry->d_name));
	if (folder)
		closedir(folder);
}

static void judge_run(struct judging *j, char **command)
{
	const struct trace_name *name = &j->recording.name;

	for (size_t i = 0; i < name->made_count; i++)
		judge_own_trace(j, name->made[i]);
	if (j->folder)
		judge_leftovers(j);
	recording_tell_losses(&j->recording, command[0], note_loss, j->gate);
}

static const char *describe_end(struct judging *j, int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return arena_printf(&j->arena, "signal %d (%s)", WTERMSIG(wait_status),
				    strsignal(WTERMSIG(wait_status)));
	return arena_printf(&j->arena, "exit status %d", WEXITSTATUS(wait_status));
}

/* Returns 0, or the exit status of a program that could not be run. */
static int run_once(struct judging *j, char **command, const struct judging_wish *wish)
{
	const char *pattern = j->folder ? arena_printf(&j->arena, "%s/%%e.%%p", j->folder)
					: wish->output;
	int status;

	if (trace_name_init(&j->recording.name, pattern, wish->force) != 0 ||
	    trace_name_check(&j->recording.name) != 0)
		return STATUS_USAGE;
	status = recording_start(&j->recording, command);
	if (status)
		return status;
	j->wait_status = recording_wait(&j->recording, true);
	if (collector_is_busy(j->recording.collector))
		collector_detach(j->recording.collector);
	if (j->wait_status)
		gate_program_failed(j->gate, describe_end(j, j->wait_status));
	judge_run(j, command);
	recording_end(&j->recording);
	return 0;
}

int judging_run(struct judging *j, char **command, const struct judging_wish *wish)
{
	struct target_verdict verdict;
	int status;

	target_check(command[0], &verdict);
	if (verdict.status == STATUS_TOOL_FAILED) {
		/* It runs, but without us: nothing could be said of it. */
		gate_miss(j->gate, arena_strdup(&j->arena, verdict.problem));
		return 0;
	}
	if (verdict.status) {
		error("%s", verdict.problem);
		if (verdict.hint)
			hint("%s", verdict.hint);
		return verdict.status;
	}
	if (!wish->output && make_folder(j) != 0)
		return STATUS_USAGE;
	status = recording_init(&j->recording);
	if (wish->sample_bytes)
		settings_add(&j->recording.settings, "sample",
			     arena_printf(&j->arena, "%" PRIu64, wish->sample_bytes));
	for (unsigned i = 0; !status && i < wish->runs && !j->wait_status; i++) {
		if (i)
			gate_next_run(j->gate);
		status = run_once(j, command, wish);
	}
	return status;
}

int judging_read(struct judging *j, char **paths, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (judge_trace(j, paths[i], 0, true) == 0)
			continue;
		if (access(paths[i], X_OK) == 0)
			hint("to run a program: tenure check -- %s", paths[i]);
		return STATUS_USAGE;
	}
	return 0;
}

void judging_release(struct judging *j)
{
	for (size_t i = 0; i < j->build_count; i++) {
		build_release(j->builds[i]);
		free(j->builds[i]);
	}
	free(j->builds);
	gate_free(j->gate);
	remove_folder();
	arena_release(&j->arena);
}
