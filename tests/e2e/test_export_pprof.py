# SPDX-License-Identifier: MIT
"""The format of pprof, as pprof itself and protoc read it."""
import collections
import json
import pathlib
import re

import harness
from harness import case, check, equal, made, need, record, run, sample, table, tenure

TYPES = "alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes[dflt]"
INLINED = """
#include <stdlib.h>
static void *volatile kept;
__attribute__((always_inline)) static inline void inner(void) { kept = malloc(1000); }
__attribute__((always_inline)) static inline void middle(void) { inner(); }
__attribute__((noinline)) static void outer(void) { middle(); }
int main(void) { outer(); return 0; }
"""

# Threads that use one site, each with other numbers of blocks that it allocates and leaves there.
NAMED = r"""
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
static const char *const names[] = {"alpha", "be\x1bta", ""};
static void *volatile kept[1000];
static int used;
__attribute__((noinline)) static void take(int blocks, int left)
{
	for (int i = 0; i < blocks; i++) {
		void *block = malloc(100);
		if (i < left)
			kept[used++] = block;
		else
			free(block);
	}
}
static void *work(void *number)
{
	pthread_setname_np(pthread_self(), names[(long)number]);
	take(10 * ((long)number + 1), 3 + (long)number);
	return NULL;
}
int main(void)
{
	pthread_t thread;
	for (long i = 0; i < 3; i++) {
		pthread_create(&thread, NULL, work, (void *)i);
		pthread_join(thread, NULL);
	}
	take(7, 1);
	free(kept[0]);
	return 0;
}
"""


def pprof(*words):
    outcome = run([need("go"), "tool", "pprof", "-symbolize=none", *words])
    equal(outcome.status, 0, f"exit status of {outcome}")
    return outcome.stdout.decode()  # names are UTF-8, whatever they were


def exported(program, *words):
    """The profile of a recorded sample, and the report in JSON."""
    need("go")
    trace = record([sample(program)]).one()
    tenure("export", trace.path, "-o", "profile.pb.gz", *words)
    return trace.report


class Profile:
    """What `pprof -raw` prints."""

    def __init__(self, path):
        text = pprof("-raw", path)
        head, text = text.split("\nSamples:\n")
        samples, text = text.split("\nLocations\n")
        locations, mappings = f"\n{text}".split("\nMappings\n")
        self.comments = re.findall(r"^Comment: (.*)", head, re.MULTILINE)
        found = re.findall(r"^\d+: 0x0/0x[0-9a-f]+/0x0 (.*?) +([0-9a-f]*) *\[", mappings, re.MULTILINE)
        self.mappings = [path for path, _ in found]
        self.build_ids = dict(found)
        self.samples = []
        for line in samples.splitlines()[1:]:
            numbers = re.fullmatch(r"((?: *-?\d+){4}): ((?:\d+ )*)", line)
            if numbers:
                ids = [int(word) for word in numbers[2].split()]
                self.samples.append(([int(word) for word in numbers[1].split()], ids, {}))
            else:
                self.samples[-1][2].update(re.findall(r"(\w+):\[(.*?)\](?: |$)", line))
        self.functions = collections.defaultdict(list)  # of a location, inlined ones first
        for line in locations.split("\n")[1:]:
            begins = re.match(r" *(\d+): 0x[0-9a-f]+ (?:M=\d+ )?", line)
            number = int(begins[1]) if begins else number
            name = line[begins.end():] if begins else line.strip()
            self.functions[number].append(re.sub(r" \S*:\d+(:\d+)? s=\d+(\(.*)?$", "", name))
        equal(samples.splitlines()[0], TYPES, "sample types")

    def sums(self, *labels):
        """Of values, by labels."""
        sums = collections.defaultdict(lambda: [0, 0, 0, 0])
        for values, _, found in self.samples:
            key = tuple(found.get(label) for label in labels)
            sums[key] = [a + b for a, b in zip(sums[key], values)]
        return sums


def compare(profile, report):
    sites = [site for site in report["sites"]
             if any(site[key] for key in ("allocations", "allocated_bytes", "live_blocks", "live_bytes"))]
    by_site = profile.sums("site", "verdict", "api")
    equal(len(by_site), len(sites), "sites")
    by_generation = profile.sums("site", "generation")
    for site in sites:
        number = str(site["id"])
        values = [site[key] for key in ("allocations", "allocated_bytes", "live_blocks", "live_bytes")]
        (found,) = [sums for key, sums in by_site.items() if key[0] == number]
        equal(found, values, f"site {number}")
        for generation in site["generations"]:
            equal(by_generation[number, generation["name"]][2:],
                  [generation["survivors"], generation["bytes"]], f"site {number}, {generation['name']}")


