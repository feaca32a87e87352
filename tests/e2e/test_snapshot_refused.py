# SPDX-License-Identifier: MIT
"""Snapshots where something is in the way: seccomp, another tracer, another user, a process that may
not be looked into. What cannot be known is said, and nothing is invented."""
import os
import pathlib
import shutil

import harness
from harness import Trace, case, check, equal, need, need_root, run, table, wait_until
from snapshots import Running, by_kind, compile_c, only, report_of, snapshot, start

# Refuses ptrace and process_vm_readv to what it executes, or what else its first argument names.
REFUSES = r"""
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#define REFUSE(number, with) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (with))
int main(int argc, char **argv)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		REFUSE(SYS_ptrace, EPERM),
		REFUSE(SYS_process_vm_readv, EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof code / sizeof *code, code};

	(void)argc;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		return 77;
	execv(argv[1], argv + 1);
	return 78;
}
"""

# Blocks that are held by a global variable, by stacks of threads only, and by nothing.
THREADS = r"""
#include <sys/prctl.h>
void *volatile global;
static atomic_int ready;
__attribute__((noinline)) static void *global_block(void) { return calloc(1, 100); }
__attribute__((noinline)) static void *stack_block(void) { return calloc(1, 101); }
__attribute__((noinline)) static void *held_by_block(void) { return calloc(1, 102); }
__attribute__((noinline)) static void dropped_block(void)
{
	for (int i = 0; i < 7; i++)
		free(memset(calloc(1, 103), 0, 103)), calloc(1, 103);
}
static void *holds_on_stack(void *unused)
{
	void **volatile local = stack_block();

	local[2] = held_by_block();
	scrub();
	ready++;
	for (;;)
		pause();
	return unused;
}
int main(int argc, char **argv)
{
	int threads = argc > 1 ? atoi(argv[1]) : 0;
	pthread_t thread;

	if (argc > 2)
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	global = global_block();
	dropped_block();
	scrub();
	for (int i = 0; i < threads; i++)
		pthread_create(&thread, NULL, holds_on_stack, NULL);
	while (ready < threads)
		usleep(1000);
	say("ready %d", getpid());
	wait_for_line();
	return 7;
}
"""


def compiled():
    return compile_c(THREADS, options=["-fno-builtin"])


def check_blocks(trace, cause, threads, unstopped):
    """Everything must be what it is, whether registers are known or not."""
    report = report_of(trace)
    found = report["snapshot"]
    equal((found["known"], found["cause"], found["threads_unstopped"], found["unread_bytes"]),
          (True, cause, unstopped, 0), f"snapshot {found}")
    equal(by_kind(report, "global_block"), only("reachable", 1), "what a variable holds")
    for name in ("stack_block", "held_by_block"):
        equal(by_kind(report, name), only("reachable", threads), f"what a thread holds: {name}")
    if not unstopped:  # else stacks count as a whole, and some old pointer may be on one
        equal(by_kind(report, "dropped_block"), only("direct", 7), "what nothing holds")
    text = " ".join(run([harness.TENURE, "report", trace.path]).stdout.decode().split())
    words = f"registers of {unstopped} thread{'s' * (unstopped != 1)} could not be read"
    equal(words in text, unstopped > 0, f"{words!r} in {text}")


@table(("one-thread", 0), ("threads", 5))
def by_seccomp(threads):
    """A filter that refuses ptrace and process_vm_readv: memory that is not read then, threads whose
    registers are unknown without a word, or blocks on their stacks that are called lost."""
    refuses = compile_c(REFUSES, "refuses")
    folder = harness.new_folder()
    running = Running([refuses, harness.TENURE, "run", "-q", "-o", folder / harness.TRACE_PATTERN,
                       "--", compiled(), str(threads)], folder=folder)
    pid = running.said(r"^ready (\d+)")
    snapshot(pid)
    check_blocks(running.trace(), "request", threads, threads + 1)
    running.finish(7)
    check_blocks(running.trace(), "exit", threads, threads)


@table(("one-thread", 0), ("threads", 5))
def strace_inside(threads):
    """strace that the recorded program is run by: a hang, or its threads held back for ever."""
    need("strace")
    running = start(["strace", "-f", "-o", "strace.out", compiled(), str(threads)])
    pid = running.said(r"^ready (\d+)")
    snapshot(pid)
    check_blocks(running.trace(pid), "request", threads, threads + 1)
    running.finish(7)
    check_blocks(running.trace(pid), "exit", threads, threads)
    check("exit_group(7)" in pathlib.Path("strace.out").read_text(), "strace has not seen the end")


@table(("one-thread", 0), ("threads", 5))
def strace_outside(threads):
    """The same with strace around us, too, so that the collector is slowed down and traced itself."""
    folder = harness.new_folder()
    running = Running([need("strace"), "-f", "-o", "strace.out", harness.TENURE, "run", "-q", "-o",
                       folder / harness.TRACE_PATTERN, "--", compiled(), str(threads)],
                      folder=folder)
    pid = running.said(r"^ready (\d+)")
    snapshot(pid)
    check_blocks(running.trace(pid), "request", threads, threads + 1)
    running.finish(7)
    check_blocks(running.trace(pid), "exit", threads, threads)


