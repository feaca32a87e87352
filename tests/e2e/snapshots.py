# SPDX-License-Identifier: MIT
"""What the tests of snapshots share: programs that run until they are told to stop, and what
reports say of them."""
import os
import pathlib
import re
import subprocess

import harness
from harness import ROOT, Outcome, Trace, check, equal, fail, need, new_folder, run, wait_until

# Of every program below. say() is seen by the test at once; wait_for_line() lasts until it says so.
HEADER = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tenure.h"
void __lsan_do_leak_check(void) __attribute__((weak));
__attribute__((unused)) static void say(const char *format, ...)
{
	char line[300];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof line - 1, format, list);
	va_end(list);
	strcat(line, "\n");
	if (write(1, line, strlen(line)) < 0)
		_exit(99);
}
__attribute__((unused)) static void wait_for_line(void)
{
	char byte = 0;
	ssize_t got;

	do
		got = read(0, &byte, 1);
	while (got < 0 ? errno == EINTR : got == 1 && byte != '\n');
}
/* So that no copy of a pointer stays where calls have been or will be. */
__attribute__((noinline, unused)) static void scrub(void)
{
	volatile char zeros[16384];

	for (size_t i = 0; i < sizeof zeros; i++)
		zeros[i] = 0;
}
"""


def compile_c(source, name="program", options=()):
    """Returns the path of a program made of HEADER and this."""
    pathlib.Path(f"{name}.c").write_text(HEADER + source, encoding="utf-8")
    subprocess.run([need("gcc"), "-g", "-O1", "-Wall", "-Wno-unused-result",
                    "-Wno-infinite-recursion", "-pthread", f"-I{ROOT / 'preload'}", "-o", name, f"{name}.c", *options], check=True)
    return pathlib.Path(name).absolute()


class Running:
    """A recorded program that has not ended. Its stdin is ours, its output goes to files."""

    def __init__(self, argv, *, env=None, folder=None, before=None):
        self.folder = folder or new_folder()
        self.paths = [self.folder / "stdout", self.folder / "stderr"]
        environment = {**os.environ, **(env or {})}
        self.argv = [os.fspath(word) for word in argv]
        with open(self.paths[0], "wb") as out, open(self.paths[1], "wb") as err:
            self.process = subprocess.Popen(self.argv, stdin=subprocess.PIPE, stdout=out,
                                            stderr=err, env=environment, preexec_fn=before)

    @property
    def outcome(self):
        return Outcome(self.argv, self.process.returncode, 0, *self.paths)

    def said(self, pattern):
        """Waits until the program has said it; returns the first group of the match."""
        def found():
            return (re.search(pattern, self.paths[0].read_text(errors="replace"), re.MULTILINE)
                    or self.process.poll() is not None)

        match = wait_until(found, 40, f"{pattern!r} of {self.outcome}")
        if match is True:
            match = re.search(pattern, self.paths[0].read_text(errors="replace"), re.MULTILINE)
        if not match:
            fail(f"it ended without having said {pattern!r}: {self.outcome}")
        return match.group(1) if match.groups() else match.group(0)

    def tell(self, line="\n"):
        self.process.stdin.write(line.encode())
        self.process.stdin.flush()

    def finish(self, status=0, seconds=40):
        """Tells it to end and waits for that."""
        self.process.stdin.close()
        return self.ended(status, seconds)

    def ended(self, status=0, seconds=40):
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            state = pathlib.Path(f"/proc/{self.process.pid}/wchan").read_text()
            self.process.kill()
            self.process.wait()
            fail(f"has not ended after {seconds} s, waits in {state}: {self.outcome}")
        if status is not None:
            equal(self.process.returncode, status, f"exit status of {self.outcome}")
        return self.outcome

    def trace(self, pid=None):
        """Of the only process, or the one with this number; waits until there is one."""
        pattern = f"*.{pid}.tenure" if pid else "*.tenure"
        found = wait_until(lambda: list(self.folder.glob(pattern)), 20, f"a trace {pattern}")
        equal(len(found), 1, f"traces {found}")
        return Trace(found[0])


def start(argv, *options, **more):
    """tenure run, without waiting for the end."""
    folder = more.pop("folder", None) or new_folder()
    return Running([harness.TENURE, "run", "-q", "-o", folder / harness.TRACE_PATTERN, *options,
                    "--", *argv], folder=folder, **more)


def start_by_preload(argv, **more):
    folder = new_folder()
    return Running(argv, env=harness.preload_environment(folder), folder=folder, **more)


def snapshot(pid, *options, status=0):
    outcome = run([harness.TENURE, "snapshot", *options, str(pid)])
    if status is not None:
        equal(outcome.status, status, f"exit status of {outcome}")
    return outcome


def report_of(trace, *options):
    """The report of a trace that may still be written to."""
    outcome = run([harness.TENURE, "report", "--format=json", *options, trace.path])
    check(outcome.status in (0, 2), f"{outcome}")
    return harness.json.loads(outcome.stdout)


def moments(trace):
    """The options that have a report see each snapshot in the trace, the earliest first."""
    text = run([harness.TENURE, "info", trace.path]).stdout.decode()
    return re.findall(r"^ +\d+  after [\d.]+ \S+ .* words  (--until=\d+ns)$", text, re.MULTILINE)


def known(trace, *options):
    """What the report says of the snapshot, which must be there."""
    found = report_of(trace, *options)["snapshot"]
    check(found["known"], f"who holds what is unknown: {found}")
    return found


def lost(found):
    """Blocks that nothing points to and those that only these hold."""
    return found["direct"]["blocks"], found["indirect"]["blocks"]


def sites_with(report, function):
    return [site for site in report["sites"]
            if any(re.search(rf"\b{function}\b", frame["function"]) for frame in site["stack"])]


def by_kind(report, function):
    """Blocks that a function has allocated, by what the snapshot makes of them."""
    sites = [site for site in sites_with(report, function) if site["reachability"]]
    return {kind: sum(site["reachability"][kind]["blocks"] for site in sites)
            for kind in ("direct", "indirect", "possible", "reachable")}


def only(kind, blocks):
    return {"direct": 0, "indirect": 0, "possible": 0, "reachable": 0, kind: blocks}
