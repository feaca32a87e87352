# SPDX-License-Identifier: MIT
"""What a user can ask the report for: one site, one table, a part of the run, other generations."""
import json
import pathlib
import re

import harness
from expectations import sites_of
from harness import case, check, equal, need, record, run, sample, table, tenure


def report(*words, **options):
    return tenure("report", *words, **options).stdout.decode()


def leak():
    return record([sample("leak")]).one()


def corpus(name):
    return record([sample(f"corpus/{name}")]).one()


@table(("leak", "leak"), ("error_path", "corpus/error_path"), ("registry", "corpus/session_registry"),
       ("threads", "threads"), ("careful", "careful"))
def first_screen(name):
    """A first screen that does not fit on one, or that lacks the verdict."""
    text = report(record([sample(name)]).one().path)
    head, found, _ = text.partition("\nNext: ")
    check(found, text)
    lines = head.splitlines()
    check(len(lines) <= 38, f"{len(lines)} lines\n{head}")
    for line in lines:
        check(len(line) <= 100, f"{len(line)} columns: {line}")
    check(re.search(r"leaks?\b|grows?\b|Nothing", lines[3]), head)


@case
def looks_at_the_leak_first():
    """A leak that is not named with its line before everything else."""
    text = report(corpus("error_path").path)
    check("1 site leaks" in text, text)
    head = text.partition("\nNext: ")[0]
    check(re.search(r"#1 .* leaks .*: read_body error_path\.c:19", head), head)
    check(re.search(r"^ +yes +growth ", text, re.MULTILINE), text)


@case
def one_site():
    """Numbers of --site that are not those of the JSON report."""
    trace = corpus("error_path")
    (wanted,) = sites_of(trace, "read_body")
    text = report(f"--site={wanted['id']}", trace.path)
    for words in (f"{wanted['allocations']:,}", f"{wanted['frees']:,}", "read_body",
                  f"{wanted['generations'][2]['survivors']:,}", wanted["evidence"][1]["name"],
                  "100 % |", "error_path.c:19"):
        check(words in text, f"{words} is missing in\n{text}")
    check("read_header" not in text, text)
    only = json.loads(report(f"--site={wanted['id']}", "--format=json", trace.path))
    equal(only["sites"], [wanted], "the site in JSON")
    markdown = report(f"--site={wanted['id']}", "--format=md", trace.path)
    check("read_body" in markdown and "read_header" not in markdown, markdown)


@table(("site-0", ["--site=0"], b"there is no site 0"),
       ("site-many", ["--site=9999"], b"there is no site 9999"),
       ("site-word", ["--site=x"], b"not a number"),
       ("site-by", ["--site=1", "--by=file"], b"--site"),
       ("site-sort", ["--site=1", "--sort=peak"], b"--site"),
       ("sort", ["--sort=size"], b"none of bytes|"),
       ("by", ["--by=colour"], b"none of stack|"),
       ("generations-one", ["--generations=1M"], b"--generations"),
       ("generations-order", ["--generations=2M,1M"], b"--generations"),
       ("generations-units", ["--generations=1s,1M"], b"--generations"),
       ("since", ["--since=soon"], b"not a time"),
       ("until", ["--since=2s", "--until=1s"], b"--until"),
       ("until-0", ["--until=0"], b"--until"),
       ("top", ["--top=5"], b"unknown option"))
def wrong_value(words, message):
    """A wrong value that is taken for a right one, or no hint what would be right."""
    outcome = tenure("report", *words, leak().path, status=2)
    lines = outcome.stderr.splitlines()
    equal((outcome.stdout, len(lines)), (b"", 2), str(outcome))
    check(lines[0].startswith(b"tenure: error: ") and message in lines[0], str(outcome))


@table(*((key, key) for key in ("bytes", "blocks", "allocations", "allocated", "peak", "temporary",
                                "lifetime")))
def sorting(key):
    """Rows of --sort out of order, and sites in JSON that are missing or out of order."""
    members = {"bytes": "live_bytes", "blocks": "live_blocks", "allocated": "allocated_bytes",
               "peak": "peak_bytes"}
    trace = leak()

    def number(site):
        if key == "lifetime":
            return site["byte_seconds"] / max(site["allocated_bytes"], 1)
        return site[members.get(key, key)]

    found = json.loads(report(f"--sort={key}", "--format=json", trace.path))["sites"]
    equal([s["id"] for s in found],
          [s["id"] for s in sorted(trace.report["sites"], key=number, reverse=True)], "order")
    text = report(f"--sort={key}", "--sites=2", trace.path)
    ids = [int(i) for i in re.findall(r"  #(\d+) ", text)]
    equal(ids, [s["id"] for s in found if number(s)][:2], text)
    equal(text.count("  site\n"), 1, f"tables in\n{text}")


