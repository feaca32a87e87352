# SPDX-License-Identifier: MIT
"""The gate: what is found, what counts, and the exit status, in every situation that CI meets."""
import json
import os
import pathlib
import signal
import subprocess

import harness
from harness import case, check, equal, need, run, sample, table

# Each word on the command line is something to do; "lose:40" does it 40 times.
SOURCE = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef MOVED
/* Other lines,


   and another folder. */
#endif
static void *volatile keep;
struct entry { struct entry *next; char text[56]; };
static struct entry *entries;
static char *volatile slots[16];

static void lose(int i) { char *p = malloc(40); keep = p; if (i % 10) free(p); }
static void drop(int i) { char *p = malloc(24); keep = p; if (i % 8) free(p); }

static void grow(int i)
{
	struct entry *e = malloc(sizeof *e);
	e->next = entries; entries = e;
	free(malloc(100 + i % 7));
}

static void cache(int i)
{
	free(slots[i % 16]);
	slots[i % 16] = malloc(64 + i % 3);
}

static char *volatile set; static void settings(int i) { set = malloc(500); }
static void twice(int i) { void *p = malloc(33); keep = p; free(p); free(keep); }
static void peak(int i) { char *p = malloc(1 << 20); memset(p, 1, 1 << 20); keep = p; free(p); }
static void napping(int i) { usleep(1000); }
static void churn(int i) { keep = malloc(16); free(keep); }

static const struct { const char *name; void (*work)(int); } works[] = {
	{"lose", lose}, {"drop", drop}, {"grow", grow}, {"cache", cache}, {"settings", settings},
	{"twice", twice}, {"peak", peak}, {"nap", napping}, {"churn", churn},
};

