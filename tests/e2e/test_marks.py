# SPDX-License-Identifier: MIT
"""Marks that programs set by preload/tenure.h."""
import pathlib
import subprocess

import harness
from harness import ROOT, case, check, equal, need, record, run, table, tenure

# Two units, so that what the header defines would clash if it were not of each alone.
MAIN = r"""
#include "tenure.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __cplusplus
extern "C"
#endif
void other(void);
int main(void)
{
	void (*by_address)(const char *) = tenure_mark;

	errno = 7;
	tenure_mark("first");
	by_address("by address");
	other();
	tenure_mark(NULL);
	tenure_mark("");
	if (errno != 7 || puts("well") < 0)
		return 1;
	return 3;
}
"""
OTHER = r"""
#include "tenure.h"
#ifdef __cplusplus
extern "C"
#endif
void other(void);
void other(void)
{
	tenure_mark("in another unit");
}
"""
MAIN_MARKS = ["first", r"by\x20address", r"in\x20another\x20unit", "", ""]


def build(compiler, *units, options=()):
    """Compiles programs that include the header; returns the path of what is linked."""
    suffix = ".cc" if "++" in compiler else ".c"
    paths = []
    for number, text in enumerate(units):
        paths.append(f"unit{number}{suffix}")
        pathlib.Path(paths[-1]).write_text(text, encoding="utf-8")
    subprocess.run([need(compiler), "-g", "-Wall", "-Wextra", "-Werror", f"-I{ROOT / 'preload'}",
                    "-o", "program", *paths, "-pthread", *options], check=True)
    return pathlib.Path("program").absolute()


def marks(trace):
    """The names of a trace's marks in their order, as info shows them."""
    found = []
    for line in trace.events():
        words = dict(word.split("=", 1) for word in line.split() if "=" in word)
        if words.get("kind") == "mark":
            found.append(words.get("name", ""))
    return found


@table(
    ("gcc", "gcc"),
    ("gcc-c99", "gcc", "-std=c99", "-pedantic"),
    ("gcc-optimised", "gcc", "-O2"),
    ("gcc-not-pie", "gcc", "-O1", "-fno-pie", "-no-pie"),
    ("gcc-link-time", "gcc", "-O2", "-flto"),
    ("g++", "g++"),
    ("g++-98", "g++", "-std=c++98", "-pedantic"),
    ("clang", "clang"),
    ("clang-optimised", "clang", "-O2"),
    ("clang-not-pie", "clang", "-O1", "-fno-pie", "-Wl,-no-pie"),
    ("clang++", "clang++", "-O1"),
)
def compilers(compiler, *options):
    """A header that one of them does not take, a weak reference that its linker resolves to nothing,
    or a wrapper that calls itself."""
    program = build(compiler, MAIN, OTHER, options=options)
    outcome = run([program])
    equal((outcome.status, outcome.stdout), (3, b"well\n"), f"without the recorder: {outcome}")
    recording = record([program], status=3)
    equal(recording.outcome.stdout, b"well\n", "what it said")
    equal(marks(recording.one()), MAIN_MARKS, "marks")


@case
def static_program():
    """A reference that needs the loader: a program that has none does not link or crashes."""
    program = build("gcc", MAIN, OTHER, options=["-static"])
    equal(run([program]).status, 3, "exit status")


@case
def in_a_library():
    """Only the program itself is bound to the recorder."""
    build("gcc", OTHER, options=["-fPIC", "-shared", "-Wl,-soname,libother.so"])
    pathlib.Path("program").rename("libother.so")
    program = build("gcc", MAIN, options=["-L.", "-lother", "-Wl,-rpath,$ORIGIN"])
    equal(marks(record([program], status=3).one()), MAIN_MARKS, "marks")


