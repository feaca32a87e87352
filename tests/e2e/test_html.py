# SPDX-License-Identifier: MIT
"""The HTML report in a real browser: tests/browser/checks, driven by node in Debian's Chromium."""
import pathlib

import harness
from browser import drive
from harness import record, sample, table, tenure


def html_report(trace):
    """The page on a trace and the same in JSON."""
    tenure("report", trace, "-o", "report.html")
    tenure("report", trace, "-o", "report.json")
    return pathlib.Path("report.html").absolute(), pathlib.Path("report.json").absolute()


def recorded(name):
    return html_report(record([sample(name)]).one().path)


def made(kind):
    """The page on a run that never was."""
    return harness.made(kind, f"{kind}.html")


@table(*((name, f"static/{name}") for name in
         ("policy", "policy_in_force", "complete", "links", "labels", "narrow", "print", "bytes")))
def static(name):
    """A page that tells less without scripts, or that would run or load what is not its own."""
    drive(name, *recorded("corpus/real_metrics"))


@table(*((name, f"flame/{name}") for name in
         ("metrics", "mouse", "keyboard", "searching", "inverted", "as_text", "link", "odd_links",
          "from_card")))
def flame(name):
    """A flame graph that is not drawn, does not answer, or forgets what was chosen."""
    drive(name, *recorded("corpus/real_metrics"))


@table(*((name, f"views/{name}") for name in
         ("sections", "memory", "memory_alone", "lexis_mouse", "lexis_keyboard", "lexis_sites", "maps",
          "sorting", "filtering", "table_link", "copying", "theme")))
def views(name):
    """A view that cannot be opened, operated by mouse and keyboard, or linked to."""
    drive(name, *recorded("corpus/real_metrics"))


@table(*((name, f"access/{name}") for name in
         ("light", "dark", "narrow", "without_scripts", "tab_order")))
def access(name):
    """Text too pale, controls without names, headings out of order: what axe-core calls serious."""
    drive(name, *recorded("corpus/real_metrics"))


@table(*((name, f"safety/{name}") for name in
         ("without_scripts", "with_scripts", "flame", "lexis", "tables")), timeout=120)
def safety(name):
    """A name that becomes an element, a handler, a dialog, or turns around the text beside it."""
    drive(name, made("hostile"), timeout=110)


@table(("bytes", "static/bytes"), ("links", "static/links"), ("policy", "static/policy"),
       ("sections", "views/sections"), ("sorting", "views/sorting"), timeout=120)
def hostile(name):
    """The same as of other reports, of one with names made to harm."""
    drive(name, made("hostile"), timeout=110)


@table(("static", "static/nothing"), ("links", "static/links"), ("policy", "static/policy"),
       ("access", "access/light"))
def empty(name):
    """A run without any allocation: divisions by zero, empty charts."""
    drive(name, made("empty"))


@table(*((name, f"speed/{name}") for name in
         ("size", "opening", "zooming", "searching", "turning", "tables")), timeout=300)
def many(name):
    """10^5 call stacks: more than 4 MB, a first paint after 5 s, an answer after 500 ms."""
    drive(name, made("many"), timeout=190)


@table(("mouse", "flame/mouse"), ("metrics", "flame/metrics"), ("bytes", "static/bytes"))
def differences(name):
    """The page on the difference of two runs."""
    traces = [record([sample("corpus/real_metrics")]).one().path for _ in range(2)]
    tenure("diff", *traces, "-o", "diff.html")
    drive(name, pathlib.Path("diff.html").absolute())


@table(*((name, name) for name in
         ("comparison/without_scripts", "safety/with_scripts", "safety/flame", "safety/tables",
          "static/policy", "static/links", "static/bytes", "comparison/sorting", "comparison/verdict",
          "comparison/keyboard", "access/orderly")), timeout=120)
def hostile_differences(name):
    """A name in either of two runs that becomes an element, a handler, a dialog, or that hides the verdict."""
    drive(name, made("compared"), timeout=110)
