# SPDX-License-Identifier: MIT
"""The arenas of CPython's allocator: the interpreter's own account of them, against the report's."""
import pathlib
import re

from harness import case, check, equal, need, record, table, tenure
from pythons import SYSTEM, VERSIONS, database, need_python, write

# Of many objects few stay; then the interpreter's own account of its arenas, for which its own allocator
# must be in place: ours keeps it at the beginning of its context.
ARENAS = """
import ctypes, os, sys

class Session:
    __slots__ = ("number",)

def sessions(count):
    made = []
    for number in range(count):
        session = Session()
        session.number = None
        made.append(session)
    return made

STAYED = sessions(200000)[::2000]
TEXTS = ["x" * (n % 600) for n in range(5000)]
del TEXTS[::2]

class Allocator(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in "context malloc calloc realloc free".split()]

api = ctypes.pythonapi
ours = Allocator()
api.PyMem_GetAllocator(2, ctypes.byref(ours))
api.PyMem_SetAllocator(2, ctypes.c_void_p(ours.context))
sys._debugmallocstats()
os._exit(0)
"""


def own_account(text):
    """What sys._debugmallocstats says: sums by name, and (pools, blocks) by size of block."""
    sums = {name.strip(): int(number.replace(",", ""))
            for name, number in re.findall(r"^#? ?(.*?) +=\s+([\d,]+)$", text, re.M)}
    sizes = {int(size): (int(pools), int(blocks)) for size, pools, blocks in
             re.findall(r"^ +\d+ +(\d+) +(\d+) +(\d+) +\d+$", text, re.M)}
    return sums, sizes


@table(*[(f"{version}/pymalloc", version, "pymalloc") for version in VERSIONS],
       *[(f"{version}/debug", version, "debug") for version in ("3.8", "3.11")])
def arenas(version, allocator):
    """Arenas, pools or free memory in them that are others than the interpreter's own account has; or
    the line that keeps arenas is not named."""
    recording = record([need_python(version), write(ARENAS)], env={"PYTHONMALLOC": allocator})
    sums, sizes = own_account(recording.outcome.stderr.decode())
    found = recording.one().short_report["fragmentation"]["arenas"]
    parts = [found[name] for name in ("live", "overhead", "free", "unused", "other")]
    equal(sum(parts), found["bytes"], "sum of all parts")
    equal(found["ever"], sums["arenas allocated total"], "arenas")
    equal(found["most"], sums["arenas highwater mark"], "most arenas")
    equal(len(found["list"]), sums["arenas allocated current"], "arenas at the end")
    # While its allocator stands there itself, what calls the function comes and goes unseen.
    mine = {size["block_bytes"]: (size["pools"], size["blocks"]) for size in found["sizes"]}
    allocated = sum(size * blocks for size, (_, blocks) in mine.items())
    check(abs(allocated - sums["bytes in allocated blocks"]) <= 1024, f"{allocated} bytes: {sums}")
    check(abs(found["free"] - sums["bytes in available blocks"]) <= 1024, f"{found['free']}: {sums}")
    for size, (pools, blocks) in sizes.items():
        check(mine[size][0] == pools and abs(mine[size][1] - blocks) <= 8,
              f"{size} bytes: {mine[size]} pools and blocks, by the interpreter {pools, blocks}")
    unused = [number for name, number in sums.items() if "unused pools" in name]
    equal([found["unused"]], unused, "bytes of free pools")

    sparse = found["sparse"]
    check(len(found["list"]) / 3 < sparse["arenas"] <= len(found["list"]), str(sparse))
    site = recording.one().report["sites"][sparse["holders"][0]["site"] - 1]
    frame = site["stack"][0]
    check(sparse["holders"][0]["exclusive_arenas"] > sparse["arenas"] / 2, str(sparse))
    equal((frame["function"], frame["line"]), ("sessions", ARENAS[:ARENAS.index("session = ")].count("\n") + 1),
          "the line that keeps most arenas")
    equal(site["type"], "Session", "of class")
    text = tenure("report", recording.one().path).stdout.decode()
    check(re.search(rf"less than a tenth full, \d+ kept by #{site['id']} alone", text), text[:3000])


@case
def arenas_in_other_formats():
    """A number about arenas that is another in a database, or an HTML report that does not name them."""
    trace = record([need(SYSTEM), write(ARENAS)]).one()
    found = trace.short_report["fragmentation"]["arenas"]
    tables = database(trace)
    for name, rows, columns in (
            ("arena_totals", [found], "ever most bytes live overhead free unused other blocks outside_blocks"),
            ("arenas", found["list"], "start end live_blocks live_bytes pools sites site"),
            ("arena_holders", found["sparse"]["holders"], "site arenas exclusive_arenas blocks bytes"),
            ("pool_sizes", found["sizes"], "block_bytes pools blocks free_blocks")):
        wanted = sorted(tuple(row[column] for column in columns.split()) for row in rows)
        selected = ", ".join(f'"{column}"' for column in columns.split())
        equal(sorted(tables.execute(f"select {selected} from {name}")), wanted, name)
    tenure("report", trace.path, "-o", "report.html")
    html = pathlib.Path("report.html").read_text()
    worst = found["sparse"]["holders"][0]
    row = re.search(r'id="table-arena-holders".*?<tbody>\s*<tr>(.*?)</tr>', html, re.S)
    advice = rf"Blocks of #{worst['site']} alone keep {worst['exclusive_arenas']} of these, [\d.]+ MiB: made before"
    check(re.search(advice, html), "what would let them go")
    check(row and "<td>Session</td>" in row[1] and f"#{worst['site']}<" in row[1], f"who keeps arenas: {row}")
