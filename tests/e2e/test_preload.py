# SPDX-License-Identifier: MIT
"""LD_PRELOAD and nothing else: no launcher, no options, not even the command."""
import os
import shutil

import harness
from expectations import check_expectations
from harness import Recording, case, check, equal, run, sample, table, wait_until


def wait_for_trace(recording):
    wait_until(lambda: recording.traces and recording.one().complete(), 5, "a complete trace")


@case
def in_the_working_directory():
    """A trace that is missing, late or elsewhere when only LD_PRELOAD is set."""
    os.mkdir("elsewhere")
    outcome = run([sample("leak")], env={"LD_PRELOAD": str(harness.LIBRARY)}, cwd="elsewhere")
    equal((outcome.status, outcome.stderr), (0, b""), "status and stderr")
    recording = Recording(outcome, "elsewhere")
    wait_for_trace(recording)
    check_expectations(recording)


@case
def after_a_change_of_folder():
    """A trace that follows the program to the folder that it goes to."""
    script = 'cd /; exec "$0"'  # one process, two images
    outcome = run(["sh", "-c", script, sample("leak")], env={"LD_PRELOAD": str(harness.LIBRARY)})
    check(not any(name.endswith(".tenure") for name in os.listdir("/")), "a trace in /")
    recording = Recording(outcome, ".")
    wait_until(lambda: len(recording.traces) == 2 and recording.one("leak").complete(), 5,
               "the traces of the shell and of the program that it becomes")
    equal(recording.one("leak").info["allocations"], 153, "allocations of the second image")


# sample, arguments: little, many threads, more events than rings hold, an end without a word
WITHOUT_COMMAND = (
    ("leak", 0, ["leak"]),
    ("threads", 0, ["threads", "50"]),
    ("many-events", 0, ["realloc_race", "4", "20000"]),
    ("killed", -9, ["ending", "SIGKILL", "1000"]),
    ("_exit", 8, ["ending", "_exit", "1000"]),
)


@table(*WITHOUT_COMMAND)
def without_the_command(status, argv):
    """A library on its own, with no collector to be found: what it writes then cannot be read."""
    shutil.copy(harness.LIBRARY, "libtenure.so")
    argv = [sample(argv[0]), *argv[1:]]
    outcome = run(argv, env={"LD_PRELOAD": os.path.abspath("libtenure.so")})
    equal(outcome.status, status, f"status of {outcome}")
    recording = Recording(outcome, ".")
    info = recording.one().info
    check(info["allocations"] > 0, str(info))
    check_expectations(recording)


@case
def users_own_entries():
    """A library of the user's in LD_PRELOAD that is not loaded, or loaded in another order."""
    bare = run(["cat", "/proc/self/maps"], env={"LD_PRELOAD": sample("a.so")})
    both = f"{harness.LIBRARY}:{sample('a.so')}"
    recorded = run(["cat", "/proc/self/maps"], env={"LD_PRELOAD": both})
    for outcome in (bare, recorded):
        check(b"a.so" in outcome.stdout, f"not loaded: {outcome}")
    equal(recorded.stderr, b"", "stderr")
