# SPDX-License-Identifier: MIT
"""Every stack of real programs against libunwind's (TENURE_OPTIONS=verify_unwind=1)."""
import pathlib
import re
import subprocess

import harness
from harness import case, check, equal, need, run, sample, table

SHAPES = r"""
#include <alloca.h>
#include <algorithm>
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#define APART __attribute__((noinline))

static thread_local unsigned allocations;

static APART void allocate()
{
	void *volatile block = malloc(8 + allocations++ % 100);
	free(block);
}

static APART void room(size_t bytes)
{
	volatile char *p = static_cast<char *>(alloca(bytes));
	p[0] = 1;
	allocate();
	p[bytes - 1] = 2;
}

typedef float vector __attribute__((vector_size(32)));

static APART vector realigned(unsigned n)
{
	alignas(64) vector v = {float(n)};
	volatile char *p = static_cast<char *>(alloca(n + 1));
	p[n] = 1;
	allocate();
	return v + v;
}

static APART long busy(long a, long b, long c, long d, long e, long f, unsigned depth)
{
	long sum = 0;
	for (long i = 0; i < 3; i++) {
		if (depth)
			sum += busy(b, c, d, e, f, a + i, depth - 1);
		else
			allocate();
		sum += a * b + c * d + e * f + i;
	}
	return sum;
}

static APART void thrower(unsigned depth)
{
	std::string text(depth * 10, 'x');
	if (depth == 0)
		throw std::runtime_error(text + "thrown");
	thrower(depth - 1);
	allocate();
}

static void handler(int)
{
	room(200);
	allocate();
}

static std::jmp_buf escape;

static APART void jumper(unsigned depth)
{
	allocate();
	if (!depth)
		std::longjmp(escape, 1);
	jumper(depth - 1);
	allocate();
}

static void work()
{
	for (unsigned i = 0; i < 60; i++) {
		room(1 + i * 37 % 3000);
		realigned(i % 90);
		busy(i, 2, 3, 4, 5, 6, i % 4);
		try {
			thrower(i % 12);
		} catch (const std::exception &e) {
			allocate();
		}
		std::vector<std::string> words;
		for (unsigned k = 0; k < 40; k++)
			words.push_back(std::string(20 + k * i % 50, char('a' + k % 26)));
		std::sort(words.begin(), words.end(), [](const std::string &a, const std::string &b) {
			if (a.size() % 7 == 0)
				allocate();
			return a < b;
		});
		std::function<void(unsigned)> recursive = [&](unsigned n) {
			allocate();
			if (n)
				recursive(n - 1);
			room(64);
		};
		recursive(i % 20);
		std::map<std::string, std::unique_ptr<int>> map;
		for (auto &word : words)
			map[word] = std::make_unique<int>(1);
	}
}

int main()
{
	signal(SIGUSR1, handler);
	std::thread one(work), other(work);
	for (unsigned i = 0; i < 30; i++) {
		raise(SIGUSR1);
		if (!setjmp(escape))
			jumper(i % 9);
	}
	work();
	one.join();
	other.join();
	return 0;
}
"""
RUST = r"""
use std::collections::{BTreeMap, HashMap};
use std::thread;
trait Shape { fn name(&self, n: usize) -> String; }
struct Square; struct Circle(Vec<u8>);
impl Shape for Square { fn name(&self, n: usize) -> String { "square".repeat(n) } }
impl Shape for Circle { fn name(&self, n: usize) -> String { format!("circle{}{}", n, self.0.len()) } }
fn recurse(n: usize) -> Vec<String> {
    let mut v = if n == 0 { Vec::new() } else { recurse(n - 1) };
    v.push(format!("{:?}", vec![n; n % 5])); v
}
fn work() -> usize {
    let shapes: Vec<Box<dyn Shape>> = vec![Box::new(Square), Box::new(Circle(vec![1, 2, 3]))];
    let mut map = HashMap::new(); let mut tree = BTreeMap::new();
    for i in 0..300 {
        map.insert(format!("k{}", i % 70), shapes[i % 2].name(i % 9));
        tree.entry(i % 37).or_insert_with(Vec::new).push(recurse(i % 25).len());
        let _ = std::panic::catch_unwind(|| { if i % 50 == 0 { std::panic::panic_any(vec![i]) } });
    }
    map.len() + tree.len()
}
fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let threads: Vec<_> = (0..3).map(|_| thread::spawn(work)).collect();
    let total: usize = threads.into_iter().map(|t| t.join().unwrap()).sum();
    println!("{}", total + work());
}
"""
CXX_BUILDS = (
    ("gcc-O0", "g++", ["-O0"]),
    ("gcc-O2", "g++", ["-O2"]),
    ("gcc-frame-pointers", "g++", ["-O2", "-fno-omit-frame-pointer"]),
    ("gcc-omit-frame-pointer", "g++", ["-O3", "-fomit-frame-pointer"]),
    ("gcc-O3-lto", "g++", ["-O3", "-flto"]),
    ("gcc-static-libstdc++", "g++", ["-O2", "-static-libstdc++", "-static-libgcc"]),
    ("clang-O1", "clang++", ["-O1"]),
    ("clang-O3", "clang++", ["-O3", "-fomit-frame-pointer"]),
)
SQL = """create table t(a integer primary key, b text);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000)
insert into t select i, hex(i * 7919) from n;
create index i on t(b); select count(*) from t; delete from t where a % 7 = 0;"""
PYTHON = """import json, re, hashlib, ssl
for k in range(2): json.loads(json.dumps([{"a": i, "b": str(i) * 5} for i in range(300)]))
def deep(n): return deep(n - 1) + [n] if n else []
deep(150), hashlib.sha512(b"x" * 9999).hexdigest(), re.findall("a+b?", "aab" * 99)"""
# label, program, its arguments, environment
PROGRAMS = (
    ("sqlite3", "sqlite3", [":memory:", SQL], {}),
    ("python3", "python3", ["-c", PYTHON], {"PYTHONMALLOC": "malloc"}),
    ("perl", "perl", ["-e", "my %h = map { $_ => [$_] } 1..999; eval { die [$_] } for 1..99"], {}),
    ("lua", "lua5.4", ["-e", "for i = 1, 2000 do pcall(error, ('x'):rep(i % 77)) end"], {}),
    ("ruby", "ruby", ["-e", "(1..500).map { |i| i.to_s * 3 }; begin; raise 'x'; rescue; end"], {}),
    ("node", "node", ["-e", "let a = []; for (let i = 0; i < 99; i++) a.push(Buffer.from('x' + i))"],
     {}),
    # libcrypto and libgmp are in part written in assembly by hand.
    ("openssl", "openssl", ["genrsa", "1024"], {}),
    ("openssl-ec", "openssl", ["ecparam", "-genkey", "-name", "prime256v1"], {}),
    ("gmp", "gawk", ["-M", "BEGIN { for (i = 1; i < 400; i++) x = x + 7 ^ i % 1000003; print x }"], {}),
    ("jq", "jq", ["-n", "[range(500) | {a: ., b: tostring}] | group_by(.b) | length"], {}),
    ("git", "git", ["-c", "safe.directory=*", "-C", str(harness.ROOT), "log", "--stat", "-3"], {}),
    ("gdb", "gdb", ["-batch", "-ex", "info functions main", "/bin/true"], {}),
)
TOTALS = re.compile(rb"verify_unwind: (\d+) equal, (\d+) longer, (\d+) truncated, (\d+) cut, "
                    rb"(\d+) wrong")


