# SPDX-License-Identifier: MIT
"""Runs added up: whatever the order, the bytes are the same, and the numbers are the sums."""
import collections
import itertools
import json
import pathlib
import re
import resource

import harness
from harness import case, check, equal, need, record, run, sample, table, tenure

END_CHUNK_BYTES = 96
LIMITED_BYTES = 256 << 20
SOMETIMES = """
#include <stdlib.h>
#include <string.h>
static char *__attribute__((noinline)) make_name(void) { return strdup("somebody"); }
int main(int argc, char **argv)
{
	for (int i = 0; i < 300; i++) {
		char *name = make_name();
		if (argc < 2 || i % 10)
			free(name);
	}
	return 0;
}
"""


def some_traces():
    """Of two programs, one of them twice, and one with threads."""
    programs = ("leak", "corpus/real_metrics", "leak", "threads")
    return [record([sample(name)]).one().path for name in programs]


def merged(*inputs, to="out.tenure-profile", options=()):
    tenure("merge", "--force", *options, "-o", to, *inputs)
    return pathlib.Path(to).read_bytes()


def report_of(path):
    return json.loads(tenure("report", "--format=json", path).stdout)


@case
def merge_orders():
    """A result that tells in which order runs were added up."""
    traces = some_traces()
    whole = merged(*traces)
    for order in itertools.permutations(traces):
        equal(merged(*order), whole, f"profile of {[path.name for path in order]}")


@case
def merge_groupings():
    """A result that tells which runs were added up first: a chain, a tree, profiles among traces."""
    traces = some_traces()
    whole = merged(*traces)
    chain = pathlib.Path("chain")
    merged(traces[3], to=chain)
    for path in (traces[1], traces[0], traces[2]):
        merged(chain, path, to=chain)
    equal(chain.read_bytes(), whole, "a chain")
    merged(traces[2], traces[0], to="left")
    merged(traces[1], traces[3], to="right")
    equal(merged("right", "left"), whole, "a tree")
    equal(merged(traces[1], "left", traces[3]), whole, "a profile between traces")
    pathlib.Path("both").write_bytes(pathlib.Path("left").read_bytes() + pathlib.Path("right").read_bytes())
    equal(merged("both"), whole, "profiles that follow each other")
    equal(merged("out.tenure-profile"), whole, "the whole, again")


@case
def merge_parallel():
    """The commands of the README, which do not work, or another result with other parts."""
    text = (harness.ROOT / "README.md").read_text(encoding="utf-8")
    script = re.search(r"<!-- merge -->\n```\n(.*?)```", text, re.DOTALL)[1]
    pathlib.Path("traces").mkdir()
    for _ in range(4):
        for path in some_traces():
            path.rename(pathlib.Path("traces") / f"{path.parent.name}.{path.name}")
    results = set()
    for size in ("100", "3", "1"):
        check("-n 100" in script, script)
        run(["rm", "-rf", "parts", "all.tenure-profile"])
        pathlib.Path("script").write_text(script.replace("-n 100", f"-n {size}"), encoding="utf-8")
        outcome = run([need("bash"), "-e", "script"], env={"PATH": f"{harness.BUILD.resolve()}:/usr/bin:/bin"})
        equal(outcome.status, 0, f"exit status of {outcome}")
        check(b"sum of 16 runs of 3 programs" in outcome.stdout, outcome.stdout)
        results.add(pathlib.Path("all.tenure-profile").read_bytes())
        check(len(list(pathlib.Path("parts").iterdir())) >= 16 / int(size), "too few parts")
    equal(len(results), 1, "different profiles")


def sites_by_key(report, program):
    """What is added up of sites: by fingerprint, of all verdicts; and verdicts alone."""
    sums, verdicts = collections.Counter(), collections.Counter()
    for site in report["sites"]:
        name = (site["runs"] or {"program": program})["program"]
        for key in ("allocations", "frees", "allocated_bytes", "live_blocks", "live_bytes", "peak_bytes",
                    "temporary", "resized", "remote_frees"):
            sums[name, site["fingerprint"], key] += site[key]
        for key in ("deaths", "blocks"):
            sums[name, site["fingerprint"], key] += site["survival"][key]
        verdicts[site["verdict"], "live_bytes"] += site["live_bytes"]
    return sums, verdicts


