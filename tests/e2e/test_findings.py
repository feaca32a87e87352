# SPDX-License-Identifier: MIT
"""Findings that the record alone decides: wrong releases, and allocations that failed."""
from expectations import check_expectations, function_name
from harness import case, check, equal, record, run, sample, signal_status, table

ABORTS = signal_status("SIGABRT")


@table(
    ("malloc_delete", "malloc_delete", 0),
    ("new_free", "new_free", 0),
    ("new_delete_array", "new_delete_array", 0),
    ("new_array_delete", "new_array_delete", 0),
    ("new_array_free", "new_array_free", 0),
    ("double_free_unnoticed", "double_free_unnoticed", 0),
    ("double_free_aborts", "double_free_aborts", ABORTS),
    ("interior_free", "interior_free", ABORTS),
    ("foreign_free", "foreign_free", ABORTS),
    ("correct_reuse", "correct_reuse", 0),
)
def bad_release(mode, status):
    """A wrong release that is missed or called something else, and any finding beside it."""
    argv = [sample("bad_release"), mode]
    bare = run(argv)
    recording = record(argv, status=status)
    equal(recording.outcome.status, bare.status, "status")
    equal(recording.outcome.stderr, bare.stderr, "stderr")
    check_expectations(recording)
    findings = recording.one().report["findings"]
    equal(len(findings), 0 if mode == "correct_reuse" else 1, f"number of findings in {findings}")


@case
def both_stacks():
    """A finding that does not say where the block came from, where it was released, and, for a
    double free, where it had been released before."""
    for mode, stacks in (("new_free", ("allocation", "release")),
                         ("interior_free", ("allocation", "release")),
                         ("foreign_free", ("release",)),
                         ("double_free_unnoticed", ("allocation", "release", "first_release"))):
        trace = record([sample("bad_release"), mode], status=None).one()
        finding = trace.report["findings"][0]
        for name in stacks:
            functions = [function_name(frame) for frame in finding[name]]
            check(mode in functions, f"{mode} is missing in {name}: {functions}")


@case
def false_ones_in_real_programs():
    """A double, foreign or mismatched release reported in a correct program."""
    for argv in (["/usr/bin/perl", "-e", "my %h = map { $_ => [1..5] } 1..1000; print scalar %h"],
                 ["/usr/bin/python3", "-c", "import json; print(json.dumps([1] * 1000))"],
                 ["/bin/bash", "-c", "a=(1 2 3); for i in ${a[@]}; do b=$(echo $i); done"],
                 ["/usr/bin/git", "--version"]):
        for trace in record(argv).traces:
            errors = [f for f in trace.report["findings"] if f["rule"] != "allocation-failure"]
            check(not errors, f"{argv}: {errors}")