@case
def growth_table():
    """A growing site that --sort=growth leaves out."""
    text = report("--sort=growth", corpus("session_registry").path)
    check("log_in" in text and " second" in text, text)


@case
def pinned_pages():
    """Pages and who holds them: numbers that are not those of the JSON report."""
    trace = corpus("pinned_pages")
    known = trace.report["fragmentation"]
    check(known["pages"]["end"]["occupied"] > 10 and known["resident"], str(known))
    equal(sum(known[name] for name in ("live", "rounding", "headers", "pinned", "retained",
                                       "other")), known["resident"], "sum of the parts")
    text = report("--sort=pinned", trace.path)
    check("keep_entry" in text, text)
    check(f"{known['pages']['end']['occupied']:,} with live blocks" in text, text)
    check(f"{known['holes']['count']:,} in all" in text, text)
    check("resident at end" in report(trace.path), "the parts in one line")


@case
def all_tables():
    """Tables that --sites=N leaves out, or rows beyond N."""
    path = leak().path
    text = report("--sites=0", path)
    for words in ("Still allocated", "at the peak", "Most allocations", "Most temporary"):
        check(words in text, f"{words} is missing in\n{text}")
    check("not shown" not in text, text)
    check("--sites=N shows N, 0 all" in report("--sites=1", path), "what is left out")
    equal(len(json.loads(report("--sites=2", "--format=json", path))["sites"]), 2, "sites")


@case
def by_thread():
    """Numbers of threads that are not those of the JSON report."""
    trace = record([sample("threads"), "3"]).one()
    text = report("--by=thread", "--sites=0", trace.path)
    for thread in trace.report["threads"]:
        row = re.search(rf"^ +([\d,]+) .* {thread['tid']} {re.escape(thread['name'])}$", text,
                        re.MULTILINE)
        check(row, f"{thread} is missing in\n{text}")
        equal(int(row[1].replace(",", "")), thread["allocations"], str(thread))


@table(*((by, by) for by in ("function", "file", "line", "module", "type")))
def by_group(by):
    """Groups whose numbers do not add up to those of the sites, or that text and JSON order apart."""
    trace = corpus("session_registry")
    document = json.loads(report(f"--by={by}", "--format=json", trace.path))
    equal(document["grouping"], by, "grouping")
    groups = document["groups"]
    for name in ("live_bytes", "live_blocks", "allocations", "frees"):
        equal(sum(g[name] for g in groups), document["run"][name], name)
    text = report(f"--by={by}", "--sites=0", trace.path)
    shown = [g["name"] for g in groups if g["live_blocks"]]
    check(f"Still allocated at the end, by {by}\n" in text, text)
    rows = text.partition("Still allocated at the end")[2]
    places = [rows.find("  " + name) for name in shown]
    check(-1 not in places and places == sorted(places), f"{shown} in\n{text}")


@case
def source_of_lines():
    """A line of source that is not the one its number says, unasked for or missing."""
    program = pathlib.Path("lines.c").resolve()
    program.write_text("#include <stdlib.h>\n\nvoid *kept[9];\n\nint main(void)\n{\n"
                       "\tkept[0] = malloc(100);\n\tfor (int i = 1; i < 9; i++)\n"
                       "\t\tkept[i] = malloc(10);\n\treturn 0;\n}\n")
    run([need("gcc"), "-g", program, "-o", "lines"])
    trace = record(["./lines"]).one()
    asked = ["--by=line", "--sites=0", trace.path]
    groups = json.loads(report("--format=json", "--source", *asked))["groups"]
    ours = [(group["name"].rpartition(":"), group.get("source")) for group in groups
            if group["name"].startswith(str(program))]
    equal([int(line) for (_, _, line), _ in ours], [7, 9], "lines of the program")
    for (path, _, line), source in ours:
        equal(source, pathlib.Path(path).read_text().splitlines()[int(line) - 1], f"{path}:{line}")
    check(all("source" not in group for group in json.loads(report("--format=json", *asked))["groups"]),
          "quoted unasked")
    text = report("--source", *asked)
    for (path, _, line), source in ours:
        check(re.search(rf"{re.escape(path)}:{line}.*\n +{re.escape(source.strip())}\n", text), text)


@table(("bytes", "64K,1M", "bytes"), ("turnovers", "0.1x,3x", "bytes"), ("time", "1ms,10ms", "ns"),
       ("allocations", "100n,1e4n", "allocations"))
