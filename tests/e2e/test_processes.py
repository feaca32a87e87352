# SPDX-License-Identifier: MIT
"""Child processes: who gets a trace, what is in it, and that nobody notices."""
import os
import re
import time

import harness
from expectations import check_expectations
from harness import (case, check, equal, need, new_folder, record, record_by_preload, run, sample,
                     table, tenure, wait_until)


@table(
    ("fork", "fork", 2, b"child ended with 3"),
    ("fork_exec", "fork_exec", 2, b"child ended with 3"),
    ("vfork", "vfork", 2, b"child ended with 3"),
    ("vfork_exit", "vfork_exit", 1, b"child ended with 5"),
    ("failing_exec", "failing_exec", 1, b"exec failed: No such file or directory"),
    ("spawn", "spawn", 2, b"child ended with 3"),
    ("shell", "shell", 3, b"shell ended with 4"),
    ("threads", "threads", 41, b"40 of 40 children finished"),
)
def child(mode, traces, words):
    """A child without a trace, with events of its parent, or one that hangs or ends differently.
    traces: of images with events; a forked child that calls exec at once has none of its own."""
    recording = record([sample("forks"), mode])
    check(words in recording.outcome.stdout, str(recording.outcome))
    check_expectations(recording)
    equal(len(recording.traces), traces, f"traces {recording.traces}")
    for trace in recording.traces:
        check(trace.info["complete"], f"{trace} is incomplete")


@case
def child_by_preload():
    """A child whose collector is not started, or started twice, without the launcher."""
    recording = record_by_preload([sample("forks"), "fork"])
    wait_until(lambda: len(recording.traces) == 2 and all(t.complete() for t in recording.traces),
               5, "two complete traces")
    check_expectations(recording)


@case
def not_followed():
    """--follow=none that follows all the same, or that disturbs the child."""
    recording = record([sample("forks"), "fork_exec"], "--follow=none")
    check(b"child ended with 3" in recording.outcome.stdout, str(recording.outcome))
    equal(len(recording.traces), 1, "traces")


@case
def children_are_listed():
    """A parent's trace that does not name the traces of its children."""
    recording = record([sample("forks"), "fork"])
    parent = next(t for t in recording.traces if t.info["children"])
    names = {os.path.basename(str(name)) for name in parent.info["children"]}
    others = {t.path.name for t in recording.traces} - {parent.path.name}
    equal(names, others, "children")


@case
def wrapped():
    """Reports about env, of who ran a program through it twice, that do not say where the program's is."""
    recording = record(["/usr/bin/env", "env", "sh", "-c", "exec ls /"])
    first = next(t for t in recording.traces if t.info["program"].endswith("env") and
                 len(t.info["argv"]) == 5)
    last = next(t for t in recording.traces if t.info["program"].endswith("/ls"))
    equal(first.report["run"]["successor"], {"program": "ls", "trace": str(last.path)}, "successor")
    equal(last.report["run"]["successor"], None, "successor of the last one")
    text = tenure("report", first.path).stdout.decode()
    check(f"it went on as ls: tenure report {last.path}\n" in text, text[:1000])
    page = new_folder() / "report.html"
    tenure("report", first.path, "-o", page)
    check("It went on as ls" in page.read_text(), "nothing in HTML")
    last.path.unlink()
    text = tenure("report", first.path).stdout.decode()
    check("  it went on as " in text and "went on as ls" not in text, text[:1000])


@case
def daemon():
    """The launcher waits for a daemon that the program left behind, or the daemon's trace ends
    with the launcher."""
    recording = record([sample("forks"), "daemon"])
    check(recording.outcome.seconds < 1.8, f"the report was delayed: {recording.outcome}")
    words = rb"pid=(\d+) site=allocate_as_child"
    wait_until(lambda: re.search(words, recording.outcome.stdout), 5, "the daemon's words")
    pid = re.search(words, recording.outcome.stdout).group(1).decode()
    wait_until(lambda: recording.of_pid(pid) and recording.of_pid(pid)[0].complete(), 5,
               "the end of the daemon's trace")
    check_expectations(recording)


@case(timeout=120)
def thousand_children():
    """A child that hangs, has no trace, or has lost one of its two allocations."""
    recording = record([sample("forks"), "many"], timeout=110)
    check(b"1000 of 1000" in recording.outcome.stdout, str(recording.outcome))
    traces = recording.traces
    equal(len(traces), 1001, "traces")
    for trace in traces[::20]:  # reading them all would take longer than making them
        info = trace.info
        check(info["complete"], f"{trace} is incomplete")
        if info["allocations"] < 5:
            equal((info["allocations"], info["frees"], info["allocated_bytes"],
                   info["end"]["kind"]),
                  (2, 1, 30, "_exit"),
                  f"totals of {trace}")