@case
def merge_sums():
    """A number that is not the sum of those of the runs."""
    traces = some_traces()
    merged(*traces)
    profile, runs = report_of("out.tenure-profile"), [report_of(path) for path in traces]
    for key in ("allocations", "frees", "allocated_bytes", "live_blocks", "live_bytes", "peak_bytes", "peak_blocks",
                "duration_ns", "temporary", "threads", "events", "trace_bytes", "lost_events"):
        equal(profile["run"][key], sum(report["run"][key] for report in runs), key)
    equal(profile["run"]["runs"]["count"], 4, "runs")
    equal(profile["run"]["runs"]["programs"], 3, "programs")
    equal(profile["run"]["start_realtime_ns"], min(report["run"]["start_realtime_ns"] for report in runs), "start")
    sizes = collections.Counter()
    for report in runs:
        for row in report["sizes"]:
            sizes[row["least"]] += row["allocations"]
    equal({row["least"]: row["allocations"] for row in profile["sizes"]}, dict(sizes), "sizes")
    expected, verdicts = collections.Counter(), collections.Counter()
    for report in runs:
        sums, classes = sites_by_key(report, pathlib.Path(report["run"]["program"]).name)
        expected.update(sums)
        verdicts.update(classes)
    found, _ = sites_by_key(profile, None)
    equal({k: v for k, v in found.items() if v}, {k: v for k, v in expected.items() if v}, "sums of sites")
    for verdict in ("leak", "growing"):
        equal(profile["summary"]["verdicts"][verdict]["live_bytes"], verdicts[verdict, "live_bytes"], verdict)


@table(("metrics", "corpus/real_metrics"), ("leak", "leak"), ("threads", "threads"), ("releases", "bad_release"))
def merge_one(name):
    """A run that is another one in its profile."""
    path = record([sample(name)], status=None).one().path
    merged(path)
    for order in ((path, "out.tenure-profile"), ("out.tenure-profile", path)):
        diff = json.loads(tenure("diff", "--tolerance=0", "--format=json", *order).stdout)
        changed = {kind: count for kind, count in diff["counts"].items() if kind != "same" and count}
        equal(changed, {}, "changes")
        check(diff["counts"]["same"], "nothing is the same")
    profile, trace = report_of("out.tenure-profile"), report_of(path)
    errors = {finding["rule"] for finding in trace["findings"] if finding["severity"] == "error"}
    equal({finding["rule"] for finding in profile["findings"] if finding["severity"] == "error"}, errors, "errors")
    equal([point["age"] for point in profile["ages"]["survival"]["points"]],
          [point["age"] for point in trace["ages"]["survival"]["points"]], "ages of the curve")
    for one, other in zip(profile["ages"]["survival"]["points"], trace["ages"]["survival"]["points"]):
        equal(one, other, "a point of the curve")
    equal(profile["ages"]["boundaries"], trace["ages"]["boundaries"], "boundaries of generations")


@case
def merge_rare_leak():
    """A leak in few runs that the others outvote, or that is charged with what they hold."""
    pathlib.Path("sometimes.c").write_text(SOMETIMES, encoding="utf-8")
    equal(run([need("cc"), "-O1", "-g", "-o", "sometimes", "sometimes.c"]).status, 0, "exit status of cc")
    traces = [record(["./sometimes", *(["leak"] if i in (4, 7) else [])]).one().path for i in range(12)]
    merged(*traces)
    report = report_of("out.tenure-profile")
    check(report["summary"]["sentence"].startswith("1 site leaks: "), report["summary"]["sentence"])
    (leak,) = [site for site in report["sites"] if site["verdict"] == "leak"]
    equal((leak["live_blocks"], leak["allocations"]), (60, 600), "blocks")
    equal((leak["runs"]["present"], leak["runs"]["all"]), (12, 12), "runs")
    equal({k: v for k, v in leak["runs"]["verdicts"].items() if v}, {"leak": 2, "balanced": 10}, "verdicts")
    check(leak["why"].startswith("leaks in 2 of 12 runs of sometimes, all freed in 10; at most "), leak["why"])
    (other,) = [site for site in report["sites"]
                if site["fingerprint"] == leak["fingerprint"] and site["verdict"] != "leak"]
    equal((other["verdict"], other["live_blocks"], other["allocations"]), ("balanced", 0, 3000), "the others")
    text = tenure("report", "out.tenure-profile").stdout.decode()
    check("leaks in 2 of 12 runs" in text, text)
    alone = tenure("report", f"--site={leak['id']}", "out.tenure-profile").stdout.decode()
    check(re.search(r"in runs from +20\d\d-\d\d-\d\d \d\d:\d\d:\d\d to 20\d\d-", alone), alone)


