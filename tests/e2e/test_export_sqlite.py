# SPDX-License-Identifier: MIT
"""Databases of `tenure export` in the sqlite3 command, against the numbers of the JSON report."""
import json
import pathlib

import harness
from harness import case, check, equal, need, record, run, sample, skip, table, tenure

# Columns of sites and groups that the JSON report has under the same names.
NUMBERS = """allocations frees allocated_bytes live_blocks live_bytes peak_blocks peak_bytes own_peak_bytes
    teardown_blocks teardown_bytes temporary failures min_bytes max_bytes resized longest_chain remote_frees
    byte_seconds first_ns last_ns last_release_ns pinned_bytes peak_pinned_bytes exclusive_bytes saved_bytes
    scattered_pages confidence verdict""".split()
WORDS = ("why", "api", "type")  # NULL where these are empty
FRAME_WORDS = ("function", "file", "module", "language")


def ask(database, question):
    outcome = run([need("sqlite3"), "-readonly", "-json", database, question])
    equal(outcome.status, 0, f"exit status of {outcome}")
    return json.loads(outcome.stdout or "[]")


def export(trace, *options):
    """The database; its format may have been left out of this build."""
    outcome = tenure("export", trace, "-o", "x.sqlite", *options, status=None)
    if b"SQLite was not there" in outcome.stderr:
        skip("built without SQLite")
    equal((outcome.status, outcome.stderr), (0, b""), "export")
    return pathlib.Path("x.sqlite").absolute()


def sound(database):
    equal(ask(database, "PRAGMA integrity_check"), [{"integrity_check": "ok"}], "integrity")
    equal(ask(database, "PRAGMA foreign_key_check"), [], "references to rows that do not exist")


def exact(value):
    """As the database keeps it: numbers that SQLite has no integers for are text."""
    return str(value) if isinstance(value, int) and value >= 1 << 63 else value


def compare(rows, objects, names, words, what):
    equal(len(rows), len(objects), f"rows of {what}")
    for row, wanted in zip(rows, objects):
        equal({name: row[name] for name in (*names, *words)},
              {**{name: exact(wanted[name]) for name in names}, **{name: wanted[name] or None for name in words}},
              what)


def frames(database, table_name, condition):
    return ask(database, f"SELECT f.* FROM {table_name} k JOIN frames f ON f.id = k.frame WHERE {condition} "
                         "ORDER BY k.depth")


def compare_stacks(database, wanted, table_name, condition):
    rows = frames(database, table_name, condition)
    compare(rows, wanted, ("offset",), FRAME_WORDS, f"frames where {condition}")
    equal([(row["line"] or 0, bool(row["inlined"]), row["note"] or "") for row in rows],
          [(frame["line"], frame["inlined"], frame.get("note", "")) for frame in wanted], condition)


def compare_sites(database, report):
    sites = report["sites"]
    rows = ask(database, "SELECT * FROM sites ORDER BY id")
    compare(rows, sites, ("id", "fingerprint", *NUMBERS), WORDS, "sites")
    for row, site in zip(rows, sites):
        of = f"site = {site['id']}"
        survival = site["survival"]
        equal([row[name] for name in ("survival_blocks", "survival_deaths", "median_age", "plateau", "plateau_low",
                                      "plateau_high")],
              [survival[name] for name in ("blocks", "deaths", "median_age", "plateau", "low", "high")], "survival")
        equal([row[f"growth_{name}"] for name in ("bytes_per_s", "low", "high", "p")],
              [site["growth"][name] for name in ("bytes_per_s", "low", "high", "p")], "growth")
        compare(ask(database, f"SELECT * FROM generations WHERE {of} ORDER BY births DESC, generation = 'old', "
                              "generation = 'middle'"),
                site["generations"], ("births", "deaths", "survivors", "bytes", "byte_seconds", "promotion"), (),
                f"generations of {of}")
        compare(ask(database, f"SELECT * FROM survival WHERE {of} ORDER BY rowid"), survival["points"],
                ("age", "share", "low", "high"), (), f"survival of {of}")
        compare(ask(database, f"SELECT * FROM growth WHERE {of} ORDER BY rowid"), site["growth"]["points"],
                ("ns", "bytes", "blocks"), (), f"growth of {of}")
        compare(ask(database, f"SELECT name, leaky, sentence FROM evidence WHERE {of} ORDER BY rowid"),
                site["evidence"], ("name", "leaky", "sentence"), (), f"evidence of {of}")
        compare_stacks(database, site["stack"], "stacks", of)


