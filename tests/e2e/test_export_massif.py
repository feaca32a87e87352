# SPDX-License-Identifier: MIT
"""Massif's output, as Valgrind's ms_print reads it."""
import collections
import json
import pathlib
import re

from harness import check, equal, made, need, record, run, sample, table, tenure


def printed(path):
    """Snapshots as (milliseconds, bytes), and the tree of each detailed one as {depth 1 label: bytes}."""
    outcome = run([need("ms_print"), "--threshold=0", path], env={"TMPDIR": pathlib.Path.cwd()})
    equal(outcome.status, 0, f"exit status of {outcome}")
    text = outcome.stdout.decode(errors="replace")
    errors = [line for line in outcome.stderr.decode().splitlines() if "Deep recursion" not in line]
    equal(errors, [], "what ms_print complains of")
    rows = re.findall(r"^ *\d+ +([\d,.]+) +([\d,]+) +([\d,]+) +0 +0$", text, re.M)
    check(all(total == heap for _, total, heap in rows), rows)
    detailed = [int(number) for number in
                re.findall(r"\d+", re.search(r"Detailed snapshots: \[(.*)\]", text)[1])]
    trees = [collections.Counter() for _ in detailed]
    number = -1
    for line in text.splitlines():
        if re.match(r"\d+\.\d+% \([\d,]+B\) \(heap allocation functions\)", line):
            number += 1
        elif found := re.match(r"->\d+\.\d+% \(([\d,]+)B\) (.*)", line):
            trees[number][found[2]] += int(found[1].replace(",", ""))
    equal(number + 1, len(detailed), "trees")
    return [(float(time.replace(",", "")), int(total.replace(",", ""))) for time, total, _ in rows], detailed, trees


def compare(path, report):
    snapshots, detailed, trees = printed(path)
    run_of = report["run"]
    equal(snapshots[0], (0.0, 0), "the first snapshot")
    equal(len(detailed), 2, "detailed snapshots")
    for number, tree, bytes_of, ns in zip(detailed, trees, ("peak_bytes", "live_bytes"), ("peak_ns", "duration_ns")):
        total = sum(site[bytes_of] for site in report["sites"])
        equal(snapshots[number], (run_of[ns] // 1000 / 1000, total), bytes_of)
        equal(sum(tree.values()), total, f"sum of the tree of {bytes_of}")
    equal(detailed[1], len(snapshots) - 1, "the last snapshot")
    check([time for time, _ in snapshots] == sorted(time for time, _ in snapshots), "times go back")
    check(max(total for _, total in snapshots) == snapshots[detailed[0]][1], "the peak is not the most")
    return snapshots, trees


@table(("usual", "corpus/real_metrics"), ("peak", "peak"), ("recursion", "recursion"))
def massif_printed(name):
    """A moment or a tree of which ms_print shows other bytes than the report."""
    trace = record([sample(name)]).one()
    tenure("export", trace.path, "-o", "x.massif", "--all-frames")
    snapshots, trees = compare(pathlib.Path("x.massif"), trace.report)
    shown = [(point["ns"] // 1000 / 1000, point["live_bytes"]) for point in trace.report["timeline"]
             if point["ns"] < trace.report["run"]["duration_ns"]]
    equal([point for point in shown if point not in snapshots], [], "moments that are missing")
    for tree, bytes_of in zip(trees, ("peak_bytes", "live_bytes")):
        sites = [site for site in trace.report["sites"] if site[bytes_of]]
        total = sum(site[bytes_of] for site in sites)
        functions = collections.Counter()
        for label, value in tree.items():
            functions[re.sub(r"^0x[\dA-F]+: (.*) \(.*\)$", r"\1", label)] += value
        for name, value in functions.items():
            ours = sum(site[bytes_of] for site in sites if site["stack"][0]["function"] == name)
            check(value <= ours if "below massif" not in name else value < total, f"{name}: {value} of {ours}")
        by_place = collections.Counter()
        for site in sites:
            frame = site["stack"][0]
            by_place[frame["function"], frame["module"], frame["offset"]] += site[bytes_of]
        large = collections.Counter()
        for (function, _, _), value in by_place.items():
            large[function] += value * (value * 1000 >= total)
        for function, value in large.items():
            check(not function or not value or functions[function] == value, f"{function}: {functions[function]} of {value}")


@table(("hostile", "hostile"), ("empty", "empty"))
def massif_made(kind):
    """Names that end a line, begin a comment, or that ms_print takes for something else."""
    compare(made(kind, "made.massif"), json.loads(made(kind, "made.json").read_bytes()))
