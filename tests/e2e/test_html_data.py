# SPDX-License-Identifier: MIT
"""The HTML report as a file: well-formed, true to the JSON report, whatever is folded or left out."""
import base64
import html.parser
import itertools
import json
import pathlib
import re
import zlib

from harness import case, check, equal, record, run, sample, table, tenure

VOID = {"meta", "br", "hr", "img", "input", "link", "path", "rect", "line"}
METRICS = ("live_bytes", "live_blocks", "peak_bytes", "peak_blocks", "allocated_bytes", "allocations",
           "temporary", "pinned_bytes")


def write(trace, *words, name="report.html"):
    tenure("report", trace.path, "-o", name, *words)
    return pathlib.Path(name).read_text(encoding="utf-8")


def data_of(page):
    (packed,) = re.findall(r'<script type="application/octet-stream" id="data">([^<]*)</script>', page)
    data = json.loads(zlib.decompress(base64.b64decode(packed)))
    data["sites"]["id"] = list(itertools.accumulate(data["sites"]["id"]))
    return data


def corpus(name):
    return record([sample(f"corpus/{name}")]).one()


class Nesting(html.parser.HTMLParser):
    """Elements that are closed where they were opened, and ids that are there once."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.text = [], [], [], []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.links += [attrs["href"]] if "href" in attrs else []
        for name in attrs:
            check(not name.startswith("on") and name != "style", f"{name} in <{tag}>")
        if tag not in VOID or (self.open and self.open[-1] in ("svg", "g")):
            self.open.append(tag)

    def handle_endtag(self, tag):
        check(self.open, f"</{tag}> closes nothing")
        equal(self.open.pop(), tag, "the element that is closed")

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("script", "style"):
            self.text.append(data)


def parse(page):
    parser = Nesting()
    parser.feed(page)
    parser.close()
    equal(parser.open, [], "elements left open")
    return parser


@table(("leak", "leak"), ("error_path", "corpus/error_path"), ("threads", "threads"),
       ("bad_release", "bad_release"), ("exhausted", "exhausted"), ("recursion", "recursion"))
def well_formed(name):
    """An element that is not closed, an id that is there twice, a link that leads nowhere."""
    trace = record([sample(name)]).one()
    parsed = parse(write(trace))
    equal(len(parsed.ids), len(set(parsed.ids)), "ids")
    for link in parsed.links:
        check(link.startswith("#") and link[1:] in parsed.ids, f"{link} leads nowhere")


@table(("leak", "leak"), ("error_path", "corpus/error_path"), ("real_metrics", "corpus/real_metrics"))
def sums(name):
    """A column that does not add up to what the JSON report says."""
    trace = record([sample(name)]).one()
    data = data_of(write(trace))
    report = json.loads(tenure("report", "--format=json", trace.path).stdout)
    totals = {metric["key"]: metric["total"] for metric in data["metrics"]}
    for key in METRICS:
        wanted = sum(site[key] for site in report["sites"])
        equal(totals.get(key, 0), wanted, key)
        equal(sum(data["sites"].get(key, [])), wanted, f"column {key}")
    for place, generation in enumerate(("young", "middle", "old")):
        wanted = sum(site["generations"][place]["bytes"] for site in report["sites"])
        equal(sum(data["sites"].get(f"{generation}_bytes", [])), wanted, generation)
    leaked = sum(site["live_bytes"] for site in report["sites"] if site["verdict"] in ("leak", "growing"))
    equal(totals.get("leaked_bytes", 0), leaked, "leaked bytes")
    equal(data["sites"]["id"], [site["id"] for site in report["sites"]], "ids")


def stack_of(data, node):
    """Functions of a node, innermost first."""
    names = []
    while node:
        frame = data["nodes"]["frame"][node]
        names.append(data["strings"][data["frames"]["function"][frame]])
        node -= data["nodes"]["up"][node]
    return names


@case
def stacks():
    """A site whose place in the tree is not its call stack."""
    trace = corpus("error_path")
    data = data_of(write(trace, "--all-frames"))
    report = json.loads(tenure("report", "--format=json", trace.path).stdout)
    for site, node in zip(report["sites"], data["sites"]["node"]):
        wanted = [frame["function"] for frame in site["stack"] if frame["function"]]
        found = [name for name in stack_of(data, node) if "+0x" not in name]
        equal(found, wanted, f"stack of #{site['id']}")


@case
def ages():
    """A map of ages that lacks blocks, or that counts some twice."""
    trace = corpus("real_metrics")
    data = data_of(write(trace))
    report = json.loads(tenure("report", "--format=json", trace.path).stdout)
    cells = data["lexis"]["cells"]
    alive = [size for size, lives in zip(cells["bytes"], cells["alive"]) if lives]
    equal(sum(alive), report["run"]["live_bytes"], "bytes of what lives")
    equal(sum(cells["blocks"]), sum(site["allocations"] - site["resized"] for site in report["sites"]),
          "blocks of all cells")
    check(max(cells["birth"]) < len(data["lexis"]["birth_ns"]), "a column that is not there")
    check(max(cells["age"]) < len(data["lexis"]["ages"]), "a row that is not there")


@case
def folding():
    """A file larger than allowed, or sums that are wrong when small sites are folded."""
    trace = record(["python3", "-c", "import json, re, decimal, argparse"], "--no-python",
                   env={"PYTHONMALLOC": "malloc"}).one()
    whole = data_of(write(trace, name="whole.html"))
    page = write(trace, "--max-html=850K", name="small.html")
    small = data_of(page)
    check(len(page) <= 850 * 1024, f"{len(page)} bytes")
    check("are shown summed up" in page, "nothing is said of what was folded")
    check(len(small["sites"]["id"]) < len(whole["sites"]["id"]) and 0 in small["sites"]["id"],
          f"{len(small['sites']['id'])} of {len(whole['sites']['id'])} rows")
    for metric in whole["metrics"]:
        key = metric["key"]
        equal(sum(small["sites"][key]), sum(whole["sites"][key]), f"sum of {key}")
    leaky = {row for row, verdict in zip(whole["sites"]["id"], whole["sites"]["verdict"]) if verdict in (1, 2)}
    check(leaky <= set(small["sites"]["id"]), "a site that leaks was folded")


@case
def sources():
    """A line of source that is not quoted, or is although nobody wants it."""
    trace = record([sample("leak")]).one()
    check("malloc(strlen(text) + 1)" in write(trace), "the line is not quoted")
    check("malloc(strlen(text) + 1)" not in write(trace, "--no-source", name="bare.html"),
          "the line is quoted with --no-source")


@case
def one_trace_a_file():
    """Two documents in one file, which is none."""
    trace = record([sample("leak")]).one()
    outcome = tenure("report", trace.path, trace.path, "-o", "two.html", status=2)
    check(b"one trace" in outcome.stderr, outcome.stderr)
    check(not pathlib.Path("two.html").exists(), "a file was left behind")


@case
def comparison():
    """A comparison whose columns are not those of its two runs."""
    old, new = corpus("error_path"), corpus("real_metrics")
    tenure("diff", old.path, new.path, "-o", "diff.html")
    page = pathlib.Path("diff.html").read_text(encoding="utf-8")
    parsed = parse(page)
    data = data_of(page)
    equal(data["kind"], "diff", "kind")
    for trace, columns in ((old, data["sites"]["old"]), (new, data["sites"])):
        report = json.loads(tenure("report", "--format=json", trace.path).stdout)
        for key in ("live_bytes", "allocated_bytes", "allocations", "peak_bytes", "temporary"):
            equal(sum(columns[key]), sum(site[key] for site in report["sites"]), key)
    check("Appeared" in "".join(parsed.text), "no heading")


@table(("report", ["report", "t"]), ("diff", ["diff", "t", "t"]))
def names_no_format(words):
    """An extension that is no format's, and is taken for text."""
    trace = record([sample("leak")]).one()
    words = [str(trace.path) if word == "t" else word for word in words]
    outcome = tenure(*words, "-o", "report.pdf", status=2)
    check(b".pdf" in outcome.stderr and b".html" in outcome.stderr, outcome.stderr)


@case
def hostile_arguments():
    """An argument that becomes an element of the page."""
    nasty = "</script><img src=x onerror=alert(1)>\"'\x01\u202e"
    run_of = record([sample("leak"), nasty]).one()
    page = write(run_of)
    parsed = parse(page)
    check("<img" not in page, "an element came from an argument")
    check("<img src=x onerror=alert(1)>" in "".join(parsed.text), "the argument is not shown")
    check("\\u202e" in page, "a mark that turns the text around is not made visible")