def compare_threads(profile, report):
    """Each thread's sums, and no sample that need not be there; tids may come back."""
    wanted = collections.defaultdict(lambda: [0, 0, 0, 0])
    for thread in report["threads"]:
        values = [thread[key] for key in ("allocations", "allocated_bytes", "live_blocks", "live_bytes")]
        if any(values):
            wanted[str(thread["tid"])] = [a + b for a, b in zip(wanted[str(thread["tid"])], values)]
    equal({key[0]: values for key, values in profile.sums("tid").items()}, wanted, "threads")
    distinct = {(labels["site"], labels.get("generation"), labels["thread"], labels["tid"])
                for _, _, labels in profile.samples}
    equal(len(profile.samples), len(distinct), "samples")


@table(("real_metrics", "corpus/real_metrics"), ("leak", "leak"), ("threads", "threads"))
def pprof_numbers(program):
    """A number that is not the report's, or that labels count twice or leave out."""
    report = exported(program)
    profile = Profile("profile.pb.gz")
    compare(profile, report)
    compare_threads(profile, report)
    for site in report["sites"]:
        if site["allocations"]:
            key = (str(site["id"]), site["verdict"], site["api"])
            check(key in profile.sums("site", "verdict", "api"), f"{key} is not there")
    equal(profile.comments[0], " ".join(report["run"]["argv"]), "command line")
    equal(profile.mappings[0], report["run"]["program"], "the first mapping")


@case
def pprof_stacks():
    """A call stack with other functions than the report's, or in another order."""
    report = exported("corpus/real_metrics", "--all-frames")
    profile = Profile("profile.pb.gz")
    stacks = {labels["site"]: ids for _, ids, labels in profile.samples}
    for site in report["sites"]:
        names = [name for number in stacks[str(site["id"])] for name in profile.functions[number]]
        equal(len(names), len(site["stack"]), f"frames of site {site['id']}")
        for name, frame in zip(names, site["stack"]):
            check(name == frame["function"] or not frame["function"], f"{name} is not {frame}")


@case
def pprof_inlined():
    """Functions that were inlined and are missing, or look like calls of their own."""
    pathlib.Path("inlined.c").write_text(INLINED, encoding="utf-8")
    equal(run([need("cc"), "-O1", "-g", "-o", "inlined", "inlined.c"]).status, 0, "exit status of cc")
    tenure("export", record(["./inlined"]).one().path, "-o", "profile.pb.gz")
    profile = Profile("profile.pb.gz")
    (ids,) = [ids for values, ids, _ in profile.samples if values[3] == 1000]
    equal([profile.functions[number] for number in ids], [["inner", "middle", "outer"], ["main"]], "locations")


@case
def pprof_top():
    """A total that is not the report's, or a program and time that are not the run's."""
    report = exported("leak")
    for index, key in (("inuse_space", "live_bytes"), ("alloc_space", "allocated_bytes")):
        text = pprof("-top", "-unit=B", f"-sample_index={index}", "profile.pb.gz")
        check(f"Total samples = {report['run'][key]}B" in text, text)
    check("File: leak\n" in text, text)
    live = pprof("-top", "-unit=B", "profile.pb.gz")
    check("Type: inuse_space\n" in live, live)


@case
def pprof_tags():
    """Labels whose values pprof cannot tell apart."""
    report = exported("leak")
    text = pprof("-tags", "-unit=B", "profile.pb.gz")
    leaked = sum(site["live_bytes"] for site in report["sites"] if site["verdict"] == "leak")
    check(re.search(rf" {leaked}\.0B \( *[\d.]+%\): leak\n", text), text)
    for name in ("api", "generation", "site", "verdict"):
        check(re.search(rf"^ *{name}: Total {report['run']['live_bytes']}\.0B\n", text, re.MULTILINE), text)


@case
def pprof_wire():
    """Bytes that are no protocol buffer, or fields of the run under other numbers than theirs."""
    report = exported("leak")
    packed = pathlib.Path("profile.pb.gz").read_bytes()
    plain = run([need("gzip"), "-dc"], stdin=packed)
    equal(plain.status, 0, "exit status of gzip")
    decoded = run([need("protoc"), "--decode_raw"], stdin=plain.stdout)
    equal(decoded.status, 0, f"exit status of {decoded}")
    lines = decoded.stdout.decode().splitlines()
    equal(lines[0], '6: ""', "the first string")
    check(f"9: {report['run']['start_realtime_ns']}" in lines, "no time")
    check(f"10: {report['run']['duration_ns']}" in lines, "no duration")