@case
def installed():
    """A header that is missing where `make install` puts them, or one that needs others of ours."""
    outcome = run([need("make"), "-s", "-C", ROOT, "-o", harness.TENURE, "-o", harness.LIBRARY,
                   f"BUILD={harness.BUILD}", f"DESTDIR={pathlib.Path.cwd()}", "PREFIX=/p", "install"])
    equal(outcome.status, 0, f"exit status of {outcome}")
    equal(sorted(path.name for path in pathlib.Path("p/include").iterdir()),
          ["tenure.h", "tenure_check.h"], "headers")
    check(pathlib.Path("p/share/man/man3/tenure.h.3").is_file(), "the manual page is missing")
    pathlib.Path("unit.c").write_text("#include <tenure.h>\nint main(void) { return 0; }\n",
                                      encoding="utf-8")
    equal(run([need("gcc"), "-Ip/include", "unit.c"]).status, 0, "exit status of gcc")


THREADS = r"""
#include "tenure.h"
#include <pthread.h>
#include <stdio.h>
static void *work(void *number)
{
	char name[40];

	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof name, "thread %d says %d and more", (int)(long)number, i);
		tenure_mark(name);
	}
	return NULL;
}
int main(void)
{
	pthread_t threads[8];

	for (long i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, work, (void *)i);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
"""


@case
def threads():
    """Names that get mixed up between threads, or marks of a thread out of their order."""
    trace = record([build("gcc", THREADS)]).one()
    seen = [0] * 8
    for name in marks(trace):
        words = name.split(r"\x20")
        equal([words[0], words[2], *words[4:]], ["thread", "says", "and", "more"], "a name")
        equal(int(words[3]), seen[int(words[1])], "the number of the mark")
        seen[int(words[1])] += 1
    equal(seen, [2000] * 8, "marks by thread")
    equal(trace.info["lost_events"], 0, "lost events")


FORKS = r"""
#include "tenure.h"
#include <sys/wait.h>
#include <unistd.h>
int main(void)
{
	tenure_mark("parent");
	for (int i = 0; i < 2; i++) {
		if (fork() == 0) {
			tenure_mark(i ? "second child" : "first child");
			_exit(0);
		}
		wait(NULL);
	}
	tenure_mark("parent again");
	return 0;
}
"""


@case
def forks():
    """A child whose marks are its parent's, or are lost."""
    recording = record([build("gcc", FORKS)])
    equal(sorted(marks(trace) for trace in recording.traces),
          [[r"first\x20child"], ["parent", r"parent\x20again"], [r"second\x20child"]], "marks")


SIGNALS = r"""
#include "tenure.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
static volatile sig_atomic_t handled;
static void on_timer(int number)
{
	(void)number;
	tenure_mark("a name set by the handler, which is long");
	handled++;
}
int main(void)
{
	struct itimerval every = {{0, 200}, {0, 200}};

	signal(SIGALRM, on_timer);
	setitimer(ITIMER_REAL, &every, NULL);
	while (handled < 300) {
		tenure_mark("a name set by the program, which is even longer");
		free(malloc(10));
	}
	return 0;
}
"""


@case
def signal_handlers():
    """Records of a mark between those of another one that it interrupts: both names are ruined."""
    trace = record([build("gcc", SIGNALS)]).one()
    names = marks(trace)
    equal(set(names), {name.replace(" ", r"\x20").replace(",", r"\x2c") for name in (
        "a name set by the handler, which is long",
        "a name set by the program, which is even longer")}, "names")
    check(names.count(names[0]) > 10, "the program has set hardly any")
    equal(trace.info["lost_events"], 0, "lost events")


MANY = r"""
#include "tenure.h"
#include <stdio.h>
#include <stdlib.h>
int main(void)
{
	char name[40];

	for (int i = 0; i < 40000; i++) {
		snprintf(name, sizeof name, "test number %d", i % 20000);
		tenure_mark(name);
		if (i >= 20000 && i % 1000 == 0 && malloc(16) == NULL)
			return 1;
	}
	return 0;
}
"""


@case
def many_names():
    """20,000 names that do not fit somewhere, or are stored with every mark."""
    trace = record([build("gcc", MANY)]).one()
    equal(marks(trace), [rf"test\x20number\x20{i % 20000}" for i in range(40000)], "marks")
    check(trace.path.stat().st_size < 400_000, f"{trace.path.stat().st_size} bytes")


