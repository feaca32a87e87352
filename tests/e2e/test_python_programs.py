# SPDX-License-Identifier: MIT
"""Programs in Python of which it is known what they keep (samples/python), held against their reports.

A program says what is true of a line in comments at the end of it, or above it:

    # EXPECT leak class=Session blocks=2000..2005 bytes=2000*48.. held=sessions
    # EXPECT fine blocks=0

leak        What the line allocates piles up for as long as the program runs.
fine        It does not.
any         Either may be said: one block that gets larger a few times.
clean       Nothing in the program, nor in the modules that it uses; tied to no line.
needs M     The program can do nothing without module M; tied to no line.

class=C     The numbers are of sites whose blocks are said to be, or to belong to, objects of this class.
blocks=N    Blocks that are live at the end.
bytes=N     Their bytes, as asked for: with what the garbage collector has in front of an object.
lost=N      Blocks that nothing points to.
garbage=N   Blocks that wait for the garbage collector.
held=V      Most blocks of the line's largest site are held by this variable of the main module.
verdict=V   The verdict, where not both "leak" and "growing" are right.
python=A-B  The comment speaks of these versions only; A, A- and -B are possible.

N is a number or a product; N..M, N.. and ..M are ranges. It is a range where the interpreter has blocks
of its own on the line (keys that objects share) or keeps some for reuse. Lines of which nothing is said
are fine. The truth is what a careful reader of the program would say and is never fitted to a report:
what reports say wrongly is in KNOWN until they do not.
"""
import collections
import dataclasses
import json
import math
import subprocess
import zlib

from expectations import matches
from harness import LARGE, ROOT, check, record, table, tenure
from pythons import VERSIONS, interpreters, need_python

FOLDER = ROOT / "samples" / "python"
PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.py"))
FLAGS = {"leak", "growing"}
LEAST = 0.95  # of both precision and recall
ROWS = 400  # of each table of a report: enough for all sites of a program's lines
FIRST = "3.11"  # the version that runs all programs
OTHERS = 2  # how many of the other versions run a program, unless LARGE
# Until 3.10 a function that was called 1,024 times has caches, made on the line that calls.
CACHES = {"3.8": (3, 1500), "3.9": (3, 1500), "3.10": (3, 1500)}  # most blocks, most bytes

# What reports say wrongly of a line that has this text (of a program: "clean"), in which versions, and why.
REUSE = "what is kept for reuse has the stack of its first use: what one line keeps is found on another"
STALE = "most seem to be held by a pointer that is left over, or by a block taken for something else"
KNOWN = {
    ("context_variables", "contextvars.copy_context()"): ("3.8", STALE),
    ("cycle_collected", "clean"): ("3.11", REUSE),
    ("cycle_collected", "[paragraph]"): ("3.11", REUSE),
    ("cycle_gc_off", "(paragraph,)"): ("3.8", REUSE),
    ("cycle_gc_off", "for n in range(50):"): ("3.8", REUSE),
    ("dict_of_lists", "readers[topic] = []"): ("-", REUSE),
    ("dict_of_lists", "pairs = "): ("-", REUSE),
    ("dict_subclass", "settings = Settings()"): ("-3.9", REUSE),
    ("dict_subclass", "= None"): ("3.10-", REUSE),
    ("executed_code", "exec(TEXT % number, names)"): ("-3.12", REUSE),
    ("json_documents", "json.loads(TEXT % (number, \"y\" * 30))"): ("-", REUSE),
    ("kept_exceptions", "raise KeyError"): ("-", REUSE),
    ("kept_generators", "sum(lines(number))"): ("-3.10", REUSE),
    ("made_classes", "Temporary"): ("-", REUSE),
    ("numpy_views", "numpy.zeros(1000)"): ("-", REUSE),
    ("sqlite_rows", "fetchall()"): ("-", REUSE),
    ("timers", "timer.cancel()"): ("3.8", REUSE),
    ("unawaited_coroutines", ".send(None)"): ("-3.10", REUSE),
}


@dataclasses.dataclass
class Expectation:
    truth: str
    pairs: dict
    line: int = 0  # 0: the whole program


def minor(version):
    return int(version.partition(".")[2] or 0)


