# SPDX-License-Identifier: MIT
"""tenure run --sample: estimates of what a full recording would have counted."""
import os
import pathlib
import subprocess

from harness import case, check, equal, need, record, sample, table, tenure

# Blocks of each size: allocated, and of these kept. Each kind has a function of its own.
KINDS = ((16, 200000, 50000), (100, 60000, 60000), (3000, 4000, 1000), (20000, 800, 400),
         (70000, 60, 30))
SOURCE = """
#include <stdlib.h>
#include <string.h>
#define KIND(size, count, kept) \\
	static __attribute__((noinline)) void kind_##size(void) \\
	{ \\
		static void *volatile blocks[count]; \\
		for (int i = 0; i < count; i++) blocks[i] = malloc(size); \\
		for (int i = kept; i < count; i++) free(blocks[i]); \\
	}
""" + "".join(f"KIND({size}, {count}, {kept})\n" for size, count, kept in KINDS) + """
static __attribute__((noinline)) void at_once(void)
{
	for (int i = 0; i < 200000; i++) { void *volatile p = malloc(48); free(p); }
}
static __attribute__((noinline)) void growing(void)
{
	for (int i = 0; i < 2000; i++) {
		char *volatile p = malloc(10);
		for (int n = 20; n < 10000; n *= 3) p = realloc(p, n);
		if (i % 2) free(p);
	}
}
static __attribute__((noinline)) void *one_request(void) { return malloc(200); }
static __attribute__((noinline)) void lossy(void)
{
	for (int i = 0; i < 300000; i++) {
		void *volatile request = one_request();
		if (i % 10) free(request);
	}
}
int main(void)
{
""" + "".join(f"\tkind_{size}();\n" for size, _, _ in KINDS) + """	at_once();
	growing();
	lossy();
	return 0;
}
"""
SIGMAS = 5
LAST_GROWN = 20 * 3 ** 5  # the last size below 10000
CXX_SOURCE = """
#include <map>
#include <string>
#include <thread>
#include <vector>
static void work()
{
	std::map<std::string, std::vector<int>> map;
	for (int i = 0; i < 30000; i++)
		map["a key that is long enough " + std::to_string(i % 3000)].push_back(i);
	int *array = new int[100000];
	delete[] array;
}
int main()
{
	std::thread one(work), two(work);
	one.join();
	two.join();
	work();
}
"""


def compiled(source, compiler, *flags):
    suffix = "cc" if compiler == "g++" else "c"
    pathlib.Path(f"program.{suffix}").write_text(source)
    subprocess.run([need(compiler), "-g", "-w", "-O1", *flags, "-o", "program", f"program.{suffix}"],
                   check=True)
    return os.path.abspath("program")


def in_function(trace, name):
    return [site for site in trace.report["sites"]
            if any(frame["function"] == name for frame in site["stack"])]


def near(estimate, error, truth, what):
    check(abs(estimate - truth) <= SIGMAS * error + 0.5,
          f"{what}: {estimate} +- {error:.0f}, but the truth is {truth}")


def of_sites(sites, number):
    """The sum of an estimate over sites, and its standard error."""
    error = sum(site["sample"][number + "_error"] ** 2 for site in sites) ** 0.5
    return sum(site[number] for site in sites), error


@case
def estimates():
    """Numbers that are not those of the program: beyond five of the errors that are claimed for them,
    which happens once in two million; or errors that are claimed too large to be of use."""
    trace = record([compiled(SOURCE, "gcc")], "--sample=64K").one()
    equal((trace.info["sampled"], trace.info["lost_events"]), (True, 0), "sampled, lost")
    for size, count, kept in KINDS:
        sites = in_function(trace, f"kind_{size}")
        for number, truth in (("allocations", count), ("allocated_bytes", count * size),
                              ("live_blocks", kept), ("live_bytes", kept * size)):
            near(*of_sites(sites, number), truth, f"{number} of {size} bytes")
        if size >= 65536:
            equal(sum(site["sample"]["blocks"] for site in sites), count, "blocks recorded")
    run, error = trace.report["run"], trace.report["run"]["sample"]
    truth = sum(kept * size for size, _, kept in KINDS) + 1000 * LAST_GROWN + 30000 * 200
    near(run["live_bytes"], error["live_bytes_error"], truth, "live bytes")
    check(error["live_bytes_error"] < 0.1 * truth, f"errors are too large: {error}")


