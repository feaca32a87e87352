# SPDX-License-Identifier: MIT
"""What other tools are given: the numbers of the JSON report, in their formats."""
import json
import pathlib

from harness import case, check, equal, record, sample, table, tenure

MEASURES = {"live": "live_bytes", "blocks": "live_blocks", "peak": "peak_bytes", "allocated": "allocated_bytes",
            "allocations": "allocations", "temporary": "temporary", "pinned": "pinned_bytes"}


def json_report(trace):
    return json.loads(tenure("report", "--format=json", trace.path).stdout)


@table(*((measure, measure) for measure in MEASURES))
def folded(measure):
    """A stack that is missing, or whose number is not that of the report."""
    trace = record([sample("corpus/real_metrics")]).one()
    lines = tenure("export", "--format=folded", f"--measure={measure}", trace.path).stdout.decode().splitlines()
    sites = [site for site in json_report(trace)["sites"] if site[MEASURES[measure]]]
    equal(len(lines), len(sites), "lines")
    for line, site in zip(lines, sites):
        stack, value = line.rsplit(" ", 1)
        equal(int(value), site[MEASURES[measure]], stack)
        names = [frame["function"] for frame in site["stack"] if frame["function"]]
        check(stack.split(";")[-1] in names, f"{stack} ends in none of {names}")


@case
def leaked():
    """Bytes of sites that do not leak among those of sites that do."""
    trace = record([sample("leak")]).one()
    lines = tenure("export", "--format=folded", "--measure=leaked", trace.path).stdout.decode().splitlines()
    equal([line.rsplit(" ", 1) for line in lines], [["main;forget_and_refill", "200"], ["main;forget_and_refill", "100"],
                                                       ["main;lose_one_name_in_ten;duplicate", "90"]], "leaks")


@table(("no-format", [], b"which format"), ("extension", ["-o", "x.unknown"], b"which format"),
       ("folder", ["-o", ".", "--format=folded"], b"folder"), ("format", ["--format=nonsense"], b"--format"),
       ("measure", ["--format=folded", "--measure=size"], b"--measure"))
def refused(words, message):
    """A wrong word that is taken for a right one, or a file that is made for nothing."""
    outcome = tenure("export", *words, record([sample("leak")]).one().path, status=2)
    check(message in outcome.stderr, outcome.stderr)
    equal(outcome.stdout, b"", "output")
    check(not pathlib.Path("x.unknown").exists(), "a file was made")


@case
def by_extension():
    """A name whose end does not choose the format."""
    trace = record([sample("leak")]).one()
    tenure("export", trace.path, "-o", "x.folded")
    check("main;" in pathlib.Path("x.folded").read_text(encoding="utf-8"), "no stacks")
    tenure("export", trace.path, "-o", "x.folded", status=2)
    tenure("export", trace.path, "-o", "x.folded", "--force")
