# SPDX-License-Identifier: MIT
"""Executed programs that cannot be recorded: each is told, with how often, and notices nothing."""
import os
import pathlib
import subprocess

from harness import (case, check, equal, need, need_root, record, record_by_preload,
                     run, skip, table, tenure, wait_until)

# Prints its environment and its one argument; ends with 3.
CHILD = r"""
#include <stdio.h>
extern char **environ;
int main(int argc, char **argv)
{
	for (char **variable = environ; *variable; variable++)
		puts(*variable);
	puts(argc > 1 ? argv[1] : "");
	return 3;
}
"""

# HOW PROGRAM [TIMES]: executes a program. Allocates before it forks, and never after that.
PARENT = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char *how, *program;
static char *arguments[] = {(char *)"child", (char *)"word", NULL};

static void execute(void)
{
	if (!strcmp(how, "execvp"))
		execvp(program, arguments);
	else if (!strcmp(how, "execl"))
		execl(program, "child", "word", NULL);
	else if (!strcmp(how, "fexecve"))
		fexecve(open(program, O_PATH | O_CLOEXEC), arguments, environ);
	else if (!strcmp(how, "execveat"))
		execveat(AT_FDCWD, program, arguments, environ, 0);
	else
		execve(program, arguments, environ);
	_exit(127);
}

static void nested_vfork(void)
{
	int status = 99;
	pid_t pid = vfork();

	if (pid == 0)
		execute();
	waitpid(pid, &status, 0);
	for (int i = 0; i < 50; i++)
		free(malloc(100));
	exit(WEXITSTATUS(status));
}