@table(("launcher", True), ("preload", False))
def gdb(by_launcher):
    """A debugger: a hang, or a program that ends differently."""
    program, folder = compiled(), harness.new_folder()
    words = [need("gdb"), "-nx", "-batch", "-ex", "set confirm off", "-ex", "set debuginfod off"]
    if by_launcher:
        words = [harness.TENURE, "run", "-q", "-o", folder / harness.TRACE_PATTERN, "--", *words]
    else:
        for name, value in harness.preload_environment(folder).items():
            words += ["-ex", f"set environment {name} {value}"]
    running = Running([*words, "-ex", "run", "-ex", "print $_exitcode + 1000", "--args", program,
                       "3"], folder=folder)
    pid = running.said(r"^ready (\d+)")
    snapshot(pid)
    trace = Trace(next(folder.glob(f"program.{pid}.tenure")))  # the shell that becomes it has one, too
    check_blocks(trace, "request", 3, 4)
    running.finish(0)
    wait_until(trace.complete, 10, "a complete trace")
    check_blocks(trace, "exit", 3, 3)
    check("= 1007" in running.outcome.stdout.decode(), f"what gdb saw: {running.outcome}")


# Another user.


def as_nobody():
    """A prefix for commands, and the command where that user can execute it."""
    need_root()
    os.chmod(".", 0o777)
    os.mkdir("build")
    for path in (harness.TENURE, harness.LIBRARY):
        shutil.copy(path, "build")
    harness.use_build(pathlib.Path("build").absolute())
    return [need("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups"]


def start_as_nobody(*arguments):
    prefix = as_nobody()
    folder = harness.new_folder()
    folder.chmod(0o777)
    print("NOTE ptrace_scope:", ptrace_scope())
    return Running([*prefix, harness.TENURE, "run", "-q", "-o", folder / harness.TRACE_PATTERN,
                    "--", compiled(), *arguments], folder=folder), prefix


def ptrace_scope():
    try:
        return pathlib.Path("/proc/sys/kernel/yama/ptrace_scope").read_text().strip()
    except OSError:
        return "no Yama"


@table(("one-thread", 0), ("threads", 5))
def another_user(threads):
    """What only root may do: then there are no snapshots for others."""
    running, prefix = start_as_nobody(str(threads))
    pid = running.said(r"^ready (\d+)")
    outcome = run([*prefix, harness.TENURE, "snapshot", pid])
    equal(outcome.status, 0, f"{outcome}")
    check_blocks(running.trace(), "request", threads, 0)
    running.finish(7)
    check_blocks(running.trace(), "exit", threads, 0)


@table(("one-thread", 0), ("threads", 5))
def not_dumpable(threads):
    """A process that none but root may look into: a hang, or blocks called lost that nobody has looked
    for."""
    running, prefix = start_as_nobody(str(threads), "not dumpable")
    pid = running.said(r"^ready (\d+)")
    outcome = run([*prefix, harness.TENURE, "snapshot", pid])
    equal(outcome.status, 1, f"{outcome}")
    check(b"may not be looked into" in outcome.stderr, f"{outcome}")
    running.finish(7)
    check_unknown(running.trace())


def check_unknown(trace):
    found = report_of(trace)["snapshot"]
    check(not found["known"] and found["missing"], f"{found}")
    text = " ".join(run([harness.TENURE, "report", trace.path]).stdout.decode().split())
    check("held no snapshot of the heap was taken" in text, text)
    check("nothing points to" not in text, text)


@case
def of_another_users_program():
    """Who may not look into a process gets a snapshot of it, or waits for one until patience ends."""
    prefix = as_nobody()
    running = start([compiled(), "0"])
    pid = running.said(r"^ready (\d+)")
    outcome = run([*prefix, harness.TENURE, "snapshot", "--timeout=30s", pid])
    equal(outcome.status, 1, f"{outcome}")
    check(outcome.seconds < 15, f"{outcome}")
    equal(report_of(running.trace())["snapshot"]["count"], 0, "snapshots")
    check(b"may not be looked into" in outcome.stderr, f"{outcome}")
    running.finish(7)
    check_blocks(running.trace(), "exit", 0, 0)


@case
def requests_to_everybody():
    """Somebody else's request that is taken for a process that could not be recorded, and told of."""
    prefix = as_nobody()
    another = ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups"]
    program, folders = compiled(), [harness.new_folder(), harness.new_folder()]
    for folder in folders:
        folder.chmod(0o777)
    other, own = [Running([*who, harness.TENURE, "run", "-o", folder / harness.TRACE_PATTERN, "--",
                           program, "0"], folder=folder)
                  for who, folder in zip((prefix, another), folders)]
    other.said("ready")
    pid = own.said(r"^ready (\d+)")
    outcome = run([*another, harness.TENURE, "snapshot", "-q", pid])
    equal(outcome.status, 0, f"{outcome}")
    own.finish(7)
    other.finish(7)
    check(b"not recorded" not in other.outcome.stderr, f"{other.outcome}")