def generations(value, clock):
    """Boundaries that are not used, or not told."""
    trace = corpus("error_path")
    ages = json.loads(report(f"--generations={value}", "--format=json", trace.path))["ages"]
    equal(ages["clock"], clock, "clock")
    low, high = ages["boundaries"]
    check(0 < low < high, str(ages))
    if value == "1ms,10ms":
        check(0.88e6 <= low <= 1.12e6 and 0.88e7 <= high <= 1.12e7, str(ages["boundaries"]))
    unit = {"ns": "time", "bytes": "bytes allocated", "allocations": "allocations"}[clock]
    text = report(f"--generations={value}", trace.path)
    check(re.search(rf"middle from .*, old from .*, in {unit} since birth", text), text)


@case
def part_of_the_run():
    """Blocks outside of --since and --until that are counted, or inside that are not."""
    trace = corpus("error_path")
    whole = trace.report["run"]
    middle = f"{whole['duration_ns'] // 2}ns"
    late = json.loads(report(f"--since={middle}", "--format=json", trace.path))
    early = json.loads(report(f"--until={middle}", "--format=json", trace.path))
    equal(late["run"]["allocations"] + early["run"]["allocations"], whole["allocations"], "halves")
    check(0 < late["run"]["live_blocks"] < whole["live_blocks"], str(late["run"]))
    check(abs(late["window"]["since_ns"] - whole["duration_ns"] // 2) < 1000, str(late["window"]))
    equal((late["window"]["until_ns"], trace.report["window"]), (None, None), "windows")
    for words in ([f"--since={middle}"], [f"--until={middle}"]):
        check("only about blocks allocated from" in report(*words, trace.path), str(words))
    never = json.loads(report("--until=9h", "--format=json", trace.path))
    equal((never["window"], never["run"]["allocations"]), (None, whole["allocations"]), "all")


@case
def ascii_where_needed():
    """Blocks of Unicode in the output for a locale that has none."""
    path = corpus("error_path").path
    for locale, blocks in (("C.UTF-8", True), ("C", False)):
        text = run([harness.TENURE, "report", path], env={"LC_ALL": locale}).stdout.decode()
        equal("▁" in text, blocks, f"blocks in {locale}")
        check(bool(re.search(r"live over time  0+1*", text)) != blocks, text)


@case
def summary_of_json():
    """Sums by verdict that are not those of the sites."""
    document = corpus("session_registry").report
    for verdict, sums in document["summary"]["verdicts"].items():
        sites = [site for site in document["sites"] if site["verdict"] == verdict]
        equal(sums, {"sites": len(sites), "live_blocks": sum(s["live_blocks"] for s in sites),
                     "live_bytes": sum(s["live_bytes"] for s in sites)}, verdict)
    check("grow" in document["summary"]["sentence"], str(document["summary"]))


@case
def names_are_documented():
    """A name in the JSON report that the manual page does not know."""
    manual = (harness.ROOT / "man" / "tenure-json.5").read_text()
    words = set(re.findall(r"[a-z][a-z0-9_]*", manual))

    def names(value):
        if isinstance(value, dict):
            yield from value
        for inner in (value.values() if isinstance(value, dict) else
                      value if isinstance(value, list) else ()):
            yield from names(inner)

    equal(set(names(corpus("error_path").report)) - words, set(), "names without documentation")


@case
def summary_after_a_run():
    """A summary without the verdict and the place of the leak, or on the program's stdout."""
    outcome = run([harness.TENURE, sample("corpus/error_path")])
    text = outcome.stderr.decode()
    lines = text.splitlines()
    check(len(lines) <= 24 and all(line.startswith("tenure: ") for line in lines), text)
    check("1 site leaks" in text and "read_body error_path.c:19" in text, text)
    check(re.search(r"next: tenure report --site=1 error_path\.\d+\.tenure", text), text)
    check(b"tenure" not in outcome.stdout, str(outcome))


@case
def sizes():
    """Size classes that lose allocations, or that all tables leave out."""
    trace = corpus("many_sites")
    document = json.loads(report("--format=json", trace.path))
    for key in ("allocations", "allocated_bytes", "live_blocks", "live_bytes"):
        equal(sum(row[key] for row in document["sizes"]), document["run"][key], key)
    text = report("--sites=2", trace.path)
    rows = text.partition("Sizes asked for\n")[2].partition("\n\n")[0].splitlines()[1:]
    equal(len(rows), len(document["sizes"]), f"size classes in\n{text}")