def within(version, versions):
    """Whether a version is in A-B."""
    first, dash, last = versions.partition("-")
    if not dash:
        return version == first
    return minor(first) <= minor(version) <= (minor(last) or minor(version))


def parse(name, version):
    """What a program expects of a version."""
    found, waiting = [], []
    for number, line in enumerate((FOLDER / f"{name}.py").read_text().split("\n"), 1):
        code, *comments = line.split("# EXPECT ")
        for truth, *words in map(str.split, comments):
            if truth in ("clean", "needs"):
                found.append(Expectation(truth, {"module": "".join(words)}))
            else:
                check(truth in ("leak", "fine", "any"), f"{name}.py:{number}: {truth}")
                waiting.append(Expectation(truth, dict(word.split("=", 1) for word in words)))
        if code.strip() and not code.startswith("#"):
            for expectation in waiting:
                expectation.line = number
            found += waiting
            waiting = []
    return [one for one in found if within(version, one.pairs.pop("python", "-"))]


# What the words of an expectation are compared with.


def is_flagged(site):
    return site["verdict"] in FLAGS


def largest(sites):
    return max(sites, key=lambda site: site["live_bytes"])


def held_by(sites):
    holders = [one for one in largest(sites)["retention"] if one["name"] == "__main__"]
    return holders[0]["chain"][0]["member"].strip("[']") if holders else "nothing of __main__"


def reached(*kinds):
    return lambda sites: sum(site["reachability"][kind]["blocks"] for site in sites for kind in kinds)


VALUES = {
    "blocks": lambda sites: sum(site["live_blocks"] for site in sites),
    "bytes": lambda sites: sum(site["live_bytes"] for site in sites),
    "lost": reached("direct", "indirect"),
    "garbage": reached("garbage"),
    "held": held_by,
    "verdict": lambda sites: largest(sites)["verdict"],
}


def product(text):
    return str(math.prod(map(int, text.split("*")))) if text else ""


def is_as_expected(key, actual, text, version):
    if isinstance(actual, str):
        return actual == text
    low, dots, high = text.partition("..")
    more = dict(zip(("blocks", "bytes"), CACHES.get(version, ()))).get(key, 0)
    least = product(low)
    most = product(high if dots else low)
    return matches(actual, f"{least}..{int(most) + more if most else ''}")


class Judged:
    """A recording of a program, and what is wrong in its report: (line, word, sentence)."""

    def __init__(self, name, version):
        self.name, self.version = name, version
        trace = record([need_python(version), FOLDER / f"{name}.py"]).one()
        command = ("report", "--format=json", f"--sites={ROWS}", trace.path)
        self.report = json.loads(tenure(*command).stdout)
        self.sites = collections.defaultdict(list)  # by the innermost line of the program, 0 without any
        for site in self.report["sites"]:
            lines = [frame["line"] for frame in site["stack"]
                     if frame["file"].endswith(f"samples/python/{name}.py")]
            self.sites[lines[0] if lines else 0].append(site)
        expectations = parse(name, version)
        self.truths = {line: "fine" for line, sites in self.sites.items() if any(map(is_flagged, sites))}
        self.truths |= {one.line: one.truth for one in expectations if one.line}
        self.problems = [(one.line, *problem) for one in expectations for problem in self.compare(one)]
        self.problems += [(line, "verdict", f"is {self.truths[line]}, but {self.describe(line)}")
                          for line in sorted(self.truths) if self.is_wrong(line)]

    def is_flagged(self, line):
        return any(map(is_flagged, self.sites[line]))

    def is_wrong(self, line):
        return self.truths[line] == ("fine" if self.is_flagged(line) else "leak")

    def describe(self, line):
        told = [f"#{site['id']} {site['type']} {site['verdict']}: {site['why']}"
                for site in self.sites[line] if is_flagged(site) or not self.is_flagged(line)]
        return "; ".join(told[:3]) or "there is no such site"

    def compare(self, expectation):
        if expectation.truth == "clean":
            verdicts = self.report["summary"]["verdicts"]
            flagged = {verdict: verdicts[verdict]["sites"] for verdict in FLAGS if verdicts[verdict]["sites"]}
            if flagged:
                yield "clean", f"but sites are flagged: {flagged}"
        if not expectation.line:
            return
        words = dict(expectation.pairs)
        kind = words.pop("class", None)
        sites = [site for site in self.sites[expectation.line] if kind in (None, site["type"])]
        if expectation.truth == "leak" and not sites:
            kinds = sorted({site["type"] for site in self.sites[expectation.line]})
            yield "class", f"should be {kind}, but there are {kinds}"
            return
        for key, text in words.items():
            actual = VALUES[key](sites) if sites else 0
            if not is_as_expected(key, actual, text, self.version):
                yield key, f"should be {text}, but is {actual}"


