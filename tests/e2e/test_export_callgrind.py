# SPDX-License-Identifier: MIT
"""Callgrind's profiles, as Valgrind's callgrind_annotate adds them up."""
import collections
import json
import pathlib
import re

from harness import check, equal, made, need, record, run, sample, table, tenure

EVENTS = ["live_bytes", "live_blocks", "peak_bytes", "allocated_bytes", "allocations", "temporary"]


def annotated(path, inclusive):
    """The totals, and the costs of each function by its name."""
    outcome = run([need("callgrind_annotate"), "--auto=no", "--threshold=100", "--show-percs=no",
                   f"--inclusive={'yes' if inclusive else 'no'}", path])
    equal(outcome.status, 0, f"exit status of {outcome}")
    equal(outcome.stderr, b"", "what callgrind_annotate complains of")
    totals, functions = None, collections.defaultdict(lambda: [0] * len(EVENTS))
    for line in outcome.stdout.decode().splitlines():
        found = re.match(r" *((?:[\d,.]+ +){6})(.*)", line)
        if not found:
            continue
        costs = [int(word.replace(",", "").replace(".", "0")) for word in found[1].split()]
        if found[2].startswith("PROGRAM TOTALS"):
            totals = costs
        else:
            name = re.sub(r" \[[^][]*\]$", "", found[2]).split(":", 1)[1]
            functions[name] = [a + b for a, b in zip(functions[name], costs)]
    return totals, functions


def costs_of(sites):
    return [sum(site[event] for site in sites) for event in EVENTS]


def check_totals(path, report):
    for inclusive in (False, True):
        totals, functions = annotated(path, inclusive)
        equal(totals or [0] * len(EVENTS), costs_of(report["sites"]), "totals")
        if inclusive and report["sites"]:
            equal(functions["(all stacks)"], totals, "what begins all stacks")
        elif report["sites"]:
            equal([sum(column) for column in zip(*functions.values())], totals, "sum of all functions")


@table(("usual", "corpus/real_metrics"), ("paths", "corpus/call_paths"), ("recursion", "recursion"))
def callgrind_annotated(name):
    """A function whose own or whose inclusive cost is not that of the stacks it is in."""
    trace = record([sample(name)]).one()
    tenure("export", trace.path, "-o", "x.callgrind", "--all-frames")
    check_totals(pathlib.Path("x.callgrind"), trace.report)
    sites = trace.report["sites"]
    own, inclusive = (annotated("x.callgrind", choice)[1] for choice in (False, True))
    names = {frame["function"] for site in sites for frame in site["stack"]} - {""}
    check(len(names) > 3, names)
    for function in names:
        equal(inclusive[function], costs_of([site for site in sites if any(
            frame["function"] == function for frame in site["stack"])]), f"inclusive cost of {function}")
        equal([sum(column) for column in zip(own[function], own[function + "'2"], own[function + "'3"])],
              costs_of([site for site in sites if site["stack"][0]["function"] == function]),
              f"own cost of {function}")


@table(("hostile", "hostile"), ("empty", "empty"))
def callgrind_made(kind):
    """Names that end a line, or that callgrind_annotate takes for something else."""
    check_totals(made(kind, "made.callgrind"), json.loads(made(kind, "made.json").read_bytes()))
