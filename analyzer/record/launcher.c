/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../util/array.h"
#include "../util/message.h"
#include "snapshot.h"

#define LIBRARY_NAME "libtenure.so"
#define PRELOAD "LD_PRELOAD="
#define OPTIONS "TENURE_OPTIONS="

/* The terminal sends these to the program as well. */
static const int left_to_program[] = {SIGINT, SIGQUIT};
/* Sent to us by somebody who means the program. */
static const int passed_on[] = {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM};
/* Would end us, and with us the recording, for a full disk or a closed stderr. */
static const int harmful[] = {SIGPIPE, SIGXFSZ};

extern char **environ;

char *launcher_executable(void)
{
	char *path = realpath("/proc/self/exe", NULL);

	/* Without /proc: as we were executed, before anybody changed folders. */
	return path ? path : realpath((const char *)getauxval(AT_EXECFN), NULL);
}

static char *own_folder(void)
{
	char *path = launcher_executable();
	char *slash = path ? strrchr(path, '/') : NULL;

	if (slash)
		*slash = '\0';
	return path;
}

static char *find_library(void)
{
	static const char *const places[] = {"", "/../lib/tenure"};
	char *folder = own_folder(), *candidate = NULL, *found = NULL;

	for (size_t i = 0; folder && !found && i < sizeof places / sizeof *places; i++) {
		if (asprintf(&candidate, "%s%s/" LIBRARY_NAME, folder, places[i]) < 0)
			die("out of memory");
		found = realpath(candidate, NULL);
		free(candidate);
	}
	free(folder);
	return found;
}

char *launcher_library(void)
{
	const char *chosen = getenv("TENURE_LIBRARY");
	char *path = chosen && *chosen ? realpath(chosen, NULL) : find_library();

	if (!path) {
		error("%s not found", chosen && *chosen ? chosen : LIBRARY_NAME);
		hint("it belongs beside the tenure command or in ../lib/tenure");
	} else if (strpbrk(path, ": ")) {
		error("%s: LD_PRELOAD cannot hold a path with a colon or a blank", path);
		hint("install tenure in another folder");
		free(path);
		path = NULL;
	}
	return path;
}

static void add_signals(sigset_t *set, const int *signals, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sigaddset(set, signals[i]);
}

#define ADD_SIGNALS(set, signals) add_signals((set), (signals), sizeof(signals) / sizeof *(signals))

int launcher_prepare(struct launcher *l)
{
	/* Stops are of no interest; those of a snapshot's threads come by the hundred. */
	struct sigaction reap = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP};
	sigset_t watched, blocked;

	sigemptyset(&watched);
	sigaddset(&watched, SIGCHLD);
	ADD_SIGNALS(&watched, passed_on);
	ADD_SIGNALS(&watched, left_to_program);
	blocked = watched;
	ADD_SIGNALS(&blocked, harmful);
	/* Where SIGCHLD is ignored the kernel keeps no exit status. */
	sigaction(SIGCHLD, &reap, &l->original_child_action);
	l->child = 0;
	sigprocmask(SIG_BLOCK, &blocked, &l->original_mask);
	l->signal_fd = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
	return l->signal_fd < 0 ? -1 : 0;
}

static bool is_variable(const char *entry, const char *name)
{
	return !strncmp(entry, name, strlen(name));
}

/* The user's LD_PRELOAD keeps its place, and an empty one its colon, so that the library can give
 * the program back exactly what was there. */
static char **build_environment(const char *library, const char *options)
{
	size_t count = 0, kept = 0, preload_at = SIZE_MAX;
	const char *users = NULL;
	char **environment, *preload, *settings;

	while (environ[count])
		count++;
	environment = xcalloc(count + 3, sizeof *environment);
	for (size_t i = 0; i < count; i++) {
		if (is_variable(environ[i], PRELOAD) && !users) {
			users = environ[i] + strlen(PRELOAD);
			preload_at = kept++;
		} else if (!is_variable(environ[i], OPTIONS)) {
			environment[kept++] = environ[i];
		}
	}
	if (asprintf(&preload, PRELOAD "%s%s%s", library, users ? ":" : "", users ? users : "") <
		    0 ||
	    asprintf(&settings, OPTIONS "%s", options) < 0)
		die("out of memory");
	environment[users ? preload_at : kept++] = preload;
	environment[kept++] = settings;
	return environment;
}

