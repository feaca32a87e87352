# SPDX-License-Identifier: MIT
"""Traces that are cut, damaged or none at all: one line with file and offset, exit status 2."""
import json
import os
import pathlib
import random
import re

import harness
from harness import case, check, equal, fail, record, run, sample, table

FILE_HEADER_BYTES = 16
CHUNK_HEADER_BYTES = 24
COMMANDS = (("info", "--format=json"), ("info",), ("info", "--events"), ("report",),
            ("report", "--format=json"))


def make_trace():
    """A trace of a few chunks of every kind."""
    path = record([sample("threads"), "40"]).one().path
    check(path.stat().st_size > 2000, "the trace is too small to be cut up")
    return path.read_bytes(), path


def read(words, path):
    return run([harness.TENURE, *words, path], timeout=20)


def told(outcome, path, offset=True):
    """One line on stderr that names the file and where in it the damage is."""
    lines = outcome.stderr.decode(errors="replace").splitlines()
    errors = [line for line in lines if line.startswith("tenure: error: ")]
    if outcome.status != 2 or len(errors) != 1 or str(path) not in errors[0]:
        return False
    # the number is not the one in the name of the file
    return not offset or bool(re.search(r"\d", errors[0].replace(str(path), "")))


@case(timeout=180)
def truncated():
    """A cut file that crashes a command, goes unnoticed, or takes the whole part with it."""
    contents, _ = make_trace()
    cut = pathlib.Path("cut.tenure")
    sizes = sorted({1, 7, 8, 16, 100, *range(0, len(contents), len(contents) // 50 + 1),
                    len(contents) - 100, len(contents) - 8, len(contents) - 1} - {0})
    whole = 0
    for position, size in enumerate(sizes):
        cut.write_bytes(contents[:size])
        shown = read(COMMANDS[0], cut)
        info = json.loads(shown.stdout) if shown.stdout else None
        if info:
            equal(info["complete"], False, f"completeness after {size} bytes")
            whole += info["allocations"] > 0
        outcome = read(COMMANDS[position % len(COMMANDS)], cut)
        if not told(outcome, cut):
            fail(f"cut to {size} of {len(contents)} bytes: {outcome}")
    check(whole > 0, "of no cut file anything was reported")


@case
def almost_whole():
    """What is before the cut is not reported: nearly all events are there."""
    contents, path = make_trace()
    expected = json.loads(read(COMMANDS[0], path).stdout)
    cut = pathlib.Path("cut.tenure")
    cut.write_bytes(contents[:-1])
    outcome = read(COMMANDS[0], cut)
    check(told(outcome, cut), str(outcome))
    info = json.loads(outcome.stdout)
    equal((info["allocations"], info["complete"]), (expected["allocations"], False), "totals")
    text = read(("report",), cut)
    check(re.search(rb"incomplete|damaged", text.stdout), f"not marked as damaged: {text}")


def chunk_ends(contents):
    """Offsets behind each chunk, see tenure-trace(5)."""
    offset = FILE_HEADER_BYTES
    while offset < len(contents):
        offset += CHUNK_HEADER_BYTES + int.from_bytes(contents[offset + 8:offset + 12], "little")
        yield offset


@case
def between_chunks():
    """A cut that hits no chunk, as in the trace of a program that still runs, is not noticed."""
    contents, _ = make_trace()
    cut = pathlib.Path("cut.tenure")
    ends = list(chunk_ends(contents))
    equal(ends[-1], len(contents), "the end of the last chunk")
    for position, size in enumerate(ends[:-1]):
        cut.write_bytes(contents[:size])
        outcome = read(COMMANDS[position % len(COMMANDS)], cut)
        check(told(outcome, cut), str(outcome))
        check(f"{cut}: offset {size}: the trace ends here".encode() in outcome.stderr, str(outcome))
        text = read(("report",), cut).stdout
        check(b"incomplete" in text, f"not marked: {text}")


@case(timeout=240)
def flipped_bits():
    """A flipped bit that crashes a command or changes what it says without being noticed."""
    contents, path = make_trace()
    right = {words: read(words, path).stdout for words in COMMANDS}
    bad = path.with_name("bad.tenure")
    chance = random.Random(1)
    unnoticed = 0
    for position in range(250):
        damaged = bytearray(contents)
        offset = position if position < 64 else chance.randrange(len(contents))
        damaged[offset] ^= 1 << chance.randrange(8)
        bad.write_bytes(damaged)
        words = COMMANDS[position % len(COMMANDS)]
        outcome = read(words, bad)
        if outcome.status == 0:  # a bit that means nothing, such as padding
            equal(outcome.stdout.replace(b"bad.tenure", path.name.encode()), right[words],
                  f"{words} with a flipped bit at {offset}")
            unnoticed += 1
        elif not told(outcome, bad):
            fail(f"bit at {offset} of {len(contents)}: {outcome}")
    check(unnoticed < 25, f"{unnoticed} of 250 flipped bits were not noticed")


@case(timeout=240)
def overwritten_runs():
    """Lengths and counts that are all ones or all zeros: an allocation without bound, or a loop."""
    contents, _ = make_trace()
    bad = pathlib.Path("bad.tenure")
    chance = random.Random(2)
    for position in range(150):
        damaged = bytearray(contents)
        length = chance.choice((1, 2, 4, 8, 64))
        offset = chance.randrange(len(contents) - length)
        damaged[offset:offset + length] = chance.choice((b"\0", b"\xff", b"\x80")) * length
        bad.write_bytes(damaged)
        outcome = run(["prlimit", f"--as={2 << 30}", harness.TENURE,
                       *COMMANDS[position % len(COMMANDS)], bad], timeout=20)
        check(outcome.status == 0 or told(outcome, bad), f"{length} bytes at {offset}: {outcome}")


@table(
    ("empty", b""),
    ("text", b"this is no trace\n" * 100),
    ("elf", pathlib.Path("/bin/true").read_bytes()),
    ("zeros", bytes(100000)),
    ("zstd", b"\x28\xb5\x2f\xfd" + bytes(100)),
)
def foreign(contents):
    """A file of another kind that is read as a trace, or refused without its name."""
    path = pathlib.Path("foreign.tenure")
    path.write_bytes(contents)
    for words in COMMANDS:
        outcome = read(words, path)
        check(told(outcome, path), str(outcome))
        equal(outcome.stdout, b"", "stdout")


@table(("directory", "."), ("missing", "nothing.tenure"), ("device", "/dev/null"),
       ("endless", "/dev/zero"))
def no_file(path):
    """A path that is not that of a file: a crash, a hang, or a message without its name."""
    for words in COMMANDS:
        outcome = read(words, path)
        check(told(outcome, path, offset=False), str(outcome))


@case
def pipe():
    """A named pipe that nobody writes to: waiting for ever."""
    os.mkfifo("pipe")
    outcome = run([harness.TENURE, "info", "pipe"], timeout=5)
    check(told(outcome, "pipe", offset=False), str(outcome))


@case
def strange_name():
    """A file name that breaks out of the message: control characters on the terminal."""
    path = pathlib.Path("red\x1b[31m\nname.tenure")
    path.write_bytes(b"nothing")
    outcome = read(("info",), path)
    equal(outcome.status, 2, "status")
    check(b"\x1b" not in outcome.stderr, f"an escape sequence in {outcome.stderr}")
    equal(outcome.stderr.count(b"tenure: error: "), 1, "error lines")