def compare_run(database, report):
    facts = report["run"]
    row, = ask(database, "SELECT * FROM run")
    same = [name for name in row if name in facts and name not in ("damage", "sample")]
    check(len(same) >= 25, f"only {same} are the same in JSON")
    compare([row], [facts], same, (), "run")
    ages = report["ages"]
    equal([row[name] for name in ("clock", "turnover_bytes", "byte_seconds")],
          [ages[name] for name in ("clock", "turnover_bytes", "byte_seconds")], "ages")
    equal([row["middle_age"], row["old_age"]], ages["boundaries"], "where generations begin")
    equal([row["argument"] for row in ask(database, "SELECT * FROM arguments ORDER BY position")], facts["argv"],
          "arguments")
    equal([row["sentence"] for row in ask(database, "SELECT * FROM limits")], facts["limits"], "limits")
    compare(ask(database, "SELECT * FROM run_generations"), ages["generations"],
            ("births", "deaths", "survivors", "bytes", "byte_seconds", "promotion"), (), "generations of the run")
    compare(ask(database, "SELECT * FROM run_survival"), ages["survival"]["points"],
            ("age", "share", "low", "high"), (), "survival of the run")
    compare(ask(database, "SELECT * FROM census"), report["timeline"],
            ("ns", "clock", "live_bytes", "live_blocks", "heap_pages", "pinned_bytes"), (), "census")
    compare(ask(database, "SELECT * FROM size_classes"), report["sizes"],
            ("least", "allocations", "allocated_bytes", "live_blocks", "live_bytes"), (), "sizes")
    compare(ask(database, "SELECT * FROM threads ORDER BY rowid"), sorted(report["threads"], key=lambda t: t["id"]),
            ("id", "tid", "allocations", "allocated_bytes", "frees", "remote_frees", "live_blocks", "live_bytes"),
            ("name",), "threads")
    compare(ask(database, "SELECT * FROM modules"), report["modules"], ("path",), ("build_id",), "modules")


def compare_heap(database, report):
    heap = report["fragmentation"]
    parts = ("live", "rounding", "headers", "pinned", "retained", "other", "resident", "untouched")
    compare(ask(database, "SELECT * FROM memory ORDER BY moment"), [heap, heap["peak"]], parts, (), "memory")
    compare(ask(database, "SELECT * FROM pages ORDER BY page_bytes, moment"),
            [heap["pages"][name] for name in ("end", "peak", "huge_end")],
            ("occupied", "single_block", "pinned_bytes"), (), "pages")
    compare(ask(database, "SELECT * FROM regions ORDER BY id"), heap["regions"],
            ("start", "end", "live_blocks", "live_bytes", "pages", "pinned_bytes"), (), "regions")
    compare(ask(database, "SELECT * FROM holes"), [heap["holes"]], ("count", "bytes", "largest"), (), "holes")
    equal([row["pages"] for row in ask(database, "SELECT * FROM fullness WHERE moment = 'peak' ORDER BY percent")],
          heap["pages"]["peak"]["tenths"], "fullness")


def compare_findings(database, report):
    rows = ask(database, "SELECT *, coalesce(site, 0) AS of FROM findings ORDER BY id")
    compare(rows, [{**finding, "of": finding["site"]} for finding in report["findings"]],
            ("rule", "severity", "of", "message", "occurrences", "bytes", "first_ns"), (), "findings")
    for row, finding in zip(rows, report["findings"]):
        for role in ("allocation", "release", "first_release"):
            compare_stacks(database, finding[role], "finding_stacks", f"finding = {row['id']} AND role = '{role}'")


@table(*((name, name) for name in ("corpus/real_metrics", "leak", "bad_release", "exhausted", "threads")))
def sqlite(name):
    """A number that is another than in the report, or a row that is missing."""
    trace = record([sample(name)], status=None).one().path
    database = export(trace, "--all-frames")
    report = json.loads(tenure("report", "--format=json", trace).stdout)
    sound(database)
    for compare_part in (compare_run, compare_sites, compare_heap, compare_findings):
        compare_part(database, report)