/* The child between fork and exec. */
static void become_program(const struct launcher *l, char **argv, char **environment, int report_fd)
{
	int problem;

	sigaction(SIGCHLD, &l->original_child_action, NULL);
	sigprocmask(SIG_SETMASK, &l->original_mask, NULL);
	execvpe(argv[0], argv, environment);
	problem = errno;
	if (write(report_fd, &problem, sizeof problem) < 0)
		_exit(STATUS_TOOL_FAILED);
	_exit(STATUS_CANNOT_EXECUTE);
}

int launcher_start(struct launcher *l, char **argv, const char *library, const char *options)
{
	char **environment = build_environment(library, options);
	int report[2], problem = 0;
	ssize_t got;

	if (pipe2(report, O_CLOEXEC) != 0)
		return errno;
	l->child = fork();
	if (l->child < 0) {
		problem = errno;
		close(report[0]);
		close(report[1]);
		return problem;
	}
	if (l->child == 0)
		become_program(l, argv, environment, report[1]);
	close(report[1]);
	/* A successful exec closes the pipe. */
	do
		got = read(report[0], &problem, sizeof problem);
	while (got < 0 && errno == EINTR);
	close(report[0]);
	if (got == (ssize_t)sizeof problem)
		waitpid(l->child, NULL, 0);
	else
		problem = 0;
	for (size_t i = 0; environment[i]; i++)
		if (is_variable(environment[i], PRELOAD) || is_variable(environment[i], OPTIONS))
			free(environment[i]);
	free(environment);
	return problem;
}

static bool is_passed_on(const struct signalfd_siginfo *info)
{
	/* What the kernel sends at a hangup, the whole foreground group gets. */
	if (info->ssi_code == SI_KERNEL)
		return false;
	for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++)
		if ((int)info->ssi_signo == passed_on[i])
			return true;
	return false;
}

/* The program that runs, for wait_even_if_fatal; 0 while none does. */
static struct {
	pid_t owner, child;
	struct collector *collector;
} running;

/* At exit: a collector that had to give up (no memory) must neither end before the program nor
 * change its status. What was recorded stays readable as an incomplete trace. */
static void wait_even_if_fatal(void)
{
	int status = 0;

	if (!running.child || running.owner != getpid())
		return;
	snapshot_let_all_go();
	collector_abandon(running.collector);
	hint("the recording ends here; the program goes on");
	while (waitpid(running.child, &status, 0) < 0 ? errno == EINTR : WIFSTOPPED(status))
		;
	launcher_end_like(status);
}

/* Looked at before it is taken: while a snapshot holds the program's threads, waitpid() would give
 * us their stops, whether asked for or not, and nobody else could see them any more. */
static bool has_ended(pid_t child)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid &&
	       info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED;
}

int launcher_wait(struct launcher *l, struct collector *c)
{
	struct signalfd_siginfo info;
	int status;

	running.owner = getpid();
	running.child = l->child;
	running.collector = c;
	atexit(wait_even_if_fatal);
	for (;;) {
		collector_run(c, l->signal_fd);
		while (read(l->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
			if (is_passed_on(&info))
				kill(l->child, (int)info.ssi_signo);
		if (has_ended(l->child) && waitpid(l->child, &status, WNOHANG) == l->child)
			break;
	}
	running.child = 0;
	return status;
}

bool launcher_fork_background(bool *failed)
{
	pid_t pid = fork();
	int null;

	*failed = pid < 0;
	if (pid != 0)
		return false;
	setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd < 3; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			close(fd);
	return true;
}

void launcher_end_like(int wait_status)
{
	struct rlimit no_core = {0, 0};
	sigset_t unblocked;
	int number;

	fflush(NULL);
	if (!WIFSIGNALED(wait_status))
		_exit(WEXITSTATUS(wait_status));
	number = WTERMSIG(wait_status);
	/* One core file, the program's, is enough. */
	setrlimit(RLIMIT_CORE, &no_core);
	signal(number, SIG_DFL);
	sigemptyset(&unblocked);
	sigaddset(&unblocked, number);
	sigprocmask(SIG_UNBLOCK, &unblocked, NULL);
	raise(number);
	_exit(128 + number);
}

void launcher_raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}
