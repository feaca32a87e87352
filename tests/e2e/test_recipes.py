# SPDX-License-Identifier: MIT
"""The recipes of samples/recipes, as a reader of them would use them."""
import json
import pathlib
import re
import shutil
import subprocess

import harness
from harness import case, check, equal, need, run, skip, table

RECIPES = harness.ROOT / "samples" / "recipes"


def prepare(name):
    """A copy of a recipe beside the program that it tests; tenure is in PATH."""
    need("gcc")
    folder = pathlib.Path(name).absolute()
    shutil.copytree(RECIPES / name, folder)
    for place in (folder, folder.parent):
        shutil.copy(RECIPES / "sessions.c", place)
    return folder


def environment():
    return {"PATH": f"{harness.BUILD.absolute()}:{harness.ENVIRONMENT['PATH']}"}


def do(folder, *argv, status=0):
    outcome = run(argv, cwd=folder, env=environment(), timeout=100)
    if status is not None:
        equal(outcome.status, status, f"exit status of {outcome}")
    return outcome


def findings(folder, *argv):
    """Runs a program behind one gate; returns what it found, by state."""
    do(folder, "tenure", "check", "--json=gate.json", "--", *argv, status=1)
    gate = json.loads((folder / "gate.json").read_text(encoding="utf-8"))
    return [(one["state"], one["program"]) for one in gate["findings"]]


BOTH = [("new", "sessions")] * 2


@case(timeout=120)
def ctest():
    """The recipe for ctest does not work."""
    need("cmake")
    folder = prepare("ctest")
    do(folder, "cmake", "-B", "build")
    do(folder, "cmake", "--build", "build")
    outcome = do(folder, "ctest", "--test-dir", "build", "--output-on-failure", status=8)
    check(b"1 tests failed out of 2" in outcome.stdout, f"not one of two failed: {outcome}")
    check(b"new leak in sessions" in outcome.stdout, f"no finding is shown: {outcome}")
    do(folder, "cmake", "-B", "build", "-DGATE=OFF")
    do(folder, "ctest", "--test-dir", "build")
    equal(findings(folder, "ctest", "--test-dir", "build"), BOTH, "findings of all tests")


@case(timeout=120)
def meson():
    """The recipe for meson does not work."""
    need("meson")
    need("ninja")
    folder = prepare("meson")
    do(folder, "meson", "setup", "build")
    do(folder, "meson", "test", "-C", "build")
    for words in (["--wrapper", "tenure check --"], ["--setup", "memory"]):
        outcome = do(folder, "meson", "test", "-C", "build", *words, status=1)
        check(b"Fail:               1" in outcome.stdout, f"not one of two failed: {outcome}")
    equal(findings(folder, "meson", "test", "-C", "build"), BOTH, "findings of all tests")


@case(timeout=120)
def automake():
    """The recipe for automake does not work."""
    need("autoreconf")
    need("automake")
    folder = prepare("automake")
    do(folder, "autoreconf", "-i")
    do(folder, "./configure")
    outcome = do(folder, "make", "check", status=2)
    check(b"# PASS:  1" in outcome.stdout and b"# FAIL:  1" in outcome.stdout, f"{outcome}")
    check("new leak in sessions" in (folder / "forgetful.log").read_text(encoding="utf-8"), "log")
    do(folder, "make", "check", "TEST_LOG_COMPILER=sh")
    equal(findings(folder, "make", "check", "TEST_LOG_COMPILER=sh"), BOTH, "findings of all tests")


def prepare_pytest():
    python = "/usr/bin/python3"
    if subprocess.run([python, "-c", "import pytest"], capture_output=True, check=False).returncode:
        skip("pytest is not installed for Debian's python3")
    return python, prepare("pytest")


@case
def pytest():
    """The recipe for pytest does not work, or changes what pytest does without tenure."""
    python, folder = prepare_pytest()
    (folder / "test_sum.py").write_text("def test_sum():\n    assert sum(range(10)) == 45\n",
                                        encoding="ascii")
    for words in ([], ["tenure", "check", "--"]):
        outcome = do(folder, *words, python, "-m", "pytest", "-q", "-p", "no:cacheprovider")
        check(b"1 passed" in outcome.stdout, f"{outcome}")


@case
def pytest_names_the_test():
    """A reference too many that is not charged to the test that leaked it, by the name it has in pytest."""
    python, folder = prepare_pytest()
    (folder / "test_sessions.py").write_text(
        "import ctypes\n\nclass Session:\n    __slots__ = ('number',)\n\n"
        "def test_clean():\n    assert len([Session() for n in range(1000)]) == 1000\n\n"
        "class TestSessions:\n    def test_leak(self):\n        for n in range(500):\n"
        "            ctypes.pythonapi.Py_IncRef(ctypes.py_object(Session()))\n", encoding="ascii")
    outcome = do(folder, "tenure", "check", "--", python, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                 status=1)
    check(b"2 passed" in outcome.stdout, f"{outcome}")
    told = outcome.stderr.decode()
    check("new leak in python" in told, told)
    mark = re.search(r"allocated after the mark (\S+) \((\d+) blocks\)", told)
    check(mark and mark[1] == "test_sessions.py::TestSessions::test_leak" and 490 <= int(mark[2]) <= 500, told)


@table(("github", "github", "jobs"), ("gitlab", "gitlab", "memory"))
def yaml(name, key):
    """A recipe for CI is no YAML, or names options that are not there."""
    text = (RECIPES / "ci" / f"{name}.yml").read_text(encoding="utf-8")
    try:
        import yaml as reader  # Debian's python3-yaml
    except ImportError:
        python = "/usr/bin/python3"
        done = subprocess.run([python, "-c", "import json, sys, yaml\n"
                               "json.dump(yaml.safe_load(sys.stdin), sys.stdout, default=str)"],
                              input=text, capture_output=True, check=False, text=True)
        if done.returncode:
            skip("python3-yaml is not installed")
        parsed = json.loads(done.stdout)
    else:
        parsed = reader.safe_load(text)
    check(parsed[key], f"no {key} in {parsed}")
    known = run([harness.TENURE, "check", "--help"]).stdout.decode()
    used = [word.split("=")[0] for word in text.split() if word.startswith("--") and "=" in word]
    check(used and all(f"{word}=" in known for word in used), f"options {used}")
