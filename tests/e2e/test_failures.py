# SPDX-License-Identifier: MIT
"""Fail the N-th of our own system calls, for every N: the program ends as always."""
from harness import check, equal, preload_environment, record, record_by_preload, run, sample, table

LAST = 40


def words(outcome):
    return [line for line in outcome.stdout.splitlines() if not line.startswith(b"EXPECT")]


def whole(recording):
    return bool(recording.traces) and all(
        t.info["complete"] and not t.info["lost_events"] for t in recording.traces
    )


def fail_each(argv, run_with):
    bare = run(argv)
    harmed, effective = [], 0
    for number in range(1, LAST + 1):
        outcome = run_with(argv, number)
        if (outcome.status, words(outcome)) != (bare.status, words(bare)):
            harmed.append(f"N = {number}: {outcome}")
        lines = outcome.stderr.splitlines()
        if any(not line.startswith(b"tenure: ") for line in lines) or len(lines) > 2:
            harmed.append(f"N = {number}, stderr: {outcome}")
        effective += bool(lines)
    check(not harmed, "\n".join(harmed[:5]))
    return effective


@table(
    ("leak", ["leak"]),
    ("threads", ["threads", "20"]),
    ("fork", ["forks", "fork"]),
    ("exec", ["ending", "exec", "100"]),
    ("spawn", ["forks", "spawn"]),
    ("close", ["descriptors", "close", "file"]),
    timeout=180,
)
def by_preload(argv):
    """A call whose failure is not handled: the program hangs, crashes or behaves differently. If
    no failure has any effect, the injection itself is broken."""
    argv = [sample(argv[0]), *argv[1:]]
    lost = []

    def one(argv, number):
        recording = record_by_preload(argv, status=None, options={"fail_internal": number},
                                      timeout=15)
        lost.append(number if not recording.traces else 0)
        return recording.outcome

    effective = fail_each(argv, one)
    check(effective or any(lost), "no failure had any effect")
    equal(preload_environment("x", fail_internal=1)["TENURE_OPTIONS"][-15:], "fail_internal=1",
          "the option")


@table(("leak", ["leak"]), ("threads", ["threads", "20"]), ("fork", ["forks", "fork"]), timeout=180)
def with_launcher(argv):
    """The same in a program that the launcher started."""
    argv = [sample(argv[0]), *argv[1:]]

    def one(argv, number):
        return record(argv, status=None, timeout=15,
                      env={"TENURE_OPTIONS": f"fail_internal={number}"}).outcome

    fail_each(argv, one)
