# SPDX-License-Identifier: MIT
"""Programs in Python: their own account of who allocated what, against the report's."""
import collections
import json
import pathlib
import re

import harness
from harness import case, check, equal, need, record, record_by_preload, run, skip, table, tenure
from pythons import (SYSTEM, VERSIONS, database, interpreters, last_part, need_python, number_of,
                     shared_library, stack_of, write)

# Each way in which a function can be running: blocks of sizes that nothing else has, with the stack as
# the interpreter itself tells it.
CONTEXTS = r"""
import asyncio, ctypes, functools, json, re, signal, sys, threading, traceback, weakref, gc

account, keep, size = [], [], 100000

def here(value=None):
    global size
    size += 64
    block = bytes(size)
    keep.append(block)
    account.append((size + 33, [(f.name, f.filename, f.lineno) for f in traceback.extract_stack()]))
    return value

def plain():
    here()

class Things:
    here()
    def method(self):
        here()
    @classmethod
    def of_class(cls):
        here()
    @property
    def attribute(self):
        return here()
    def __getattr__(self, name):
        return here(name)
    def __lt__(self, other):
        return here(True)
    def __enter__(self):
        here()
    def __exit__(self, *unused):
        here()
    def __del__(self):
        here()
    def __hash__(self):
        here()
        return 7

def decorated(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments)
    return wrapper

@decorated
def behind_a_wrapper():
    here()

@functools.lru_cache(None)
def cached(n):
    here()
    return n

def numbers():
    here()
    yield 1
    here()
    yield 2
    here()

def from_another():
    yield from numbers()

def first_half(g):
    next(g)

def second_half(g):
    for _ in g:
        pass

def recursive(n):
    if n:
        return recursive(n - 1)
    here()

def mutual(n):
    return here() if not n else other_of_both(n - 1)

def other_of_both(n):
    return mutual(n)

def raising():
    try:
        raise ValueError(here())
    except ValueError:
        here()
    finally:
        here()

async def inner():
    here()
    await asyncio.sleep(0)
    here()
    return 1

async def outer():
    await inner()
    results = await asyncio.gather(inner(), inner())
    return [here() async for _ in agen()]

async def agen():
    yield here()
    await asyncio.sleep(0)
    yield 2

def closure():
    value = 5
    def uses_it():
        return here(value)
    return uses_it

def called_from_c():
    here()
    return 3

things = Things()
plain()
things.method()
Things.of_class()
things.attribute
things.missing
(lambda: here())()
[here() for _ in range(1)]
{n: here() for n in range(1)}
list(here() for _ in range(1))
list(map(here, [1]))
sorted([1], key=here)
pair = [Things(), Things()]
sorted(pair)
del pair[0]
del pair[0]
max([1, 2], key=lambda n: here(n))
functools.reduce(lambda a, b: here(a), [1, 2])
functools.partial(here, 4)()
behind_a_wrapper()
cached(1)
{things: 1}
with things:
    here()
first_half(numbers())
g = from_another()
first_half(g)
second_half(g)
list(numbers())
recursive(50)
mutual(5)
raising()
closure()()
asyncio.run(outer())
exec(compile("def compiled():\n\n    here()\ncompiled()\n", "made up.py", "exec"))
eval("here()")
json.loads('{"a": 1}', object_hook=here)
re.sub("a", lambda match: here("b"), "a")
ctypes.CFUNCTYPE(ctypes.c_int)(called_from_c)()
thread = threading.Thread(target=plain)
thread.start()
thread.join()
signal.signal(signal.SIGUSR1, lambda *unused: here())
signal.raise_signal(signal.SIGUSR1)
def dies():
    victim = Things()
    del victim
dies()
watched = {1}
reference = weakref.ref(watched, lambda unused: here())
del watched
class Part: pass
part = Part()
part.itself = part
part.also = Things()
del part
gc.collect()
class Made:
    def __init__(self):
        here()
def makes():
    for _ in range(20):
        Made()
makes()
sys.setprofile(lambda *unused: None)
plain()
sys.setprofile(None)
json.dump(account, open("account.json", "w"))
"""


