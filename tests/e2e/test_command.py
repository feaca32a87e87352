# SPDX-License-Identifier: MIT
"""The command itself: help, names of traces, and what goes to which stream."""
import os
import re
import socket

import harness
from harness import case, check, equal, new_folder, record, run, sample, table, tenure


@table(("tenure", []), ("run", ["run"]), ("report", ["report"]), ("diff", ["diff"]),
       ("info", ["info"]))
def help_is_printed(command):
    """--help on stderr, with a failing status, or without the name of the command."""
    outcome = tenure(*command, "--help")
    check(b"tenure" in outcome.stdout and len(outcome.stdout.splitlines()) > 3, str(outcome))
    equal(outcome.stderr, b"", "stderr")


@case
def version():
    """A --version that does not fit on a line."""
    check(re.fullmatch(rb"tenure \S+.*\n", tenure("--version").stdout), "the version")


@table(("nonsense", ["--nonsense"]), ("unknown", ["--no-such-thing", "x"]))
def wrong_option(arguments):
    """A wrong option that is taken for a program."""
    outcome = tenure(*arguments, status=2)
    check(outcome.stderr.startswith(b"tenure: error: "), str(outcome))


@case
def words_go_to_stderr():
    """A word of ours on the program's stdout, or a line on stderr that does not say it is ours."""
    bare = run(["ls", "/usr"])
    outcome = record(["ls", "/usr"], quiet=False).outcome
    equal(outcome.stdout, bare.stdout, "stdout")
    for line in outcome.stderr.splitlines():
        check(line.startswith(b"tenure: "), f"whose words are these: {line}")
    equal(record(["ls", "/usr"]).outcome.stderr, b"", "stderr with -q")


@case
def default_name():
    """A trace that is not NAME.PID.tenure in the working directory."""
    tenure("run", "-q", "--", sample("leak"))
    names = [name for name in os.listdir(".") if name.endswith(".tenure")]
    check(len(names) == 1 and re.fullmatch(r"leak\.\d+\.tenure", names[0]), str(names))


@case
def pattern():
    """A letter of the pattern that is not replaced, or a percent sign that is lost."""
    folder = new_folder()
    tenure("run", "-q", "-o", folder / "%h-%e-%p-%t-100%%.tenure", "--", sample("leak"))
    (name,) = os.listdir(folder)
    expected = rf"{re.escape(os.uname().nodename)}-leak-\d+-\d[\w:-]*-100%\.tenure"
    check(re.fullmatch(expected, name), f"{name} for {expected}")


@case
def options_end_at_the_program():
    """An option of the program that is taken for one of ours."""
    outcome = tenure("run", "-q", "echo", "-q", "--help", "-o", "x", "--", "y")
    equal(outcome.stdout, b"-q --help -o x -- y\n", "stdout")


@case
def options_behind_traces():
    """An option behind the trace that is taken for another trace."""
    path = record([sample("leak")]).one().path
    equal(tenure("info", path, "--events").stdout, tenure("info", "--events", path).stdout, "info")
    equal(harness.json.loads(tenure("report", path, "--format=json").stdout)["schema"], 1, "schema")
    outcome = tenure("info", "--", path, "--events", status=2)
    check(b"--events: offset" in outcome.stderr, str(outcome))


@table(("pipe", lambda: os.mkfifo("there")), ("link", lambda: os.symlink("else", "there")),
       ("socket", lambda: socket.socket(socket.AF_UNIX).bind("there")))
def no_regular_file(make):
    """Something other than a file that --force replaces by a trace."""
    make()
    before = os.lstat("there")
    for force in ([], ["-f"]):
        outcome = run([harness.TENURE, "run", *force, "-o", "there", "--", "echo", "started"])
        equal((outcome.status, outcome.stdout), (125, b""), str(outcome))
        check(b"not a regular file" in outcome.stderr, str(outcome))
        check(b"--force" not in outcome.stderr, f"advice that does not help: {outcome}")
    equal(os.lstat("there"), before, "what was there")


@table(("pdf", "x.pdf"), ("htm", "x.htm"), ("xml", "x.y.xml"), ("stdout", "-"), ("folder", "."))
def refused_output(name):
    """A report in another format than its name says, or nowhere to be found."""
    trace = record([sample("leak")]).one()
    outcome = tenure("report", "-o", name, trace.path, status=2)
    lines = outcome.stderr.splitlines()
    equal((outcome.stdout, len(lines)), (b"", 2), str(outcome))
    check(lines[0].startswith(b"tenure: error: "), str(outcome))
    check(not os.path.isfile(name), "a file was made")


@table(("text", "x.txt"), ("markdown", "x.md"), ("page", "x.html"), ("none", "report"),
       ("hidden", ".report"))
def output_by_name(name):
    """A name that a report cannot be written to."""
    tenure("report", "-o", name, record([sample("leak")]).one().path)
    check(os.path.getsize(name) > 100, "the report")


@case
def report_to_a_file():
    """A report that is mixed into stdout, or that overwrites a file that is there."""
    trace = record([sample("leak")]).one()
    outcome = tenure("report", "-o", "report.json", trace.path)
    equal(outcome.stdout, b"", "stdout")
    harness.json.loads(open("report.json", "rb").read())
    before = open("report.json", "rb").read()
    tenure("report", "-o", "report.json", trace.path, status=2)
    equal(open("report.json", "rb").read(), before, "the file that was there")


@case
def broken_pipe():
    """A message, or the status of an error of ours, when the reader of the output has gone."""
    trace = record([sample("threads"), "20"]).one()
    outcome = run(["bash", "-c", '"$0" info --events "$1" | head -n 1; echo ${PIPESTATUS[0]}',
                   harness.TENURE, trace.path])
    check(outcome.stdout.splitlines()[-1] in (b"0", b"2", b"141"), str(outcome))
    check(len(outcome.stderr.splitlines()) <= 1, str(outcome))


@case
def runs_from_elsewhere():
    """A library that is only found from the folder of the build, or through a link."""
    os.mkdir("bin")
    os.symlink(harness.TENURE, "bin/tenure")
    outcome = run(["bin/tenure", "run", "-q", "-o", "x.%p.tenure", "--", sample("leak")])
    equal(outcome.status, 0, str(outcome))
    check([name for name in os.listdir(".") if name.endswith(".tenure")], "no trace")
