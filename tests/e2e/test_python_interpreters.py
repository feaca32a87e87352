# SPDX-License-Identifier: MIT
"""Several interpreters of Python in one process: beside each other, and one after the other."""
import collections
import pathlib

from harness import check, equal, need, record, run, skip, table, tenure
from pythons import VERSIONS, database, last_part, need_python, number_of, shared_library, stack_of, write

# What each of them runs; %d is its number. Blocks of sizes that nothing else has.
CODE = """
kept = [None] * 500
def stays():
    for n in range(500):
        kept[n] = bytes(
            40000 + %d)
def gone():
    for n in range(300):
        bytes(
            45000)
class Node:
    pass
def pair():
    a, b = Node(), Node()
    a.other, b.other = b, a
import gc
gc.disable()
stays()
gone()
for n in range(200):
    pair()
words = ["word %%d of many" %% n for n in range(5000)]
"""
LINES = {name: CODE[:CODE.index(text)].count("\n") + 1
         for name, text in (("stays", "bytes(\n            40000"), ("module", "stays()\ngone"))}

# The name of the module, and how an interpreter with or without the lock of the first one is made, changed
# from version to version.
BEGIN = f"""
import os, sys, threading
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
CODE = {CODE!r}
def make(kind):
    if sys.version_info >= (3, 13):
        return interpreters.create("isolated" if kind == "own" else "legacy")
    if sys.version_info >= (3, 12):
        return interpreters.create(isolated=kind == "own")
    return interpreters.create()
def end():
    print("ended")
    sys.stdout.flush()
    os._exit(0)
"""

BESIDE = BEGIN + """
made = [make(sys.argv[1]) for number in range(3)]
for number, one in enumerate(made):
    interpreters.run_string(one, CODE % number)
interpreters.destroy(made[0])
end()
"""

THREADS = BEGIN + """
made = [make(sys.argv[1]) for number in range(3)]
threads = [threading.Thread(target=interpreters.run_string, args=(one, CODE % number))
           for number, one in enumerate(made)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
interpreters.destroy(made[0])
end()
"""

ONE_BY_ONE = BEGIN + """
for number in range(3):
    one = make(sys.argv[1])
    interpreters.run_string(one, CODE % number)
    interpreters.destroy(one)
print("ended")
"""

IN_C = f"""
import _testcapi
for number in range(3):
    _testcapi.run_in_subinterp({CODE!r} % number)
print("ended")
"""


FRAMES = 3  # to 3.10 a function keeps the frame of its first call: one for each interpreter


def recorded(version, program, *arguments):
    """The report as tables, of a program that is to do the same as without us."""
    command = [need_python(version), write(program), *arguments]
    bare = run(command)
    if b"No module named" in bare.stderr:
        skip(f"{command[0]} is without the module: {bare.stderr.splitlines()[-1].decode()}")
    equal((bare.status, bare.stdout), (0, b"ended\n"), "the program without us")
    recording = record(command)
    equal((recording.outcome.stdout, recording.outcome.stderr), (bare.stdout, bare.stderr), "output")
    trace = recording.one()
    tables = database(trace)
    equal(tables.execute("select rule, message from findings").fetchall(), [], "findings")
    equal(tables.execute("select lost_events, unseen_releases from run").fetchone(), (0, 0), "what is missing")
    return trace, tables


def blocks(tables, low, high, function):
    """(allocations, live blocks) of sizes in a range by a function."""
    return tables.execute("select sum(allocations), sum(live_blocks) from sites join frames on frame = frames.id "
                          "where function = ? and max_bytes between ? and ?", (function, low, high)).fetchone()


# What differs is between these; the others run less.
EDGES = ("3.8", "3.12", "3.15")
KINDS = [(f"{version}/{kind}", version, kind) for version in VERSIONS
         for kind in (("legacy", "own") if number_of(version) >= (3, 12) else ("legacy",))]


@table(*[(f"{label}/{name}", version, kind, program) for label, version, kind in KINDS
         for name, program in (("thread", BESIDE), ("threads", THREADS))
         if name == "threads" or version in EDGES])
def beside_each_other(version, kind, program):
    """What another interpreter of a process has is missed, lies in no known arena, has the stack of the
    first one, or is said to be lost; its garbage is not found."""
    trace, tables = recorded(version, program, kind)
    made, live = blocks(tables, 40033, 40035, "stays")
    check(0 <= made - 1500 <= FRAMES and live == 1000, f"blocks that stay: {made}, in the end {live}")
    equal(blocks(tables, 45033, 45033, "gone"), (900, 0), "blocks that go")
    for site, in tables.execute("select sites.id from sites join frames on frame = frames.id "
                                "where function = 'stays' and max_bytes between 40033 and 40035").fetchall():
        stack = [(last_part(function), line) for function, _, line in stack_of(tables, site)]
        equal(stack, [("<module>", LINES["module"]), ("stays", LINES["stays"])], "the stack")
    report = trace.report
    arenas = report["fragmentation"]["arenas"]
    check(arenas["outside_blocks"] <= 3, f"blocks in no arena: {arenas}")  # from malloc, made smaller
    garbage = collections.Counter()
    for site in report["sites"]:
        names = {last_part(frame["function"]) for frame in site["stack"]}
        if "stays" in names:
            equal(site["reachability"]["direct"]["blocks"], 0, "blocks that are lost")
        garbage["pair" in names] += site["reachability"]["garbage"]["blocks"]
    # To 3.8 there is one collector for all, and to destroy an interpreter runs it.
    check(garbage[True] >= 750 or version == "3.8", f"garbage: {garbage}")