@table(*[(version, version) for version in VERSIONS])
def stacks(version):
    """A function, file or line of a stack that is not what the interpreter itself says."""
    program = write(CONTEXTS)
    trace = record([need_python(version), program]).one()
    account = json.loads(pathlib.Path("account.json").read_text())
    check(len(account) > 50, "contexts")
    blocks = collections.defaultdict(list)
    for size, stack in account:
        stack[-1][2] -= 2  # where the block was made: two lines above
        blocks[tuple(map(tuple, stack))].append(size)
    tables = database(trace)
    sites = dict(tables.execute("select max_bytes, id from sites where max_bytes > 100000"))
    for expected, sizes in blocks.items():
        site = sites.get(max(sizes))
        check(site, f"{sizes} bytes by {expected}")
        stack = [(last_part(function), file, line)
                 for function, file, line in stack_of(tables, site)]
        equal(stack, list(expected), f"stack of {sizes} bytes")


# Blocks of known numbers and sizes: bytes objects have 33 bytes more than they hold. Each function has
# them on a line of their own. The end waits until the thread is gone, not only joined: CPython changes
# its allocators as it ends, and a thread that releases its state then may do so by another than it was
# got from ("munmap_chunk(): invalid pointer" with PYTHONMALLOC=debug, rarely, without us).
COUNTED = r"""
import os, sys, threading, time
kept = [None] * 2000
def small():
    for n in range(1000):
        kept[n] = bytes(
            67)
def large():
    for n in range(1000, 1100):
        kept[n] = bytes(
            5000)
def gone():
    for _ in range(500):
        bytes(300)
def thread():
    kept[1999] = bytes(70000)
small()
large()
gone()
other = threading.Thread(target=thread)
other.start()
other.join()
while len(os.listdir("/proc/self/task")) > 1:
    time.sleep(0.001)
print(sys.getallocatedblocks() > 1000, sys.getsizeof(b""), file=sys.stderr)
"""

ALLOCATORS = ("pymalloc", "malloc", "debug", "pymalloc_debug", "malloc_debug")


@table(*[(f"{version}/{allocator}", version, allocator) for version in VERSIONS
         for allocator in ALLOCATORS],
       *[(f"{version}/{allocator}", version, allocator) for version in VERSIONS
         if number_of(version) >= (3, 13) for allocator in ("mimalloc", "mimalloc_debug")])
def counts(version, allocator):
    """An allocator of Python's whose blocks are missed or counted twice; another one than was asked
    for; a program that behaves differently."""
    python, program = need_python(version), write(COUNTED)
    environment = {"PYTHONMALLOC": allocator}
    bare = run([python, program], env=environment)
    recording = record([python, program], env=environment)
    # The interpreter counts blocks of mimalloc only while that stands there itself, as we do then.
    told = bare.stderr.replace(b"True", b"False") if allocator == "mimalloc" else bare.stderr
    equal(recording.outcome.stderr, told, "stderr")
    tables = database(recording.one())
    equal(tables.execute("select rule, message from findings").fetchall(), [], "findings")
    equal(tables.execute("select lost_events, unseen_releases from run").fetchone(), (0, 0),
          "what is missing")
    # What a debug allocator gets for a block is larger, where nobody can be in front of it.
    more = 24 if allocator == "malloc_debug" else 0
    for function, size, made, left in (("small", 100, 1000, 1000), ("large", 5033, 100, 100),
                                       ("gone", 333, 500, 0), ("thread", 70033, 1, 1)):
        found = tables.execute(
            "select sum(allocations), sum(live_blocks) from sites join frames on frame = frames.id "
            "where frames.function = ? and max_bytes = ?", (function, size + more)).fetchone()
        check(found[0] in (made, made + 1) and found[1] == left,  # once the function's own cache
              f"blocks of {size} bytes by {function}: {found}")


GROWS = r"""
import time
sessions = {}
class Session:
    __slots__ = ("number", "text")
    def __init__(self, number):
        self.number = number
        self.text = "session %d of many" % number
def open_session(number):
    sessions[number] = Session(number)
def work(number):
    return sum([float(n) for n in range(50)]) + number
for number in range(20000):
    open_session(number)
    work(number)
    if number % 200 == 0:
        time.sleep(0.001)
"""


@table(*[(version, version) for version in VERSIONS])
def growth(version):
    """What grows is not found, or what does not is said to; blocks that are held seem lost."""
    trace = record([need_python(version), write(GROWS)]).one()
    tables = database(trace)
    growing = {last_part(function) for (function,) in tables.execute("select function from leaks")}
    check({"__init__", "open_session"} <= growing, f"what grows: {growing}")
    check(growing <= {"__init__", "open_session", "<module>"}, f"what grows: {growing}")
    lost, = tables.execute("select sum(direct_bytes) from sites").fetchone()
    check(lost < 1000, f"{lost} bytes lost")
    text = tenure("report", trace.path).stdout.decode()
    check("when the interpreter began to release all it had" in text, "where the report ends")
    check("grow" in text.splitlines()[4], f"the verdict: {text.splitlines()[4]}")


