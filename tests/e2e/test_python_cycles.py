# SPDX-License-Identifier: MIT
"""Circles of Python's objects: how many, of which kind, and the graph that is drawn of one of each."""
import re

from harness import check, equal, record, table, tenure
from pythons import VERSIONS, last_part, need_python, write

PROGRAM = r"""
import ctypes, gc
gc.disable()
class Node:
    def __init__(self, number):
        self.number = number
class Parent:
    pass
class Child:
    def __init__(self, parent):
        self.parent = parent
class Slotted:
    __slots__ = ("next", "value")
class Leaked:
    pass
def pair():
    one, other = Node(1), Node(2)
    one.other, other.other = other, one
def family():
    parent = Parent()
    parent.children = [Child(parent), Child(parent)]
def crowd():
    parent = Parent()
    parent.children = [Child(parent) for _ in range(20)]
def itself():
    endless = []
    endless.append(endless)
def slotted():
    one, other = Slotted(), Slotted()
    one.next, other.next = other, one
def closure():
    def function(number):
        return function(number - 1) if number else 0
def leaked():
    one, other = Leaked(), Leaked()
    one.other, other.other = other, one
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(one))
def repeat(function, times):
    for _ in range(times):
        function()
repeat(pair, 1000)
"""

OTHERS = "\n".join(f"repeat({name}, 300)" for name in
                   ("family", "crowd", "itself", "slotted", "closure", "leaked"))


def walk_of(cycle):
    """As (type, how many, word), rotated so that the least comes first."""
    walk = [(cycle["nodes"][edge["from"]]["type"], cycle["nodes"][edge["from"]]["count"],
             edge["member"]) for edge in cycle["edges"][:cycle["walk_length"]]]
    nodes = [edge["from"] for edge in cycle["edges"][:cycle["walk_length"]]]
    ends = [edge["to"] for edge in cycle["edges"][:cycle["walk_length"]]]
    equal(ends, nodes[1:] + nodes[:1], f"a closed walk: {cycle}")
    return min(walk[at:] + walk[:at] for at in range(len(walk)))


def kinds_of(report):
    """How many circles look the same to a reader: {(kind, walk): times}."""
    found = {}
    for cycle in report["snapshot"]["cycles"]:
        key = cycle["kind"], tuple(walk_of(cycle))
        found[key] = found.get(key, 0) + cycle["times"]
        equal(cycle["hidden_blocks"], 0, f"blocks that are not drawn of {cycle}")
    return found


def makers_of(report, cycle):
    """The functions that the nodes of a circle come from, innermost first."""
    stacks = {site["id"]: site["stack"] for site in report["sites"]}
    return [[last_part(frame["function"]) for frame in stacks[node["site"]]]
            for node in cycle["nodes"]]


# A few are held by words that are left over: in stacks, and in what objects have not filled yet.
@table(*[(version, version) for version in VERSIONS])
def pairs(version):
    """A circle that is missing, or is counted twice; that has the interpreter's own blocks in it; whose
    line is not told."""
    trace = record([need_python(version), "-I", "-S", write(PROGRAM)]).one()
    nodes = ("garbage", (("Node", 1, "['other']"), ("Node", 1, "['other']")))
    found = kinds_of(trace.report)
    check(985 <= found.pop(nodes, 0) <= 1000, f"pairs: {trace.report['snapshot']['cycles']}")
    check(not found, f"other circles: {found}")
    largest = trace.report["snapshot"]["cycles"][0]
    equal({makers[0] for makers in makers_of(trace.report, largest)}, {"pair"}, "who made them")
    text = tenure("report", trace.path).stdout.decode()
    check(re.search(r"circles of \d blocks, .* in all: garbage of Python, which its collector would "
                    r"free\n      Node \['other'\] -> Node \['other'\] -> back\n"
                    r"      #\d+ Node: pair program\.py:17\n", text), text[:6000])


@table(*[(version, version) for version in VERSIONS])
def shapes(version):
    """A circle drawn with blocks that users of Python do not know; the words of many objects, each on its
    own; objects that code in C never lets go said to be mere garbage."""
    report = record([need_python(version), "-I", "-S", write(PROGRAM + OTHERS)]).one().report
    expected = {
        "a pair": ("garbage", ("Node", 1, "['other']"), ("Node", 1, "['other']")),
        "a crowd": ("garbage", ("Child", 20, "['parent']"), ("Parent", 1, "['children']"),
                    ("list", 1, "[...]")),
        "a list in itself": ("garbage", ("list", 1, "[0]")),
        "slots": ("garbage", ("Slotted", 1, ".next"), ("Slotted", 1, ".next")),
        "a closure": ("garbage", ("cell", 1, ".cell_contents"), ("function", 1, ".__closure__"),
                      ("tuple", 1, "[0]")),
        "with a reference too many": ("uncollected", ("Leaked", 1, "['other']"),
                                      ("Leaked", 1, "['other']")),
    }
    found = kinds_of(report)
    for what, (kind, *walk) in expected.items():
        times = found.pop((kind, tuple(walk)), 0)
        check(times >= (900 if what == "a pair" else 240), f"{what}: {times}; others: {found}")
    families = {key: times for key, times in found.items() if ("Child", 1, "['parent']") in key[1]}
    check(sum(families.values()) >= 240, f"families: {found}")
    for kind, walk in families:
        equal((kind, walk[1]), ("garbage", ("Parent", 1, "['children']")), "a family")
        equal(walk[2][0], "list", "a family's children")
