# SPDX-License-Identifier: MIT
"""What the end-to-end tests are made of: declaring cases, running programs, reading traces.

A test is a function with @case, or with @table(rows), which makes one test of each row. Its
docstring says what breaks it. It runs in a process of its own whose working directory is empty
and removed afterwards; an exception is a failure, skip() is not.

Programs write to files, never to pipes: a pipe that a child process keeps open would make the
test wait for that child, and how long things take is part of what is tested.
"""
import itertools
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = TENURE = LIBRARY = None  # set by use_build
LARGE = os.environ.get("TENURE_TEST_LARGE") == "1"  # tests may take GiB of memory and minutes
TRACE_PATTERN = "%e.%p.tenure"
# All there is in the environment of a test: results must not depend on who runs it. The programs
# are those of the distribution, not what a developer has put before them.
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "NO_COLOR": "1",
}


def use_build(build):
    global BUILD, TENURE, LIBRARY
    BUILD = pathlib.Path(build)
    TENURE = BUILD / "tenure"
    LIBRARY = BUILD / "libtenure.so"


def sample(name):
    return str(BUILD / "samples" / name)


# Declaring tests.


class Case:
    def __init__(self, name, function, arguments, timeout):
        self.name = name
        self.function = function
        self.arguments = arguments
        self.timeout = timeout

    def run(self):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.environ.clear()
        os.environ.update(ENVIRONMENT)
        try:
            self.function(*self.arguments)
        except Skip as reason:
            print(reason)
            return 77
        except Failure as failure:
            print(f"{failure}\n\nWhat breaks this test: {self.function.__doc__}")
            return 1
        return 0


class Skip(Exception):
    pass


class Failure(Exception):
    pass


_cases = []


def cases():
    return _cases


def _declare(function, label, arguments, timeout):
    name = f"{function.__module__.removeprefix('test_')}/{function.__name__}"
    assert function.__doc__, f"{name}: a docstring must say what breaks it"
    _cases.append(Case(f"{name}/{label}" if label else name, function, arguments, timeout))


def case(function=None, *, timeout=60):
    """Declares one test."""
    if function is None:
        return lambda inner: case(inner, timeout=timeout)
    _declare(function, "", (), timeout)
    return function


def table(*rows, timeout=60):
    """Declares one test per row: its label, then the arguments of the function."""

    def declare(function):
        for label, *arguments in rows:
            _declare(function, label, arguments, timeout)
        return function

    return declare


def skip(reason):
    raise Skip(reason)


def fail(message):
    raise Failure(message)


def check(condition, message):
    if not condition:
        fail(message)


def equal(actual, expected, what):
    if actual != expected:
        fail(f"{what}: expected {shorten(expected)}, got {shorten(actual)}")


def shorten(value):
    text = repr(value)
    return text if len(text) < 3000 else f"{text[:1500]} ... {text[-1500:]}"


def need(program):
    """Path of a program that the test cannot do without."""
    return shutil.which(program) or skip(f"{program} is not installed")


def need_root():
    if os.geteuid() != 0:
        skip("needs root")


def wait_until(condition, seconds, what):
    """Polls; returns the first true value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            fail(f"not within {seconds} s: {what}")
        time.sleep(0.02)


# Running programs.


class Outcome:
    """What a program did: status (negative: the signal), time, bytes of stdout and stderr, with
    what processes that it left behind have added since."""

    def __init__(self, argv, status, seconds, stdout_path, stderr_path):
        self.argv = argv
        self.status = status
        self.seconds = seconds
        self.stdout_path = stdout_path
        self.stderr_path = stderr_path

    @property
    def stdout(self):
        return self.stdout_path.read_bytes()

    @property
    def stderr(self):
        return self.stderr_path.read_bytes()

    def __str__(self):
        return (
            f"{self.argv}\nstatus {self.status} after {self.seconds:.2f} s"
            f"\nstdout: {shorten(self.stdout)}\nstderr: {shorten(self.stderr)}"
        )


_outputs = itertools.count(1)  # of itertools, because tests may run programs from several threads


def run(argv, *, stdin=None, env=None, cwd=None, timeout=50, before=None):
    """Runs a program to its end. stdin: bytes. env: changes to the environment, None removes.
    before: called in the child before the program starts."""
    number = next(_outputs)
    argv = [os.fspath(word) for word in argv]
    environment = dict(os.environ)
    for name, value in (env or {}).items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = str(value)
    folder = pathlib.Path("outputs").absolute()
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number}.{stream}" for stream in ("stdin", "stdout", "stderr")]
    paths[0].write_bytes(stdin or b"")
    with open(paths[0], "rb") as source, open(paths[1], "wb") as out, open(paths[2], "wb") as err:
        started = time.monotonic()
        process = subprocess.Popen(
            argv, stdin=source, stdout=out, stderr=err, env=environment, cwd=cwd, preexec_fn=before
        )
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            fail(f"{argv} has not ended after {timeout} s; stderr: {paths[2].read_bytes()!r}")
        seconds = time.monotonic() - started
    return Outcome(argv, status, seconds, paths[1], paths[2])


def tenure(*arguments, status=0, **options):
    """Runs the command itself and checks its exit status, unless that is None."""
    outcome = run([TENURE, *arguments], **options)
    if status is not None:
        equal(outcome.status, status, f"exit status of {outcome}")
    return outcome


# Traces.


class Trace:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self._info = self._report = self._short_report = None

    @property
    def info(self):
        if self._info is None:
            self._info = json.loads(tenure("info", "--format=json", self.path).stdout)
        return self._info

    @property
    def report(self):
        if self._report is None:
            self._report = json.loads(tenure("report", "--format=json", self.path).stdout)
        return self._report

    @property
    def short_report(self):
        """With the first sites of each ranking only: of a program in Python the whole is large."""
        if self._short_report is None:
            self._short_report = json.loads(tenure("report", "--format=json", "--sites=20",
                                                   self.path).stdout)
        return self._short_report

    def events(self):
        return tenure("info", "--events", self.path).stdout.decode(errors="replace").splitlines()

    def complete(self):
        """Whether it has its end by now; info's status tells when it has not."""
        self._info = None
        text = tenure("info", "--format=json", self.path, status=None).stdout
        return text != b"" and json.loads(text)["complete"]

    def __repr__(self):
        return self.path.name


