# SPDX-License-Identifier: MIT
"""Snapshots at odd ends of programs, with a collector that dies; and that programs see nothing of it."""
import os
import pathlib
import re
import signal
import subprocess

import harness
from harness import case, check, equal, record, record_by_preload, run, table, wait_until
from snapshots import compile_c, known, lost, report_of, start

# Ends of many kinds, each with blocks in a global table and one that is lost.
ENDS = r"""
#include <setjmp.h>
#include <sys/mman.h>
void *volatile table[100];
__attribute__((noinline)) static void fill(void)
{
	for (int i = 0; i < 100; i++)
		table[i] = calloc(1, 50);
}
static void leave(int number)
{
	(void)number;
	exit(9);
}
static void leave_quietly(int number)
{
	(void)number;
	_exit(9);
}
static void *call_exit(void *argument)
{
	exit(9);
	return argument;
}
static void *never_ends(void *argument)
{
	for (;;)
		free(malloc(20));
	return argument;
}
static void wait_and_exit(void)
{
	static atomic_int calls;
	pthread_t thread;

	if (!calls++) { /* a handler of exit, and another thread calls exit meanwhile */
		pthread_create(&thread, NULL, call_exit, NULL);
		usleep(20000);
	}
}
__attribute__((noinline)) static int use_up_stack(volatile char *above)
{
	volatile char here[4096];

	here[0] = above[0];
	return use_up_stack(here) + here[0];
}
int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "";
	struct sigaction action = {.sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_size = 1 << 16};
	volatile char first[1] = {0};
	pthread_t thread;
	int status = 0;

	fill();
	if (!strcmp(way, "SIGTERM") || !strcmp(way, "SIGKILL"))
		kill(getpid(), !strcmp(way, "SIGTERM") ? SIGTERM : SIGKILL);
	if (!strcmp(way, "abort"))
		abort();
	if (!strcmp(way, "exec"))
		execl("/bin/sh", "sh", "-c", "exit 9", (char *)NULL);
	if (!strcmp(way, "_exit"))
		_exit(9);
	if (!strcmp(way, "quick_exit"))
		quick_exit(9);
	if (!strcmp(way, "vfork")) {
		if (vfork() == 0)
			_exit(5);
		wait(&status);
		return WEXITSTATUS(status) + 4;
	}
	if (!strcmp(way, "exit-twice")) {
		atexit(wait_and_exit);
		exit(9);
	}
	if (!strcmp(way, "in-handler")) { /* of a signal that came in the middle of malloc */
		action.sa_handler = leave;
		sigaction(SIGALRM, &action, NULL);
		pthread_create(&thread, NULL, never_ends, NULL);
		ualarm(20000, 0);
		never_ends(NULL);
	}
	if (!strcmp(way, "stack-overflow") || !strcmp(way, "stack-overflow-exit")) {
		stack.ss_sp = mmap(NULL, stack.ss_size, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		action.sa_handler = way[14] ? leave : leave_quietly;
		sigaltstack(&stack, NULL);
		sigaction(SIGSEGV, &action, NULL);
		return use_up_stack(first);
	}
	if (!strcmp(way, "pthread_exit")) { /* the last thread ends, and with it the process */
		pthread_create(&thread, NULL, (void *(*)(void *))usleep, (void *)20000);
		pthread_exit(NULL);
	}
	return 9;
}
"""
# status, whether there is a snapshot, else a word of the reason
ENDINGS = (
    ("SIGTERM", -signal.SIGTERM, "killed"),
    ("SIGKILL", -signal.SIGKILL, "killed"),
    ("abort", -signal.SIGABRT, "killed"),
    ("exec", 9, "another program"),
    ("_exit", 9, None),
    ("quick_exit", 9, None),
    ("vfork", 9, None),
    ("exit-twice", 9, None),
    ("in-handler", 9, None),
    ("stack-overflow", 9, None),
    ("stack-overflow-exit", 9, None),
    ("pthread_exit", 0, None),
    ("return", 9, None),
)


