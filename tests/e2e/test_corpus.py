# SPDX-License-Identifier: MIT
"""The corpus: small programs of which it is known what leaks (samples/corpus/work.h)."""
import collections
import concurrent.futures

from expectations import check_expectations, function_name, own_frame, parse
from harness import ROOT, case, check, record, sample, table

PROGRAMS = sorted(path.stem for path in (ROOT / "samples" / "corpus").glob("*.c*"))
FLAGS = {"leak", "growing"}
LEAST = 0.95  # of both precision and recall


@table(*((name, name) for name in PROGRAMS))
def program_holds(name):
    """A wrong count on any EXPECT line of the program, or a program that does not say its truth."""
    recording = record([sample(f"corpus/{name}")])
    check_expectations(recording)
    truths = [pairs["truth"] for _, pairs in parse(recording.outcome.stdout) if "truth" in pairs]
    check(truths and set(truths) <= {"leak", "fine"}, f"truths: {truths}")


def is_flagged(site):
    return site["verdict"] in FLAGS


def judge_trace(name, trace, truths):
    """Of each function in truths, or that is flagged: (program, function), its truth, and the site
    that speaks for it, None without any."""
    sites = collections.defaultdict(list)
    for site in trace.report["sites"]:
        frame = own_frame(site)
        if frame:
            sites[function_name(frame)].append(site)
    for function, found in sites.items():
        if any(map(is_flagged, found)):
            truths.setdefault(function, "fine")
    return [
        ((name, function), truth, max(
            sites[function], key=lambda site: (is_flagged(site), site["live_bytes"]), default=None))
        for function, truth in truths.items()
    ]


def judge(name):
    """The functions of a program and its children, each in the process that states its truth."""
    recording = record([sample(f"corpus/{name}")])
    truths = collections.defaultdict(dict)
    for pid, pairs in parse(recording.outcome.stdout):
        if "truth" in pairs:
            truths[pid][pairs["site"]] = pairs["truth"]
    return [
        one
        for trace in recording.traces
        for one in judge_trace(name, trace, truths[int(trace.info["pid"])])
    ]


def is_wrong(one):
    _, truth, site = one
    return (bool(site) and is_flagged(site)) != (truth == "leak")


def judge_surely(name):
    """What threads leave behind depends on how a loaded machine schedules them: a wrong verdict
    counts if two of three recordings give it."""
    judged = judge(name)
    if not any(map(is_wrong, judged)):
        return judged
    again = [{one[0]: one for one in judge(name)} for _ in range(2)]
    result = []
    for one in judged:
        others = [other[one[0]] for other in again if one[0] in other]
        right = [other for other in others if not is_wrong(other)]
        result.append(right[0] if is_wrong(one) and len(right) == 2 else one)
    return result


def describe(what, place, site):
    if not site:
        return f"NOTE {what} {'/'.join(place)}: no such site"
    return (f"NOTE {what} {'/'.join(place)}: {site['verdict']}, confidence "
            f"{site.get('confidence', 'not given')}, {site['live_blocks']} of {site['allocations']} "
            f"live: {site['why']}")


@case(timeout=180)
def confusion_matrix():
    """Verdicts that miss leaks, or that cry wolf: less than 95 % of the functions that leak are
    flagged, or less than 95 % of those that are flagged leak."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        judged = [one for program in pool.map(judge_surely, PROGRAMS) for one in program]
    counts = collections.Counter()
    wrong = []
    for place, truth, site in judged:
        flagged = bool(site) and is_flagged(site)
        counts[truth, flagged] += 1
        if is_wrong((place, truth, site)):
            wrong.append(describe("false alarm" if flagged else "miss", place, site))
    hits, misses = counts["leak", True], counts["leak", False]
    alarms, silences = counts["fine", True], counts["fine", False]
    precision = hits / max(hits + alarms, 1)
    recall = hits / max(hits + misses, 1)

    print(f"NOTE {len(judged)} functions of {len(PROGRAMS)} programs")
    print("NOTE              flagged  not flagged")
    print(f"NOTE truth leak   TP {hits:4}      FN {misses:4}")
    print(f"NOTE truth fine   FP {alarms:4}      TN {silences:4}")
    print(f"NOTE precision {precision:.3f}, recall {recall:.3f}")
    print("\n".join(sorted(wrong)))
    check(precision >= LEAST and recall >= LEAST, f"both should be at least {LEAST}")
