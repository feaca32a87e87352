#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The cases of samples/heap/heap.h: what they say of themselves, and what others say of them.

    tests/e2e/heap_cases.py [--build=DIR] [--memcheck] [PATTERN]

prints a table of the cases whose names match: what they state, what tenure finds, what memcheck
finds, and why memcheck differs where it does. Exit status 1 if it does without a known reason.
With --memcheck tenure is not asked. The test heap_memcheck shows the same table.

An answer is {kind: (blocks, bytes)} of one process. Only blocks count that were allocated below a
function of the samples.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import shutil
import sys
import tempfile

from expectations import matches, own_frame
from harness import ROOT, Failure, check, equal, record, run, sample, use_build

FOLDER = ROOT / "samples" / "heap"
KINDS = ("direct", "indirect", "possible", "reachable")

LOW_ADDRESSES = "its blocks have low addresses: a number looked like a pointer into a large range"
ENDED_THREAD = "libc keeps the stack of an ended thread for a next one, and it is taken for alive"
RUNTIME = "libc and ld.so hold tables of theirs by pointers behind a header: possible"
# Where memcheck has not the answer of a careful human, and why. The first that matches counts.
MEMCHECK_DIFFERS = (
    (r"annotations/", "it knows neither tenure.h nor LeakSanitizer's interface"),
    (r"allocators/lost_huge|shapes/deep_(list|cycle)", LOW_ADDRESSES),
    (r"kernel/(data_of_epoll|value_of_timer)", "what the kernel keeps is not asked for"),
    (r"libc/search_tree|pointers/tagged", "a flag in the lowest bit makes it lead to the middle"),
    (r"mappings/read_only_mapping", "only writable memory is looked at"),
    (r"objects/kept_empty_array_with_count", "the pointer is to the end of the block"),
    (r"registers/vector_register_of_thread", "only general registers are looked at"),
    (r"threads/result_joined_and_dropped|thread_locals/tls_of_ended_thread", ENDED_THREAD),
    (r"(threads|thread_locals|registers|modules)/", RUNTIME),
    (r"endings/(exit_in_thread|main_thread_exits)", RUNTIME),
)

MEMCHECK = ("valgrind", "-q", "--leak-check=full", "--show-leak-kinds=all",
            "--leak-resolution=high", "--run-libc-freeres=no", "--run-cxx-freeres=no",
            "--num-callers=50", "--fullpath-after=no such folder")
MEMCHECK_KINDS = {"definitely": "direct", "indirectly": "indirect", "possibly": "possible",
                  "still": "reachable"}
MEMCHECK_RECORD = re.compile(
    r"==(\d+)== ([\d,]+)(?: \(([\d,]+) direct, [\d,]+ indirect\))? bytes in ([\d,]+) blocks "
    r"are (\w+) (?:lost|reachable)")


def names():
    """All cases as PROGRAM/CASE, in the order of the sources."""
    return [f"{path.stem}/{name}" for path in sorted(FOLDER.glob("*.c*"))
            for name in re.findall(r"^CASE\((\w+),", path.read_text(), re.MULTILINE)]


def argv(name):
    program, case = name.split("/")
    return [sample(f"heap/{program}"), case]


def truths(stdout):
    """What the processes of a case state, the numbers as text: {pid: {kind: (blocks, bytes)}}."""
    found = {}
    for pid, text in re.findall(r"^EXPECT pid=(\d+) (.*)$", stdout.decode(), re.MULTILINE):
        words = [part.split() for part in text.split(", ")]
        found[int(pid)] = {kind: (blocks, size) for kind, blocks, size in words}
    return found


def holds(truth, answer):
    """Whether a process's answer is its truth."""
    return all(matches(actual, text)
               for kind in KINDS if kind in truth or kind != "reachable"
               for actual, text in zip(answer[kind], truth.get(kind, ("0", "0"))))


def in_words(answer):
    """As cases state it."""
    parts = [f"{kind} {answer[kind][0]} {answer[kind][1]}" for kind in KINDS
             if kind in answer and answer[kind] not in ((0, 0), ("0", "0"))]
    return ", ".join(parts) or "nothing"


def answer_of(trace):
    """A process's answer by its report."""
    sites = [site for site in trace.report["sites"] if site["live_blocks"] and own_frame(site)]
    for site in sites:
        check(site.get("reachability"), f"{trace}: who holds the blocks of a site is not known")
    return {kind: tuple(sum(site["reachability"][kind][key] for site in sites)
                        for key in ("blocks", "bytes"))
            for kind in KINDS}