@table(("launcher", record), ("preload", record_by_preload))
def unseen_by_wait(how):
    """A helper process of ours that the program meets in wait(), SIGCHLD, its process group, its
    session or its descriptors."""
    script = (
        "import os, signal, sys\n"
        "seen = []\n"
        "signal.signal(signal.SIGCHLD, lambda *a: seen.append(a[0]))\n"
        "x = [bytearray(1000) for i in range(10000)]\n"
        "signal.sigtimedwait([], 0.3)\n"
        "try:\n"
        "    print('waited for', os.waitpid(-1, os.WNOHANG))\n"
        "except ChildProcessError as error:\n"
        "    print('no child')\n"
        "print('signals', seen)\n"
        "print('children', open(f'/proc/self/task/{os.getpid()}/children').read().split())\n"
        "print('threads', len(os.listdir('/proc/self/task')))\n"
        "print('environment', sorted(k for k in os.environ if 'TENURE' in k or 'PRELOAD' in k))\n"
        "group = []\n"
        "for pid in filter(str.isdigit, os.listdir('/proc')):\n"
        "    try:\n"
        "        fields = open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()\n"
        "        if int(fields[2]) == os.getpgrp():\n"
        "            group.append(open(f'/proc/{pid}/comm').read().strip())\n"
        "    except OSError:\n"
        "        pass\n"
        "print('group', sorted(group))\n"
        "print('next descriptor', os.open('/dev/null', os.O_RDONLY))\n"
    )
    argv = ["/usr/bin/python3", "-c", script]
    bare = run(argv, before=os.setpgrp)
    recorded = how(argv, before=os.setpgrp).outcome
    expected = bare.stdout
    if how is record:  # the launcher stands in front of the command and shares its group
        expected = expected.replace(b"group ['python3']", b"group ['python3', 'tenure']")
    equal(recorded.stdout.decode(), expected.decode(), "what python3 sees")
    equal(recorded.stderr, bare.stderr, "stderr")


@case
def environment_is_hidden():
    """A variable of ours that the program or a child of it can see, or a lost one of the user's."""
    bare = run([sample("environment")], env={"LD_PRELOAD": sample("a.so"), "OF_THE_USER": "kept"})
    recording = record([sample("environment")],
                       env={"LD_PRELOAD": sample("a.so"), "OF_THE_USER": "kept"})
    equal(sorted(recording.outcome.stdout.splitlines()), sorted(bare.stdout.splitlines()),
          "environment")
    check(len(recording.traces) > 4, f"children are not recorded: {recording.traces}")


@table(("unset", None), ("empty", ""), ("users", "libm.so.6"))
def environment_in_order(preload):
    """The user's LD_PRELOAD that moves, vanishes when it is empty, or appears."""
    env = {"FIRST": "1"} | ({} if preload is None else {"LD_PRELOAD": preload}) | {"LAST": "2"}
    bare = run(["env"], env=env)
    equal(record(["env"], env=env).outcome.stdout, bare.stdout, "environment")


@case
def exec_on_a_small_stack():
    """A copy of the environment that does not fit the stack of whoever executes a program."""
    env = {f"VARIABLE_{i}": "x" * 20 for i in range(1500)}
    argv = [sample("small_stack")]
    bare = run(argv, env=env)
    equal(bare.status, 0, f"{bare}")
    recording = record(argv, env=env)
    equal(recording.outcome.stdout, bare.stdout, "output")
    check(len(recording.traces) == 3, f"not every child is recorded: {recording.traces}")


@case
def newlines_in_arguments():
    """Arguments that are cut, escaped or merged on their way into the trace."""
    arguments = ["one\ntwo", "", "a b", "\x01\x7f", '"quoted"', "ümlaut"]
    recording = record([need("printf"), "%s|", *arguments])
    equal(recording.outcome.stdout.decode(), "".join(a + "|" for a in arguments), "output")
    equal(recording.one().info["argv"][1:], ["%s|", *arguments], "argv in the trace")


@case
def never_overwrites():
    """A second run that replaces the trace of the first without a word."""
    folder = new_folder()
    path = folder / "same.tenure"
    path.write_bytes(b"precious")
    outcome = run([harness.TENURE, "run", "-o", path, "--", sample("leak")])
    equal(path.read_bytes(), b"precious", f"the file after {outcome}")
    check(b"tenure:" in outcome.stderr or len(list(folder.iterdir())) == 2, str(outcome))


@case
def private_traces():
    """A trace that others may read: it holds the command line and what the program did."""
    os.umask(0)
    trace = record([sample("leak")]).one()
    equal(oct(trace.path.stat().st_mode & 0o777), "0o600", "mode of the trace")


@case
def launcher_passes_signals_on():
    """A SIGTERM for the launcher (by a supervisor or timeout) that does not reach the program."""
    started = time.monotonic()
    folder = new_folder()
    launcher = [harness.TENURE, "run", "-q", "-o", folder / harness.TRACE_PATTERN, "--"]
    outcome = run([need("timeout"), "--foreground", "-s", "TERM", "1", *launcher, "sleep", "30"])
    check(time.monotonic() - started < 5, f"the program went on: {outcome}")
    traces = list(folder.glob("*.tenure"))
    equal(len(traces), 1, "traces")
