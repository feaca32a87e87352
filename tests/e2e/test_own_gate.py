# SPDX-License-Identifier: MIT
"""Our own analyzer and unit tests behind our own gate, with an empty baseline."""
import pathlib

import harness
from harness import case, check, equal, need, run, sample, table

BASELINE = harness.ROOT / "tests" / "tenure.baseline"
# Unit tests that end the process they run in, so that each needs one of its own.
FORKING = {"test_collector", "test_collector_input", "test_collector_marks",
           "test_collector_python", "test_collector_python_input", "test_options",
           "test_preload_parts", "test_preload_unwind", "test_target_check", "test_trace_name"}
# Those that start some hundred compilers, which take long enough by themselves: one of their tests.
COMPILING = {"test_symbols_variables", "test_symbols_vtables"}


def pass_gate(argv, *, env=None, status=0, timeout=100):
    """Nothing of a program leaks or grows, and nothing is released wrongly."""
    outcome = run([harness.TENURE, "check", f"--baseline={BASELINE}", "--min-run=1s", "--", *argv],
                  env=env, timeout=timeout)
    equal(outcome.status, status, f"exit status of {outcome}")
    return outcome


def names():
    return sorted(path.stem for path in (harness.ROOT / "tests" / "unit").glob("test_*.c"))


@case
def the_baseline_is_empty():
    """Findings of our own are put aside instead of being mended."""
    lines = BASELINE.read_text(encoding="utf-8").splitlines()
    equal([line for line in lines if line and not line.startswith("#")], [], "known findings")


@table(*((name, name) for name in names()), timeout=120)
def unit_tests(name):
    """Code under test leaks, or releases what it should not."""
    path = harness.BUILD / "tests" / "unit" / name
    if not path.exists():
        harness.skip(f"{path} is not built (make check builds it)")
    env = {"CK_FORK": "yes" if name in FORKING else "no"}
    if name in COMPILING:
        env["CK_RUN_CASE"] = "one"
    pass_gate([path], env=env)


COMMANDS = {
    "text": ["report"],
    "all tables": ["report", "--sites=0"],
    "functions": ["report", "--by=function"],
    "json": ["report", "--format=json"],
    "markdown": ["report", "--format=md"],
    "html": ["report", "-o", "x.html"],
    "info": ["info"],
    "events": ["info", "--events"],
    "check": ["check", "--html=gate.html", "--json=gate.json", "--exit-code=0"],
    **{name: ["export", f"--format={name}"]
       for name in ("folded", "pprof", "speedscope", "dhat", "massif", "callgrind")},
}


def record_something():
    """A trace of a real program, with threads, C++ and debug information."""
    return harness.record([need("cmake"), "--help-full"], status=0).one()


@table(*((name, name) for name in COMMANDS))
def command(name):
    """A command of ours leaks."""
    trace = record_something()
    pass_gate([harness.TENURE, *COMMANDS[name], trace.path])


@case
def comparing():
    """Comparing two runs leaks."""
    old, new = record_something(), harness.record([sample("leak")]).one()
    for words in (["diff"], ["diff", "--format=json"], ["diff", "-o", "x.html"]):
        pass_gate([harness.TENURE, *words, old.path, new.path])


@case
def recording():
    """The collector leaks while a program runs, or its threads and children do."""
    pass_gate([harness.TENURE, "run", "-q", "-o", pathlib.Path("x.tenure").absolute(), "--",
               sample("threads")])
    outcome = pass_gate([harness.TENURE, "run", "-q", "-o",
                         pathlib.Path("%e.%p.tenure").absolute(), "--", "sh", "-c",
                         f"{sample('forks')}; {sample('temporaries')}"])
    check(b"passes" in outcome.stderr, f"not clean: {outcome}")