@table(*[(version, version) for version in VERSIONS])
def imports(version):
    """A program that does nothing but import modules is said to leak what they consist of."""
    modules = "json, asyncio, email.message, http.client, unittest, sqlite3, xml.dom.minidom"
    trace = record([need_python(version), "-c", f"import {modules}"]).one()
    leaks = database(trace).execute("select function, file, live_bytes from leaks").fetchall()
    equal(leaks, [], "sites that grow")


@table(*[(version, version) for version in VERSIONS])
def nothing(version):
    """What the interpreter keeps for itself is told of a program that does nothing."""
    trace = record([need_python(version), "-c", "pass"]).one()
    never = database(trace).execute("select function, live_bytes from sites join frames on frame = frames.id "
                                    "where verdict = 'unfreed'").fetchall()
    equal(never, [], "sites that never freed anything")
    verdict = tenure("report", trace.path).stdout.decode().splitlines()[4]
    equal(verdict, "Nothing leaks or grows, as far as this trace can tell.", "the verdict")


MEMORY_ERRORS = """
def load(size):
    try:
        return bytearray(size)
    except MemoryError:
        return None
def work():
    load(1 << 46)
    for n in range(3):
        load((1 << 45) + n)
work()
"""


@table(*[(version, version) for version in VERSIONS])
def memory_errors(version):
    """A MemoryError without the line that asked for so much."""
    findings = record([need_python(version), write(MEMORY_ERRORS)]).one().report["findings"]
    failures = {finding["occurrences"]: finding for finding in findings
                if finding["rule"] == "allocation-failure"}
    equal(sorted(failures), [1, 3], "how often allocations failed")
    for occurrences, line, size in ((1, 8, 1 << 46), (3, 10, 1 << 45)):
        finding = failures[occurrences]
        stack = [(last_part(frame["function"]), frame["line"]) for frame in finding["release"]]
        equal(stack, [("load", 4), ("work", line), ("<module>", 11)], finding["message"])
        # Since 3.15 what a bytearray holds is a bytes object.
        check(re.search(rf"_Malloc of ({size + 1}|{size + 33}) bytes failed", finding["message"]),
              finding["message"])


EXTENSION = r"""
import ctypes
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
def in_c():
    return libc.malloc(12345)
block = in_c()
"""


@table(*[(version, version) for version in VERSIONS])
def extension(version):
    """Memory of an extension module that is not under the line which called it; frames of the
    interpreter where nobody asked for them, or none where somebody did."""
    python, program = need_python(version), write(EXTENSION)
    names = {}
    for options in ((), ("--native",)):
        tables = database(record([python, program], *options).one())
        [(site,)] = tables.execute("select id from sites where max_bytes = 12345").fetchall()
        names[options] = [last_part(function or "?") for function, _, _ in stack_of(tables, site)]
        modules = tables.execute("select distinct module from stacks join frames "
                                 "on frame = frames.id where site = ?", (site,)).fetchall()
        in_ctypes = [module for (module,) in modules if "_ctypes" in module or "ffi" in module]
        check(in_ctypes, f"the extension module among {modules}")
    usual, native = names.values()
    equal(usual[:2], ["<module>", "in_c"], "the outermost functions")
    # Where the loop's code is in pieces, as compilers make them since, these are not recognised.
    check("in_c" in native and (native.index("in_c") > 2 or number_of(version) >= (3, 14)),
          f"outer native frames: {native}")
    check("_PyEval_EvalFrameDefault" not in usual, f"the interpreter: {usual}")
    check("_PyEval_EvalFrameDefault" in native or "PyEval_EvalCode" in native, f"the interpreter: {native}")
    without = database(record([python, program], "--no-python").one())
    equal(without.execute("select count(*) from frames where language = 'python'").fetchone(), (0,),
          "functions of Python")