def named(*words):
    """The report of a program whose threads have names."""
    need("go")
    pathlib.Path("named.c").write_text(NAMED, encoding="utf-8")
    equal(run([need("cc"), "-pthread", "-g", "-o", "named", "named.c"]).status, 0, "exit status of cc")
    trace = record(["./named"], *words).one()
    tenure("export", trace.path, "-o", "profile.pb.gz")
    return trace.report


@case
def pprof_threads():
    """Allocations of another thread, or a name that is missing or drives the terminal."""
    report = named()
    profile = Profile("profile.pb.gz")
    compare(profile, report)
    compare_threads(profile, report)
    (nameless,) = [thread for thread in report["threads"] if not thread["name"]]
    (site,) = [site["id"] for site in report["sites"] if site["allocations"] == 60]
    sums = {key[1]: values for key, values in profile.sums("site", "thread").items() if key[0] == str(site)}
    (escaped,) = [name for name in sums if name.startswith("be")]
    check("\x1b" not in escaped and escaped.endswith("ta"), f"{escaped!r} is not to be printed")
    equal(sums, {"alpha": [10, 1000, 2, 200], escaped: [20, 2000, 4, 400],
                 f"thread {nameless['id']}": [30, 3000, 5, 500]}, "threads of the site")
    tags = pprof("-tags", "-unit=B", "-sample_index=alloc_space", "profile.pb.gz")
    check(re.search(rf"^ *thread: Total {report['run']['allocated_bytes']}\.0B\n", tags, re.MULTILINE), tags)
    check(re.search(r" 1000\.0B \( *[\d.]+%\): alpha\n", tags), tags)
    text = pprof("-top", "-unit=B", "-tagfocus=thread=alpha", "-focus=take", "profile.pb.gz")
    check(re.search(r"^Showing nodes accounting for 200B,", text, re.MULTILINE), text)


@case
def pprof_threads_sampled():
    """Estimates by thread that do not add up to those of the report."""
    report = named("--sample=300")
    profile = Profile("profile.pb.gz")
    check(report["run"]["sampled"], "not sampled")
    compare(profile, report)
    compare_threads(profile, report)


@case
def pprof_thread_fields():
    """A label that protoc reads as something else."""
    report = named()
    plain = run([need("gzip"), "-dc"], stdin=pathlib.Path("profile.pb.gz").read_bytes())
    text = run([need("protoc"), "--decode_raw"], stdin=plain.stdout).stdout.decode()
    strings = re.findall(r'^6: "(.*)"$', text, re.MULTILINE)
    name, tid, alpha = (strings.index(word) for word in ("thread", "tid", "alpha"))
    (thread,) = [thread["tid"] for thread in report["threads"] if thread["name"] == "alpha"]
    samples = [re.findall(r"  3 \{\n    1: (\d+)\n    ([23]): (\d+)\n  \}", sample)
               for sample in re.findall(r"^2 \{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)]
    found = [labels for labels in samples if (str(name), "2", str(alpha)) in labels]
    check(found, f"no sample of alpha in {samples}")
    for labels in found:
        check((str(tid), "3", str(thread)) in labels, f"another tid than {thread} in {labels}")


@table(*((kind, kind) for kind in ("hostile", "empty")))
def pprof_made(kind):
    """A name that ends a line or a string, or numbers that are no longer the report's."""
    need("go")
    profile = Profile(made(kind, f"{kind}.pb.gz"))
    compare(profile, json.loads(made(kind, f"{kind}.json").read_bytes()))
    names = [name for names in profile.functions.values() for name in names]
    equal(max(map(len, names), default=0) >= 65000, kind == "hostile", "a name of 64 KiB is there")
    for name in names:
        check(not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", name), f"{name!r} is not to be printed")


@case
def pprof_build_ids():
    """A build-id that is not that of the file, so that nobody finds its debug information."""
    report = exported("leak", "--all-frames")
    build_ids = Profile("profile.pb.gz").build_ids
    equal({module["path"]: module["build_id"] for module in report["modules"] if module["path"] in build_ids},
          build_ids, "modules of the report")
    check(any(build_ids.values()), f"no build-ids at all: {build_ids}")
    for path, build_id in build_ids.items():
        notes = run([need("readelf"), "-n", path]).stdout.decode()
        equal(re.findall(r"Build ID: ([0-9a-f]+)", notes), [build_id] if build_id else [], path)


@case
def pprof_refused():
    """Binary output that is thrown at a terminal."""
    trace = record([sample("leak")]).one()
    words = f"{harness.TENURE} export --format=pprof {trace.path}"
    outcome = run([need("script"), "-qec", words, "/dev/null"])
    equal(outcome.status, 2, f"exit status of {outcome}")
    check(b"terminal" in outcome.stdout, outcome.stdout)
