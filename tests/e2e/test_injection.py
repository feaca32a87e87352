# SPDX-License-Identifier: MIT
"""--fail-alloc: allocations that fail on purpose."""
import re

from expectations import check_expectations, sites_of
from harness import case, check, equal, record, sample, table, tenure

# rule, refused pairs of samples/careful (of 100), live blocks at its end
RULES = (
    ("never", "after:1000", 0, 0),
    # A pair takes two calls, so every tenth is the second of a pair; every seventh is either.
    ("every", "every:10", 20, 20),
    ("every-odd", "every:7", None, None),
    ("size", "size:300", 100, 100),
    ("after", "after:100", 50, None),
    ("always", "prob:1", 100, 0),
    ("sometimes", "prob:0.3,42", None, None),
)


@table(*RULES)
def rule(text, refused, lost):
    """A rule that fails other calls than it says, or a failure that is not in the record."""
    recording = record([sample("careful")], f"--fail-alloc={text}")
    words = re.search(rb"made (\d+), refused (\d+)", recording.outcome.stdout)
    made, actual = int(words.group(1)), int(words.group(2))
    check_expectations(recording)
    equal(made + actual, 100, "pairs")
    if refused is not None:
        equal(actual, refused, "refused pairs")
    else:
        check(10 <= actual <= 70, f"{actual} of 100 pairs were refused")
    if lost is not None:
        equal(recording.one().info["live_blocks"], lost, "lost keys")
    equal(recording.one().info["failed_allocations"], actual, "failures in the record")


@case
def same_seed_same_failures():
    """A random rule that is not reproducible with its seed."""
    first, second = (
        record([sample("careful")], "--fail-alloc=prob:0.3,7").outcome.stdout.splitlines()[0]
        for _ in range(2)
    )
    equal(first, second, "result of two runs with one seed")


@case
def lost_on_the_error_path():
    """The leak that only a failing allocation shows is not in the report."""
    trace = record([sample("careful")], "--fail-alloc=size:300").one()
    sites = [s for s in sites_of(trace, "make_pair") if s["live_blocks"]]
    equal([(s["live_blocks"], s["live_bytes"]) for s in sites], [(100, 3000)], "lost keys")


@table(("word", "sometimes"), ("zero", "every:0"), ("text", "after:x"), ("prob", "prob:1.5"))
def wrong_rule(text):
    """A rule with a typing error that is taken for another one, or for none."""
    outcome = tenure("run", f"--fail-alloc={text}", "--", "true", status=125)
    check(outcome.stderr.startswith(b"tenure: error: "), str(outcome))