NAMES = r"""
#include "tenure.h"
#include <string.h>
int main(void)
{
	char longest[1000];

	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	tenure_mark(longest);
	longest[200] = '\0';
	tenure_mark(longest);
	memcpy(longest + 198, "\xe2\x82\xac", 4); /* a character that the cut would tear */
	tenure_mark(longest);
	memset(longest, 0xbf, sizeof longest - 1);
	tenure_mark(longest);
	tenure_mark("\033[31m<b>&\"'\\,\n\r\t\x7f\xff\xfe");
	return 0;
}
"""


@case
def long_and_hostile_names():
    """Names that are not cut, cut within a character, or shown so that a terminal obeys them."""
    trace = record([build("gcc", NAMES)]).one()
    equal(marks(trace), ["x" * 200, "x" * 200, "x" * 198, r"\xbf" * 197,
                         r"\x1b[31m<b>&" + "\"'" + r"\x5c\x2c\x0a\x0d\x09\x7f\xff\xfe"], "marks")


@case
def names_in_reports():
    """Names that a terminal obeys, or that JSON cannot hold."""
    trace = record([build("gcc", NAMES)]).one()
    text = tenure("report", trace.path).stdout
    equal(text.count(b"x" * 198), 2, "rows with long names")
    check(b"<b>&" in text, "the hostile name is missing")
    for bad in (b"\033", b"\r", b"\t", b"\x7f", b"\xff", b"\xbf"):
        check(bad not in text, f"{bad} is in the report")
    names = [epoch["name"] for epoch in trace.report["epochs"]]
    equal(names[:2], ["x" * 200, "x" * 198], "long names")
    check(names[3].startswith("\033[31m<b>&\"'\\,\n\r\t\x7f"), f"hostile name: {names[3]!r}")


LEFT = r"""
#include "tenure.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static void *kept[100];
static void *keep(size_t size)
{
	return memset(malloc(size), 0, size);
}
static void *work(void *unused)
{
	kept[0] = keep(1000);
	return unused;
}
int main(void)
{
	pthread_t thread;

	kept[1] = keep(10);
	tenure_mark("grow");
	kept[1] = realloc(kept[1], 50000); /* another call than the first */
	tenure_mark("thread");
	pthread_create(&thread, NULL, work, NULL);
	pthread_join(thread, NULL);
	for (int i = 2; i < 100; i++) {
		tenure_mark(i % 2 ? "odd" : "even");
		kept[i] = keep(i % 2 ? 16 : 32);
		if (i > 2)
			free(kept[i - 1]);
	}
	tenure_mark("fork");
	if (fork() == 0) {
		free(kept[0]);
		kept[0] = keep(7);
		tenure_mark("child");
		kept[1] = keep(8);
		_exit(0);
	}
	wait(NULL);
	tenure_mark(NULL);
	kept[2] = keep(64);
	return 0;
}
"""


def numbers(trace, name):
    found = [epoch for epoch in trace.report["epochs"] if epoch["name"] == name]
    equal(len(found), 1, f"epochs of the name {name}")
    return [found[0][key] for key in ("marks", "left_blocks", "left_bytes", "live_blocks",
                                      "live_bytes")]


@case
def left_behind():
    """Blocks that are charged to another mark than the one that they were allocated after."""
    recording = record([build("gcc", LEFT)])
    trace, child = sorted(recording.traces, key=lambda trace: trace.info["forked"])
    equal([epoch["name"] for epoch in trace.report["epochs"]],
          ["grow", "thread", "even", "odd", "fork"], "epochs")
    equal(numbers(trace, "grow"), [1, 1, 50000, 1, 50000], "grow")
    equal(numbers(trace, "odd"), [49, 49, 49 * 16, 1, 16], "odd")
    equal(numbers(trace, "even"), [49, 49, 49 * 32, 0, 0], "even")
    sites = [site for site in trace.report["sites"]
             if site["live_bytes"] in (1000, 16, 50000) and site["live_blocks"] == 1]
    equal([[trace.report["epochs"][of["epoch"]]["name"] for of in site["epochs"]]
           for site in sites], [["grow"], ["thread"], ["odd"]], "epochs of sites")
    equal([epoch["name"] for epoch in child.report["epochs"]], ["child"], "epochs of the child")
    equal(numbers(child, "child"), [1, 1, 8, 1, 8], "child")