@case
def merge_pipes():
    """Profiles that cannot come and go through pipes."""
    first, second = record([sample("leak")]).one().path, record([sample("threads")]).one().path
    whole = merged(first, second)
    one = tenure("merge", first).stdout
    equal(tenure("merge", "-", second, "-o", "-", stdin=one).stdout, whole, "through pipes")
    both = one + tenure("merge", second).stdout
    equal(tenure("merge", "-", stdin=both).stdout, whole, "two in one pipe")
    check(b"sum of 2 runs of 2 programs" in tenure("report", "-", stdin=whole).stdout, "not reported")
    words = f"{harness.TENURE} report <({harness.TENURE} merge {first} {second}) | head -3"
    outcome = run([need("bash"), "-c", words])
    check(b"sum of 2 runs of 2 programs" in outcome.stdout, outcome)
    outcome = tenure("merge", "-", stdin=first.read_bytes(), status=2)
    check(b"standard input: offset 0: not a tenure profile" in outcome.stderr, outcome)


@case
def merge_terminal():
    """Binary output that is thrown at a terminal."""
    words = f"{harness.TENURE} merge {record([sample('leak')]).one().path}"
    outcome = run([need("script"), "-qec", words, "/dev/null"])
    equal(outcome.status, 2, f"exit status of {outcome}")
    check(b"terminal" in outcome.stdout, outcome.stdout)


@case
def merge_program():
    """Runs of another program among those that were asked for."""
    traces = some_traces()
    of_leak = merged(traces[0], traces[2])
    equal(merged(*traces, options=["--program=leak"]), of_leak, "of traces")
    merged(*traces)
    equal(merged("out.tenure-profile", options=["--program=leak"]), of_leak, "of a profile")
    outcome = tenure("merge", "--program=lea", "-o", "x", traces[0], status=2)
    check(b"no run of lea\n" in outcome.stderr, outcome)
    check(not pathlib.Path("x").exists(), "something was written")


def damage(path, offset):
    contents = bytearray(path.read_bytes())
    contents[offset] ^= 1
    path.write_bytes(contents)