# They forget strings of interpreters that are destroyed, and where these have arenas of their own the
# whole of these: so do programs that nobody records.
FORGET = ("3.12", "3.13")


@table(*[(f"{label}/{name}", version, kind, program) for label, version, kind in KINDS
         for name, program in (("python", ONE_BY_ONE), ("c", IN_C))
         if name == "python" or version in EDGES])
def one_by_one(version, kind, program):
    """An interpreter that is destroyed leaves behind what it does not; or releases of its tables are taken for
    errors."""
    trace, tables = recorded(version, program, kind)
    made, live = blocks(tables, 40033, 40035, "stays")
    check(0 <= made - 1500 <= FRAMES and live == 0, f"blocks that stay: {made}, in the end {live}")
    if version not in FORGET:
        lost, = tables.execute("select sum(direct_bytes) from sites").fetchone()
        check(lost < 1000, f"{lost} bytes lost")
    check(trace.short_report["fragmentation"]["arenas"]["ever"] >= 2, "arenas")


EMBEDS = r"""
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
	void *python = dlopen(argv[1], RTLD_NOW | atoi(argv[2]));
	void (*initialize)(void), (*finalize)(void);
	int (*run)(const char *);

	if (!python)
		return puts(dlerror()), 1;
	*(void **)&initialize = dlsym(python, "Py_Initialize");
	*(void **)&finalize = dlsym(python, "Py_Finalize");
	*(void **)&run = dlsym(python, "PyRun_SimpleString");
	for (int i = 0; i < 12; i++) {
		initialize();
		run("import json\ndef inside():\n    return bytes(60000)\nkept = inside()\n"
		    "words = ['word %d' % n for n in range(2000)]\n");
		finalize();
	}
	puts("ended");
	return 0;
}
"""

LINKED = r"""
void Py_Initialize(void), Py_Finalize(void);
int PyRun_SimpleString(const char *);
int puts(const char *);
int main(void)
{
	for (int i = 0; i < 12; i++) {
		Py_Initialize();
		PyRun_SimpleString("import json\ndef inside():\n    return bytes(60000)\nkept = inside()\n"
				   "words = ['word %d' % n for n in range(2000)]\n");
		Py_Finalize();
	}
	puts("ended");
	return 0;
}
"""


def compiled(source, *options):
    path = pathlib.Path("embeds.c").absolute()
    path.write_text(source)
    run([need("cc"), "-o", path.with_suffix(""), path, *options, "-ldl"])
    return path.with_suffix("")


@table(*[(f"{version}/{name}", version, mode, allocator) for version in VERSIONS
         for name, mode, allocator in (("local", 0, None), ("global", 256, None), ("linked", None, None),
                                       ("debug", 0, "debug"))
         if name == "local" or version in EDGES])
def again_and_again(version, mode, allocator):
    """A program in C whose interpreter ends and begins anew: it fails, its blocks are missed from the second
    time on, or what interpreters do in their end is taken for an error."""
    library = shared_library(version)
    python = pathlib.Path(need_python(version)).resolve()
    if mode is None:
        command = [compiled(LINKED, library, f"-Wl,-rpath,{pathlib.Path(library).parent}")]
    else:
        command = [compiled(EMBEDS), library, str(mode)]
    environment = {"PYTHONHOME": str(python.parent.parent), "PYTHONMALLOC": allocator}
    bare = run(command, env=environment)
    equal((bare.status, bare.stdout), (0, b"ended\n"), "the program without us")
    recording = record(command, env=environment)
    equal((recording.outcome.stdout, recording.outcome.stderr), (bare.stdout, bare.stderr), "output")
    tables = database(recording.one())
    made = tables.execute("select id, allocations from sites where max_bytes between 60033 and 60060").fetchall()
    frames = 12 if number_of(version) < (3, 11) else 0  # kept by functions
    equal(sum(allocations for _, allocations in made), 12 + frames, f"blocks of inside: {made}")
    for site, _ in made:
        stack = [(last_part(function), line) for function, _, line in stack_of(tables, site)]
        equal(stack, [("<module>", 4), ("inside", 3)], "the stack")
    equal(tables.execute("select rule, message from findings").fetchall(), [], "findings")
    equal(tables.execute("select lost_events, unseen_releases from run").fetchone(), (0, 0), "what is missing")
