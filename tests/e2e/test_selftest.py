# SPDX-License-Identifier: MIT
"""tenure selftest: finds what it lost on purpose, and says so wherever that cannot be."""
import ctypes
import json
import os
import pathlib
import resource
import shutil
import struct
import subprocess

import harness
from harness import case, check, equal, need, run, table, tenure

CHECKS = ["recorder", "collector", "stamps", "stacks", "leaks", "verdicts", "fork", "exec", "symbols",
          "resident", "sampling", "analysis", "memfd", "pidfd", "snapshot"]
MEMFD_CREATE, PROCESS_VM_READV, PIDFD_OPEN, SOCKET = 319, 310, 434, 41  # of x86-64
EPERM, ENOSYS = 1, 38
FOLDER = "tmp"


def selftest(status=0, **options):
    """The states of all checks by name; nothing may stay in the temporary folder."""
    pathlib.Path(FOLDER).mkdir(exist_ok=True)
    environment = {"TMPDIR": os.path.abspath(FOLDER), **options.pop("env", {})}
    outcome = tenure("selftest", "--format=json", status=status, env=environment, **options)
    result = json.loads(outcome.stdout)
    equal(result["passed"], status == 0, f"passed, in {result}")
    equal(os.listdir(FOLDER), [], "what was left behind")
    for one in result["checks"]:
        equal(one["meaning"] == "", one["state"] == "ok", f"there is a meaning: {one}")
    result["seconds"] = outcome.seconds
    return {one["name"]: one["state"] for one in result["checks"]}, result


def forbid(*calls, error):
    """Lets system calls fail, for the process and all that it starts (seccomp, a classic BPF)."""

    def install():
        libc = ctypes.CDLL(None, use_errno=True)
        code = [(0x20, 0, 0, 0)]  # load the number of the call
        for call in calls:
            code += [(0x15, 0, 1, call), (0x06, 0, 0, 0x00050000 | error)]
        code += [(0x06, 0, 0, 0x7fff0000)]
        program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in code))
        described = ctypes.create_string_buffer(
            struct.pack("HxxxxxxQ", len(code), ctypes.addressof(program)))
        if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, described, 0, 0):
            os._exit(77)

    return install


def need_filter():
    if os.uname().machine != "x86_64":
        harness.skip("the numbers of system calls are those of x86-64")
    if run(["true"], before=forbid(SOCKET, error=EPERM)).status == 77:
        harness.skip("no filter of system calls can be installed here")


@case
def works():
    """Anything that a verdict needs and that fails where all other tests pass; waiting for nothing."""
    states, result = selftest()
    check(result["seconds"] < 3, f"took {result['seconds']:.2f} s")
    equal(list(states), CHECKS, "checks")
    missing = {name for name, state in states.items() if state != "ok"}
    check(missing <= {"memfd", "pidfd", "snapshot"}, f"not ok: {missing} in {result}")


@case
def words():
    """A line of text other than one for each check, and a verdict in the last."""
    outcome = tenure("selftest")
    lines = outcome.stdout.decode().splitlines()
    equal([line.split()[1] for line in lines[:len(CHECKS)]], CHECKS, f"checks in {outcome}")
    check(all(line.split()[0] in ("OK", "missing") for line in lines[:len(CHECKS)]), str(outcome))
    equal(lines[-1], "tenure finds here what is there, and nothing else.", "last line")
    equal(outcome.stderr, b"", "standard error")


@case
def quiet():
    """Anything printed by -q where all is well, or nothing where it is not."""
    equal(tenure("selftest", "-q").stdout, b"", "output where all is well")
    outcome = tenure("selftest", "-q", status=1, env={"TENURE_LIBRARY": "/nonexistent.so"})
    lines = outcome.stdout.decode().splitlines()
    equal(len(lines), 1, f"lines of {outcome}")
    check(lines[0].startswith("failed    recorder") and "/nonexistent.so" in lines[0], str(outcome))


@case
def again_and_again():
    """Chance: an estimate that is off, a thread or child that comes too late to be recorded."""
    for _ in range(5):
        selftest()


