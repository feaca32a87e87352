# SPDX-License-Identifier: MIT
"""The page of `tenure check --html` in a real browser: tests/browser/checks/gate.mjs and others.

The results never were, see tests/gate/fixture.c, but for one.
"""
import pathlib

import harness
from browser import drive
from harness import case, equal, made_gate, run, sample, table


def both(kind):
    """The page and the same in JSON."""
    return made_gate(kind, "html"), made_gate(kind, "json")


@table(*((kind, kind) for kind in ("usual", "clean", "missing", "empty")))
def complete(kind):
    """A finding, process, sentence or state that is not told without scripts, or by colour alone."""
    drive("gate/complete", *both(kind))


@case
def real():
    """A leak without its call stack and the lines of the source, or without what speaks for it."""
    outcome = run([harness.TENURE, "check", "--html=gate.html", "--json=gate.json", "--", sample("leak")])
    equal(outcome.status, 1, f"exit status of {outcome}")
    drive("gate/real", pathlib.Path("gate.html").absolute(), pathlib.Path("gate.json").absolute())


@table(*((name, name) for name in
         ("static/policy", "static/policy_in_force", "static/links", "static/labels", "static/narrow",
          "static/bytes", "gate/sections", "gate/sorting", "gate/keyboard", "gate/print", "access/narrow",
          "access/without_scripts", "access/orderly", "views/theme")))
def usual(name):
    """A page that runs or loads what is not its own, is read sideways, or that a keyboard, an ear, paper or a
    dark room make unreadable."""
    drive(name, *both("usual"))


@table(*((name, name) for name in
         ("gate/without_scripts", "safety/with_scripts", "safety/tables", "static/policy", "static/links",
          "static/bytes", "gate/sorting", "access/orderly")), timeout=120)
def hostile(name):
    """A name that becomes an element, a handler, a dialog, or that widens the page."""
    drive(name, *both("hostile"), timeout=110)


@table(("access", "access/orderly"), ("links", "static/links"), ("sections", "gate/sections"),
       ("narrow", "static/narrow"))
def empty(name):
    """A check that recorded nothing: a table without rows, a link to what is not there."""
    drive(name, *both("empty"))


@case(timeout=120)
def many():
    """30,000 findings: a file above 4 MB, rows left out without a word, a first paint after 5 s."""
    drive("gate/many", *both("many"), timeout=110)
