# SPDX-License-Identifier: MIT
"""Real programs behave the same: stdout, stderr, status and the files they write, byte for byte.

Every program runs twice without us and once with. Where the two bare runs agree, the third must
agree with them exactly. Where they do not (process ids, times, addresses), numbers are masked in
the lines that differ, and only in those.
"""
import pathlib
import re
import shutil
import socket

from harness import (case, check, equal, fail, need, record, record_by_preload, run, sample,
                     table, wait_until)
from programs import C_SOURCE, INPUTS, PROGRAMS


def prepare(port):
    """The same folder for each run."""
    shutil.rmtree("work", ignore_errors=True)
    work = pathlib.Path("work")
    work.mkdir()
    for name, text in INPUTS.items():
        (work / name).write_text(text.replace("$PORT", str(port)))
    work.chmod(0o755)


def snapshot(outcome):
    files = {str(path): path.read_bytes() for path in sorted(pathlib.Path("work").rglob("*"))
             if path.is_file() and ".git" not in path.parts}
    return {"status": outcome.status, "stdout": outcome.stdout, "stderr": outcome.stderr, **files}


def mask(text, first, second):
    """Numbers are masked in the lines in which the two bare runs differ."""
    alike = set(first.splitlines()) & set(second.splitlines())
    lines = text.splitlines()
    return [l if l in alike else re.sub(rb"0x[0-9a-fA-F]+|\d[\d.,]*", b"#", l) for l in lines]


def compare(actual, first, second):
    for name in sorted(set(actual) | set(first)):
        if name in second and first.get(name) == second[name]:
            equal(actual.get(name), first[name], name)
            continue
        if name not in first or name not in second:
            fail(f"{name} is not there in every run: choose another command for this row")
        masked = mask(first[name], first[name], second[name])
        if masked != mask(second[name], first[name], second[name]):
            fail(f"{name} differs between two bare runs: choose another command for this row")
        equal(mask(actual.get(name, b""), first[name], second[name]), masked, f"{name} (masked)")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def transparent(how, program, command, stdin=None):
    need(program)
    argv = ["bash", "-c", command] if isinstance(command, str) else command
    port = free_port()
    options = {"cwd": "work", "stdin": stdin, "env": {"PORT": port}}
    snapshots = []
    for runner in (run, run, how):
        prepare(port)
        if runner is run:
            snapshots.append(snapshot(run(argv, **options)))
        else:
            recording = runner(argv, status=None, **options)
            snapshots.append(snapshot(recording.outcome))
    compare(snapshots[2], snapshots[0], snapshots[1])
    return recording


@table(*PROGRAMS, timeout=120)
def program(name, command, stdin=None):
    """A byte on stdout or stderr, a status or a file that differs from the bare run; a program
    that hangs; or one that is not recorded to its end."""
    recording = transparent(record, name, command, stdin)
    check(recording.traces, "nothing was recorded")
    for trace in recording.traces[:5]:
        check(trace.info["complete"], f"{trace} is incomplete: {trace.info['end']}")
        equal(trace.info["lost_events"], 0, f"lost events of {trace}")


BY_PRELOAD = ("bash", "dash", "perl", "python3", "ruby", "node", "sqlite3", "git", "gcc", "make",
              "redis", "nginx", "tmux", "xargs", "killed", "strace")


@table(*(row for row in PROGRAMS if row[0] in BY_PRELOAD), timeout=120)
def program_by_preload(name, command, stdin=None):
    """The same with LD_PRELOAD alone: the collector is a child process of the library's own."""
    recording = transparent(record_by_preload, name, command, stdin)
    wait_until(lambda: recording.traces, 5, "a trace")


@case
def compiler_proper():
    """gcc's children, above all cc1, without a trace of their own."""
    pathlib.Path("program.c").write_text(C_SOURCE)
    recording = record([need("gcc"), "-c", "program.c"])
    for name in ("cc1", "as"):
        found = [t for t in recording.traces if re.match(rf"(.*-)?{name}\.\d", t.path.name)]
        check(found, f"no trace of {name} in {recording.traces}")
        check(max(t.info["allocations"] for t in found) > 100, f"{name} is nearly empty")


@case
def odd_calls_alike():
    """A result, alignment, usable size or errno of the allocation interface that differs."""

    def lines(outcome):
        return re.sub(rb"pid=\d+", b"", outcome.stdout).splitlines()

    bare = run([sample("odd_calls")])
    for how in (record, record_by_preload):
        outcome = how([sample("odd_calls")]).outcome
        for actual, expected in zip(lines(outcome), lines(bare)):
            equal(actual, expected, "line")
        equal(len(lines(outcome)), len(lines(bare)), "number of lines")