@table(*((way, way, status, reason) for way, status, reason in ENDINGS))
def ending(way, status, reason):
    """An end at which the program hangs or gets another status; a snapshot that is missing without a
    reason, or with a wrong one."""
    recording = record([compile_c(ENDS), way], status=status, timeout=30)
    found = report_of(recording.one("program"))["snapshot"]
    if reason:
        check(not found["known"] and reason in found["missing"], f"no {reason!r} in {found}")
        text = run([harness.TENURE, "report", recording.one("program").path]).stdout.decode()
        check(reason in " ".join(text.split()), text)
    else:
        equal((found["known"], lost(found)), (True, (0, 0)), f"snapshot {found}")


WAITS = r"""
static void *volatile table[100];
static void at_end(void)
{
	say("ending");
}
int main(int argc, char **argv)
{
	for (int i = 0; i < 100; i++)
		table[i] = calloc(1, 50);
	for (int i = 0; i < 60; i++)
		memset(table[i] = malloc(10 << 20), 1, 10 << 20);
	atexit(at_end);
	say("ready %d", getpid());
	wait_for_line();
	return argc > 1 ? atoi(argv[1]) : 0;
}
"""


def is_waiting(pid):
    """Whether the only thread of a process sleeps."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] in "SZ"


@case
def killed_while_the_program_waits():
    """A program that waits for ever, or ends in another way, when its collector is killed."""
    need_subreaper()
    running, pid = end_without_collector(signal.SIGSTOP)
    wait_until(lambda: is_waiting(pid), 10, "a program that waits")
    os.kill(running.process.pid, signal.SIGKILL)
    running.ended(-signal.SIGKILL)
    check_orphan(pid)


@case
def killed_while_it_reads():
    """The same with a collector that is in the middle of 600 MB. It may be quicker than we are."""
    need_subreaper()
    for _ in range(5):
        running, pid = end_without_collector(signal.SIGKILL)
        running.ended(None)
        if running.process.returncode == -signal.SIGKILL:
            check_orphan(pid)
            return
        equal(running.process.returncode, 8, "status of who was quicker")


def end_without_collector(number):
    """Sends the collector a signal when the program has begun to end, or is about to."""
    running = start([compile_c(WAITS), "8"])
    pid = int(running.said(r"^ready (\d+)"))
    if number == signal.SIGSTOP:
        os.kill(running.process.pid, number)
    running.process.stdin.close()
    running.said("ending")
    if number == signal.SIGKILL:
        os.kill(running.process.pid, number)
    return running, pid


def check_orphan(pid):
    wait_until(lambda: os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT), 15,
               "the end of the program")
    equal(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 8, "its status")


def need_subreaper():
    """Orphans of ours are ours to wait for from now on."""
    import ctypes
    if ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) != 0:  # PR_SET_CHILD_SUBREAPER
        harness.skip("no orphans can be waited for")


@case
def stopped_collector():
    """A program that does not end because its collector sleeps for ever."""
    running = start([compile_c(WAITS), "8"])
    pid = int(running.said(r"^ready (\d+)"))
    os.kill(running.process.pid, signal.SIGSTOP)
    running.process.stdin.close()
    wait_until(lambda: "Z" in pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2], 20,
               "the end of the program")
    os.kill(running.process.pid, signal.SIGCONT)
    running.ended(8)
    found = report_of(running.trace())["snapshot"]
    equal(found["known"], False, f"a snapshot of a process that has ended: {found}")


# What a program can see of itself: twice while it runs, and once from a handler of exit.
SEES = r"""
#include <dirent.h>
static atomic_int children_ended;
static void on_child(int number)
{
	(void)number;
	children_ended++;
}
static int count(const char *path)
{
	DIR *folder = opendir(path);
	int entries = 0;

	while (readdir(folder))
		entries++;
	closedir(folder);
	return entries;
}
static void look(const char *when)
{
	static char line[8192];
	static const char *const keys[] = {"SigCgt", "SigBlk", "SigIgn", "SigPnd", "ShdPnd",
					   "Threads", "TracerPid", "Seccomp", "NoNewPrivs", "VmLck"};
	FILE *status = fopen("/proc/self/status", "r");
	int ended = waitpid(-1, NULL, WNOHANG) < 0 ? errno : 0, fd;

	say("%s: descriptors %d threads %d SIGCHLD %d wait %d", when, count("/proc/self/fd"),
	    count("/proc/self/task"), children_ended, ended == ECHILD);
	while (fgets(line, sizeof line, status))
		for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
			if (!strncmp(line, keys[i], strlen(keys[i])))
				say("%s: %.*s", when, (int)strcspn(line, "\n"), line);
	fclose(status);
	snprintf(line, sizeof line, "/proc/self/task/%d/children", getpid());
	fd = open(line, O_RDONLY);
	say("%s: children %d", when, (int)read(fd, line, sizeof line));
	close(fd);
}
static void at_end(void)
{
	look("at exit");
}
static void *sleeps(void *argument)
{
	pause();
	return argument;
}
int main(void)
{
	struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART};
	pthread_t thread;
	sigset_t set;

	sigaction(SIGCHLD, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pthread_create(&thread, NULL, sleeps, malloc(10));
	atexit(at_end);
	look("before");
	tenure_snapshot();
	look("after one");
	for (int i = 0; i < 10; i++)
		tenure_snapshot();
	wait_for_line();
	look("after all");
	kill(getpid(), SIGUSR1);
	return 3;
}
"""


@table(("launcher", False), ("preload", True))
def unseen(by_preload):
    """A descriptor, thread, child, signal or tracer of ours that the program can see."""
    program = compile_c(SEES)
    bare = run([program])
    if by_preload:
        recording = record_by_preload([program], status=3)
        wait_until(lambda: recording.traces and recording.one().complete(), 10, "a trace")
    else:
        recording = record([program], status=3)
    seen = recording.outcome.stdout.decode()
    if by_preload:  # a copy may yet be there; no wait without __WALL finds it
        seen = re.sub(r"children \d+", "children 0", seen)
    equal(seen, bare.stdout.decode(), "what the program sees")
    equal((bare.status, recording.outcome.stderr), (3, bare.stderr), "status and stderr")
    found = known(recording.one())
    equal((found["count"], found["cause"]), (12, "exit"), "snapshots")


def processes_of(program):
    """Numbers of all processes that execute it."""
    found = set()
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(folder / "exe") == str(program) and is_alive(folder):
                found.add(int(folder.name))
        except OSError:
            pass
    return found


def is_alive(folder):
    return (folder / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"


@table(("program", True), ("collector", False))
def killed_with_a_copy(is_program):
    """A copy of the process, made to be read, that outlives the process or who reads it; a program
    that does not go on."""
    need_subreaper()
    program = compile_c(WAITS)
    for number in range(2):
        running = start([program, "8"])
        pid = int(running.said(r"^ready (\d+)"))
        asking = subprocess.Popen([harness.TENURE, "snapshot", "-q", "--timeout=1s", str(pid)],
                                  stderr=subprocess.DEVNULL)
        if number:  # the first time at once: before, while or after the copy is made
            wait_until(lambda: len(processes_of(program)) > 1 or asking.poll() is not None, 20,
                       "a copy")
        os.kill(pid if is_program else running.process.pid, signal.SIGKILL)
        running.ended(-signal.SIGKILL)
        if not is_program:
            wait_until(lambda: processes_of(program) == {pid}, 10, "the end of the copy")
            running.process.stdin.close()
            check_orphan(pid)
        wait_until(lambda: not processes_of(program), 10, "the end of all processes")
        check(asking.wait(20) in (0, 1), "status of the command")