static int once(void)
{
	pid_t pid = -1;
	int status = -1, error;

	if (!strcmp(how, "spawn") || !strcmp(how, "spawnp")) {
		error = (strcmp(how, "spawn") ? posix_spawnp : posix_spawn)(
			&pid, program, NULL, NULL, arguments, environ);
		if (error)
			return 200 + error;
	} else if (!strcmp(how, "system")) {
		return WEXITSTATUS(system(program));
	} else if (!strcmp(how, "popen")) {
		char line[4096];
		FILE *stream = popen(program, "r");

		while (fgets(line, sizeof line, stream))
			fputs(line, stdout);
		return WEXITSTATUS(pclose(stream));
	} else if (!strcmp(how, "failing")) {
		return execve(program, arguments, environ) ? 0 : 1;
	} else if (!strcmp(how, "vfork")) {
		pid = vfork();
		if (pid == 0)
			execute();
	} else {
		pid = strcmp(how, "raw-fork") ? fork()
					      : (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
		if (pid == 0 && !strcmp(how, "fork-vfork"))
			nested_vfork();
		if (pid == 0)
			execute();
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int main(int argc, char **argv)
{
	int times = argc > 3 ? atoi(argv[3]) : 1;

	how = argv[1];
	program = argv[2];
	setvbuf(stdout, malloc(1 << 16), _IOFBF, 1 << 16);
	for (int i = 0; i < times; i++) {
		printf("%d\n", once());
		fflush(stdout);
	}
	return 0;
}
"""


def build(source, name, compiler="gcc", options=()):
    pathlib.Path(name + ".c").write_text(source)
    done = subprocess.run([need(compiler), *options, "-o", name, name + ".c"], capture_output=True)
    if done.returncode:
        skip(f"{compiler} {' '.join(options)} does not work here: "
             + done.stderr.decode(errors="replace").strip().splitlines()[-1])
    return os.path.realpath(name)


def static_child(name="static"):
    return build(CHILD, name, options=["-static"])


def told(recording):
    """What all traces say, over all processes: times by path and reason."""
    times = {}
    for trace in recording.traces:
        for program in trace.info["unrecorded"]:
            key = program["path"], program["reason"]
            times[key] = times.get(key, 0) + program["times"]
    return times


def recorded_as_bare(argv, expected, **options):
    """Records what a bare run does too; all that is told must be expected."""
    bare = run(argv, **options)
    recording = record(argv, status=bare.status, **options)
    equal((recording.outcome.stdout, recording.outcome.stderr), (bare.stdout, bare.stderr),
          "output of the program and its children")
    equal(told(recording), expected, f"what is told by {recording.traces}")
    for trace in recording.traces:
        check(trace.info["complete"], f"{trace} is incomplete")
    return recording


@table(*[(how, how) for how in ("fork", "execl", "fexecve", "execveat", "execvp", "raw-fork",
                                "vfork", "spawn", "spawnp", "system", "popen")])
def static(how):
    """A static child that is not told of, or that sees our variables."""
    parent, child = build(PARENT, "parent"), static_child()
    recorded_as_bare([parent, how, child], {(child, "statically linked"): 1})


@table(*[(how, how) for how in ("execvp", "spawnp", "system")])
def found_in_path(how):
    """A program that is told of by the name that it was looked up with."""
    parent = build(PARENT, "parent")
    pathlib.Path("bin").mkdir()
    child = static_child("bin/only-there")
    env = {"PATH": f"/nonexistent:{pathlib.Path('bin').absolute()}:/usr/bin:/bin"}
    recorded_as_bare([parent, how, "only-there"], {(child, "statically linked"): 1}, env=env)


@case
def relative():
    """A relative path, which means nothing to who reads the trace elsewhere."""
    parent, child = build(PARENT, "parent"), static_child()
    recorded_as_bare([parent, "fork", "./static"], {(child, "statically linked"): 1})


@case
def forked_and_vforked():
    """A vfork child of a process without an event that records for itself in its parent's memory:
    what the parent does then is lost."""
    parent, child = build(PARENT, "parent"), static_child()
    recording = recorded_as_bare([parent, "fork-vfork", child], {(child, "statically linked"): 1})
    inner = next(t for t in recording.traces if t.info["unrecorded"])
    check(inner.info["allocations"] >= 50, f"lost allocations: {inner.info}")
    equal(inner.info["end"], {"kind": "exit", "status": 3}, "how the process ended")


@table(("static", "gcc", ["-static"], "statically linked"),
       ("static-pie", "gcc", ["-static-pie"], "statically linked"),
       ("32-bit", "gcc", ["-m32"], "built for another word size"),
       ("musl", "musl-gcc", [], "built for the musl C library"),
       ("asan", "gcc", ["-fsanitize=address"], "built with a sanitizer"),
       ("tsan", "gcc", ["-fsanitize=thread"], "built with a sanitizer"),
       ("asan-clang", "clang", ["-fsanitize=address"], "built with a sanitizer"))
def kind(compiler, options, reason):
    """A kind of program that is not told of, or with the reason of another."""
    parent, child = build(PARENT, "parent"), build(CHILD, "child", compiler, options)
    for how in ("fork", "spawn"):
        recorded_as_bare([parent, how, child], {(child, reason): 1})


@case
def other_processor():
    """A program for another processor that is told of though nobody could execute it."""
    parent = build(PARENT, "parent")
    header = bytearray(pathlib.Path(parent).read_bytes()[:64])
    header[18:20] = (43).to_bytes(2, "little")  # SPARC V9
    pathlib.Path("foreign").write_bytes(header)
    pathlib.Path("foreign").chmod(0o755)
    recorded_as_bare([parent, "fork", "./foreign"], {})


@case
def script():
    """A script whose interpreter is static, or one that is told of though it can be recorded."""
    parent, child = build(PARENT, "parent"), static_child()
    for name, interpreter, expected in (("by-static", child, {(child, "statically linked"): 1}),
                                        ("by-shell", "/bin/sh", {})):
        pathlib.Path(name).write_text(f"#!{interpreter} one\nexit 3\n")
        pathlib.Path(name).chmod(0o755)
        recorded_as_bare([parent, "fork", f"./{name}"], expected)


@table(("fork", "fork"), ("vfork", "vfork"), ("spawn", "spawn"), ("alone", "failing"))
def failed(how):
    """An exec that failed, and is told of all the same."""
    parent, child = build(PARENT, "parent"), static_child()
    os.chmod(child, 0o644)
    recorded_as_bare([parent, how, child, "3"], {})


@case
def by_the_program_itself():
    """A program that becomes a static one, and with that the end of its recording."""
    parent, child = build(PARENT, "parent"), static_child()
    recording = record([parent, "failing", child], status=3)
    equal(told(recording), {(child, "statically linked"): 1}, "what is told")
    equal(recording.one().info["end"]["kind"], "exec", "how its trace ends")


@case(timeout=120)
def thousand_times():
    """A thousand executions that take a thousand entries, or fill the table."""
    parent, child = build(PARENT, "parent"), static_child()
    recording = record([parent, "vfork", child, "1000"], timeout=100)
    equal(recording.one().info["unrecorded"],
          [{"path": child, "reason": "statically linked", "times": 1000}], "what is told")


@case
def more_than_fit():
    """A table that is full, and says so to nobody."""
    parent, child = build(PARENT, "parent"), static_child()
    for i in range(70):
        os.link(child, f"copy{i}")
    commands = "; ".join(f"./copy{i} >out" for i in range(70))
    info = record(["sh", "-c", commands + "; true"]).one("sh").info
    equal(len(info["unrecorded"]), 65, "entries")
    equal(info["unrecorded"][-1]["path"], "", "what the others are told by")
    equal(sum(entry["times"] for entry in info["unrecorded"]), 70, "executions")
    check(any(limit.startswith("At least 65 programs") for limit in info["limits"]),
          str(info["limits"]))


@case
def recordable():
    """A program that is recorded, and told of all the same."""
    parent, child = build(PARENT, "parent"), build(CHILD, "child")
    for how in ("fork", "vfork", "spawn", "fexecve", "system"):
        recorded_as_bare([parent, how, child], {})


@case
def not_followed():
    """--follow=none that complains of children which nobody asked for."""
    parent, child = build(PARENT, "parent"), static_child()
    equal(told(record([parent, "fork", child], "--follow=none")), {}, "what is told")


@case
def by_preload():
    """A program that is recorded without the launcher, whose collector does not keep the table."""
    parent, child = build(PARENT, "parent"), static_child()
    recording = record_by_preload([parent, "vfork", child])
    wait_until(lambda: recording.traces and all(t.complete() for t in recording.traces), 5,
               "a complete trace")
    equal(told(recording), {(child, "statically linked"): 1}, "what is told")


@table(("setuid", 0o4755), ("setgid", 0o2755))
def other_privileges(mode):
    """A program with the privileges of another user, whose loader ignores LD_PRELOAD."""
    need_root()
    parent, child = build(PARENT, "parent"), build(CHILD, "child")
    os.chown(child, 65534, 65534)
    os.chmod(child, mode)
    equal(told(record([parent, "spawn", child])), {(child, "changes privileges"): 1}, "what is told")
    os.chown(child, 0, 0)
    os.chmod(child, mode)
    equal(told(record([parent, "spawn", child])), {}, "what is told of one's own program")


@case
def borrowed_privileges():
    """A daemon whose effective user is not its real one: what it executes is recorded no more."""
    need_root()
    script = ("import os\n"
              "os.waitpid(os.posix_spawn('/bin/true', ['true'], os.environ), 0)\n"
              "os.seteuid(65534)\n"
              "os.waitpid(os.posix_spawn('/bin/true', ['true'], os.environ), 0)\n")
    recording = record(["/usr/bin/python3", "-c", script])
    equal(told(recording), {(os.path.realpath("/bin/true"), "changes privileges"): 1},
          "what is told")
    recording.one("true")


@case
def in_words():
    """A trace that tells scripts alone what it could not see."""
    parent, child = build(PARENT, "parent"), static_child()
    trace = record([parent, "vfork", child, "2"]).one()
    text = tenure("info", trace.path).stdout.decode()
    check(f"2 times  {child}: statically linked" in text, text)
    sentence = f"1 program that it executed could not be recorded: {child} (statically linked)"
    check(sentence in text, text)
    check(any(sentence in limit for limit in trace.report["run"]["limits"]), "not in the report")
