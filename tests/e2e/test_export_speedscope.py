# SPDX-License-Identifier: MIT
"""The format of speedscope: what its schema demands, and the numbers and stacks of the report."""
import collections
import json

from harness import case, check, equal, made, record, sample, table, tenure

SCHEMA = "https://www.speedscope.app/file-format-schema.json"
LEAKY = ("leak", "growing")
VALUES = {
    "Live at the end": lambda site: site["live_bytes"],
    "Live at the peak": lambda site: site["peak_bytes"],
    "Allocated in total": lambda site: site["allocated_bytes"],
    "Leaked: live at the end, of what leaks or grows":
        lambda site: site["live_bytes"] if site["verdict"] in LEAKY else 0,
    "Young: live at the end": lambda site: site["generations"][0]["bytes"],
    "Middle: live at the end": lambda site: site["generations"][1]["bytes"],
    "Old: live at the end": lambda site: site["generations"][2]["bytes"],
}


def is_count(value):
    return type(value) is int and value >= 0  # bool is an int, too


def load(text):
    """What speedscope's file-format-schema.json demands, and that indices are those of frames."""
    file = json.loads(text)
    equal(file["$schema"], SCHEMA, "schema")
    equal(sorted(file), ["$schema", "activeProfileIndex", "exporter", "name", "profiles", "shared"], "members")
    check(isinstance(file["name"], str) and isinstance(file["exporter"], str), "names are no strings")
    equal(sorted(file["shared"]), ["frames"], "what is shared")
    frames = file["shared"]["frames"]
    for frame in frames:
        check(set(frame) <= {"name", "file", "line"} and isinstance(frame["name"], str), frame)
        check(isinstance(frame.get("file", ""), str) and is_count(frame.get("line", 0)), frame)
    equal(len({tuple(sorted(frame.items())) for frame in frames}), len(frames), "frames that differ")
    check(file["activeProfileIndex"] in range(len(file["profiles"])), "no such profile")
    for profile in file["profiles"]:
        equal(sorted(profile), ["endValue", "name", "samples", "startValue", "type", "unit", "weights"], "members")
        equal((profile["type"], profile["unit"], profile["startValue"]), ("sampled", "bytes", 0), "kind")
        equal(len(profile["weights"]), len(profile["samples"]), "weights")
        equal(profile["endValue"], sum(profile["weights"]), "end")
        for weight, stack in zip(profile["weights"], profile["samples"]):
            check(is_count(weight) and weight and stack, f"{weight} of {stack}")
            check(all(is_count(number) and number < len(frames) for number in stack), stack)
    return file


def compare(file, report):
    equal([profile["name"] for profile in file["profiles"]], list(VALUES), "profiles")
    for profile in file["profiles"]:
        value = VALUES[profile["name"]]
        equal(profile["weights"], [value(site) for site in report["sites"] if value(site)], profile["name"])


@table(("real_metrics", "corpus/real_metrics"), ("leak", "leak"), ("threads", "threads"))
def speedscope_numbers(program):
    """A number that is not the report's, or a file that speedscope's schema does not allow."""
    trace = record([sample(program)]).one()
    tenure("export", trace.path, "-o", "x.speedscope.json")
    with open("x.speedscope.json", "rb") as file:
        compare(load(file.read()), trace.report)
    run_of = trace.report["run"]
    equal(sum(site["live_bytes"] for site in trace.report["sites"]), run_of["live_bytes"], "live bytes")


@case
def speedscope_stacks():
    """A call stack that begins at its end, or has frames of another."""
    trace = record([sample("corpus/real_metrics")]).one()
    file = load(tenure("export", "--format=speedscope", "--all-frames", trace.path).stdout)
    frames = file["shared"]["frames"]
    (allocated,) = [profile for profile in file["profiles"] if profile["name"] == "Allocated in total"]
    sites = [site for site in trace.report["sites"] if site["allocated_bytes"]]
    equal(len(allocated["samples"]), len(sites), "stacks")
    for stack, site in zip(allocated["samples"], sites):
        equal(len(stack), len(site["stack"]), f"frames of site {site['id']}")
        for number, frame in zip(reversed(stack), site["stack"]):
            found = frames[number]
            check(found["name"] == frame["function"] or not frame["function"], f"{found} is not {frame}")
            equal((found.get("file", ""), found.get("line", 0)), (frame["file"], frame["line"]), found["name"])


@case
def speedscope_hides():
    """Frames of start-up code that nobody asked for."""
    trace = record([sample("leak")]).one()
    file = load(tenure("export", "--format=speedscope", trace.path).stdout)
    outermost = collections.Counter(file["shared"]["frames"][stack[0]]["name"]
                                    for profile in file["profiles"] for stack in profile["samples"])
    equal(list(outermost), ["main"], "outermost frames")


@table(*((kind, kind) for kind in ("hostile", "empty")))
def speedscope_made(kind):
    """A name that ends a string, is no UTF-8, or is cut; no allocation at all."""
    report = json.loads(made(kind, f"{kind}.json").read_bytes())
    file = load(made(kind, f"{kind}.speedscope.json").read_bytes().decode("utf-8", "strict"))
    compare(file, report)
    names = [frame["name"] for frame in file["shared"]["frames"]]
    if kind == "hostile":
        # the reader of the report's names has read the same
        known = {frame["function"] for site in report["sites"] for frame in site["stack"]}
        check(max(map(len, names)) >= 65000, "no name of 64 KiB is there")
        check(known & set(names) and all(name in known or "+0x" in name or name[0] == "(" for name in names),
              "names are other ones")
