/* SPDX-License-Identifier: MIT */
/*
 * environment.c [child] - prints its environment, and what its children get to see of it.
 *
 * Recording adds an entry to LD_PRELOAD, keeps the user's own entries in it, and adds
 * TENURE_OPTIONS; nothing else may differ, neither here nor in children, whichever way they are
 * started.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "expect.h"

extern char **environ;

static void print_environment(const char *who)
{
	for (char **entry = environ; *entry; entry++)
		say("%s: %.900s", who, *entry);
}

static void wait_for(pid_t child)
{
	int status;

	waitpid(child, &status, 0);
}

int main(int argc, char **argv)
{
	char command[4200];
	char line[1200];
	char *own_environment[] = {"VISIBLE=1", NULL};
	FILE *pipe;
	pid_t child;

	if (argc > 1) {
		print_environment(argv[1]);
		return 0;
	}
	print_environment("self");

	snprintf(command, sizeof command, "'%s' system", argv[0]);
	if (system(command) != 0)
		return 1;

	snprintf(command, sizeof command, "'%s' popen", argv[0]);
	pipe = popen(command, "r");
	while (pipe && fgets(line, sizeof line, pipe)) {
		line[strcspn(line, "\n")] = '\0';
		say("%s", line);
	}
	if (pipe)
		pclose(pipe);

	child = fork();
	if (child == 0) {
		execle(argv[0], argv[0], "own", NULL, own_environment);
		_exit(1);
	}
	wait_for(child);
	return 0;
}
