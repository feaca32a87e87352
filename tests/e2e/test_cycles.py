# SPDX-License-Identifier: MIT
"""Circles of lost blocks, and the graph that is drawn of each."""
from harness import check, equal, need, record, table, tenure
from heap_cases import argv
from pythons import SYSTEM, write

# By case: how many blocks, then of each node how many it stands for; words of the walk by where they are.
CASES = {
    "shapes/cycle_of_2": (2, [1, 1], [0, 0]),
    "shapes/cycle_with_tail": (3, [1, 1, 1], [0, 0, 0]),
    "shapes/cycle_of_1000": (1000, [1, 999], [0, 0]),
    "containers/shared_cycle": (2, [1, 1], [16, 16]),
}


@table(*((name, name) for name in CASES))
def graphs(name):
    """A circle that is said to have other blocks or words than it has."""
    trace = record(argv(name)).one()
    blocks, counts, offsets = CASES[name]
    snapshot = trace.report["snapshot"]
    equal((snapshot["cycle_count"], len(snapshot["cycles"])), (1, 1), "circles")
    cycle = snapshot["cycles"][0]
    equal((cycle["kind"], cycle["times"], cycle["blocks"], cycle["hidden_blocks"]),
          ("lost", 1, blocks, 0), "the circle")
    equal(sorted(node["count"] for node in cycle["nodes"]), counts, "how many each node stands for")
    walk = cycle["edges"][:cycle["walk_length"]]
    equal([edge["offset"] for edge in walk], offsets, "words")
    equal([edge["to"] for edge in walk], [edge["from"] for edge in walk[1:] + walk[:1]], "the way")
    type_of = "_Sp_counted_ptr_inplace<partner" if name.startswith("containers") else ""
    for node in cycle["nodes"]:
        check(type_of in node["type"], f"type: {node}")
        check(node["site"] in [part["site"] for part in cycle["sites"]], f"site: {node}")
    text = tenure("report", trace.path).stdout.decode()
    part = text.partition("\nBlocks that hold each other\n")[2].partition("\n\n")[0]
    check(part.startswith(f"  {blocks:,} blocks, ") and " -> back" in part, part)


# Attributes whose names would be markup, or drive a terminal.
NAMES = r"""
import gc
gc.disable()
Evil = type("<img src=x>", (), {})
for _ in range(100):
    one = Evil()
    setattr(one, "<b>&'\x1b[2J", [one])
    del one
"""


@table(("text", []), ("html", ["-o", "report.html"]), ("json", ["--format=json"]))
def hostile_names(options):
    """A name of the program's that reaches the reader's terminal or browser as more than a name."""
    trace = record([need(SYSTEM), write(NAMES)]).one()
    out = tenure("report", trace.path, *options).stdout
    if options[:1] == ["-o"]:
        with open("report.html", "rb") as file:
            out = file.read()
        check(b"<img src=x>" not in out and b"&lt;img src=x&gt;" in out, "the class")
    check(b"\x1b[2J" not in out, "an escape sequence")
    check(b"img src=x" in out, "the circles are not there")
