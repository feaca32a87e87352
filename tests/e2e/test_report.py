# SPDX-License-Identifier: MIT
"""Reports on real programs: functions, files, lines, modules and offsets are right."""
import os
import pathlib
import re
import subprocess

from expectations import own_frame, sites_of
from harness import Trace, case, check, equal, fail, need, record, sample, tenure
from test_counts import SQL

INLINE_SOURCE = r"""
#include <stdlib.h>
static inline __attribute__((always_inline)) void *innermost(int n) { return malloc(100 + n); }
static inline __attribute__((always_inline)) void *between(int n)
{
	return innermost(n);
}
__attribute__((noinline)) void *outermost(int n)
{
	return between(n);
}
int main(int argc, char **argv) { return !outermost(argc); }
"""
RUST_SOURCE = r"""
#include <stdlib.h>
void *rust(void) __asm__("_ZN5alloc3vec12Vec$LT$T$GT$4grow17h0123456789abcdefE");
__attribute__((noinline)) void *rust(void) { return malloc(50); }
void *newer(void) __asm__("_RNvCs1234_7mycrate4grow");
__attribute__((noinline)) void *newer(void) { return malloc(60); }
int main(void) { return !rust() + !newer(); }
"""


# Optimised, yet no call is a jump: that would take the caller from the stack.
OPTIMISED = ("-O2", "-g", "-fno-optimize-sibling-calls")


def compile_program(source, *options, name="program"):
    pathlib.Path(f"{name}.c").write_text(source)
    subprocess.run([need("gcc"), *options, "-o", name, f"{name}.c"], check=True)
    return os.path.abspath(name)


@case
def sqlite3():
    """Top sites of a stripped library without names, or with names of other modules."""
    trace = record([need("sqlite3"), ":memory:", SQL]).one()
    sites = trace.report["sites"]
    top = max(sites, key=lambda site: site["allocated_bytes"])
    frames = [f for f in top["stack"] if "libsqlite3.so" in f["module"]]
    check(frames, f"the site with most bytes is not in libsqlite3: {top}")
    names = {f["function"] for site in sites for f in site["stack"] if "libsqlite3" in f["module"]}
    check({"sqlite3_exec", "sqlite3_open_v2"} & names or len(names) > 5, f"functions: {names}")
    for site in sites:
        for frame in site["stack"]:
            if frame["module"]:
                size = os.path.getsize(frame["module"])
                check(frame["offset"] < 2 * size + (1 << 22), f"not an offset: {frame}")
    text = tenure("report", trace.path).stdout.decode()
    check("libsqlite3" in text and "sqlite3_" in text, text)
    check(not re.search(r"\b0x(7f|5[56])[0-9a-f]{10}\b", text), f"absolute address in {text}")


@case
def text_report():
    """The table a person reads: functions, lines and sizes of the leaks are missing."""
    text = tenure("report", record([sample("leak")]).one().path).stdout.decode()
    for words in ("read_settings", "leak.c:21", "leak.c:27", "leak.c:30", "duplicate"):
        check(words in text, f"{words} is missing in\n{text}")
    check(not re.search(r"\x1b", text), "colours although stdout is no terminal")


@case
def inline_frames():
    """Inlined calls that are left out, in the wrong order, or with lines of one another."""
    program = compile_program(INLINE_SOURCE, *OPTIMISED)
    site = next(s for s in record([program]).one().report["sites"] if s["allocated_bytes"] == 101)
    frames = [(f["function"], f["line"], f["inlined"]) for f in site["stack"]]
    start = next(i for i, frame in enumerate(frames) if frame[0] == "innermost")
    equal(frames[start:start + 4],
          [("innermost", 3, True), ("between", 6, True), ("outermost", 10, False),
           ("main", 12, False)], "frames")


@case
def rust_names():
    """Mangled Rust names, of both schemes."""
    report = record([compile_program(RUST_SOURCE, "-g0")]).one().report
    names = {frame["function"] for site in report["sites"] for frame in site["stack"]}
    check(any(re.match(r"alloc::vec::Vec<T>::grow", name) for name in names), f"legacy: {names}")
    check(any(re.match(r"mycrate(\[\w+\])?::grow", name) for name in names), f"v0: {names}")


@case
def cxx_names():
    """Mangled C++ names, or operator new without its name."""
    trace = record([sample("leak_new")]).one()
    site = sites_of(trace, "keep_numbers")[0]
    check("_Z" not in str(site["stack"]), str(site["stack"]))
    check(any("std::vector<int" in f["function"] for s in sites_of(trace, "keep_numbers")
              for f in s["stack"]), "the template is missing")


@case
def stripped():
    """Code without symbols: the offset in the module must be that of the code in the file."""
    program = compile_program(INLINE_SOURCE, *OPTIMISED)
    symbols = subprocess.run(["nm", "-S", program], check=True, capture_output=True, text=True)
    start, size = (int(word, 16) for word in
                   re.search(r"(\w+) (\w+) T outermost", symbols.stdout).groups())
    subprocess.run(["strip", program], check=True)
    site = next(s for s in record([program]).one().report["sites"] if s["allocated_bytes"] == 101)
    frame = next(f for f in site["stack"] if f["module"] == program)
    check(start < frame["offset"] < start + size, f"{frame} is not in {start:x} + {size:x}")
    equal((frame["function"], frame["line"]), ("", 0), "function and line")


@case
def separate_debug_file():
    """Debug information in a file of its own, found by link."""
    program = compile_program(INLINE_SOURCE, *OPTIMISED)
    for words in (["--only-keep-debug", program, "program.debug"], ["--strip-all", program],
                  ["--add-gnu-debuglink=program.debug", program]):
        subprocess.run(["objcopy", *words], check=True)
    site = next(s for s in record([program]).one().report["sites"] if s["allocated_bytes"] == 101)
    check(any(f["function"] == "outermost" and f["line"] == 10 for f in site["stack"]),
          str(site["stack"]))


@case
def changed_program():
    """Names taken from a program that was built anew since: they belong to other code."""
    program = compile_program(INLINE_SOURCE, *OPTIMISED)
    trace = record([program]).one()
    compile_program(RUST_SOURCE, "-O0", "-g")
    report = trace.report
    names = {f["function"] for s in report["sites"] for f in s["stack"] if f["module"] == program}
    equal(names - {""}, set(), "names from the changed file")


@case
def moved_trace():
    """A trace that can only be read where it was recorded."""
    trace = record([sample("leak")]).one()
    os.mkdir("elsewhere")
    moved = trace.path.rename("elsewhere/x.tenure")
    site = sites_of(Trace(moved), "read_settings")[0]
    equal(own_frame(site)["line"], 21, "line")


@case
def allocating_function():
    """Sites of different functions of the interface that cannot be told apart."""
    trace = record([sample("odd_calls")]).one()
    text = str(sites_of(trace, "print_alignments"))
    for name in ("memalign", "aligned_alloc", "valloc", "pvalloc"):
        check(name in text, f"{name} is missing in {text}")


@case
def same_run_same_report():
    """A report that depends on the order of threads, hashes or addresses."""
    path = record([sample("leak_new")]).one().path
    first, second = (tenure("report", "--format=json", path).stdout for _ in range(2))
    equal(first, second, "two reports of one trace")
    if not first.strip():
        fail("empty report")