static int do_word(char *word)
{
	char *colon = strchr(word, ':');
	char *value = colon ? colon + 1 : "1";
	size_t length = colon ? (size_t)(colon - word) : strlen(word);

	for (size_t i = 0; i < sizeof works / sizeof *works; i++)
		if (strlen(works[i].name) == length && !memcmp(works[i].name, word, length))
			for (int k = 0; k < atoi(value); k++)
				works[i].work(k);
	if (!strncmp(word, "say", length))
		puts(value);
	if (!strncmp(word, "exit", length))
		exit(atoi(value));
	if (!strncmp(word, "kill", length))
		raise(atoi(value));
	if (!strncmp(word, "once", length) && access(value, F_OK) != 0) {
		fclose(fopen(value, "w")); /* only in the first run */
		for (int k = 0; k < 400; k++)
			drop(k);
	}
	if (!strncmp(word, "system", length) && system(value) != 0)
		exit(99);
	if (!strncmp(word, "leave", length) && fork() == 0) { /* a process that stays behind */
		for (int k = 0; k < 100; k++)
			churn(k);
		sleep(5);
		_exit(0);
	}
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		do_word(argv[i]);
	return 0;
}
"""


def build(name="program", *, folder="build", flags=("-g", "-O0")):
    """Compiles the program; under another name it is another program."""
    need("gcc")
    path = pathlib.Path(folder).absolute()
    path.mkdir(exist_ok=True)
    source = path / f"{name}.c"
    source.write_text(SOURCE, encoding="ascii")
    subprocess.run(["gcc", "-w", *flags, "-o", path / name, source], check=True)
    return str(path / name)


class Gate:
    """A check that was made: its exit status, its words and its JSON."""

    def __init__(self, words, *, env=None, timeout=50, before=None):
        path = pathlib.Path("gate.json")
        path.unlink(missing_ok=True)
        self.outcome = run([harness.TENURE, "check", f"--json={path}", *words], env=env,
                           timeout=timeout, before=before)
        self.status = self.outcome.status
        self.text = (self.outcome.stdout + self.outcome.stderr).decode("utf-8", "replace")
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        self.json = json.loads(text) if text else None

    def expect(self, status, **states):
        """states: how many findings of each."""
        equal(self.status, status, f"exit status of {self.outcome}")
        if self.json is None:
            return self
        found = {}
        for finding in self.json["findings"]:
            state = finding["state"].replace("-", "_")
            found[state] = found.get(state, 0) + 1
        equal(found, states, f"findings of {self.json['findings']}")
        return self

    def says(self, *words):
        for word in words:
            check(word in self.text, f"{word!r} is not said by {self.text}")
        return self


def gate(*words, **options):
    return Gate(words, **options)


LOSE, DROP, CLEAN, GROW = "lose:400", "drop:400", "cache:400", "grow:3000"

# What the program does, options of the gate, exit status, findings by state, words that are said.
SITUATIONS = {
    "clean": ([CLEAN], [], 0, {}, ["The leak check passes."]),
    "leak": ([LOSE], [], 1, {"new": 1}, ["new leak in program", "1.6 KiB in 40 blocks", "lose"]),
    "two leaks": ([LOSE, DROP], [], 1, {"new": 2}, ["The leak check fails: 2 findings."]),
    "status instead of 1": ([LOSE], ["--exit-code=42"], 42, {"new": 1}, []),
    "start-up data": (["settings", CLEAN], [], 0, {}, []),
    "never freed": (["churn:400", "settings", "churn:400"], ["--unfreed"], 1, {"new": 1},
                    ["unfreed"]),
    "growth in a short run": ([GROW], [], 0, {}, ["too little speaks for it"]),
    "growth": ([GROW, "nap:150"], ["--min-run=100ms"], 1, {"new": 1}, ["new growth in program"]),
    "growth asked of a short run": ([GROW], ["--max-growth=1M/s"], 3, {}, ["growth cannot be told"]),
    "growth within the budget": ([GROW, "nap:150"], ["--min-run=100ms", "--max-growth=1G/s"], 0,
                                 {"within": 1}, []),
    "program fails": ([CLEAN, "exit:5"], [], 5, {}, ["The program failed (exit status 5)"]),
    "program fails and leaks": ([LOSE, "exit:5"], [], 5, {"new": 1}, ["exit status 5", "new leak"]),
    "program fails with our status": ([CLEAN, "exit:3"], [], 3, {}, ["The program failed"]),
    "program crashes": ([CLEAN, "kill:11"], [], -signal.SIGSEGV, {}, ["signal 11"]),
    "killed as by lack of memory": ([CLEAN, "kill:9"], [], -signal.SIGKILL, {}, ["signal 9"]),
    "leaked memory within the budget": ([LOSE], ["--max-leaked=2K"], 0, {"within": 1}, []),
    "leaked blocks within the budget": ([LOSE], ["--max-leaked=40n"], 0, {"within": 1}, []),
    "leaked memory over the budget": ([LOSE], ["--max-leaked=1K"], 1, {"new": 1}, []),
    "peak over the budget": (["peak"], ["--max-peak=512K"], 1, {"new": 1}, ["1.0 MiB", "512.0 KiB allowed"]),
    "peak within the budget": (["peak"], ["--max-peak=2M"], 0, {}, []),
    "allocations over the budget": ([CLEAN], ["--max-allocations=399"], 1, {"new": 1}, ["allowed"]),
    "temporary over the budget": (["churn:400"], ["--max-temporary=50%"], 1, {"new": 1}, []),
    "only elsewhere": ([LOSE], ["--only=*/other/*"], 0, {}, []),
    "only here": ([LOSE], ["--only=build/*"], 1, {"new": 1}, []),
    "excluded source": ([LOSE], ["--exclude=*.c"], 0, {}, []),
    "excluded program": ([LOSE], ["--exclude=program"], 3, {}, ["no process was judged"]),
    "too little confidence": ([LOSE], ["--min-confidence=99"], 1, {"new": 1}, []),
    "a process stays behind": ([CLEAN, "leave"], [], 3, {}, ["still ran when the recording ended"]),
    "missing evidence is a warning": ([CLEAN, "leave"], ["--indeterminate=warn"], 0, {},
                                      ["has no verdict"]),
    "what fails outweighs what is missing": ([LOSE, "leave"], [], 1, {"new": 1},
                                             ["Missing evidence"]),
    "the same every time": ([LOSE], ["--repeat=3"], 1, {"new": 1}, ["in 3 runs"]),
    "only in one run": ([CLEAN, "once:mark"], ["--repeat=3"], 0, {"flaky": 1}, []),
    "a sample": ([CLEAN], ["--sample=512K"], 0, {}, []),
}


@table(*((name, name) for name in SITUATIONS))
def situation(name):
    """Findings, exit status and words of one situation are wrong."""
    words, options, status, states, said = SITUATIONS[name]
    program = build()
    options = [f"--project-root={os.getcwd()}", *options]
    gate(*options, "--", program, *words).expect(status, **states).says(*said)


def add_baseline(program, *words):
    """A baseline of what the program does."""
    return gate("--baseline=known", "--update-baseline", "--allow-growth", "--", program, *words)


@case
def a_baseline_begins():
    """A baseline cannot be begun, or what it holds fails all the same."""
    program = build()
    equal(gate("--baseline=known", "--", program, LOSE).status, 2, "without the file")
    add_baseline(program, LOSE).expect(0, new=1)
    text = pathlib.Path("known").read_text(encoding="utf-8")
    check("leak v1:" in text and " 40 blocks 1600 bytes program: lose < " in text, text)
    gate("--baseline=known", "--", program, LOSE).expect(0, known=1).says("In the baseline")
    gate("--baseline=known", "--", program, LOSE, DROP).expect(1, known=1, new=1)


@case
def a_known_leak_grows():
    """A known leak may grow without a limit, or may not grow at all."""
    program = build()
    add_baseline(program, LOSE)
    gate("--baseline=known", "--", program, "lose:430").expect(0, known=1)
    gate("--baseline=known", "--", program, "lose:900").expect(1, grown=1).says(
        "grown leak", "3.5 KiB in 90 blocks, known: 1.6 KiB in 40 blocks")
    gate("--baseline=known", "--tolerance=200%,0", "--", program, "lose:900").expect(0, known=1)
    gate("--baseline=known", "--tolerance=64K", "--", program, "lose:900").expect(0, known=1)


@case
def a_known_leak_is_gone():
    """What was mended is not told, or the baseline does not shrink."""
    program = build()
    add_baseline(program, LOSE, DROP)
    gate("--baseline=known", "--", program, LOSE).expect(0, known=1, gone=1).says("No longer found")
    gate("--baseline=known", "--update-baseline", "--", program, "lose:300").expect(
        0, known=1, gone=1)
    text = pathlib.Path("known").read_text(encoding="utf-8")
    check("drop" not in text and " 30 blocks 1200 bytes " in text, text)
    gate("--baseline=known", "--update-baseline", "--", program, LOSE, DROP).expect(
        1, known=1, new=1)
    check("drop" not in pathlib.Path("known").read_text(encoding="utf-8"), "the baseline grew")


@case
def a_failing_program_leaves_the_baseline_alone():
    """A run that failed early empties the baseline."""
    program = build()
    add_baseline(program, LOSE)
    before = pathlib.Path("known").read_bytes()
    gate("--baseline=known", "--update-baseline", "--", program, "exit:1").says("stays as it is")
    gate("--baseline=known", "--update-baseline", "--", program, "leave").says("stays as it is")
    equal(pathlib.Path("known").read_bytes(), before, "the baseline")


@case
def a_baseline_from_another_build():
    """A baseline does not know findings again after lines, folder or optimisation changed."""
    add_baseline(build(), LOSE)
    for folder, flags in (("elsewhere", ("-g", "-O0", "-DMOVED")), ("plain", ("-O0",)),
                          ("fast", ("-g", "-O2", "-fno-inline"))):
        moved = build(folder=folder, flags=flags)
        gate("--baseline=known", "--", moved, LOSE).expect(0, known=1)


@case
def a_stripped_program_is_known_in_its_build():
    """Keys of functions without names pretend to last, or do not even hold in the same build."""
    program = build(flags=("-O0", "-s"))
    add_baseline(program, LOSE)
    gate("--baseline=known", "--", program, LOSE).expect(0, known=1).says("same build only")


@case
def an_entry_is_of_its_program():
    """A known leak hides the same leak of another program."""
    add_baseline(build("first"), LOSE)
    gate("--baseline=known", "--", build("second"), LOSE).expect(1, new=1)


def write(name, text):
    pathlib.Path(name).write_text(text, encoding="utf-8")
    return f"--suppressions={name}"


@table(
    ("lsan", "leak:lose\n", True),
    ("lsan-source", "leak:program.c\n", True),
    ("lsan-other", "leak:^los$\n", False),
    ("valgrind", "{\n name\n Memcheck:Leak\n fun:malloc\n fun:lose\n ...\n fun:main\n}\n", True),
    ("valgrind-other", "{\n name\n Memcheck:Leak\n fun:malloc\n fun:main\n}\n", False),
    ("in time", "leak:lose reason=known bug until=2999-12-31\n", True),
    ("too late", "leak:lose reason=known bug until=2001-12-31\n", False),
    ("comment", "# reason=known bug until=2999-12-31\nleak:lose\n", True),
)
def suppressed(text, holds):
    """A suppression does not suppress, or does so when it should not."""
    result = gate(write("list", text), "--", build(), LOSE)
    if holds:
        result.expect(0, suppressed=1).says("Suppressed")
    else:
        result.expect(1, new=1)
    if "reason" in text:
        result.says("known bug")


@case
def unused_suppressions_are_told():
    """Suppressions that meet nothing, or ended, stay in their file for ever."""
    option = write("list", "leak:nobody\nleak:lose until=2001-01-31\n")
    gate(option, "--", build(), LOSE).expect(1, new=1).says(
        "leak:nobody (list:1) met nothing", "leak:lose (list:2) ended on 2001-01-31")


@case
def suppressions_are_written():
    """Suppressions that do not suppress what they were written for."""
    gate("--gen-suppressions=list", "--", build(), LOSE, DROP).expect(1, new=2)
    lines = pathlib.Path("list").read_text(encoding="utf-8").splitlines()
    equal(sorted(line for line in lines if not line.startswith("#")), ["leak:drop", "leak:lose"], lines)
    check(any(line.startswith("# memory leak") and "1.6 KiB in 40 blocks" in line for line in lines), lines)
    gate("--suppressions=list", "--", build(), LOSE, DROP).expect(0, suppressed=2)


@case
def programs_bring_their_suppressions():
    """What a program says to LeakSanitizer by a function of its own is not heard."""
    source = "#include <stdlib.h>\nconst char *__lsan_default_suppressions(void) " \
             "{ return \"leak:forget\\nleak:nobody\\n\"; }\n" \
             "__attribute__((noinline)) static void forget(void) { *(volatile char *)malloc(100) = 1; }\n" \
             "int main(void) { forget(); return 0; }\n"
    pathlib.Path("own.c").write_text(source, encoding="utf-8")
    run(["cc", "-g", "-rdynamic", "-o", "own", "own.c"])
    gate("--", "./own").expect(0, suppressed=1).says("Suppressed",
                                                     "leak:nobody (__lsan_default_suppressions of own:2)")


@case
def errors_in_releasing_fail():
    """A double free passes the gate."""
    result = gate("--", sample("bad_release"), "new_free").expect(1, new=1)
    result.says("new mismatched-release in bad_release: 1 time", "new_free")
    gate("--baseline=known", "--update-baseline", "--allow-growth", "--", sample("bad_release"),
         "new_free").expect(0, new=1)
    gate("--baseline=known", "--", sample("bad_release"), "new_free").expect(0, known=1)


def record(program, *words, status=0):
    return harness.record([program, *words], status=status).one()


@case
def traces_are_judged():
    """Traces that were recorded before are judged in another way than the program that is run."""
    program = build()
    leak, clean = record(program, LOSE), record(program, CLEAN)
    gate(leak.path).expect(1, new=1)
    gate(clean.path).expect(0)
    gate(clean.path, leak.path).expect(1, new=1)
    outcome = run([harness.TENURE, "check", clean.path])
    check(b"passes" in outcome.stdout and not outcome.stderr, f"not on stdout: {outcome}")


@case
def a_truncated_trace_is_no_verdict():
    """What was cut off is taken for clean."""
    trace = record(build(), CLEAN).path
    data = trace.read_bytes()
    trace.write_bytes(data[: len(data) - 40])
    gate(trace).expect(3).says("has no verdict", "file ends inside")


@case
def a_damaged_trace_is_no_verdict():
    """What is damaged is taken for clean."""
    trace = record(build(), CLEAN, LOSE).path
    data = bytearray(trace.read_bytes())
    data[len(data) // 2] ^= 0xFF
    trace.write_bytes(data)
    check(gate(trace).status in (1, 3), "a damaged trace is clean")


@case
def lost_events_are_no_verdict():
    """Where events were lost, what is left is taken for all."""
    program = build()
    recorded = harness.record([program, "churn:3000000"], "--on-full=drop", status=0).one()
    if not recorded.info["lost_events"]:
        harness.skip("no event was lost here")
    gate(recorded.path).expect(3).says("lost")


@case
def a_crashed_trace_is_no_verdict():
    """The trace of a crash is clean."""
    program = build()
    gate(record(program, CLEAN, "kill:11", status=-signal.SIGSEGV).path).expect(3).says("signal 11")
    gate(record(program, CLEAN, "kill:15", status=-signal.SIGTERM).path).expect(0)


@case
def a_static_program_is_no_verdict():
    """A program that cannot be recorded is clean."""
    program = build(flags=("-static",))
    gate("--", program, CLEAN).expect(3).says("static")


@table(
    ("fork", ["system:./static"], True),
    ("of the system", ["system:true"], False),
)
def unrecorded_children(words, missing):
    """A child that could not be recorded is taken for clean."""
    build("static", folder=".", flags=("-static",))
    result = gate("--", build(), CLEAN, *words)
    if missing:
        result.expect(3).says("could not be recorded", "statically linked")
        gate("--exclude=static", "--", build(), CLEAN, *words).expect(0)
    else:
        result.expect(0)


MARKING = r"""
#include <check.h>
#include <stdlib.h>
#include "tenure_check.h"
static void *volatile keep;
static void lose(int i) { char *p = malloc(40); keep = p; if (i % 10) free(p); }
TENURE_START_TEST(test_careful) { for (int i = 0; i < 400; i++) free(malloc(30)); } TENURE_END_TEST
TENURE_START_TEST(test_forgetful) { for (int i = 0; i < 400; i++) lose(i); } TENURE_END_TEST
int main(void)
{
	Suite *suite = suite_create("marks");
	TCase *tests = tcase_create("marks");
	SRunner *runner = srunner_create(suite);
	tcase_add_test(tests, test_careful);
	tcase_add_test(tests, test_forgetful);
	suite_add_tcase(suite, tests);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_SILENT);
	srunner_free(runner);
	return 0;
}
"""


@case
def findings_name_their_test():
    """Where tests set marks, a finding does not say which test left the memory behind."""
    need("gcc")
    pathlib.Path("marks.c").write_text(MARKING, encoding="ascii")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "check"], capture_output=True,
                           check=False, text=True)
    if flags.returncode:
        harness.skip("Check is not installed")
    subprocess.run(["gcc", "-w", "-g", "-I", harness.ROOT / "preload", "-o", "marks", "marks.c",
                    *flags.stdout.split()], check=True)
    result = gate("--", "./marks").expect(1, new=1).says("after the mark", "test_forgetful")
    check("test_careful" not in result.text, result.text)
    equal([mark["name"] for mark in result.json["findings"][0]["marks"]], ["test_forgetful"], "marks")


@case
def children_are_judged():
    """What children leak, also those of shells, passes the gate."""
    first, second = build("first"), build("second")
    gate("--", "sh", "-c", f"{first} {LOSE}; {second} {LOSE} {DROP}").expect(1, new=3).says(
        "leak in first", "leak in second")
    gate("--", "sh", "-c", f"for i in 1 2 3; do {first} {LOSE}; done").expect(1, new=1).says(
        "in 3 processes")
    gate("--", first, f"system:{second} {LOSE}").expect(1, new=1).says("leak in second")


@case
def programs_of_the_system_are_passed_over():
    """What shells and their tools do fails the gate of somebody else's program."""
    program = build()
    result = gate("--", "sh", "-c", f"ls / | sort; bash -c 'echo a'; {program} {CLEAN}").expect(0)
    skipped = [one for one in result.json["processes"] if one["skipped"]]
    check({os.path.basename(one["program"]) for one in skipped} >= {"ls", "sort", "bash"}, skipped)
    result = gate("--system", "--", "sh", "-c", f"ls / | sort; {program} {CLEAN}")
    check(not any(one["skipped"] for one in result.json["processes"]), "some are passed over")