@case
def temporaries():
    """What follows an allocation goes unrecorded, so that all blocks look temporary, or none."""
    trace = record([compiled(SOURCE, "gcc")], "--sample=64K").one()
    sites = in_function(trace, "at_once")
    check(sites, "no block of at_once was recorded")
    equal(sum(site["temporary"] for site in sites), sum(site["allocations"] for site in sites),
          "temporary of those released at once")
    equal(sum(site["temporary"] for site in in_function(trace, "kind_16")), 0,
          "temporary of those released later")


@case
def reallocated():
    """A block that changes its size is counted with each, or with none."""
    trace = record([compiled(SOURCE, "gcc")], "--sample=16K").one()
    sites = in_function(trace, "growing")
    near(*of_sites(sites, "live_blocks"), 1000, "live blocks")
    near(*of_sites(sites, "live_bytes"), 1000 * LAST_GROWN, "live bytes")


@case
def a_leak_is_found():
    """A sample that is taken to prove nothing, or sentences that claim more blocks than were seen."""
    trace = record([compiled(SOURCE, "gcc")], "--sample=32K").one()
    site, = in_function(trace, "one_request")
    equal(site["verdict"], "leak", f"verdict, {site['why']}")
    near(*of_sites([site], "live_blocks"), 30000, "live blocks")
    seen = f"{site['sample']['live_blocks']:,} of {site['sample']['blocks']:,} sampled blocks"
    check(site["why"].startswith(seen), site["why"])
    text = tenure("report", trace.path).stdout.decode()
    check(all("±" in line for line in text.splitlines() if line.startswith(f"  #{site['id']} ")),
          f"a number of bytes without its error: {text}")
    check("±" in text and "Only a sample was recorded" in text, "the text does not say so")
    check(trace.report["fragmentation"] is None, "fragmentation of what was not recorded")


@case
def few_blocks_prove_little():
    """Estimates of thousands from a handful of blocks that are taken for evidence of thousands."""
    trace = record([compiled(SOURCE, "gcc")], "--sample=8M").one()
    for site in trace.report["sites"]:
        if site["sample"] and site["sample"]["blocks"] < 5:
            check(site["verdict"] != "leak", f"a leak from {site['sample']['blocks']}: {site['why']}")


@case
def releases_are_followed():
    """Blocks recorded whose release by another thread, by delete or by realloc goes unseen."""
    trace = record([compiled(CXX_SOURCE, "g++", "-pthread")], "--sample=4K").one()
    sites = [site for site in trace.report["sites"]
             if any(frame["function"].startswith("work") for frame in site["stack"])]
    check(sum(site["sample"]["blocks"] for site in sites) > 200, "hardly anything was recorded")
    equal(sum(site["live_blocks"] for site in sites), 0, "live blocks")
    trace = record([sample("realloc_race")], "--sample=256").one()
    check(trace.info["allocations"] > 1000, "hardly anything was recorded")
    equal(trace.info["live_blocks"] - sum(s["live_blocks"] for s in in_function(trace, "main")), 0,
          "live blocks")


@case
def children():
    """A child that inherits the countdown of its parent, or blocks that it did not allocate."""
    program = compiled("""
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static void *blocks[20000];
int main(void)
{
	for (int i = 0; i < 20000; i++) blocks[i] = malloc(100);
	if (fork()) { wait(0); _exit(0); }
	for (int i = 0; i < 20000; i++) free(blocks[i]);
	for (int i = 0; i < 20000; i++) blocks[i] = malloc(100);
	_exit(0);
}
""", "gcc")
    traces = record([program], "--sample=16K").traces
    equal(len(traces), 2, "traces")
    for trace in traces:
        near(trace.info["live_blocks"], trace.report["run"]["sample"]["live_blocks_error"], 20000,
             "live blocks")
        equal(trace.info["frees"], 0, "releases")


@table(("with-fail-alloc", ["--sample=64K", "--fail-alloc=every:3"]))
def refused(options):
    """Options that cannot be followed together are ignored in silence."""
    outcome = record(["true"], *options, status=125).outcome
    check(b"exclude" in outcome.stderr, str(outcome))


@case
def failures():
    """An allocation that fails between two samples and leaves no trace."""
    trace = record([sample("exhausted")], "--sample=1G").one()
    full = record([sample("exhausted")]).one()
    check(full.info["failed_allocations"] > 0, "the sample does not fail")
    equal(trace.info["failed_allocations"], full.info["failed_allocations"], "failures")
