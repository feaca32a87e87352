# SPDX-License-Identifier: MIT
"""The corpus: small programs of which it is known what leaks (samples/corpus/work.h)."""
from expectations import check_expectations, parse
from harness import ROOT, check, record, sample, table

PROGRAMS = sorted(path.stem for path in (ROOT / "samples" / "corpus").glob("*.c*"))


@table(*((name, name) for name in PROGRAMS))
def program_holds(name):
    """A wrong count on any EXPECT line of the program, or a program that does not say its truth."""
    recording = record([sample(f"corpus/{name}")])
    check_expectations(recording)
    truths = [pairs["truth"] for _, pairs in parse(recording.outcome.stdout) if "truth" in pairs]
    check(truths and set(truths) <= {"leak", "fine"}, f"truths: {truths}")
