# SPDX-License-Identifier: MIT
"""Where there is too little of something: the program is unharmed, and what was lost is stated."""
import pathlib
import re
import resource

import harness
from expectations import check_expectations
from harness import (TRACE_PATTERN, Recording, case, check, equal, fail, need, need_root,
                     preload_environment, record, record_by_preload, run, sample, skip, table)

RACE = [sample("realloc_race"), "4", "20000"]  # over half a megabyte of trace


def words_of_the_program(outcome):
    """Its stdout without the lines that carry process ids."""
    return [line for line in outcome.stdout.splitlines() if not line.startswith(b"EXPECT")]


def unharmed(outcome, bare):
    equal(outcome.status, bare.status, f"status of {outcome}")
    equal(words_of_the_program(outcome), words_of_the_program(bare), "stdout")
    own = [line for line in outcome.stderr.splitlines() if line.startswith(b"tenure: ")]
    others = [line for line in outcome.stderr.splitlines() if not line.startswith(b"tenure: ")]
    equal(others, bare.stderr.splitlines(), "stderr but for our own lines")
    check(len(own) <= 4, f"more than a few words of ours: {own}")


def stated(recording):
    """Whether a trace is missing, incomplete or lossy, that must be said somewhere."""
    if b"tenure: " in recording.outcome.stderr:
        return True
    return any(not t.info["complete"] or t.info["lost_events"] for t in recording.traces)


def unharmed_or_refused(recording, bare):
    """Either the program ran as always, or we said why it was not even started."""
    outcome = recording.outcome
    if outcome.status in (125, 126) and bare.status not in (125, 126):
        check(outcome.stderr.startswith(b"tenure: error: "), str(outcome))
        equal(outcome.stdout, b"", "stdout of a program that was not started")
    else:
        unharmed(outcome, bare)


def in_namespace(preparation, argv, **options):
    """Runs in a mount namespace of its own, after some shell commands as root."""
    need_root()
    probe = run([need("unshare"), "-m", "true"])
    if probe.status:
        skip("mount namespaces are not permitted here")
    return run(["unshare", "-m", "sh", "-c", preparation + '\nexec "$@"', "sh", *argv], **options)


def launcher(folder, argv):
    return [harness.TENURE, "run", "-o", f"{folder}/{TRACE_PATTERN}", "--", *argv]


def variables(folder):
    """Words in front of a command that record it without the launcher."""
    return ["env", *(f"{name}={value}" for name, value in preload_environment(folder).items())]


@case
def full_disk():
    """A trace that ends on a full disk without a word, or takes the program with it."""
    folder = harness.new_folder()
    pathlib.Path("disk").mkdir()
    bare = run(RACE)
    keep = f'"$@"; status=$?; cp disk/*.tenure {folder}; exit $status'
    outcome = in_namespace("mount -t tmpfs -o size=64k none disk",
                           ["sh", "-c", keep, "sh", *launcher("disk", RACE)])
    recording = Recording(outcome, folder)
    unharmed(outcome, bare)
    trace = recording.one()
    check(trace.path.stat().st_size <= 65536, "the disk was not full: this tests nothing")
    shown = run([harness.TENURE, "info", "--format=json", trace.path])
    check(shown.status in (0, 2), f"the cut trace cannot be read: {shown}")
    check(re.search(rb"tenure: .*(space|full|disk)", outcome.stderr), f"nothing is said: {outcome}")


@case
def full_disk_by_preload():
    """The same without the launcher: nobody can say it on stderr any more, but the trace can."""
    folder = harness.new_folder()
    pathlib.Path("disk").mkdir()
    bare = run(RACE)
    keep = f'"$@"; status=$?; sleep 1; cp disk/*.tenure {folder}; exit $status'
    outcome = in_namespace("mount -t tmpfs -o size=64k none disk",
                           ["sh", "-c", keep, "sh", *variables("disk"), *RACE])
    unharmed(outcome, bare)
    trace = Recording(outcome, folder).one()
    shown = run([harness.TENURE, "info", "--format=json", trace.path])
    check(shown.status in (0, 2), f"the cut trace cannot be read: {shown}")
    check(shown.status == 2 or b'"lost_events": 0' not in shown.stdout, f"no loss: {shown}")


@case
def read_only_folder():
    """A trace that cannot be created and is not missed, or a program that fails for it."""
    pathlib.Path("disk").mkdir()
    bare = run([sample("leak")])
    preparation = "mount -t tmpfs -o ro none disk"
    outcome = in_namespace(preparation, launcher("disk", [sample("leak")]))
    recording = Recording(outcome, "disk")
    unharmed_or_refused(recording, bare)
    check(b"tenure: " in outcome.stderr, f"nothing is said: {outcome}")

    unharmed(in_namespace(preparation, [*variables("disk"), sample("leak")]), bare)