def has_what_it_needs(name, version):
    for one in parse(name, version):
        if one.truth == "needs":
            code = f"import {one.pairs['module']}"
            if subprocess.run([need_python(version), "-c", code], check=False, capture_output=True).returncode:
                return False
    return True


def why_known(name, problem, version):
    """Why a report is known to be wrong there, else None."""
    lines = ["clean", *(FOLDER / f"{name}.py").read_text().split("\n")]
    return next((why for (program, text), (versions, why) in KNOWN.items()
                 if program == name and text in lines[problem[0]] and within(version, versions)), None)


def judge_surely(name, version):
    """How far a thread or the collector gets before a loaded machine goes on is another matter in each
    run: what is wrong counts if it is in two of three recordings."""
    judged = Judged(name, version)
    places = {problem[:2] for problem in judged.problems if not why_known(name, problem, version)}
    if places:
        others = [Judged(name, version) for _ in range(2)]
        again = [places & {problem[:2] for problem in other.problems} for other in others]
        if not all(again):
            return others[again.index(set())]
    return judged


def share(right, wrong):
    return right / max(right + wrong, 1)


def runs_it(name, version):
    """All versions share the programs among them, so that a usual run of the tests stays short."""
    others = [one for one in VERSIONS if one != FIRST]
    number = zlib.crc32(name.encode())
    shares = [others[(number + step * (1 + number // 8 % 2)) % len(others)] for step in range(OTHERS)]
    return LARGE or version == FIRST or version in shares or FIRST not in interpreters()


@table(*[(version, version) for version in VERSIONS], timeout=300)
def programs(version):
    """A count, class, holder or verdict of a line that is not what the program says; less than 95 % of the
    lines that leak are flagged, or less than 95 % of those that are flagged leak."""
    need_python(version)
    wanted = [name for name in PROGRAMS if runs_it(name, version)]
    here = [name for name in wanted if has_what_it_needs(name, version)]
    counts, wrong, known = collections.Counter(), [], collections.defaultdict(set)
    for name in here:
        judged = judge_surely(name, version)
        excused = set()
        for problem in judged.problems:
            why = why_known(name, problem, version)
            if why:
                known[why].add(f"{name}.py:{problem[0]}")
                excused.add(problem[0])
            else:
                wrong.append(f"{name}.py:{problem[0]}: {problem[1]} {problem[2]}")
        for line, truth in judged.truths.items():
            counts[truth, judged.is_flagged(line)] += 1
            counts[truth, judged.is_flagged(line), "excused"] += line in excused and judged.is_wrong(line)
    hits, misses = counts["leak", True], counts["leak", False]
    alarms, silences = counts["fine", True], counts["fine", False]
    excused = counts["leak", False, "excused"], counts["fine", True, "excused"]
    recall, recall_else = share(hits, misses), share(hits, misses - excused[0])
    precision, precision_else = share(hits, alarms), share(hits, alarms - excused[1])

    print(f"NOTE {len(here)} of {len(PROGRAMS)} programs; lines: TP {hits} FN {misses} FP {alarms} TN "
          f"{silences}; precision {precision:.3f}, recall {recall:.3f}, but for what is known "
          f"{precision_else:.3f}, {recall_else:.3f}")
    for name in sorted(set(wanted) - set(here)):
        print(f"NOTE {name} needs a module that is not here")
    for why, places in known.items():
        print(f"NOTE wrong at {', '.join(sorted(places))}: {why}")
    check(not wrong, "\n".join(wrong))
    check(min(precision_else, recall_else) >= LEAST, f"both should be at least {LEAST}")
