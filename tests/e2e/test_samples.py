# SPDX-License-Identifier: MIT
"""The samples, each with what it says about itself. One row is one run."""
import re

from expectations import check_expectations, own_frame, sites_of
from harness import (case, check, equal, fail, record, record_by_preload, sample, table, tenure,
                     wait_until)


@table(
    ("leak", ["leak"]),
    ("leak_new", ["leak_new"]),
    ("own_operators", ["own_operators"]),
    ("new_handler", ["new_handler"]),
    ("temporaries", ["temporaries"]),
    ("peak", ["peak"]),
    ("mappings", ["mappings"]),
    ("marks", ["marks"]),
    ("exhausted", ["exhausted"]),
    ("odd_calls", ["odd_calls"]),
    ("contexts", ["contexts"]),
    ("contexts-8k", ["contexts", "8192"]),
    ("exceptions", ["exceptions"]),
    ("signals", ["signals", "500"]),
    ("threads", ["threads"]),
    ("reload", ["reload"]),
    ("recursion", ["recursion"]),
    ("realloc_race-1", ["realloc_race", "1"]),
    ("realloc_race-64", ["realloc_race", "64", "2000"]),
)
def sample_holds(argv):
    """A wrong count, size, line, name or verdict on any EXPECT line of the sample."""
    recording = record([sample(argv[0]), *argv[1:]])
    check_expectations(recording)
    check(b"too few" not in recording.outcome.stdout, str(recording.outcome))


@table(*((f"{i:02}", i) for i in range(20)))
def race(number):
    """An event out of causal order: a free that is seen before its allocation, or the other way
    round, leaves a live block or an unknown free in one of twenty runs."""
    check_expectations(record([sample("realloc_race"), "8", "100000"]), at_least=5)


@case
def race_by_preload():
    """As race, with the collector that the library starts itself."""
    recording = record_by_preload([sample("realloc_race"), "8", "20000"])
    wait_until(lambda: recording.traces and recording.one().complete(), 5, "a complete trace")
    check_expectations(recording)


@case
def two_roots():
    """Cutting deep stacks at the far end: both sites lose their root and melt into one."""
    trace = record([sample("recursion")]).one()
    sites = sites_of(trace, "descend")
    equal(len(sites), 2, "sites of the recursion")
    roots = set()
    for site in sites:
        functions = [frame["function"] for frame in site["stack"]]
        roots |= {name for name in functions if name.endswith("_root")}
        check("main" in functions, f"main is missing in {functions[-5:]}")
        check(functions.count("descend") > 100, f"only {len(functions)} frames were kept")
        check(len(functions) < 5000, "the gap is not shown")
    equal(roots, {"first_root", "second_root"}, "roots")


@case
def whole_stack_when_asked():
    """A --stack-depth that does not reach the unwinder or the collector."""
    trace = record([sample("recursion"), "2000"], "--stack-depth=3000").one()
    for site in sites_of(trace, "descend"):
        functions = [frame["function"] for frame in site["stack"]]
        equal(functions.count("descend"), 2001, "frames of the recursion")


@case
def no_stacks_when_asked():
    """--no-stacks that is ignored, loses events or is not told of in the report."""
    whole = record([sample("leak")]).one()
    trace = record([sample("leak")], "--no-stacks").one()
    for number in ("allocations", "frees", "live_blocks", "live_bytes", "peak_bytes"):
        equal(trace.info[number], whole.info[number], number)
    equal([(site["stack"], site["verdict"]) for site in trace.report["sites"]], [([], "unknown")],
          "sites")
    check("not recorded" in str(trace.info["limits"]), f"limits: {trace.info['limits']}")
    check(b"stacks were not recorded" in tenure("report", trace.path).stdout, "not in the text")


@case
def module_of_reused_address():
    """Symbolising by address alone: blocks of b.so are charged to a.so, which lies there now."""
    recording = record([sample("reload")])
    check(b"b replaced a\na replaced b" in recording.outcome.stdout, str(recording.outcome))
    for function, library in (("keep_for_a", "a.so"), ("keep_for_b", "b.so")):
        sites = sites_of(recording.one(), function)
        check(sites, f"no site of {function}")
        for site in sites:
            check(own_frame(site)["module"].endswith("/" + library), str(own_frame(site)))


@case
def thread_names():
    """Names set after the start of a thread do not reach the trace."""
    trace = record([sample("threads"), "20"]).one()
    text = tenure("info", trace.path).stdout.decode()
    for number in range(20):
        if not re.search(rf"\bworker-{number}$", text, re.MULTILINE):
            fail(f"worker-{number} is missing")


@case
def handler_stacks():
    """Unwinding stops at the signal frame: the interrupted function is missing in the stack."""
    trace = record([sample("signals"), "300"]).one()
    functions = {
        frame["function"] for site in sites_of(trace, "on_timer") for frame in site["stack"]
    }
    check("main" in functions, f"main is missing in {functions}")
