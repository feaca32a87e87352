# SPDX-License-Identifier: MIT
"""Totals against memcheck's "total heap usage": allocations, frees and bytes are the same."""
import os
import re
import shutil

from harness import case, check, equal, fail, need, record, run, sample, table

HEAP_USAGE = re.compile(rb"total heap usage: ([\d,]+) allocs, ([\d,]+) frees, ([\d,]+) bytes")
AT_EXIT = re.compile(rb"in use at exit: ([\d,]+) bytes in ([\d,]+) blocks")

SQL = """
create table t(id integer primary key, name text, price real);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000)
  insert into t select i, 'name ' || i, i * 1.5 from n;
create index by_name on t(name);
select count(*), sum(price), max(name) from t where name like '%9%';
select name from t order by price desc limit 5;
"""
PERL = "my %h; $h{$_ % 97} .= chr(65 + $_ % 26) for 1 .. 20000; print join(',', sort values %h)"
BASH = "for i in {1..2000}; do a[i % 50]=$i-$((i * i)); b=${a[i % 50]//1/x}; done; echo ${#a[*]} $b"
GAWK = "BEGIN { for (i = 0; i < 9999; i++) a[i % 77] = a[i % 77] i; print length(a) }"


def number(text):
    return int(text.replace(b",", b""))


def without_pids(outcome):
    return re.sub(rb"EXPECT pid=\d+", b"EXPECT", outcome.stdout)


def memcheck(argv):
    options = ["--run-libc-freeres=no", "--run-cxx-freeres=no", "--child-silent-after-fork=yes"]
    # Below a shell, so that the parent is a new process, too.
    return run(["sh", "-c", '"$@"; exit $?', "sh", need("valgrind"), *options, "--", *argv])


def same_digits(reference, recording):
    """Whether process numbers are equally long in both runs: shells keep theirs and their parent's
    as text."""
    first = int(re.match(rb"==(\d+)==", reference.stderr)[1])
    return len({len(str(max(1, pid - back))) for pid in (first, recording.one().info["pid"])
                for back in range(4)}) == 1


def environment_under_memcheck():
    """What memcheck adds to the environment. Shells and interpreters copy theirs to the heap, so
    both runs need variables of the same names and lengths. What stands in LD_PRELOAD is replaced
    by the name of a library that is there anyway, padded to the length."""
    lines = memcheck([need("env")]).stdout.decode().splitlines()
    environment = dict(line.split("=", 1) for line in lines)
    length = len(environment.get("LD_PRELOAD", ""))
    if length:
        check(length > 40, "LD_PRELOAD of memcheck is too short to be imitated")
        libc = "libc.so.6"
        folder = os.path.dirname(os.path.realpath(find_library(libc)))
        room = length - len(folder) - len(libc) - 1
        padding = "/." * (room // 2) + ("/" if room % 2 else "")
        environment["LD_PRELOAD"] = f"{folder}{padding}/{libc}"
        equal(len(environment["LD_PRELOAD"]), length, "length of the imitation")
    return environment


def find_library(name):
    listing = run([need("ldd"), shutil.which("ls")]).stdout.decode()
    return re.search(rf"{re.escape(name)} => (\S+)", listing).group(1)


def same_environment(argv):
    """Runs argv in exactly the environment that it has under memcheck."""
    environment = environment_under_memcheck()
    changes = {name: None for name in os.environ if name not in environment}
    # memcheck sees malloc alone, not what Python's own allocators hand out.
    return record(argv, "--no-python", env={**changes, **environment}, status=None)


def git_repository():
    for words in ("init -q work", "-C work config user.email a@example.org",
                  "-C work config user.name A"):
        run(["git", *words.split()])
    for i in range(30):
        with open(f"work/file{i}", "w") as file:
            file.write("text\n" * i)
    for words in (["add", "."], ["commit", "-qm", "first"], ["status"]):
        run(["git", "-C", "work", *words])
    with open("work/file3", "a") as file:
        file.write("changed\n")
    open("work/untracked", "w").close()
    # Entries as young as the index are read again each time: make the files older.
    for name in os.listdir("work"):
        os.utime(f"work/{name}", (1000000000, 1000000000))
    run(["git", "-C", "work", "status"])


@table(
    ("ls", ["ls", "-R", "/usr/share/doc"]),
    ("ls-long", ["ls", "-lR", "/usr/share/perl5"]),
    ("sqlite3", ["sqlite3", ":memory:", SQL]),
    ("perl", ["perl", "-e", PERL]),
    ("bash", ["bash", "-c", BASH]),
    ("git", ["git", "-C", "work", "status"]),
    ("python3", ["python3", "-S", "-c", "print(sum(len(str(i)) for i in range(20000)))"]),
    ("gawk", ["gawk", GAWK]),
    ("leak", [sample("leak")]),
)
def totals(argv):
    """An allocation or release that is missed, counted twice, or counted with another size.
    Both tools count a reallocation as one of each, and both see the calls of libc itself."""
    program = argv[0] if os.path.isabs(argv[0]) else need(argv[0])
    os.environ.update(PERL_HASH_SEED="0", PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1",
                      GIT_OPTIONAL_LOCKS="0")
    if argv[0] == "git":
        git_repository()
    argv = [program, *argv[1:]]
    for _ in range(5):
        reference, recording = memcheck(argv), same_environment(argv)
        if same_digits(reference, recording):
            break
    usage, rest = HEAP_USAGE.search(reference.stderr), AT_EXIT.search(reference.stderr)
    if not usage:
        fail(f"memcheck says nothing: {reference}")
    equal(without_pids(recording.outcome), without_pids(reference), "output of the program")
    info = recording.one().info
    equal((info["allocations"], info["frees"], info["allocated_bytes"]),
          tuple(number(text) for text in usage.groups()), "allocations, frees, bytes")
    equal((info["live_bytes"], info["live_blocks"]),
          tuple(number(text) for text in rest.groups()), "bytes and blocks at exit")
    equal(info["lost_events"], 0, "lost events")


@case
def sites_add_up():
    """Sites that leave out, or count twice, some of what the totals contain."""
    trace = record([need("sqlite3"), ":memory:", SQL]).one()
    run_totals = trace.report["run"]
    for key in ("allocations", "allocated_bytes", "live_blocks", "live_bytes", "peak_bytes"):
        equal(sum(site[key] for site in trace.report["sites"]), run_totals[key], f"sum of {key}")
        equal(trace.info[key], run_totals[key], f"{key} of info and report")