@case
def the_output_is_the_programs():
    """Our words are on standard output, which is the program's."""
    outcome = run([harness.TENURE, "check", "--", build(), "say:hello", LOSE])
    equal(outcome.stdout, b"hello\n", "standard output")
    check(b"new leak" in outcome.stderr, f"nothing on standard error: {outcome}")


@case
def quiet_if_clean():
    """-q talks about what is clean, or not about what is not."""
    program = build()
    equal(run([harness.TENURE, "check", "-q", "--", program, CLEAN]).stderr, b"", "of a clean run")
    check(b"new leak" in run([harness.TENURE, "check", "-q", "--", program, LOSE]).stderr, "silent")


@case
def no_trace_stays():
    """Traces are left in the temporary folder, or those that were asked for are not kept."""
    program = build()
    temporary = pathlib.Path("temporary").absolute()
    temporary.mkdir()
    gate("--", program, LOSE, env={"TMPDIR": temporary}).expect(1, new=1)
    equal(os.listdir(temporary), [], "temporary files")
    gate("-o", "kept.tenure", "--", program, LOSE).expect(1, new=1).says("tenure report --site=")
    check(pathlib.Path("kept.tenure").exists(), "the trace was not kept")


@case
def all_artefacts_in_one_go():
    """Artefacts are missing, empty, or not written where the verdict is bad."""
    names = ["html", "json", "sarif", "junit", "gitlab", "markdown"]
    program = build()
    for words in ([LOSE], [CLEAN], [CLEAN, "exit:5"], [CLEAN, "leave"]):
        options = [f"--{name}=artefact.{name}" for name in names]
        run([harness.TENURE, "check", *options, "--", program, *words])
        for name in names:
            path = pathlib.Path(f"artefact.{name}")
            check(path.stat().st_size > 1, f"{words}: {path} is empty")
            path.write_text("old " * 100_000, encoding="ascii")


