# SPDX-License-Identifier: MIT
"""`tenure snapshot` and who asks for one: what it is told about, several at a time, patience; and
snapshots by the clock."""
import os
import resource
import signal
import subprocess
import time

import harness
from harness import case, check, equal, tenure, wait_until
from snapshots import (by_kind, compile_c, known, lost, moments, only, report_of, snapshot, start,
                       start_by_preload)

# Everything is held by one global table; dies or goes on as it is told.
HOLDER = r"""
static void **table;
__attribute__((noinline)) static void fill(void)
{
	table = calloc(1000, sizeof *table);
	for (int i = 0; i < 1000; i++)
		table[i] = calloc(1, 40);
}
int main(int argc, char **argv)
{
	pid_t child;

	fill();
	scrub();
	child = argc > 2 ? fork() : 0;
	if (child == 0) {
		table[0] = realloc(table[0], 50);
		say("%s %d", argc > 2 ? "child" : "ready", getpid());
		wait_for_line();
		if (!strcmp(argv[1], "kill"))
			kill(getpid(), SIGKILL);
		return 3;
	}
	say("ready %d", getpid());
	waitpid(child, NULL, 0);
	return 3;
}
"""


@case
def of_what_is_not_recorded():
    """A pid that nobody records, or that is none, for which the command waits or finds another's."""
    outcome = snapshot(os.getpid(), status=1)
    check(f"process {os.getpid()} is not being recorded".encode() in outcome.stderr, f"{outcome}")
    check(outcome.seconds < 10, f"waited: {outcome}")
    for word in ("0", "-1", "x", "12x", "99999999999"):
        tenure("snapshot", "--", word, status=2)
    tenure("snapshot", status=2)


@case
def of_a_sampled_program():
    """A snapshot in which blocks are lost that others hold, which were not recorded."""
    running = start([compile_c(HOLDER), "1"], "--sample=64")
    pid = running.said(r"^ready (\d+)")
    check(b"--sample" in snapshot(pid, status=1).stderr, "no reason is told")
    running.finish(3)
    found = report_of(running.trace())["snapshot"]
    equal((found["known"], found["count"]), (False, 0), "snapshot")
    check("sample" in found["missing"], found["missing"])


@case
def of_one_that_ends_meanwhile():
    """A command that waits for a process that is gone until its patience ends, or a collector that is
    confused by it. Twenty times, because it is a matter of luck who comes first."""
    program = compile_c(HOLDER)
    for i in range(20):
        running = start([program, "kill" if i % 2 else "exit"], "--snapshot=none")
        pid = running.said(r"^ready (\d+)")
        asking = subprocess.Popen([harness.TENURE, "snapshot", "-q", pid], stderr=subprocess.PIPE)
        if i % 3:
            time.sleep(0.0005 * i)
        running.finish(-signal.SIGKILL if i % 2 else 3)
        error = asking.communicate(timeout=20)[1]
        check(asking.returncode in (0, 1), f"{asking.returncode} {error}")
        report = report_of(running.trace())
        equal(report["snapshot"]["count"], 1 - asking.returncode, f"snapshots, {error}")
        if report["snapshot"]["known"]:
            equal(lost(report["snapshot"]), (0, 0), "lost blocks")


@case
def of_a_child():
    """A child whose snapshot goes to the trace of its parent, or is refused; what it has from before
    the fork and is called lost."""
    running = start([compile_c(HOLDER), "exit", "forks"])
    child, parent = running.said(r"^child (\d+)"), running.said(r"^ready (\d+)")
    traces = [running.trace(pid) for pid in (parent, child)]
    check(traces[1].path.name.encode() in snapshot(child).stderr, "the trace is not named")
    counts = [report_of(trace)["snapshot"]["count"] for trace in traces]
    equal(counts, [0, 1], "snapshots of parent and child")
    equal(lost(known(traces[1])), (0, 0), "lost blocks of the child")
    running.finish(3)
    equal(lost(known(traces[0])), (0, 0), "lost blocks of the parent")


@case
def no_room():
    """A snapshot that did not fit on the disk and is said to be in the trace."""
    running = start([compile_c(HOLDER), "exit"])
    pid = running.said(r"^ready (\d+)")
    trace = running.trace()
    room = trace.path.stat().st_size + 100
    resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (room, room))
    outcome = snapshot(pid, status=1)
    check(b"cannot be written" in outcome.stderr, f"{outcome}")
    running.finish(3)
    found = report_of(trace)["snapshot"]
    equal((found["known"], found["count"]), (False, 0), f"{found}")


