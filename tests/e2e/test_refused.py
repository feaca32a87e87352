# SPDX-License-Identifier: MIT
"""Targets that cannot be recorded: one clear line, within a second, and an exit status of ours."""
import os
import pathlib
import subprocess

import harness
from harness import (TRACE_PATTERN, case, check, equal, need, need_root, record_by_preload, run,
                     skip, table, tenure)

SOURCE = "#include <stdio.h>\nint main(void) { puts(\"ran\"); return 0; }\n"


def build(compiler, *options, name="target"):
    pathlib.Path("target.c").write_text(SOURCE)
    done = subprocess.run([need(compiler), *options, "-o", name, "target.c"], capture_output=True)
    if done.returncode:
        skip(f"{compiler} {' '.join(options)} does not work here: "
             + done.stderr.decode(errors="replace").strip().splitlines()[-1])
    return os.path.abspath(name)


def refused(argv, status, *words):
    outcome = tenure("run", "-o", TRACE_PATTERN, "--", *argv, status=status)
    lines = outcome.stderr.decode().splitlines()
    check(lines and lines[0].startswith("tenure: error: "), str(outcome))
    equal(sum(line.startswith("tenure: error: ") for line in lines), 1, f"error lines of {outcome}")
    check(len(lines) <= 2, f"more than a line and a hint: {outcome}")
    check(any(word in lines[0] for word in words), f"none of {words} in {lines[0]!r}")
    equal(outcome.stdout, b"", "stdout: the program must not have run")
    check(outcome.seconds < 1, f"took {outcome.seconds:.2f} s")
    check(not list(pathlib.Path(".").glob("*.tenure")), "an empty trace was left behind")


@table(
    ("static", "gcc", ["-static"], ["static"]),
    ("static-pie", "gcc", ["-static-pie"], ["static"]),
    ("32-bit", "gcc", ["-m32"], ["32-bit", "32 bit", "ELF class"]),
    ("musl", "musl-gcc", [], ["musl", "static", "loader", "interpreter"]),
    ("asan", "gcc", ["-fsanitize=address"], ["AddressSanitizer", "sanitizer"]),
    ("asan-clang", "clang", ["-fsanitize=address"], ["AddressSanitizer", "sanitizer"]),
)
def kind(compiler, options, words):
    """A target that runs unrecorded without a word, or fails in the loader's words."""
    refused([build(compiler, *options)], 125, *words)


@case
def setuid():
    """A setuid program, whose loader ignores LD_PRELOAD."""
    need_root()
    program = build("gcc")
    os.chown(program, 65534, 65534)
    os.chmod(program, 0o4755)
    refused([program], 125, "setuid", "set-user-ID")


@case
def file_capabilities():
    """A program with file capabilities: like setuid, with no bit in its mode."""
    need_root()
    program = build("gcc")
    done = subprocess.run([need("setcap"), "cap_net_raw+ep", program], capture_output=True)
    if done.returncode:
        skip("this file system keeps no capabilities")
    # For root they change nothing.
    os.chmod(".", 0o777)
    another = [need("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups"]
    if run([*another, harness.TENURE, "--version"]).status:
        skip("the build cannot be run by another user")
    outcome = run([*another, harness.TENURE, "run", "-o", TRACE_PATTERN, "--", program])
    equal(outcome.status, 125, f"exit status of {outcome}")
    check(outcome.stderr.startswith(b"tenure: error: "), str(outcome))
    equal(outcome.stdout, b"", "stdout: the program must not have run")


@table(
    ("no-such-program", ["no-such-program-at-all"], 127),
    ("no-such-path", ["/nonexistent/program"], 127),
    ("directory", ["/usr"], 126),
    ("not-executable", ["/etc/passwd"], 126),
)
def missing(argv, status):
    """Another status than env(1) gives, or the shell's."""
    equal(run([need("env"), *argv]).status, status, "status that env gives")
    refused(argv, status, "")


@case
def script_is_fine():
    """A script refused because it is no ELF file: its interpreter is what counts."""
    script = pathlib.Path("script")
    script.write_text("#!/bin/sh\necho ran $1\n")
    script.chmod(0o755)
    outcome = tenure("run", "-q", "-o", TRACE_PATTERN, "--", script.absolute(), "on")
    equal(outcome.stdout, b"ran on\n", "output")
    check(list(pathlib.Path(".").glob("*.tenure")), "no trace")


@table(
    ("static", "gcc", ["-static"]),
    ("32-bit", "gcc", ["-m32"]),
    ("musl", "musl-gcc", []),
    ("asan", "gcc", ["-fsanitize=address"]),
)
def as_a_child(compiler, options):
    """A child that cannot be recorded and fails or complains for that reason."""
    program = build(compiler, *options)
    argv = [need("sh"), "-c", f"{program}; echo status $?"]
    bare = run(argv)
    outcome = tenure("run", "-q", "-o", TRACE_PATTERN, "--", *argv)
    equal((outcome.stdout, outcome.stderr), (bare.stdout, bare.stderr), "output of the child")
    recording = record_by_preload(argv)
    equal((recording.outcome.stdout, recording.outcome.stderr), (bare.stdout, bare.stderr),
          "output of the child without the launcher")


@table(
    ("no-command", ["run"]),
    ("unknown-option", ["run", "--no-such-option", "--", "true"]),
    ("unknown-choice", ["run", "--follow=sometimes", "--", "true"]),
)
def usage(argv):
    """A wrong command line that runs the program, or has another status than our own 125."""
    outcome = tenure(*argv, status=125)
    check(outcome.stderr.startswith(b"tenure: error: "), str(outcome))


@table(("report", ["report"]), ("info", ["info"]), ("info-option", ["info", "--nonsense", "x"]))
def usage_of_readers(argv):
    """A wrong command line of the reading commands without exit status 2."""
    outcome = tenure(*argv, status=2)
    check(outcome.stderr.startswith(b"tenure: error: "), str(outcome))
