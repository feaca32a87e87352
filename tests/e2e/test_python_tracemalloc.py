# SPDX-License-Identifier: MIT
"""Bytes and blocks that each line of Python holds: tracemalloc's account of a run, against its trace."""
import ast
import re

from harness import check, equal, record, table, tenure
from pythons import VERSIONS, need_python, number_of, write

# Objects that the interpreter hands out again from its own lists keep the line of their block for us; for
# tracemalloc they are new. Lines without such objects must be equal.
PROGRAM = """
import _tracemalloc, sys
_tracemalloc.start(1)

class Node:
    __slots__ = ("number", "text")
    def __init__(self, number):
        self.number = number * 1000  # equal before 3.14
        self.text = "node %d" % number  # equal

def build(count):
    nodes = []
    for number in range(count):
        nodes.append(Node(number))  # equal
    return nodes

kept = build(1000)
del kept[::3]
words = [f"{a}{b}" for a in "abcdefgh" for b in range(50)]
index = {}
for word in words:
    index.setdefault(word[:2], []).append(word)
text = "y" * 5000  # equal
tuples = [tuple(range(n % 50)) for n in range(1000)]
sets = {frozenset(range(n % 9)) for n in range(100)}
more = bytearray(100)
for n in range(500):
    more += b"0123456789"  # equal
pieces = []
for n in range(600):
    pieces.append(b"x" * n)  # equal
del pieces[100:500:2]
joined = b"".join(pieces)  # equal
closures = [lambda n=n: n for n in range(800)]
records = [{"id": n, "tags": [n, n + 1]} for n in range(800)]
traces = _tracemalloc._get_traces()
lines = {}
for trace in traces:
    file, line = trace[2][0]
    if file == __file__:
        size, count = lines.get(line, (0, 0))
        lines[line] = size + trace[1], count + 1
sys.stdout.write(repr(lines))
sys.stdout.flush()
__import__("os")._exit(0)
"""
FIRST = PROGRAM[:PROGRAM.index("class Node")].count("\n") + 1
END = PROGRAM[:PROGRAM.index("traces =")].count("\n") + 1
EQUAL = [number for number, line in enumerate(PROGRAM.split("\n"), 1) if line.endswith("# equal")]
INTEGERS = [number for number, line in enumerate(PROGRAM.split("\n"), 1) if line.endswith("# equal before 3.14")]
REUSED = 250  # blocks: what the interpreter keeps of each kind of object, with room for several kinds
REUSED_INTEGERS = 700  # since 3.14: those of a loop's variable are handed out again at once


def live_by_line(trace, program):
    """Of what Python's allocators for memory and objects gave: {line: (bytes, blocks)}. Those for raw
    memory serve tracemalloc itself."""
    live = {}
    listing = tenure("info", "--events", "--stacks", trace.path).stdout.decode().splitlines()
    for text, innermost in zip(listing, listing[1:]):
        if not re.search(r" api=Py(Mem|Object)_", text):
            continue
        event = dict(word.split("=", 1) for word in text.split())
        place = innermost.rpartition(" ")[2].rpartition(":") if innermost[0] == "\t" else ("", "", "")
        if event["api"] in ("PyMem_Malloc", "PyObject_Malloc") and event["kind"] in ("alloc", "realloc-end"):
            live[event["address"]] = (place, int(event["size"]))
        else:
            live.pop(event["address"], None)
    lines = {}
    for (path, _, line), size in live.values():
        if path == program:
            total, blocks = lines.get(int(line), (0, 0))
            lines[int(line)] = total + size, blocks + 1
    return lines


@table(*[(version, version) for version in VERSIONS])
def by_line(version):
    """A line that holds other bytes or blocks than tracemalloc says of the same run."""
    program = write(PROGRAM)
    recording = record([need_python(version), program])
    theirs = {line: totals for line, totals in ast.literal_eval(recording.outcome.stdout.decode()).items()
              if FIRST <= line < END}
    ours = live_by_line(recording.one(), program)
    integers_kept = number_of(version) >= (3, 14)
    same = EQUAL if integers_kept else EQUAL + INTEGERS
    reused = REUSED_INTEGERS if integers_kept else REUSED
    check(set(same) <= set(theirs) and len(theirs) > 15, str(theirs))
    for line, (size, blocks) in sorted(theirs.items()):
        mine = ours.get(line, (0, 0))
        if line in same:
            equal(mine, (size, blocks), f"bytes and blocks of line {line}")
        check(abs(mine[1] - blocks) <= reused, f"line {line}: {mine} bytes and blocks, {size, blocks} expected")
    total = sum(blocks for _, blocks in theirs.values())
    mine = sum(totals[1] for line, totals in ours.items() if FIRST <= line < END)
    check(abs(mine - total) < total / 20, f"{mine} blocks, {total} expected")