@case
def stripped():
    """Functions of the test without names where debug information is not installed."""
    for path in (harness.TENURE, harness.LIBRARY):
        shutil.copy(path, ".")
        subprocess.run([need("strip"), path.name], check=True)
    outcome = run(["./tenure", "selftest"])
    equal(outcome.status, 0, f"exit status of {outcome}")
    check(b"\nmissing   symbols" in outcome.stdout, str(outcome))


@case
def not_found():
    """A library that does not exist and a test that passes, or that says nothing of it."""
    states, result = selftest(status=1, env={"TENURE_LIBRARY": "/nonexistent.so"})
    equal(states["recorder"], "failed", f"state in {result}")
    equal(states["leaks"], "untested", f"state in {result}")
    check("/nonexistent.so" in result["checks"][0]["detail"], str(result))


@table(("no-elf", b"not a library"), ("empty", b""))
def not_loaded(content):
    """A library that the loader refuses: the program runs all the same, unrecorded."""
    library = pathlib.Path("broken.so").absolute()
    library.write_bytes(content)
    states, result = selftest(status=1, env={"TENURE_LIBRARY": library})
    equal(states["recorder"], "failed", f"state in {result}")
    check("broken.so" in result["checks"][0]["detail"], str(result))


@case
def another_library():
    """A library that loads and records nothing."""
    pathlib.Path("other.c").write_text("int other;\n")
    subprocess.run([need("gcc"), "-shared", "-fPIC", "-o", "other.so", "other.c"], check=True)
    states, result = selftest(status=1, env={"TENURE_LIBRARY": os.path.abspath("other.so")})
    equal(states["recorder"], "failed", f"state in {result}")


@table(
    ("memfd", [MEMFD_CREATE], EPERM, 1, {"collector": "failed", "memfd": "missing"}),
    ("socket", [SOCKET], EPERM, 1, {"recorder": "failed", "leaks": "untested"}),
    ("pidfd", [PIDFD_OPEN], ENOSYS, 0, {"pidfd": "missing", "collector": "ok"}),
    ("readv", [PROCESS_VM_READV], EPERM, 0, {"snapshot": "missing", "leaks": "ok"}),
)
def filtered(calls, error, status, expected):
    """A filter of system calls as containers have it: what is missing there, and what of it matters."""
    need_filter()
    states, result = selftest(status=status, before=forbid(*calls, error=error))
    equal({name: states[name] for name in expected}, expected, f"states in {result}")


def limited(kind, value):
    return lambda: resource.setrlimit(kind, (value, value))


@table(
    ("file-size", resource.RLIMIT_FSIZE, 100000),
    ("address-space", resource.RLIMIT_AS, 60 << 20),
    ("descriptors", resource.RLIMIT_NOFILE, 12),
)
def within_limits(kind, value):
    """A limit under which programs cannot be recorded or traces not be read, and that passes."""
    selftest(status=1, before=limited(kind, value))


@case
def users_settings():
    """Settings of the user for other programs that change what the test records."""
    selftest(env={"TENURE_OPTIONS": "sample=512K:stack-depth=2:follow=none"})


@case
def no_folder():
    """A temporary folder that is not to be used, or a folder to work in that is not to be written."""
    selftest()
    tenure("selftest", env={"TMPDIR": "/nonexistent"})
    tenure("selftest", cwd="/")


@case
def ignored_children():
    """A parent that ignored SIGCHLD: the status of processes is lost then."""
    need("sh")
    outcome = run(["sh", "-c", "trap '' CHLD; exec \"$0\" selftest", harness.TENURE])
    equal(outcome.status, 0, f"exit status of {outcome}")


@table(("operand", ["something"]), ("option", ["--sideways"]), ("format", ["--format=html"]))
def usage(arguments):
    """A wrong command line with another status than 2, or a test in spite of it."""
    outcome = tenure("selftest", *arguments, status=2)
    check(outcome.stderr.startswith(b"tenure: error: "), str(outcome))
    equal(outcome.stdout, b"", "output")
