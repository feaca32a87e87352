# SPDX-License-Identifier: MIT
"""Programs that take every descriptor for their own: what they write must stay theirs."""
import os
import pathlib
import re
import shutil

from expectations import check_expectations
from harness import (case, check, equal, need, need_root, record, record_by_preload, run, sample,
                     table, wait_until)

MODES = ("closefrom", "close_range", "close", "dup2")
CONTENTS = b"".join(b"line %d\n" % number for number in range(2000))


def check_file(outcome, bare):
    equal(pathlib.Path("file").read_bytes(), CONTENTS, "the program's own file")
    lines = [line for line in outcome.stdout.splitlines() if not line.startswith(b"EXPECT")]
    equal(lines, [l for l in bare.stdout.splitlines() if not l.startswith(b"EXPECT")], "output")
    equal(outcome.stderr, b"", "stderr")


@table(*((mode, mode) for mode in MODES))
def taken(mode):
    """A descriptor of ours that is used after the program closed or replaced it, or a number that
    the program gets other than without us. The trace goes on."""
    argv = [sample("descriptors"), mode, "file"]
    bare = run(argv)
    recording = record(argv)
    check_file(recording.outcome, bare)
    check_expectations(recording)


@table(*((mode, mode) for mode in MODES))
def taken_by_preload(mode):
    """The same with the collector that the library starts."""
    argv = [sample("descriptors"), mode, "file"]
    bare = run(argv)
    recording = record_by_preload(argv)
    check_file(recording.outcome, bare)
    wait_until(lambda: recording.traces and recording.one().complete(), 5, "a complete trace")
    check_expectations(recording)


@table(("stdin", 0), ("stdout", 1), ("stderr", 2), ("all", 0, 1, 2))
def started_without(*closed):
    """A program that is started with a standard descriptor closed: its own first file gets that
    number, unless one of ours is there, and a message of ours would land in it."""

    def close():
        for number in closed:
            os.close(number)

    def contents():  # its stdout may be the file, and the EXPECT lines name its process
        return re.sub(rb"EXPECT.*\n", b"", pathlib.Path("file").read_bytes())

    argv = [sample("descriptors"), "none", "file"]
    bare = run(argv, before=close)
    expected = contents()
    recording = record(argv, before=close, quiet=False)
    equal(recording.outcome.status, bare.status, "status")
    equal(contents(), expected, "the program's own file")
    check(recording.one().info["complete"], "the trace is incomplete")


@case
def inherited_descriptors():
    """A descriptor that the program or its child inherits from us."""
    script = "ls -l /proc/self/fd | wc -l; sh -c 'ls /proc/self/fd | wc -l'; exec 9>&1; echo x >&9"
    argv = [need("bash"), "-c", script]
    bare, recorded = run(argv), record(argv).outcome
    equal(recorded.stdout, bare.stdout, "open descriptors")


@case
def privileges_and_root():
    """A server that changes root and user after its start: no /proc, no files, other uid."""
    need_root()
    script = (
        "import os\n"
        "x = [bytes(100) for i in range(1000)]\n"
        "os.mkdir('empty'); os.chroot('empty'); os.chdir('/')\n"
        "os.setgid(65534); os.setuid(65534); os.closerange(3, 1000)\n"
        "y = [bytearray(700) for i in range(10000)]\n"
        "print(len(x), len(y), os.getuid(), os.listdir('/'))\n"
    )
    for how in (record, record_by_preload):
        recording = how(["/usr/bin/python3", "-c", script], env={"PYTHONMALLOC": "malloc"})
        equal(recording.outcome.stdout, b"1000 10000 65534 []\n", str(recording.outcome))
        trace = wait_until(lambda: recording.traces and recording.one(), 5, "the trace")
        wait_until(trace.complete, 5, "the end of the trace")
        check(trace.info["allocations"] > 10000, str(trace.info))
        shutil.rmtree("empty")