@case
def several_at_a_time():
    """Users who ask at the same time and of whom one gets no answer."""
    running = start([compile_c(HOLDER), "exit"])
    pid = running.said(r"^ready (\d+)")
    asking = [subprocess.Popen([harness.TENURE, "snapshot", "-q", pid]) for _ in range(6)]
    equal([one.wait(30) for one in asking], [0] * 6, "statuses")
    count = known(running.trace())["count"]
    check(1 <= count <= 6, f"{count} snapshots")
    running.finish(3)
    equal(lost(known(running.trace())), (0, 0), "lost blocks")


@case
def timeout_ends_the_wait():
    """A collector that does not answer, for which the command waits longer than it was told to."""
    running = start([compile_c(HOLDER), "exit"])
    pid = running.said(r"^ready (\d+)")
    os.kill(running.process.pid, signal.SIGSTOP)
    outcome = snapshot(pid, "--timeout=300ms", status=1)
    check(0.25 < outcome.seconds < 20, f"{outcome}")
    check(b"did not answer" in outcome.stderr, f"{outcome}")
    os.kill(running.process.pid, signal.SIGCONT)
    running.finish(3)
    equal(lost(known(running.trace())), (0, 0), "lost blocks")
    tenure("snapshot", "--timeout=x", pid, status=2)


@case
def without_the_command():
    """A collector that the program's library has started, and that takes no snapshots."""
    running = start_by_preload([compile_c(HOLDER), "exit"])
    pid = running.said(r"^ready (\d+)")
    trace = running.trace()
    check(trace.path.name.encode() in snapshot(pid).stderr, "the trace is not named")
    equal((known(trace)["cause"], lost(known(trace))), ("request", (0, 0)), "by request")
    running.finish(3)
    wait_until(trace.complete, 10, "a complete trace")
    found = known(trace)
    equal((found["cause"], found["count"], lost(found)), ("exit", 2, (0, 0)), "at exit")


# Works until it is told to stop, says what came of it.
WORKER = r"""
static struct node { struct node *next; unsigned value; } *list;
int main(void)
{
	struct node *next;
	unsigned sum = 0, count = 0;

	fcntl(0, F_SETFL, O_NONBLOCK);
	say("ready %d", getpid());
	for (char byte; read(0, &byte, 1) != 0; count++) {
		struct node *node = malloc(sizeof *node);

		node->next = list;
		node->value = count;
		sum += count;
		list = node;
		for (int i = 0; count % 100 == 99 && i < 90; i++, list = next) {
			next = list->next;
			sum -= list->value;
			free(list);
		}
		if (count % 1000 == 0)
			usleep(1000);
	}
	for (; list; list = next) {
		next = list->next;
		sum -= list->value;
		free(list);
	}
	say("left %u", sum);
	return sum != 0;
}
"""


@case
def by_the_clock():
    """--snapshot-every that takes none or only one, that disturbs the program, or that finds blocks
    lost while they are moved about."""
    running = start([compile_c(WORKER, options=["-O2"])], "--snapshot-every=200ms")
    running.said("ready")
    trace = running.trace()
    wait_until(lambda: len(moments(trace)) >= 3, 30, "three snapshots")
    equal(known(trace)["cause"], "interval", "cause")
    running.finish()
    equal(running.outcome.stdout.decode().splitlines()[-1], "left 0", "what the program found")
    taken = moments(trace)
    check(len(taken) >= 4, f"snapshots: {taken}")
    for at in taken:
        found = known(trace, at)
        equal(f"--until={found['ns'] + 1}ns", at, "the moment of the snapshot that is shown")
        equal(lost(found), (0, 0), "lost blocks")
    tenure("run", "--snapshot-every=x", "--", "true", status=125)


LEADERLESS = r"""
void *volatile global;
__attribute__((noinline)) static void *global_block(void) { return calloc(1, 100); }
__attribute__((noinline)) static void *stack_block(void) { return calloc(1, 101); }
static void *stays(void *main_thread)
{
	void *volatile local = stack_block();

	pthread_join(*(pthread_t *)main_thread, NULL);
	scrub();
	say("ready %d", getpid());
	wait_for_line();
	free(local);
	exit(3);
}
int main(void)
{
	static pthread_t self;
	pthread_t thread;

	self = pthread_self();
	global = global_block();
	pthread_create(&thread, NULL, stays, &self);
	pthread_exit(NULL);
}
"""


@case
def main_thread_has_ended():
    """A process whose first thread is a zombie, which /proc shows as one without memory."""
    running = start([compile_c(LEADERLESS, options=["-fno-builtin"])])
    pid = running.said(r"^ready (\d+)")
    snapshot(pid)
    report = report_of(running.trace())
    equal((report["snapshot"]["known"], report["snapshot"]["threads_unstopped"]), (True, 0),
          f"{report['snapshot']}")
    for function in ("global_block", "stack_block"):
        equal(by_kind(report, function), only("reachable", 1), function)
    running.finish(3)
    equal(lost(known(running.trace())), (0, 0), "lost blocks at exit")