CHILDREN = r"""
import multiprocessing, os, subprocess, sys
def made_in_the_child(n):
    global kept
    kept = bytes(40000 + n)
def child(n):
    made_in_the_child(n)
if __name__ == "__main__":
    pid = os.fork()
    if not pid:
        child(0)
        os._exit(0)
    os.waitpid(pid, 0)
    context = multiprocessing.get_context("fork")
    process = context.Process(target=child, args=(1,))
    process.start()
    process.join()
    subprocess.run([sys.executable, "-c", "def in_a_new_program():\n return bytes(50000)\n"
                    "kept = in_a_new_program()"], check=True)
"""


@table(*[(version, version) for version in VERSIONS])
def children(version):
    """A child whose stacks are those of its parent, or none."""
    recording = record([need_python(version), write(CHILDREN)])
    found = collections.Counter()
    for trace in recording.traces:
        tables = database(trace)
        for site, size in tables.execute("select id, max_bytes from sites where max_bytes between "
                                         "40033 and 50033"):
            found[size, last_part(stack_of(tables, site)[-1][0])] += 1
    for size, function in ((40033, "made_in_the_child"), (40034, "made_in_the_child"),
                           (50033, "in_a_new_program")):
        equal(found[size, function], 1, f"{size} bytes by {function} in {found}")


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
	initialize();
	run("def inside():\n    return bytes(60000)\nkept = inside()\n");
	finalize();
	return 0;
}
"""


@table(*[(f"{version}/{name}", version, mode) for version in VERSIONS
         for name, mode in (("local", 0), ("global", 256))])
def embedded(version, mode):
    """An interpreter that is loaded later by a program in C."""
    source = pathlib.Path("embeds.c").absolute()
    source.write_text(EMBEDS)
    program = source.with_suffix("")
    run([need("cc"), "-o", program, source, "-ldl"])
    library = shared_library(version)
    home = str(pathlib.Path(need_python(version)).resolve().parent.parent)
    trace = record([program, library, str(mode)], env={"PYTHONHOME": home}).one()
    tables = database(trace)
    [(site,)] = tables.execute("select id from sites where max_bytes = 60033").fetchall()
    equal([row[:1] + row[2:] for row in stack_of(tables, site)],
          [("<module>", 3), ("inside", 2)], "the stack")
    equal(tables.execute("select rule, message from findings").fetchall(), [], "findings")


# Modules of CPython's own tests, where its functions are called in all ways there are.
OWN_TESTS = ("test_generators", "test_functools", "test_coroutines")
TOTALS = re.compile(rb"verify_python: (\d+) equal, (\d+) wrong")


@table(*[(f"{version}/{name}", version, name) for version in VERSIONS for name in OWN_TESTS],
       timeout=110)
def own_tests(version, name):
    """A test of CPython's own that fails when it is recorded; a stack that is not what a walk over all
    frames finds."""
    python = need_python(version)
    command = [python, "-m", "test", name]
    bare = run(command, timeout=100)
    if bare.status != 0:
        skip(f"{name} of {python} fails or is missing here without us")
    record(command, timeout=100)
    outcome = run([harness.TENURE, "run", "-q", "-o", "verified.%p.tenure", "--", python, "-c",
                   "import sys, unittest, test.support; "
                   f"unittest.main('test.{name}', argv=['x', '-q'], exit=False)"],
                  env={"TENURE_OPTIONS": "verify_unwind=1"}, timeout=105)
    totals = TOTALS.findall(outcome.stderr)
    check(totals, "the line with totals")
    same, wrong = map(int, totals[-1])
    print(f"NOTE {same} stacks equal, {wrong} wrong")
    equal(wrong, 0, "wrong stacks")
    check(same > 10000, "stacks compared")


@case
def versions_that_were_run():
    """Nothing: it tells which interpreters the tests above had."""
    found = interpreters()
    check("3.11" in found or found, "an interpreter")
    print("NOTE ran: " + ", ".join(f"{version} ({found[version]})" for version in found
                                   if version in VERSIONS))
    print("NOTE not here: " + (", ".join(set(VERSIONS) - set(found)) or "none of them"))


@case
def by_preload():
    """The library alone, in the distribution's own interpreter, which is linked statically."""
    recording = record_by_preload([need(SYSTEM), write("kept = bytes(5000)")])
    harness.wait_until(lambda: recording.traces and recording.one().complete(), 10, "a trace")
    tables = database(recording.one())
    equal(tables.execute("select live_blocks from sites where max_bytes = 5033").fetchall(), [(1,)],
          "blocks")