@case
def file_size_limit():
    """SIGXFSZ for the program, by a file or a shared memory that we make larger than it may be."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))

    bare = run(RACE, before=limit)
    recording = record(RACE, before=limit, status=None, quiet=False)
    unharmed_or_refused(recording, bare)
    check(stated(recording), f"nothing is said: {recording.outcome} {recording.traces}")
    unharmed(record_by_preload(RACE, before=limit, status=None).outcome, bare)


@table(*((f"{mebibytes}-MiB", mebibytes) for mebibytes in (8, 16, 32, 64, 128, 512, 2048)))
def address_space_limit(mebibytes):
    """A program that runs within its address space and fails with ours in it."""

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (mebibytes << 20, mebibytes << 20))

    programs = [[sample("leak")], ["ls", "/usr/share/doc"]]
    if mebibytes >= 512:  # with less, how many threads fit is a matter of chance
        programs.append([sample("threads"), "16"])
    for argv in programs:
        bare = run(argv, before=limit)
        recording = record_by_preload(argv, before=limit, status=None)
        unharmed(recording.outcome, bare)
        recording = record(argv, before=limit, status=None, quiet=False)
        unharmed_or_refused(recording, bare)
        if mebibytes >= 512:
            check_expectations(recording, at_least=0)
            check(recording.traces, f"not recorded although there is room: {recording.outcome}")


@table(("4", 4), ("5", 5), ("8", 8), ("16", 16))
def descriptor_limit(most):
    """A program that gets by with few descriptors and fails since we need some more."""

    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    argv = [sample("leak")]
    bare = run(argv, before=limit)
    unharmed(record_by_preload(argv, before=limit, status=None).outcome, bare)
    unharmed_or_refused(record(argv, before=limit, status=None, quiet=False), bare)


@case
def process_limit():
    """A user who may not have one more process: no collector can be started."""
    need_root()
    pathlib.Path("traces").mkdir(mode=0o777)
    pathlib.Path(".").chmod(0o755)
    pathlib.Path("traces").chmod(0o777)
    prefix = [need("setpriv"), "--reuid=65533", "--regid=65533", "--clear-groups", need("prlimit"),
              "--nproc=1", "--"]
    bare = run([*prefix, sample("leak")])
    if bare.status:
        skip("the samples cannot be run by another user")
    unharmed(run([*prefix, *variables(pathlib.Path("traces").absolute()), sample("leak")]), bare)


@table(
    ("no-shm", "umount /dev/shm || mount --bind /nonexistent /dev/shm"),
    ("no-proc", "mount -t tmpfs -o ro none /proc"),
    ("no-dev", "mount -t tmpfs -o ro none /dev"),
    ("read-only-tmp", "mount -t tmpfs -o ro none /var/tmp"),
)
def missing_place(preparation):
    """A program that fails, or a trace with less in it, where a usual file system is missing."""
    bare = in_namespace(preparation, [sample("realloc_race"), "2", "5000"])
    folder = harness.new_folder()
    outcome = in_namespace(preparation, launcher(folder, [sample("realloc_race"), "2", "5000"]))
    recording = Recording(outcome, folder)
    unharmed_or_refused(recording, bare)
    if outcome.status == 0:
        check_expectations(recording)

    folder = harness.new_folder()
    bare = run([sample("leak")])
    unharmed(in_namespace(preparation, [*variables(folder), sample("leak")]), bare)


@table(("small", 256 << 10), ("unlimited", resource.RLIM_INFINITY))
def stack_limit(size):
    """A small stack that our part of it does not fit in, or the layout of an unlimited one."""

    def limit():
        resource.setrlimit(resource.RLIMIT_STACK, (size, resource.RLIM_INFINITY))

    bare = run([sample("recursion"), "500"], before=limit)
    recording = record([sample("recursion"), "500"], before=limit, status=None)
    unharmed(recording.outcome, bare)
    check_expectations(recording)


@case
def memory_limit_while_running():
    """Shared memory that can no longer be mapped for new threads once the limit is met."""
    recording = record([sample("exhausted")])
    check_expectations(recording)
    if b"the limit was met, errno 12" not in recording.outcome.stdout:
        fail(str(recording.outcome))


@table(("drop", "drop", 3), ("wait", "wait", 20))
def collector_stopped(policy, seconds):
    """A program that hangs while the collector is stopped, a loss that is not counted, or releases
    called wrong because their allocations were lost."""
    script = 'kill -STOP $PPID; "$@"; status=$?; kill -CONT $PPID; exit $status'
    argv = ["sh", "-c", script, "sh", *RACE]
    recording = record(argv, f"--on-full={policy}", "--follow=children", timeout=50)
    check(recording.outcome.seconds < seconds, f"took {recording.outcome.seconds:.1f} s")
    trace = recording.one("realloc_race")
    check(trace.info["lost_events"] > 0, "nothing was lost: this tests nothing")
    check(trace.info["complete"], f"incomplete: {trace.info}")
    wrong = [f for f in trace.report["findings"] if f["rule"] != "allocation-failure"]
    equal(wrong, [], "findings without evidence")


@case
def collector_killed():
    """A program that waits for ever for a collector that is gone. The loss is counted."""
    script = (
        'tenure=$1; shift; "$tenure" run -q -o "killed.%p.tenure" -- sh -c '
        '\'kill -9 $PPID; sleep 0.1; "$@"; echo ended with $? > ended\' sh "$@"; sleep 0.5'
    )
    outcome = run(["sh", "-c", script, "sh", harness.TENURE, sample("realloc_race"), "4", "20000"])
    ended = pathlib.Path("ended")
    harness.wait_until(ended.exists, 30, f"the end of the program after {outcome}")
    harness.wait_until(lambda: ended.read_text() == "ended with 0\n", 2, "status 0")
