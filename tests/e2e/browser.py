# SPDX-License-Identifier: MIT
"""Checks of a page in Chromium: tests/browser/run.mjs, for tests of HTML reports."""
import os

from harness import ROOT, equal, need, run, skip

BROWSER = ROOT / "tests" / "browser"


def drive(name, page, facts=None, timeout=50):
    """Runs one check of a page. facts: the JSON report on the same trace."""
    words = [need("node"), BROWSER / "run.mjs", name, page, *([facts] if facts else [])]
    need("chromium")
    for package in ("playwright-core", "axe-core"):
        if not (BROWSER / "node_modules" / package).is_dir():
            skip(f"{package} is not installed (make test-npm)")
    outcome = run(words, env={"HOME": os.getcwd()}, timeout=timeout)
    print(outcome.stdout.decode(errors="replace"), end="")
    equal(outcome.status, 0, f"exit status of {name}; {outcome.stderr.decode(errors='replace')}")
