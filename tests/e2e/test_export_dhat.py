# SPDX-License-Identifier: MIT
"""DHAT's JSON, in Valgrind's own viewer, which Debian's Chromium shows."""
import collections
import json
import os
import pathlib

from harness import ROOT, case, check, equal, made, need, record, run, sample, skip, table, tenure

BROWSER = ROOT / "tests" / "browser"
VIEWERS = [pathlib.Path(folder, "valgrind", "dh_view.html") for folder in ("/usr/libexec", "/usr/lib")]
# What the viewer calls our numbers. Those of a point alone come last: they have no sum.
NAMES = {"totalBytes": "allocated_bytes", "totalBlocks": "allocations", "atTGmaxBytes": "peak_bytes",
         "atTGmaxBlocks": "peak_blocks", "atTEndBytes": "live_bytes", "atTEndBlocks": "live_blocks",
         "maxBytes": "own_peak_bytes"}


def view(path, timeout=50):
    """What the viewer has understood."""
    need("node")
    need("chromium")
    viewers = [viewer for viewer in VIEWERS if viewer.is_file()]
    if not viewers:
        skip("valgrind's dh_view.html is not installed")
    if not (BROWSER / "node_modules" / "playwright-core").is_dir():
        skip("playwright-core is not installed (make test-npm)")
    outcome = run(["node", BROWSER / "dhat.mjs", viewers[0], path], env={"HOME": os.getcwd()}, timeout=timeout)
    equal(outcome.status, 0, f"exit status of {outcome}")
    return json.loads(outcome.stdout)


def exported(name, *options):
    trace = record([sample(name)]).one()
    tenure("export", trace.path, "-o", "x.dhat.json", *options)
    return pathlib.Path("x.dhat.json"), trace.report


def compare(path, report):
    viewed, sites = view(path), report["sites"]
    for name, ours in list(NAMES.items())[:-1]:
        total = sum(site[ours] for site in sites)
        equal(viewed["root"][name], total, name)
        check(f"{total:,} {'blocks' if 'Blocks' in name else 'bytes'} (100%" in viewed["text"] or not total,
              f"{total:,} is not in {viewed['text'][:2000]}")
    equal(collections.Counter(tuple(point[name] for name in NAMES) for point in viewed["points"]),
          collections.Counter(tuple(site[ours] for ours in NAMES.values()) for site in sites), "points")
    check(f"PID:     {report['run']['pid']}" in viewed["text"], "no process id")
    return viewed


@table(("usual", "corpus/real_metrics", []), ("all-frames", "corpus/real_metrics", ["--all-frames"]),
       ("library", "corpus/many_sites", []), ("recursion", "recursion", []))
def dhat_viewed(name, options):
    """A sum or a program point of which Valgrind's viewer shows another number than the report."""
    path, report = exported(name, *options)
    viewed = compare(path, report)
    for time, ours in (("t-gmax: ", "peak_ns"), ("t-end:  ", "duration_ns")):
        check(f"{time}{report['run'][ours] // 1000:,} µs" in viewed["text"], viewed["text"][:500])
    innermost = {point["frames"][1] for point in viewed["points"]}
    check(innermost <= {site["api"] for site in report["sites"]}, innermost)


@table(("usual", "corpus/real_metrics"), ("peak", "peak"), ("temporaries", "temporaries"))
def dhat_points(name):
    """Lifetimes and blocks at the own peak that are wrong where they are known."""
    path, report = exported(name)
    data = json.loads(path.read_text(encoding="utf-8"))
    equal(len(data["pps"]), len(report["sites"]), "points")
    for point, site in zip(data["pps"], report["sites"]):
        size = site["min_bytes"]
        if size and size == site["max_bytes"]:
            lifetimes = site["byte_seconds"] / size * 1e6
            check(abs(point["tl"] - lifetimes) <= 1 + lifetimes * 1e-9, f"{point} of {site}")
            equal(point["mbk"] * size, site["own_peak_bytes"], f"blocks of {point}")
        check(point["tl"] <= data["te"] * point["tbk"] + 1, f"{point} lived longer than the run")
        check(bool(point["mb"]) <= bool(point["mbk"]) and point["mbk"] <= point["tbk"], point)


@table(("hostile", "hostile"), ("empty", "empty"))
def dhat_made(kind):
    """Names that end a string of JSON, make the viewer run or load what is in them, or that it refuses."""
    report = json.loads(made(kind, "made.json").read_bytes())
    compare(made(kind, "made.dhat.json"), {**report, "sites": report["sites"] or [dict.fromkeys(NAMES.values(), 0)]})


@case
def dhat_same_frames():
    """Stacks that differ in hidden frames only, which the viewer refuses as one point that comes twice."""
    data = json.loads(made("hostile", "made.dhat.json").read_bytes())
    equal(len({tuple(point["fs"]) for point in data["pps"]}), len(data["pps"]), "different points")
    check(any("another call stack" in frame for frame in data["ftbl"]), "no two stacks have the same frames")
