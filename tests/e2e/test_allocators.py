# SPDX-License-Identifier: MIT
"""Programs with another allocator: it is seen, or the trace says that it cannot be."""
import ctypes.util
import os
import pathlib
import subprocess

from expectations import sites_of
from harness import case, check, equal, need, record, sample, skip, table

OWN_ALLOCATOR = r"""
#include <stddef.h>
#include <unistd.h>
static char pool[1 << 20];
static size_t used;
void *malloc(size_t n) { used += (n + 15) & ~15ul; return pool + used - ((n + 15) & ~15ul); }
void *calloc(size_t n, size_t m) { return malloc(n * m); }
void *realloc(void *p, size_t n) { return malloc(n); }
void free(void *p) { }
int main(void) { for (int i = 0; i < 10; i++) malloc(10); write(1, "done\n", 5); return 0; }
"""
LINKED = r"""
#include <stdlib.h>
static void keep(void) { for (int i = 0; i < 10; i++) malloc(77); }
int main(void) { keep(); for (int i = 0; i < 100; i++) free(malloc(50)); return 0; }
"""
ALLOCATORS = (("jemalloc", "jemalloc"), ("tcmalloc", "tcmalloc_minimal"), ("mimalloc", "mimalloc"))


def library(name):
    return ctypes.util.find_library(name) or skip(f"lib{name} is not installed")


# sample, function, what it leaves behind whichever the allocator is
LEFT = (
    ("leak", "read_settings", 1),
    ("leak_new", "lose_orders", 5),
    ("realloc_race", "hand_over", 0),
)


@table(*ALLOCATORS)
def preloaded(name):
    """An allocator in the user's LD_PRELOAD that takes the calls past us, or is pushed aside."""
    found = library(name)
    for program, function, blocks in LEFT:
        trace = record([sample(program)], env={"LD_PRELOAD": found}).one()
        sites = sites_of(trace, function)
        check(sites, f"no site of {function}")
        equal(sum(site["live_blocks"] for site in sites), blocks, f"live blocks of {function}")
    maps = record(["cat", "/proc/self/maps"], env={"LD_PRELOAD": found}).outcome.stdout.decode()
    check(found in maps, "the user's allocator was not loaded")


@table(*ALLOCATORS)
def linked(name):
    """A program that is linked with an allocator: the first definition of malloc is not ours."""
    found = library(name)
    pathlib.Path("program.c").write_text(LINKED)
    subprocess.run([need("gcc"), "-g", "-O0", "-o", "program", "program.c", f"-l:{found}"],
                   check=True)
    trace = record([os.path.abspath("program")]).one()
    sites = [s for s in trace.report["sites"]
             if any(f["function"] == "keep" for f in s["stack"])]
    equal(sum(s["live_blocks"] for s in sites), 10, "blocks of keep")
    equal(sum(s["live_bytes"] for s in sites), 770, "bytes of keep")


@case
def own_allocator():
    """A program whose own malloc cannot be seen, reported as one that allocates nothing."""
    pathlib.Path("program.c").write_text(OWN_ALLOCATOR)
    subprocess.run([need("gcc"), "-w", "-O0", "-fno-builtin", "-o", "program", "program.c"],
                   check=True)
    recording = record([os.path.abspath("program")])
    equal(recording.outcome.stdout, b"done\n", "output")
    limits = str(recording.one().info.get("limits"))
    check("alloc" in limits, f"nothing is said about it: {recording.one().info}")