@table(*((name, name) for name in ("function", "file", "module", "type")))
def sqlite_groups(name):
    """Groups that are not those of the report, or that lose what sites have."""
    trace = record([sample("corpus/real_metrics")]).one().path
    database = export(trace)
    report = json.loads(tenure("report", "--format=json", f"--by={name}", trace).stdout)
    compare(ask(database, f"SELECT * FROM groups WHERE grouping = '{name}' ORDER BY id"), report["groups"],
            ("name", "stacks", *NUMBERS), WORDS, "groups")


@case
def sqlite_lifetimes():
    """A block that is in no cell of births and ages, or in two."""
    database = export(record([sample("corpus/real_metrics")]).one().path)
    row, = ask(database, "SELECT (SELECT sum(blocks) FROM lifetimes) AS cells, "
                         "(SELECT births FROM run_generations WHERE generation = 'young') AS births, "
                         "(SELECT sum(bytes) FROM lifetimes WHERE alive) AS bytes, "
                         "(SELECT live_bytes FROM run) AS live")
    equal((row["cells"], row["bytes"]), (row["births"], row["live"]), "blocks and live bytes")


@case
def sqlite_views():
    """A view that cannot be asked, or that shows other sites than those that leak."""
    database = export(record([sample("leak")]).one().path)
    leaks = ask(database, "SELECT * FROM leaks")
    equal([(row["function"], row["live_bytes"]) for row in leaks], [("forget_and_refill", 200), ("forget_and_refill", 100), ("duplicate", 90)], "leaks")
    equal(ask(database, f"SELECT stack FROM call_stacks WHERE site = {leaks[2]['site']}"),
          [{"stack": "main;lose_one_name_in_ten;duplicate"}], "call stack")
    for view in ("top_functions", "inclusive"):
        totals, = ask(database, f"SELECT max(live_bytes) AS most, sum(live_bytes) AS sum FROM {view}")
        run_bytes, = ask(database, "SELECT live_bytes FROM run")
        check(totals["most"] <= run_bytes["live_bytes"], f"{view}: more than there is")
        if view == "top_functions":
            equal(totals["sum"], run_bytes["live_bytes"], view)


@case
def sqlite_sampled():
    """Estimates without their errors."""
    trace = record([sample("corpus/real_metrics")], "--sample=4K").one().path
    database = export(trace)
    sound(database)
    report = json.loads(tenure("report", "--format=json", trace).stdout)
    row, = ask(database, "SELECT * FROM run")
    equal({name: row[name] for name in report["run"]["sample"] if name.endswith("_error")},
          {name: value for name, value in report["run"]["sample"].items() if name.endswith("_error")}, "errors")
    equal(row["sampled_blocks"], report["run"]["sample"]["blocks"], "recorded blocks")
    equal(ask(database, "SELECT * FROM memory"), [], "memory taken apart")


@table(*((kind, kind) for kind in ("hostile", "empty", "many")), timeout=120)
def sqlite_made(kind):
    """Names that break the database or arrive as others, or a run of nothing or of 100,000 sites that does
    not fit."""
    fixture = harness.BUILD / "tests" / "browser" / "fixture"
    if not fixture.exists():
        skip(f"{fixture} is not built (make check builds it)")
    database = pathlib.Path("made.sqlite").absolute()
    outcome = run([fixture, kind, database], timeout=100)
    if outcome.status == 77:
        skip("built without SQLite")
    equal(outcome.status, 0, f"exit status of {outcome}")
    print(f"NOTE {kind}: {outcome.seconds:.1f} s, {database.stat().st_size >> 20} MiB")
    sound(database)
    if kind == "many":
        equal(ask(database, "SELECT count(*) AS sites FROM sites"), [{"sites": 100000}], "sites")
        return
    run([fixture, kind, "made.json"])
    report = json.loads(pathlib.Path("made.json").read_text(encoding="utf-8"))
    report["sites"] = report["sites"][:100]
    rows = ask(database, "SELECT * FROM sites WHERE id <= 100 ORDER BY id")
    compare(rows, report["sites"], ("id", "fingerprint", *NUMBERS), WORDS, "sites")
    for site in report["sites"]:
        compare_stacks(database, site["stack"], "stacks", f"site = {site['id']}")
    equal([row["argument"] for row in ask(database, "SELECT * FROM arguments ORDER BY position")],
          report["run"]["argv"], "arguments")
    compare_findings(database, report)


@case
def sqlite_to_pipe():
    """A database that needs a file to seek in."""
    trace = record([sample("leak")]).one().path
    database = export(trace)
    equal(tenure("export", "--format=sqlite", trace).stdout, database.read_bytes(), "the same database")
