# SPDX-License-Identifier: MIT
"""Totals for Prometheus: in promtool, which reads its older format, in the strict parser of OpenMetrics that
its Python client has, and against the JSON report."""
import json
import os
import pathlib

from harness import case, check, equal, made, need, record, run, sample, skip, table, tenure

# The parser gives numbers back as they were written, in JSON. Of Debian's python3, which has the package.
PARSER = """
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
text = open(sys.argv[1], encoding="utf-8", newline="").read()
json.dump([[family.name, family.type, family.unit, family.documentation,
            [[s.name, s.labels, str(s.value)] for s in family.samples]] for family in parse(text)], sys.stdout)
"""


def families(path):
    python = "/usr/bin/python3"
    if run([python, "-c", "import prometheus_client.openmetrics.parser"]).status != 0:
        skip("python3-prometheus-client is not installed")
    outcome = run([python, "-c", PARSER, path])
    equal(outcome.status, 0, f"exit status of {outcome}")
    return json.loads(outcome.stdout)


def numbers(path):
    """By the name of the sample and the labels that not all of them have; and the labels that they have."""
    found, common = {}, set()
    for name, kind, unit, text, samples in families(path):
        check(text, f"{name}: no help")
        check(not unit or name.endswith("_" + unit), f"{name}: unit {unit}")
        check(samples, f"{name}: no samples")
        for sample_name, labels, value in samples:
            equal(kind, "gauge", f"type of {name}")
            common.add(labels.pop("program"))
            key = (sample_name, *labels.values())
            check(key not in found, f"{key} twice")
            found[key] = value
    return found, common


def promtool(path):
    """Checks what a scrape takes, and that there is nothing to complain about."""
    outcome = run([need("promtool"), "check", "metrics"], stdin=path.read_bytes())
    equal(outcome.stdout + outcome.stderr, b"", "what promtool says")
    equal(outcome.status, 0, f"exit status of {outcome}")


def export(trace):
    tenure("export", trace, "-o", "x.prom")
    return pathlib.Path("x.prom")


def expected(report):
    facts, ages = report["run"], report["ages"]
    wanted = {("tenure_runs",): 1,
              ("tenure_allocations",): facts["allocations"],
              ("tenure_temporary_allocations",): facts["temporary"],
              ("tenure_errors",): report["summary"]["errors"]}
    for name in ("allocated_bytes", "frees", "failed_allocations", "lost_events"):
        wanted[f"tenure_{name}",] = facts[name]
    for name in ("live_bytes", "live_blocks", "peak_bytes", "peak_blocks", "peak_resident_bytes"):
        wanted[f"tenure_{name}",] = facts[name]
    for name in ("complete", "sampled"):
        wanted[f"tenure_{name}",] = int(facts[name])
    for generation in ages["generations"]:
        wanted["tenure_generation_live_bytes", generation["name"]] = generation["bytes"]
        wanted["tenure_generation_live_blocks", generation["name"]] = generation["survivors"]
    for verdict, total in report["summary"]["verdicts"].items():
        for name in ("sites", "live_bytes", "live_blocks"):
            wanted[f"tenure_verdict_{name}", verdict] = total[name]
    heap = report["fragmentation"]
    if heap:
        wanted["tenure_untouched_bytes",] = heap["untouched"]
        for name, parts in (("tenure_memory_bytes", heap), ("tenure_peak_memory_bytes", heap["peak"])):
            for part in ("live", "rounding", "headers", "pinned", "retained", "other"):
                wanted[name, part] = parts[part]
    return {key: str(value) for key, value in wanted.items() if value is not None and
            (key[0] != "tenure_peak_resident_bytes" or value)}


@table(("metrics", "corpus/real_metrics", []), ("leak", "leak", []), ("threads", "threads", []),
       ("sampled", "corpus/real_metrics", ["--sample=4K"]), ("wrong", "bad_release", []))
def openmetrics(name, options):
    """A total that is missing, is another than in the report, or that a strict parser does not take."""
    trace = record([sample(name)], *options, status=None).one().path
    report = json.loads(tenure("report", "--format=json", trace).stdout)
    path = export(trace)
    found, common = numbers(path)
    seconds = {key: found.pop(key) for key in [("tenure_start_time_seconds",), ("tenure_duration_seconds",)]}
    equal(found, expected(report), "numbers")
    equal(common, {os.path.basename(report["run"]["program"])}, "labels of the program")
    check(abs(float(seconds["tenure_duration_seconds",]) - report["run"]["duration_ns"] / 1e9) < 1e-6, seconds)
    ns = report["run"]["duration_ns"]
    check(f"}} {ns // 10**9}.{ns % 10**9:09}\n" in path.read_text(encoding="utf-8"), "the duration to the nanosecond")


@table(("metrics", "corpus/real_metrics"), ("leak", "leak"))
def openmetrics_promtool(name):
    """A file that a scrape refuses."""
    promtool(export(record([sample(name)]).one().path))


@case
def openmetrics_names():
    """A name of a program that ends its label, its line or the whole."""
    name = os.fsencode('a"b\\c\nd\\n#} 1\t;') + b"\xff\xc3"
    program = os.path.join(os.getcwdb(), name)
    pathlib.Path(os.fsdecode(program)).write_bytes(pathlib.Path(sample("leak")).read_bytes())
    os.chmod(program, 0o755)
    trace = record([program]).one().path
    path = export(trace)
    found, common = numbers(path)
    equal(common, {name.decode(errors="replace")}, "names")
    equal(len(path.read_bytes().splitlines()), len(path.read_bytes().split(b"\n")) - 1, "lines")
    check(found["tenure_verdict_live_bytes", "leak"] == "390", found)
    promtool(path)


@table(("hostile", "hostile"), ("empty", "empty"))
def openmetrics_made(kind):
    """Names of 64 KiB that a parser does not take, or a run without numbers."""
    path = made(kind, "made.prom")
    report = json.loads(made(kind, "made.json").read_text(encoding="utf-8"))
    found, common = numbers(path)
    equal(common, {os.path.basename(report["run"]["program"])}, "names")
    equal({key: value for key, value in found.items() if "seconds" not in key[0]}, expected(report), "numbers")
    promtool(path)
