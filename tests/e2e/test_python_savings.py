# SPDX-License-Identifier: MIT
"""What programs in Python could do to need less memory: said where it is so, with the right numbers, and
nowhere else. Each rule has a program that must have it said, the same one mended, and look-alikes."""
from harness import check, equal, record, table
from pythons import VERSIONS, need_python, write

SLOTS = """
class Point:
    {slots}
    def __init__(self, n):
        self.x, self.y, self.z = n, n, n
points = [Point(None) for n in range(40000)]
for point in points[::{asked}]:
    {what}
"""
ARRAY = """
import array
def read():
    {how}
values = read()
"""
INTERN = """
import sys
def label(n):
    return {how}
labels = [label(n) for n in range(40000)]
"""
GENERATOR = """
kept = []
def total():
    return sum({how})
def keep():
    rows = [n * 1.5 for n in range(200000)]
    kept.append(rows)
    return max(sum(rows[n] for n in range(200000)) for _ in range(8))
for _ in range(3):
    {what}
    kept.clear()
"""
VIEW = """
def eat(data):
    parts = 0
    while data:
        {how}
        parts += 1
    return parts
{start}
"""
JOIN = """
def gather():
    {start}
    for n in range(400):
        {how}
    return data
gather()
"""
CACHE = """
import collections, functools, time
class Session:
    def __init__(self, n):
        self.text = "session %d" % n
class Registry:
    def __init__(self):
        self.sessions = {kind}
registry = Registry()
{prepare}
for n in range(30000):
    {how}
    if not n % 3000:
        time.sleep(0.01)
"""


def slots(slots="pass", asked=40000, what="pass"):
    return SLOTS.format(slots=slots, asked=asked, what=what)


def cache(how, kind="{}", prepare=""):
    return CACHE.format(kind=kind, prepare=prepare, how=how)


# By rule: the line that is named, the program, the mended one, how much the mended one must save of what
# is promised, and by what; then programs that must have nothing of the kind said.
RULES = {
    "slots": (6, slots(), slots('__slots__ = ("x", "y", "z")'), "live",
              {"dict_used": slots(asked=2, what="vars(point)"),
               "different": slots(asked=2, what="setattr(point, 'extra%d' % id(point), None)"),
               "few": slots().replace("40000", "4000")}),
    "array": (4, ARRAY.format(how="return [n * 0.5 for n in range(100000)]"),
              ARRAY.format(how='return array.array("d", (n * 0.5 for n in range(100000)))'), "live",
              {"strings": ARRAY.format(how="return [str(n) for n in range(100000)]"),
               "shared": ARRAY.format(how="return [0.5] * 100000"),
               "needed": ARRAY.format(how="""global index
    made = [n * 0.5 for n in range(100000)]
    index = {value: None for value in made}
    return made""")}),
    "intern": (4, INTERN.format(how='"state-" + "active%d" % (n % 2)'),
               INTERN.format(how='sys.intern("state-" + "active%d" % (n % 2))'), "live",
               {"different": INTERN.format(how='"state-" + str(n)')}),
    "generator": (4, GENERATOR.format(how="[n * 1.5 for n in range(200000)]", what="total()"),
                  GENERATOR.format(how="(n * 1.5 for n in range(200000))", what="total()"), "peak",
                  {"kept": GENERATOR.format(how="()", what="keep()")}),
    "memoryview": (5, VIEW.format(how="data = data[20000:]", start='eat(b"x" * 4000000)'),
                   VIEW.format(how="data = data[20000:]", start='eat(memoryview(b"x" * 4000000))'),
                   "allocated",
                   {"chunks": VIEW.format(how="part = data[:20000]; data = data if parts < 400 else b''",
                                          start='eat(b"x" * 4000000)')}),
    "join": (5, JOIN.format(start='data = b""', how='data = data + b"x" * 5000'),
             JOIN.format(start='data = bytearray()', how='data += b"x" * 5000'), "allocated",
             {"different": JOIN.format(start="import random", how="data = b'x' * random.randrange(2000000)")}),
}
CONTAINERS = {
    "dict": (cache("registry.sessions[n] = Session(n)"), "registry.sessions of module __main__", "dict"),
    "list": (cache("registry.sessions.append(Session(n))", kind="[]"),
             "registry.sessions of module __main__", "list"),
    "lru_cache": (cache("load(n)", prepare="load = functools.lru_cache(None)(lambda n: Session(n))"),
                  "load of module __main__", "functools._lru_cache_wrapper"),
}
BOUNDED = {
    "lru_cache": cache("load(n)", prepare="load = functools.lru_cache(500)(lambda n: Session(n))"),
    "deque": cache("registry.sessions.append(Session(n))", kind="collections.deque(maxlen=500)"),
    "removed": cache("registry.sessions[n] = Session(n); registry.sessions.pop(n - 500, None)"),
}


# Instances are laid out in as many ways as there are of these; all else is everywhere the same.
SOME = ("3.8", "3.11", "3.13")
# To 3.10 every instance has a dictionary, asked for or not.
ASKING_SHOWS = ("3.11", "3.12", "3.13")


def recorded(version, program):
    return record([need_python(version), write(program)]).one().short_report


def of_rule(report, rule):
    return [saving for saving in report["savings"] if saving["rule"] == rule]


def taken(report, what):
    """Bytes, as the allocators round them."""
    run, arenas = report["run"], report["fragmentation"]["arenas"]
    return {"live": run["live_bytes"] + arenas["overhead"], "peak": run["peak_bytes"],
            "allocated": run["allocated_bytes"]}[what]


@table(*[(f"{version}/{rule}", version, rule) for rule in RULES
         for version in (VERSIONS if rule == "slots" else SOME)])
def said(version, rule):
    """A program that needs more memory than it must has it not said, at its line; or what mending it saves
    is not what was promised."""
    line, program, mended, what, _ = RULES[rule]
    report, better = recorded(version, program), recorded(version, mended)
    savings = of_rule(report, rule)
    check(savings, f"nothing of {rule} among {report['savings']}")
    equal(savings[0]["stack"][0]["line"], line, "line")
    equal(of_rule(better, rule), [], "said of the mended program")
    promised = sum(saving["saved_bytes"] for saving in savings)
    saved = taken(report, what) - taken(better, what)
    check(0.9 * promised <= saved <= 1.4 * promised, f"promised {promised}, saved {saved}")


@table(*[(f"{version}/{rule}/{name}", version, rule, program)
         for rule in RULES for name, program in RULES[rule][4].items()
         for version in (ASKING_SHOWS if name == "dict_used" else SOME[::2])])
def not_said(version, rule, program):
    """What a program does for a reason is held against it."""
    equal(of_rule(recorded(version, program), rule), [], rule)


@table(*[(f"{version}/{name}", version, name) for version in SOME for name in CONTAINERS])
def container(version, name):
    """A container that only grows is not named."""
    program, path, kind = CONTAINERS[name]
    savings = of_rule(recorded(version, program), "bounded-cache")
    equal([(saving["name"], saving["type"]) for saving in savings], [(path, kind)], "containers")
    check(savings[0]["count"] >= 30000, f"{savings[0]['count']} blocks behind it")


@table(*[(f"{version}/{name}", version, program) for version in SOME[::2]
         for name, program in BOUNDED.items()])
def bounded(version, program):
    """A container that has a bound is said to grow."""
    equal(of_rule(recorded(version, program), "bounded-cache"), [], "containers")
