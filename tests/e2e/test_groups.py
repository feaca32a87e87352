# SPDX-License-Identifier: MIT
"""Leaks that no call stack shows by itself, because they are spread over many."""
from harness import case, check, record, sample
from test_report import compile_program

# Eight steps, each on one of two paths: 256 call stacks lose a few blocks each.
SPREAD_SOURCE = r"""
#include <stdlib.h>
#define STEP(n, next) \
	__attribute__((noinline)) static void left##n(unsigned path); \
	__attribute__((noinline)) static void right##n(unsigned path);
#define BODY(n, next) \
	static void left##n(unsigned path) { path & 1 ? right##next(path / 2) : left##next(path / 2); } \
	static void right##n(unsigned path) { path & 1 ? right##next(path / 2) : left##next(path / 2); }
STEP(0, 0) STEP(1, 0) STEP(2, 1) STEP(3, 2) STEP(4, 3) STEP(5, 4) STEP(6, 5) STEP(7, 6) STEP(8, 7)
__attribute__((noinline)) static void lose(unsigned path)
{
	malloc(40 + path % 2);
}
__attribute__((noinline)) static void work(void)
{
	for (int i = 0; i < 50; i++)
		free(malloc(100));
}
static void left0(unsigned path) { lose(path); }
static void right0(unsigned path) { lose(path + 1); }
BODY(1, 0) BODY(2, 1) BODY(3, 2) BODY(4, 3) BODY(5, 4) BODY(6, 5) BODY(7, 6) BODY(8, 7)
int main(void)
{
	for (unsigned i = 0; i < 700; i++) {
		work();
		left8(i * 2654435761u >> 20);
	}
	return 0;
}
"""


def sites_in(report, function):
    return [s for s in report["sites"] if s["stack"] and s["stack"][0]["function"] == function]


@case
def spread_over_many_stacks():
    """A leak whose call stacks have too few blocks each, and a report that stays silent on it."""
    report = record([compile_program(SPREAD_SOURCE, "-O0", "-g", "-w")]).one().report
    sites = sites_in(report, "lose")
    check(len(sites) > 200, f"only {len(sites)} sites")
    silent = [s["why"] for s in sites if s["verdict"] not in ("leak", "growing")
              and "of the same function taken together" not in s["why"]]
    check(len(silent) < len(sites) / 10, f"{len(silent)} of {len(sites)}: {silent[:3]}")


@case
def caches_are_not_incriminated():
    """A remark on sites of functions that only look like growing when added up."""
    for name in ("many_sites", "lru_third", "load_wave", "sawtooth", "object_pool"):
        report = record([sample(f"corpus/{name}")]).one().report
        remarked = [s["why"] for s in report["sites"] if "taken together" in s["why"]]
        check(not remarked, f"{name}: {remarked}")