def ask_tenure(name):
    """{pid: (truth, answer)} of a case."""
    recording = record(argv(name))
    stated = truths(recording.outcome.stdout)
    check(stated, f"no truth in {recording.outcome}")
    return {pid: (truth, answer_of(one_of(recording, pid))) for pid, truth in stated.items()}


def one_of(recording, pid):
    traces = recording.of_pid(pid)
    equal(len(traces), 1, f"traces of process {pid} of {recording.outcome}")
    return traces[0]


def number(text):
    return int(text.replace(",", ""))


def memcheck_answers(log, pids):
    """{pid: answer} from what memcheck writes. A record ends before a line without words."""
    totals = {pid: collections.Counter() for pid in pids}
    for part in re.split(r"^==\d+== *$", log, flags=re.MULTILINE):
        found = MEMCHECK_RECORD.search(part)
        if found and re.search(r"\(.*\bsamples/.*:\d+\)$", part, re.MULTILINE):
            pid, size, direct, blocks, word = found.groups()
            kind = MEMCHECK_KINDS[word]
            totals[int(pid)].update({(kind, 0): number(blocks), (kind, 1): number(direct or size)})
    return {pid: {kind: (total[kind, 0], total[kind, 1]) for kind in KINDS}
            for pid, total in totals.items()}


def ask_memcheck(name):
    """{pid: (truth, answer)} of a case."""
    outcome = run([*MEMCHECK, *argv(name)])
    stated = truths(outcome.stdout)
    check(stated, f"no truth in {outcome}")
    answers = memcheck_answers(outcome.stderr.decode(errors="replace"), stated)
    return {pid: (truth, answers[pid]) for pid, truth in stated.items()}


def ask(asked, name):
    """What asked() returns as a list, the parent's first, and the reason why there is none."""
    try:
        return [pair for _, pair in sorted(asked(name).items())], None
    except Failure as failure:
        return [], str(failure).partition("\n")[0]


def ask_all(asked, wanted):
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        return dict(zip(wanted, pool.map(lambda name: ask(asked, name), wanted)))


def is_right(pairs):
    return bool(pairs) and all(holds(truth, answer) for truth, answer in pairs)


def cell(pairs, problem, shown):
    return " + ".join(in_words(pair[shown]) for pair in pairs) if pairs else f"no answer: {problem}"


def reason(name, pairs):
    """Why memcheck's answer is not the truth, or None. The tables of the runtime excuse nothing but
    possible blocks."""
    why = next((why for pattern, why in MEMCHECK_DIFFERS if re.match(pattern, name)), None)
    if why is RUNTIME:
        return why if is_right([({**truth, "possible": ("0..", "0..")}, answer)
                                for truth, answer in pairs]) else None
    return why


def row(name, found):
    """The line of the table for a case: a right answer is a word, so that the others stand out."""
    truth = next((cell(pairs, None, 0) for pairs, _ in found.values() if pairs), "unknown")
    return " | ".join([name, truth, *("right" if is_right(pairs) else cell(pairs, problem, 1)
                                      for pairs, problem in found.values())])


def compare_with_memcheck(wanted, *others):
    """The lines of a table, and the cases in which memcheck differs from the truth for no known
    reason. others: what else to ask, ask_tenure or nothing."""
    found = {asked.__name__.removeprefix("ask_"): ask_all(asked, wanted)
             for asked in (*others, ask_memcheck)}
    lines = [" | ".join(["case", "truth", *found])]
    unexplained = []
    for name in wanted:
        lines.append(row(name, {who: answers[name] for who, answers in found.items()}))
        pairs, _ = found["memcheck"][name]
        if not is_right(pairs):
            why = reason(name, pairs)
            lines.append(f"    memcheck: {why or 'no reason is known'}")
            unexplained += [] if why else [name]
    for who, answers in found.items():
        right = sum(is_right(pairs) for pairs, _ in answers.values())
        lines.append(f"{who}: {right} of {len(wanted)} right")
    return lines, unexplained


def main():
    parser = argparse.ArgumentParser(description="Prints a table of the cases of samples/heap.")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", metavar="DIR")
    parser.add_argument("--memcheck", action="store_true", help="ask memcheck only")
    parser.add_argument("pattern", nargs="?", default="", help="only names that match this")
    options = parser.parse_args()
    if not shutil.which("valgrind"):
        sys.exit("valgrind is not installed")

    use_build(options.build.resolve())
    wanted = [name for name in names() if re.search(options.pattern, name)]
    with tempfile.TemporaryDirectory(prefix="tenure-cases-") as folder:
        os.chdir(folder)
        lines, unexplained = compare_with_memcheck(
            wanted, *([] if options.memcheck else [ask_tenure]))
        os.chdir(ROOT)
    print("\n".join(lines))
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
