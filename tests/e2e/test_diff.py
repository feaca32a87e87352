# SPDX-License-Identifier: MIT
"""Two runs compared: what changed in a program is told, and nothing else."""
import json
import os
import pathlib
import subprocess

import harness
from harness import case, check, equal, need, record, run, sample, tenure

SOURCE = r"""
#include <stdlib.h>
#include <string.h>
#ifdef NEW
/* This comment moves every line that follows,
   and the folder is another one. */
#endif
static void *volatile keep;
static int rounds = 3000;

__attribute__((noinline)) static void *settings(int bytes)
{
	void *block = malloc(bytes);

	keep = block;
	return block;
}

static void *take(int bytes) /* small enough to be inlined */
{
	return settings(bytes);
}

__attribute__((noinline)) static void cached(int i)
{
	static void *slots[16];

	free(slots[i % 16]);
	slots[i % 16] = malloc(100 + i % 2);
	keep = slots[i % 16];
}

__attribute__((noinline)) static void session(int i)
{
	char *name = strdup("somebody");
	void *state = malloc(60);

	keep = state;
	free(name);
#ifdef NEW
	if (i % 10 == 0)
		return;
#endif
	free(state);
}

static int descend(int depth)
{
	int below = depth ? descend(depth - 1) : 0;

	keep = malloc(32);
	return below + 1;
}

#ifdef NEW
__attribute__((noinline)) static void fresh(void) { keep = malloc(777); }
#else
__attribute__((noinline)) static void gone(void) { keep = malloc(3000); }
#endif

int main(void)
{
	take(500);
	descend(5);
#ifdef NEW
	fresh();
#else
	gone();
#endif
	for (int i = 0; i < rounds; i++) {
		cached(i);
		session(i);
	}
	return 0;
}
"""


def build(folder, *options):
    os.mkdir(folder)
    pathlib.Path(f"{folder}/server.c").write_text(SOURCE)
    subprocess.run([need("gcc"), "-g", "-w", "-fno-optimize-sibling-calls", *options, "-o",
                    f"{folder}/server", f"{folder}/server.c"], check=True)
    return os.path.abspath(f"{folder}/server")


def compare(old, new, *options):
    return json.loads(tenure("diff", "--format=json", *options, old.path, new.path).stdout)


def changes_of(difference):
    """What changed: {function: kind}; one function per row."""
    return {row["stack"][0]["function"]: row["change"]
            for row in difference["changes"] if row["change"] != "same"}


@case
def rebuilt_program():
    """Sites that a rebuild keeps from being matched, or a change that is missed or invented."""
    old = record([build("old", "-O0", "-fpie", "-pie")]).one()
    new = record([build("new", "-O2", "-DNEW", f"-ffile-prefix-map={os.getcwd()}/new=/src",
                        "-no-pie")]).one()
    difference = compare(old, new)
    equal(changes_of(difference), {"fresh": "appeared", "gone": "vanished", "session": "grew"},
          "changes")
    grown = next(row for row in difference["changes"] if row["change"] == "grew")
    equal(grown["new"]["live_bytes"], 300 * 60, "bytes of the leak")
    equal(grown["difference"], 300 * 60, "difference")
    check(grown["new"]["verdict"] in ("leak", "growing") and grown["verdict_changed"], str(grown))
    equal(difference["totals"]["new"]["live_bytes"], new.info["live_bytes"], "total")
    text = tenure("diff", old.path, new.path).stdout.decode()
    for words in ("was all freed, now", "Appeared (1)", "Vanished (1)", "Grew (1)", "server.c"):
        check(words in text, f"{words} is missing in\n{text}")
    check("Shrank" not in text, text)


@case
def same_program_twice():
    """Changes between two runs of one program, which addresses, stacks or times have made."""
    program = build("one", "-O2")
    old, new = record([program]).one(), record([program]).one()
    for measure in ("live", "allocated", "allocations", "peak", "temporary"):
        difference = compare(old, new, f"--measure={measure}", "--tolerance=0")
        equal(changes_of(difference), {}, f"changes of {measure}")
    text = tenure("diff", "--tolerance=0", old.path, new.path).stdout.decode()
    check("Nothing changed" in text, text)


@case
def trace_with_itself():
    """Rows that differ from themselves."""
    for argv in ([sample("leak_new")], [sample("threads")],
                 ["/usr/bin/perl", "-e", "my %h = map { $_ => [1..5] } 1..1000"]):
        trace = record(argv).one()
        difference = compare(trace, trace, "--tolerance=0")
        equal(set(row["change"] for row in difference["changes"]), {"same"}, f"kinds of {argv}")
        check(not any(row["verdict_changed"] for row in difference["changes"]), str(argv))
        check(b"Nothing changed" in tenure("diff", trace.path, trace.path).stdout, str(argv))


@case
def measures_and_noise():
    """Options that do not do what they say."""
    old = record([build("old", "-O0")]).one()
    new = record([build("new", "-O0", "-DNEW")]).one()
    equal(changes_of(compare(old, new, "--min=1K")), {"gone": "vanished", "session": "grew"},
          "changes of 1 KiB")
    equal(changes_of(compare(old, new, "--measure=allocations", "--min=2")), {},
          "changes of two allocations")
    equal(changes_of(compare(old, new, "--measure=allocated", "--tolerance=0")),
          {"fresh": "appeared", "gone": "vanished"}, "changes of allocated bytes")
    text = tenure("diff", "--format=md", old.path, new.path).stdout.decode()
    check("| 1 | 1 | 0 | 1 |" in text, text)


@case
def longer_run():
    """Runs of different lengths that are compared as if they were not."""
    program = ["/usr/bin/perl", "-e", "my @a; push @a, \"x$_\" for 1 .. $ARGV[0]"]
    old = record([*program, "5000"]).one()
    new = record([*program, "20000"]).one()
    difference = compare(old, new)
    check(difference["lengths_differ"] and difference["length_ratio"] > 1.1, str(difference["notes"]))
    text = tenure("diff", old.path, new.path).stdout.decode()
    check("times as much" in text and "scaled" in text, text)


@case
def unreadable_traces():
    """A status of 0, or silence, although a trace could not be read."""
    trace = record([sample("leak")]).one().path
    pathlib.Path("garbage").write_bytes(b"garbage")
    pathlib.Path("cut").write_bytes(trace.read_bytes()[:-50])
    for words in ([trace], [trace, trace, trace], [trace, "missing"], ["garbage", trace]):
        outcome = tenure("diff", *words, status=2)
        equal(outcome.stdout, b"", f"output of diff {words}")
        check(b"tenure: error:" in outcome.stderr, str(outcome))
    outcome = tenure("diff", trace, "cut", status=2)
    check(b"What these traces could not see" in outcome.stdout, str(outcome))
    check(b"cut: offset" in outcome.stderr, str(outcome))
    full = run(["/bin/sh", "-c", '"$0" diff "$1" "$1" >/dev/full', harness.TENURE, trace])
    equal(full.status, 2, f"status with a full disk: {full}")