def verify(argv, *, env=None, options=()):
    """Numbers of stacks: equal, longer, truncated, cut, wrong, over all processes."""
    outcome = run([harness.TENURE, "run", "-q", *options, "--", *argv],
                  env={"TENURE_OPTIONS": "verify_unwind=1", **(env or {})}, timeout=110)
    if b"stacks are not verified" in outcome.stderr:
        harness.skip("libunwind.so.8 cannot be loaded")
    told = [tuple(map(int, numbers)) for numbers in TOTALS.findall(outcome.stderr)]
    check(told, f"no totals: {outcome}")
    return [sum(column) for column in zip(*told)], outcome


def all_equal(argv, **more):
    (same, longer, truncated, cut, wrong), outcome = verify(argv, **more)
    equal(wrong, 0, f"wrong stacks of {same}, {outcome}")
    check(same > 50, f"only {same} stacks were compared")
    check(longer + truncated + cut <= same / 100, f"{longer} longer, {truncated} truncated, {cut} cut")
    if longer or truncated or cut:
        print(f"NOTE {same} stacks equal, {longer} longer than libunwind's, {truncated} truncated, "
              f"{cut} cut")


@table(*CXX_BUILDS, timeout=120)
def shapes(compiler, flags):
    """Frames of every shape as compilers lay them out: realigned, with alloca, unwound by exceptions,
    left by longjmp, interrupted by signals, called back from libraries."""
    pathlib.Path("shapes.cc").write_text(SHAPES)
    subprocess.run([need(compiler), "-w", "-std=c++17", "-g", *flags, "-o", "shapes", "shapes.cc",
                    "-pthread"], check=True)
    all_equal([pathlib.Path("shapes").absolute()])


@table(("debug", []), ("optimised", ["-O"]), ("lto", ["-O", "-Clto=fat"]), timeout=120)
def rust(flags):
    """Code by another compiler, with threads, trait objects and panics."""
    pathlib.Path("program.rs").write_text(RUST)
    subprocess.run([need("rustc"), *flags, "-o", "program", "program.rs"], check=True)
    all_equal([pathlib.Path("program").absolute()])


@table(*PROGRAMS, timeout=120)
def program(name, arguments, environment):
    """Real programs, the deepest and the most varied stacks there are."""
    all_equal([need(name), *arguments], env=environment)


@table(*((name, name) for name in ("exceptions", "contexts", "signals", "threads")))
def of_sample(name):
    """Our own samples: coroutines, handlers on an alternate stack."""
    (same, longer, truncated, cut, wrong), outcome = verify([sample(name)])
    equal(wrong, 0, f"wrong stacks of {same}, {outcome}")
    print(f"NOTE {same} stacks equal, {longer} longer than libunwind's, {truncated} truncated, "
          f"{cut} cut")


@case
def a_wrong_unwinder_is_noticed():
    """A comparison that finds everything equal: frame pointers alone lead astray in code without."""
    (same, longer, truncated, cut, wrong), outcome = verify([need("sqlite3"), ":memory:", SQL],
                                                            options=["--unwinder=fp"])
    check(wrong + truncated > same, f"it finds them equal: {outcome}")