@case
def ci_is_seen():
    """Jobs of GitHub's and GitLab's get no artefacts unasked, or others do."""
    program = build()
    github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": "summary.md"}
    pathlib.Path("summary.md").write_text("# Before\n", encoding="ascii")
    gate("--", program, LOSE, env=github).expect(1, new=1).says("::error ")
    summary = pathlib.Path("summary.md").read_text(encoding="utf-8")
    check(summary.startswith("# Before\n") and "leak" in summary, summary)
    gate("--", program, LOSE, env={"GITLAB_CI": "true"}).expect(1, new=1)
    check(json.loads(pathlib.Path("gl-code-quality-report.json").read_text(encoding="utf-8")), "")
    for quiet in ({**github, "TENURE_CI": "none"}, {}):
        result = gate("--", program, LOSE, env=quiet).expect(1, new=1)
        check("::error" not in result.text, result.text)
    result = gate("--ci=none", "--", program, LOSE, env=github).expect(1, new=1)
    check("::error" not in result.text, result.text)


@table(
    ("nothing", []),
    ("budget", ["--max-leaked=much", "--", "true"]),
    ("growth", ["--max-growth=1K/w", "--", "true"]),
    ("percent", ["--max-temporary=101%", "--", "true"]),
    ("peak", ["--max-peak=50%", "--", "true"]),
    ("confidence", ["--min-confidence=101", "--", "true"]),
    ("repeat", ["--repeat=0", "--", "true"]),
    ("repeat-traces", ["--repeat=2", "x.tenure"]),
    ("tolerance", ["--tolerance=1K,10%", "--", "true"]),
    ("status", ["--exit-code=256", "--", "true"]),
    ("growing", ["--allow-growth", "--baseline=x", "--", "true"]),
    ("updating", ["--update-baseline", "--", "true"]),
    ("no-baseline", ["--baseline=missing", "--", "true"]),
    ("no-suppressions", ["--suppressions=missing", "--", "true"]),
    ("no-trace", ["missing.tenure"]),
    ("no-folder", ["--json=missing/x.json", "--", "true"]),
    ("no-root", ["--project-root=missing", "--", "true"]),
)
def usage(words):
    """A wrong command line is taken for something else."""
    outcome = run([harness.TENURE, "check", *words])
    equal(outcome.status, 2, f"exit status of {outcome}")
    check(outcome.stderr.startswith(b"tenure: error: "), f"{outcome}")


@case
def files_that_cannot_be_understood():
    """A broken baseline or suppression file is passed over in silence."""
    write("broken", "leak:fine\nrace:foo\n")
    write("binary", "leak\n")
    outcome = run([harness.TENURE, "check", "--suppressions=broken", "--", "true"])
    equal(outcome.status, 2, f"exit status of {outcome}")
    check(b"broken:2: " in outcome.stderr, f"{outcome}")
    outcome = run([harness.TENURE, "check", "--baseline=binary", "--", "true"])
    equal(outcome.status, 2, f"exit status of {outcome}")
    check(b"binary:1: " in outcome.stderr, f"{outcome}")


@table(("missing", "./missing", 127), ("not executable", "./plain", 126))
def programs_that_cannot_be_run(name, status):
    """A program that does not run at all is clean."""
    pathlib.Path("plain").write_text("hello", encoding="ascii")
    equal(run([harness.TENURE, "check", "--", name]).status, status, "exit status")
