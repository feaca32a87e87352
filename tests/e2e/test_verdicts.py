# SPDX-License-Identifier: MIT
"""Verdicts where evidence is missing, and where other tools are known to be wrong."""
import json
import os
import pathlib
import shutil

from expectations import sites_of
from harness import Trace, case, check, equal, record, sample, table, tenure

# What may be said of a trace that stops early: how things went until then.
WITHOUT_END = {"unknown", "growing", "balanced"}


def cut(trace, share):
    path = pathlib.Path("cut.tenure")
    shutil.copy(trace.path, path)
    os.truncate(path, int(os.path.getsize(path) * share))
    return path


def report_of(path, status):
    outcome = tenure("report", "--format=json", path, status=status)
    trace = Trace(path)
    trace._report = json.loads(outcome.stdout)
    return trace


@table(("half", 0.5), ("most", 0.9))
def cut_trace(share):
    """A trace without its end yields verdicts about what was live at the end."""
    whole = record([sample("corpus/growing_list")]).one()
    trace = report_of(cut(whole, share), 2)
    verdicts = {site["verdict"] for site in trace.report["sites"]}
    check(verdicts <= WITHOUT_END, f"{verdicts} of a trace without its end")
    check(trace.report["run"]["limits"], "nothing is said about the missing end")
    unknown = [s for s in trace.report["sites"] if s["verdict"] == "unknown"]
    for site in unknown:
        equal(site["confidence"], 0, f"confidence of {site['why']}")


@case
def killed_program():
    """SIGKILL is an end like any other: what the program leaked until then is told."""
    program = "import os, signal\nkept = [bytearray(100000) for _ in range(300)]\n" \
              "os.kill(os.getpid(), signal.SIGKILL)\n"
    pathlib.Path("kill.py").write_text(program)
    recording = record(["/usr/bin/python3", "kill.py"], status=None)
    trace = recording.one()
    check(trace.info["complete"], str(trace.info))
    equal(trace.info["end"], {"kind": "signal", "status": 9}, "end")
    check({s["verdict"] for s in trace.report["sites"]} - {"unknown"}, "no verdict at all")


@case
def sliding_window_is_not_temporary():
    """Temporary by size or call stack instead of by block: heaptrack finds 99,937 of 100,001."""
    trace = record([sample("corpus/ring_of_messages")]).one()
    equal(sum(site["temporary"] for site in sites_of(trace, "new_message")), 0, "temporaries")


@case
def realloc_growth_is_one_block():
    """A buffer that is enlarged a thousand times passes for a thousand short-lived blocks."""
    trace = record([sample("corpus/linear_buffer")]).one()
    site = max(sites_of(trace, "append_record"), key=lambda s: s["resized"])
    young = site["generations"][0]
    check(site["resized"] > 100, f"resized only {site['resized']} times")
    equal(young["births"], site["allocations"] - site["resized"], "blocks born")
    equal(sum(g["deaths"] for g in site["generations"]), site["frees"] - site["resized"], "deaths")


@case
def generations_add_up():
    """Generations that lose blocks, or count them twice."""
    report = record([sample("corpus/session_expiry")]).one().report
    for part in [*report["sites"], report["ages"]]:
        young, middle, old = part["generations"]
        for one, following in ((young, middle), (middle, old), (old, None)):
            promoted = following["births"] if following else 0
            equal(one["births"], one["deaths"] + one["survivors"] + promoted, f"births of {one}")
    totals = report["ages"]["generations"]
    for index, total in enumerate(totals):
        for key in ("births", "deaths", "survivors", "bytes"):
            equal(total[key], sum(s["generations"][index][key] for s in report["sites"]),
                  f"{key} of generation {index}")
    equal(sum(g["bytes"] for g in totals), report["run"]["live_bytes"], "live bytes")
    for row in report["timeline"]:
        equal(sum(row["generation_bytes"]), row["live_bytes"], f"generations at {row['ns']}")
