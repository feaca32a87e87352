# SPDX-License-Identifier: MIT
"""NumPy, as one extension module for many: its memory is under the lines of Python that asked for it."""
import json
import re
import subprocess

from harness import case, check, equal, record, skip, tenure
from pythons import SYSTEM, database, stack_of, write

PROGRAM = """import numpy
def load(count):
    return numpy.arange(count, dtype=float)
def slices():
    kept = []
    for n in range(20):
        big = load(100000 + n)
        kept.append(big[5:15])
    return kept
VIEWS = slices()
def temporary():
    numbers = numpy.zeros(50000)
    return (numbers * 2 + 1).sum()
for n in range(50):
    temporary()
"""


def trace_of(text):
    if subprocess.run([SYSTEM, "-c", "import numpy"], capture_output=True, check=False).returncode:
        skip("numpy is not installed for Debian's python3")
    return record([SYSTEM, write(text)]).one()


@case
def views():
    """Views that keep large arrays: what holds the arrays is not told down to the variable; or another line
    has the bytes."""
    trace = trace_of(PROGRAM)
    tables = database(trace)
    data, = tables.execute("select id, live_blocks, live_bytes from sites where live_bytes > 10000000").fetchall()
    equal(data[1:], (20, sum(8 * (100000 + n) for n in range(20))), "arrays")
    lines = [(function, line) for function, file, line in stack_of(tables, data[0])
             if file and file.endswith("program.py")]
    equal(lines, [("<module>", 10), ("slices", 7), ("load", 3)], "who asked for them")
    text = tenure("report", f"--site={data[0]}", trace.path).stdout.decode()
    check(re.search(r"module +\['VIEWS'\] ->\n.* list +.*->\n.* numpy.ndarray .*->\n.* numpy.ndarray ", text), text)


@case
def by_line():
    """Peak memory of a program, line by line, that is charged to code without a name."""
    trace = trace_of(PROGRAM)
    groups = json.loads(tenure("report", "--by=line", "--sort=peak", "--source", "--sites=6", "--format=json",
                               trace.path).stdout)["groups"]
    found = {group["source"].strip(): group["peak_bytes"] for group in groups if group.get("source")}
    check(found.get("return numpy.arange(count, dtype=float)", 0) > 16e6, str(found))
    check(390e3 < found.get("return (numbers * 2 + 1).sum()", 0) < 900e3, str(found))


@case
def only_imported():
    """What modules in C forget when they are loaded makes a leak of a program that loads them; or what they
    set up is told as never freed."""
    tables = database(trace_of("import numpy, numpy.random, numpy.linalg\n"))
    told = tables.execute("select verdict, function, live_bytes from sites join frames on frame = frames.id "
                          "where verdict in ('leak', 'growing', 'unfreed')").fetchall()
    equal(told, [], "sites")