@case
def report_of_many_names():
    """A report that is as long as a program has names, or that loses those beyond the limit."""
    trace = record([build("gcc", MANY)]).one()
    epochs = trace.report["epochs"]
    equal(len(epochs), 4001, "epochs")
    equal([epochs[4000]["name"], epochs[4000]["marks"]], ["others", 32000], "the last")
    equal([sum(epoch[key] for epoch in epochs) for key in ("marks", "left_blocks", "live_bytes")],
          [40000, 20, 320], "sums")
    text = tenure("report", trace.path).stdout.decode()
    table = text[text.index("By mark"):].partition("\n\n")[0].splitlines()
    check(5 < len(table) < 50 and "more names are not shown" in table[-1], f"table: {table}")
    check("others" in table[2], f"most is left by the others: {table[2]}")


@case
def without_marks():
    """A table of marks, or evidence that speaks of them, where there are none."""
    trace = record([harness.sample("leak")]).one()
    equal(trace.report["epochs"], [], "epochs")
    check("By mark" not in tenure("report", trace.path).stdout.decode(), "there is a table")


CHECKED = r"""
#include "tenure_check.h"
#include <stdlib.h>
static char *volatile sink;
TENURE_START_TEST(test_that_leaks)
{
	sink = malloc(1000);
	sink = malloc(24);
}
TENURE_END_TEST
TENURE_START_TEST(test_that_does_not)
{
	sink = malloc(1000);
	free(sink);
}
TENURE_END_TEST
TENURE_START_TEST(test_in_a_loop)
{
	ck_assert_int_lt(_i, 3);
	sink = malloc(10 + (size_t)_i);
}
TENURE_END_TEST
TENURE_START_TEST(test_that_fails)
{
	sink = malloc(5);
	ck_abort_msg("on purpose");
}
TENURE_END_TEST
int main(int argc, char **argv)
{
	Suite *suite = suite_create("suite");
	TCase *tests = tcase_create("tests");
	SRunner *runner = srunner_create(suite);

	(void)argv;
	suite_add_tcase(suite, tests);
	tcase_add_test(tests, test_that_leaks);
	tcase_add_test(tests, test_that_does_not);
	tcase_add_loop_test(tests, test_in_a_loop, 0, 3);
	tcase_add_test(tests, test_that_fails);
	srunner_set_fork_status(runner, argc > 1 ? CK_FORK : CK_NOFORK);
	srunner_run_all(runner, CK_SILENT);
	argc = srunner_ntests_run(runner) * 10 + srunner_ntests_failed(runner);
	srunner_free(runner);
	return argc;
}
"""


@table(("one-process", False), ("forked", True))
def check_framework(forked):
    """Tests without marks of their names, or what a test leaves charged to another one."""
    flags = run(["pkg-config", "--cflags", "--libs", "check"])
    if flags.status:
        harness.skip("Check is not installed")
    program = build("gcc", CHECKED, options=flags.stdout.decode().split())
    equal(run([program, *["x"] * forked]).status, 61, "exit status without the recorder")
    recording = record([program, *["x"] * forked], status=61)
    equal(len(recording.traces), 7 if forked else 1, "traces")
    left = {}
    for trace in recording.traces:
        for epoch in trace.report["epochs"]:
            sums = left.setdefault(epoch["name"], [0, 0, 0])
            for i, key in enumerate(("marks", "left_blocks", "left_bytes")):
                sums[i] += epoch[key]
    failed = left.pop("test_that_fails")
    check(failed[0] == 1 and failed[1] >= 1 and failed[2] >= 5, f"the test that fails: {failed}")
    equal(left, {"test_that_leaks": [1, 2, 1024], "test_that_does_not": [1, 0, 0],
                 "test_in_a_loop": [3, 3, 33]}, "what tests left")