class Recording:
    """One run under tenure: what the program did, and the traces of it and its children."""

    def __init__(self, outcome, folder):
        self.outcome = outcome
        self.folder = pathlib.Path(folder)

    @property
    def traces(self):
        return [Trace(path) for path in sorted(self.folder.glob("*.tenure*"))]

    def one(self, program=None):
        """The only trace, or the only one of a program."""
        found = [t for t in self.traces if not program or t.path.name.startswith(program + ".")]
        if len(found) != 1:
            fail(f"expected one trace{' of ' + program if program else ''}, found {found}\n"
                 f"{self.outcome}")
        return found[0]

    def of_pid(self, pid):
        return [t for t in self.traces if re.search(rf"\.{pid}\.tenure", t.path.name)]


_recordings = itertools.count(1)


def new_folder():
    folder = pathlib.Path(f"traces{next(_recordings)}").absolute()
    folder.mkdir()
    return folder


def record(argv, *options, status=0, folder=None, quiet=True, **run_options):
    """tenure run; status None accepts any."""
    folder = folder or new_folder()
    words = [TENURE, "run", *(["-q"] if quiet else []), "-o", folder / TRACE_PATTERN, *options]
    outcome = run([*words, "--", *argv], **run_options)
    if status is not None:
        equal(outcome.status, status, f"exit status of {outcome}")
    return Recording(outcome, folder)


def made(kind, name):
    """A file about a run that never was, see tests/browser/fixture.c; its extension is the format."""
    fixture = BUILD / "tests" / "browser" / "fixture"
    if not fixture.exists():
        skip(f"{fixture} is not built (make check builds it)")
    path = pathlib.Path(name).absolute()
    outcome = run([fixture, kind, path], timeout=100)
    if outcome.status == 77:
        skip(outcome.stderr.decode())
    equal(outcome.status, 0, f"exit status of {outcome}")
    return path


def made_gate(kind, form):
    """The result of a leak check that never was in one of its formats, see tests/gate/fixture.c."""
    fixture = BUILD / "tests" / "gate" / "fixture"
    if not fixture.exists():
        skip(f"{fixture} is not built (make check builds it)")
    path = pathlib.Path(f"{kind}.{form}").absolute()
    outcome = run([fixture, kind, form, path])
    equal(outcome.status, 0, f"exit status of {outcome}")
    return path


def preload_environment(folder, **options):
    """The variables that record a program without the launcher."""
    words = {"output": f"{folder}/{TRACE_PATTERN}", **options}
    value = ":".join(name + "=" + str(word).replace(":", "\\:") for name, word in words.items())
    return {"LD_PRELOAD": str(LIBRARY), "TENURE_OPTIONS": value}


def record_by_preload(argv, *, status=0, env=None, options=None, **run_options):
    """LD_PRELOAD alone. The collector finishes the trace on its own, shortly after the program."""
    folder = new_folder()
    environment = {**preload_environment(folder, **(options or {})), **(env or {})}
    outcome = run(argv, env=environment, **run_options)
    if status is not None:
        equal(outcome.status, status, f"exit status of {outcome}")
    return Recording(outcome, folder)


def signal_status(name):
    return -getattr(signal, name)
