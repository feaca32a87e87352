# SPDX-License-Identifier: MIT
"""Holds the EXPECT lines of a sample (samples/expect.h) against its traces."""
import re

import harness

VERDICTS_ARE_CHECKED = True  # True as soon as the analysis tells more than balanced from unknown


def parse(stdout):
    """Yields (pid, {key: text}) for every EXPECT line."""
    for line in stdout.decode(errors="replace").splitlines():
        if line.startswith("EXPECT "):
            pairs = dict(word.split("=", 1) for word in line.split()[1:])
            yield int(pairs.pop("pid")), pairs


def own_frame(site):
    """The innermost frame whose source is a sample, or None."""
    for frame in site["stack"]:
        if re.search(r"(^|/)samples/", frame["file"]):
            return frame
    return None


def function_name(frame):
    return re.sub(r"\(.*", "", frame["function"]).rpartition(" ")[2]


def sites_of(trace, function, line=None):
    found = []
    for site in trace.report["sites"]:
        frame = own_frame(site)
        if frame and function_name(frame) == function and line in (None, frame["line"]):
            found.append(site)
    return found


def matches(actual, text):
    """N, N.. or ..N"""
    low, dots, high = text.partition("..")
    if not dots:
        return actual == int(low)
    return (not low or actual >= int(low)) and (not high or actual <= int(high))


def named_sites(traces, pairs):
    line = int(pairs["line"]) if "line" in pairs else None
    return [site for t in traces for site in sites_of(t, pairs["site"], line)]


def actual_value(traces, pairs, key):
    if "site" in pairs:
        return sum(site[key] for site in named_sites(traces, pairs))
    if "mark" in pairs:
        return sum(epoch[key] for t in traces for epoch in t.report["epochs"]
                   if epoch["name"].replace(" ", "_") == pairs["mark"])
    if "finding" in pairs:
        found = [f for t in traces for f in t.report["findings"] if f["rule"] == pairs["finding"]]
        return sum(f.get(key, 1) for f in found)
    return sum(int(t.info[key]) for t in traces)


def check_verdict(traces, pairs):
    """What is wrong with the verdicts of the sites in pairs["site"], or None. One of them must have
    one of the verdicts a|b. Says nothing before the analysis does."""
    if not VERDICTS_ARE_CHECKED:
        return None
    wanted = set(pairs["verdict"].split("|"))
    found = {site["verdict"] for site in named_sites(traces, pairs)}
    return None if wanted & found else f"{pairs}: the verdicts are {sorted(found)} in {traces}"


def check_expectations(recording, at_least=1):
    """Every EXPECT line of the program and its children must hold. Returns how many there were."""
    wrong, count = [], 0
    for pid, pairs in parse(recording.outcome.stdout):
        count += 1
        traces = recording.of_pid(pid)
        if not traces:
            wrong.append(f"no trace of process {pid}, which said {pairs}")
            continue
        for key, text in pairs.items():
            if key in ("site", "finding", "mark", "line"):
                continue
            if key == "truth":  # for those who count how often a verdict is right
                if not named_sites(traces, pairs):
                    wrong.append(f"{pairs}: no such site in {traces}")
                continue
            if key == "verdict":
                problem = check_verdict(traces, pairs)
                wrong += [problem] if problem else []
                continue
            if key in ("complete", "threads"):  # of the image that said so, not of all by exec
                actual = int(traces[0].info[key])
            else:
                actual = actual_value(traces, pairs, key)
            if not matches(actual, text):
                wrong.append(f"{pairs}: {key} is {actual} in {traces}")
    harness.check(not wrong, "\n".join(wrong))
    harness.check(count >= at_least, f"only {count} EXPECT lines in {recording.outcome}")
    return count
