/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../record/process.h"

#define LONGEST_NS 30000000000u
#define POLL_NS 1000000
#define SAID_FILE "said"

const char *trial_folder(struct arena *arena)
{
	const char *const places[] = {getenv("TMPDIR"), "/tmp", "/var/tmp", "/dev/shm", "."};

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		char *folder, *absolute;
		const char *kept;

		if (!places[i] || !*places[i])
			continue;
		folder = arena_printf(arena, "%s/tenure-selftest-XXXXXX", places[i]);
		if (!mkdtemp(folder))
			continue;
		/* Who works in there shall find the way. */
		absolute = realpath(folder, NULL);
		kept = absolute ? arena_strdup(arena, absolute) : folder;
		free(absolute);
		return kept;
	}
	return NULL;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	remove(path);
	return 0;
}

void trial_remove_folder(const char *folder)
{
	nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* In the child. The settings are ours alone; what else there is in the environment takes part. */
static void become_trial(const struct trial *t, const char *self, const char *role,
			 const char *option)
{
	const char *argv[] = {self,
			      "run",
			      "-o",
			      "%e.%p.tenure",
			      option ? option : "--follow=children",
			      "--",
			      self,
			      "selftest-child",
			      role,
			      self,
			      NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int said;

	unsetenv("TENURE_OPTIONS");
	setpgid(0, 0);
	if (chdir(t->folder) != 0)
		_exit(EXIT_FAILURE);
	said = open(SAID_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	dup2(null, STDIN_FILENO);
	dup2(said, STDOUT_FILENO);
	dup2(said, STDERR_FILENO);
	execv(self, (char *const *)argv);
	_exit(EXIT_FAILURE);
}

int trial_start(struct trial *t, struct arena *arena, const char *folder, const char *self,
		enum planted_role role, const char *option)
{
	const char *word = planted_role_word(role);

	*t = (struct trial){
		.folder = arena_printf(arena, "%s/%s", folder, word), .said = "", .heard = ""};
	if (mkdir(t->folder, 0700) != 0)
		return -1;
	t->until_ns = process_now_ns() + LONGEST_NS;
	t->pid = fork();
	if (t->pid == 0)
		become_trial(t, self, word, option);
	return t->pid < 0 ? -1 : 0;
}

/* The first line that begins with a prefix, without that; "" if there is none. */
static const char *first_line(const char *path, const char *prefix, struct arena *arena)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	const char *found = "";
	size_t room = 0;

	while (file && !*found && getline(&line, &room, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, prefix, strlen(prefix)))
			found = arena_strdup(arena, line + strlen(prefix));
	}
	if (file)
		fclose(file);
	free(line);
	return found;
}

void trial_wait(struct trial *t, struct arena *arena)
{
	const struct timespec pause = {0, POLL_NS};
	const char *said;

	while (waitpid(t->pid, &t->status, WNOHANG) == 0) {
		if (!t->late && process_now_ns() > t->until_ns) {
			t->late = true;
			/* The group has more in it than the process, if that could make one. */
			kill(-t->pid, SIGKILL);
			kill(t->pid, SIGKILL);
		}
		nanosleep(&pause, NULL);
	}
	said = arena_printf(arena, "%s/" SAID_FILE, t->folder);
	t->said = first_line(said, "tenure: error: ", arena);
	if (!*t->said)
		t->said = first_line(said, "tenure: ", arena);
	t->heard = first_line(said, "", arena);
}