@case
def merge_damaged():
    """Damage that goes unnoticed, a result without what was damaged, or one that does not say so."""
    good, bad = record([sample("leak")]).one().path, record([sample("threads")]).one().path
    merged(good, to="good")
    merged(bad, to="bad")
    damage(bad, bad.stat().st_size // 2)
    damage(pathlib.Path("bad"), 300)
    for path, words in ((bad, rb"offset \d+: "), ("bad", rb"bad: offset \d+: checksum mismatch"),
                        ("missing", rb"missing"), ("/dev/null", b"")):
        outcome = tenure("merge", "-o", "x", good, path, status=2)
        check(re.search(words, outcome.stderr), outcome)
        check(b"--skip-damaged" in outcome.stderr, outcome)
        check(not pathlib.Path("x").exists(), "something was written")
        tenure("merge", "--skip-damaged", "-o", "x", path, good, path)
        check(b"damaged and are not part of this: 2." in tenure("report", "x").stdout, "not said")
        equal(report_of("x")["run"]["runs"]["count"], 1, "runs")
        equal(report_of("x")["run"]["complete"], False, "completeness")
        pathlib.Path("x").unlink()
    check(b"no file was left" in tenure("merge", "--skip-damaged", "bad", "-o", "x", status=2).stderr, "nothing")
    check(not pathlib.Path("x").exists(), "something was written")
    for command in ("report", "info", "export", "diff"):
        words = ["--format=folded"] if command == "export" else ["good"] if command == "diff" else []
        check(b"bad: offset " in tenure(command, *words, "bad", status=2).stderr, command)


@case(timeout=120)
def merge_cut_profile():
    """A profile that ends too soon, and is taken for a smaller one."""
    contents = merged(*some_traces())
    cut = pathlib.Path("cut")
    for size in sorted({0, 1, 7, 8, 15, *range(16, len(contents), len(contents) // 40), len(contents) - 1}):
        cut.write_bytes(contents[:size])
        outcome = tenure("info", cut, status=2)
        check(re.search(rb"tenure: error: cut: offset \d+: ", outcome.stderr), f"{size} bytes: {outcome}")


@case
def merge_incomplete():
    """Runs whose end is missing and that are left out, or count as whole."""
    whole, cut = record([sample("leak")]).one().path, record([sample("threads"), "40"]).one().path
    contents = cut.read_bytes()
    for missing in (END_CHUNK_BYTES, END_CHUNK_BYTES + 5, len(contents) // 2):
        cut.write_bytes(contents[:-missing])
        merged(whole, cut)
        report = report_of("out.tenure-profile")
        equal(report["run"]["complete"], False, "completeness")
        check(any("no end record" in limit and limit.endswith("missing: 1.") for limit in report["run"]["limits"]),
              report["run"]["limits"])
        equal(report["run"]["runs"]["count"], 2, "runs")
        check(report["run"]["allocations"] > 153, "nothing of it is there")


@table(("html", "x.html", b"leaks in"), ("md", "x.md", b"leaks in"), ("pprof", "x.pb.gz", b"\x1f\x8b"),
       ("folded", "x.folded", b"duplicate 180"), ("speedscope", "x.speedscope.json", b"duplicate"),
       ("dhat", "x.dhat.json", b"duplicate"), ("massif", "x.massif", b"duplicate"),
       ("callgrind", "x.callgrind", b"duplicate"), ("openmetrics", "x.prom", b'tenure_runs{program="leak"} 2\n'),
       ("sqlite", "x.sqlite", b"SQLite"))
def merge_shown(path, words):
    """A format that profiles are not to be had in."""
    merged(*(record([sample("leak")]).one().path for _ in range(2)))
    if path == "x.sqlite" and b"no sqlite here" in tenure("export", "--format=sqlite", "out.tenure-profile", "-o",
                                                        path, status=None).stderr:
        harness.skip("built without sqlite")
    command = "report" if path in ("x.html", "x.md") else "export"
    tenure(command, "out.tenure-profile", "--force", "-o", path)
    contents = pathlib.Path(path).read_bytes()
    check(words in contents, f"{words} is not in it")
    if path == "x.sqlite":
        question = "SELECT program, all_runs, verdict, runs FROM leaks JOIN site_runs USING (site) JOIN " \
                   "site_verdicts USING (site, verdict); SELECT run_count, program_count FROM run"
        outcome = run([need("sqlite3"), "-readonly", path, question])
        equal(outcome.stdout.decode().split(), ["leak|2|leak|2", "leak|2|leak|2", "2|1"], f"answer of {outcome}")
    if path == "x.prom":
        outcome = run([need("promtool"), "check", "metrics"], stdin=contents)
        equal((outcome.status, outcome.stdout + outcome.stderr), (0, b""), "promtool")
    if path == "x.pb.gz":
        outcome = run([need("go"), "tool", "pprof", "-symbolize=none", "-tags", "-unit=B", path])
        check(b"8780.0B (" in outcome.stdout and b"program: Total 8780.0B" in outcome.stdout, outcome.stdout)


@table(("nothing", ["merge"], b"no trace and no profile"), ("folder", ["merge", "-o", ".", "x"], b"exists"),
       ("exists", ["merge", "-o", "x", "x"], b"exists"), ("since", ["report", "--since=1ms", "x"], b"no times"),
       ("until", ["report", "--until=1ms", "x"], b"no times"), ("by", ["report", "--by=function", "x"], b"groups"),
       ("clock", ["report", "--generations=1s,2s", "x"], b"ages by bytes"),
       ("export-clock", ["export", "--generations=1s,2s", "x", "-o", "y.folded"], b"ages by bytes"),
       ("events", ["info", "--events", "x"], b"no events"), ("site", ["report", "--site=99", "x"], b"numbered from"))
def merge_refused(words, message):
    """A question that a profile has no answer to, and an answer."""
    merged(record([sample("leak")]).one().path, to="x")
    outcome = tenure(*words, status=2)
    check(message in outcome.stderr, outcome)
    equal(outcome.stdout, b"", "output")
    check(not pathlib.Path("y.folded").exists(), "a file was made")


@case
def merge_into_itself():
    """A sum that was opened for writing before it was read."""
    path = record([sample("leak")]).one().path
    for count in (1, 2, 3):
        merged(path, *(["all"] if count > 1 else []), to="all")
        equal(report_of("all")["run"]["runs"]["count"], count, "runs")


@case
def merge_generations():
    """Boundaries of generations that profiles cannot move."""
    merged(*some_traces())
    moved = json.loads(tenure("report", "--format=json", "--generations=100B,1000B", "out.tenure-profile").stdout)
    usual = report_of("out.tenure-profile")
    check(moved["ages"]["boundaries"][1] < usual["ages"]["boundaries"][0], moved["ages"]["boundaries"])
    for ages in (moved["ages"], usual["ages"]):
        equal(sum(row["survivors"] for row in ages["generations"]), usual["run"]["live_blocks"], "survivors")
        equal(sum(row["bytes"] for row in ages["generations"]), usual["run"]["live_bytes"], "bytes")
    check(moved["ages"]["generations"][2]["births"] > usual["ages"]["generations"][2]["births"], "none is old")


@case(timeout=120)
def merge_memory():
    """Memory that grows with the number of files: of 3,000, which would not fit together."""
    merged(record([need("perl"), "-e", "1"]).one().path, to="one")
    names = [f"{number}.tenure-profile" for number in range(3000)]
    for name in names:
        pathlib.Path(name).hardlink_to("one")

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (LIMITED_BYTES, LIMITED_BYTES))

    outcome = run([harness.TENURE, "merge", "-o", "all", *names], before=limit, timeout=100)
    equal(outcome.status, 0, f"exit status of {outcome}")
    equal(report_of("all")["run"]["runs"]["count"], 3000, "runs")


def varints(payload):
    values, value, shift = [], 0, 0
    for byte in payload:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            values.append(value)
            value = shift = 0
    return values


def chunks(contents):
    """Types and payloads, see tenure-trace(5)."""
    offset = 16
    while offset < len(contents):
        kind, flags, stored = (contents[offset:offset + 4], *(int.from_bytes(contents[offset + at:offset + at + 4],
                               "little") for at in (4, 8)))
        payload = contents[offset + 24:offset + 24 + stored]
        if flags & 1:
            outcome = run([need("zstd"), "-dc"], stdin=payload)
            equal(outcome.status, 0, f"exit status of {outcome}")
            payload = outcome.stdout
        yield kind.decode(), payload
        offset += 24 + stored


def described(section):
    """How many numbers tenure-profile(5) lists there."""
    text = (harness.ROOT / "man" / "tenure-profile.5").read_text(encoding="utf-8")
    part = text.split(f".Ss {section}\n")[1].split("\n.El\n")[0]
    return part.count("\n.It\n"), part.split("\n.It\n")[1:]


@case
def merge_format():
    """A file that is not as its manual page has it."""
    path = record([sample("leak")]).one().path
    found = list(chunks(merged(path)))
    equal([kind for kind, _ in found], ["PSTR", "PFRM", "PPRG", "PSIT", "PEND"], "chunks")
    payloads = dict(found)
    strings, rest = [], payloads["PSTR"]
    while rest:
        strings.append(rest[1:1 + rest[0]].decode())
        rest = rest[1 + rest[0]:]
    equal(strings, sorted(strings), "order of strings")
    program, info = varints(payloads["PPRG"]), harness.Trace(path).info
    count, names = described("Totals of a program")
    equal(len(program), 1 + count + 4 * 65 + 1, "numbers of a program")
    equal(strings[program[0]], "leak", "name")
    totals = dict(zip(names, program[1:]))
    for name, key in (("allocations", "allocations"), ("releases", "frees"), ("bytes allocated", "allocated_bytes"),
                      ("duration in nanoseconds", "duration_ns"), ("threads", "threads"),
                      ("start in nanoseconds since 1970; the least", "start_realtime_ns")):
        if name != "duration in nanoseconds":
            equal(totals[name], info[key], name)
        check(info[key] in program, name)
    sites, site_count = varints(payloads["PSIT"]), program[-1]
    part_count, part_names = described("Numbers of a part")
    at = 0
    for _ in range(site_count):
        at += 4
        at += 1 + sites[at]  # frames
        equal(sites[at], 1, "parts")
        numbers = dict(zip(part_names, sites[at + 2:]))
        equal(numbers["runs"], 1, "runs of a part")
        at += 2 + part_count
        for _ in ("dead", "alive"):
            at += 1 + 4 * sites[at]
    equal(at, len(sites), "numbers of sites")
    equal(varints(payloads["PEND"]), [len(strings), len(varints(payloads["PFRM"])) // 8, 1, site_count, 0], "the end")
