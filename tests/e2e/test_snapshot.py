# SPDX-License-Identifier: MIT
"""Snapshots of programs that run on: servers, threads in every kind of sleep, large heaps."""
import os
import re
import time

import harness
from harness import case, check, equal, run, sample, table, wait_until
from snapshots import (by_kind, compile_c, known, lost, only, report_of, sites_with, snapshot,
                       start)


def server(**more):
    running = start([sample("heap/server")], **more)
    trace = running.trace()
    return running, trace, int(re.search(r"\.(\d+)\.tenure", trace.path.name).group(1))


def blocks_of(trace, function):
    return sum(site["live_blocks"] for site in sites_with(report_of(trace), function))


@case
def server_that_is_never_stopped():
    """A leak that hangs in a registry for ever: one that is not found while the server runs, whose
    holder has no name, or that is taken for one that nothing points to."""
    running, trace, pid = server()
    wait_until(lambda: blocks_of(trace, "open_session") >= 200, 20, "some load")
    check(trace.path.name.encode() in snapshot(pid).stderr, "the trace is not named")
    before = known(trace)
    at_first = blocks_of(trace, "open_session")
    wait_until(lambda: blocks_of(trace, "open_session") >= 4 * at_first, 40, "more load")
    snapshot(pid)
    report = report_of(trace)
    check(running.process.poll() is None, "the server has ended")
    found = report["snapshot"]
    equal((found["known"], found["cause"], found["count"]), (True, "request", 2), "snapshot")
    check(found["ns"] > before["ns"], "the report is about the first snapshot")
    equal((lost(found), lost(before)), ((0, 0), (0, 0)), "lost blocks")
    sessions = sites_with(report, "open_session")
    equal([site["verdict"] for site in sessions], ["growing"] * 2, "verdicts of open_session")
    equal({site["type"]: chain_from_the_registry(site) for site in sessions},
          {"struct session": [("struct session", "")],
           "char": [("struct session", ".user"), ("char", "")]}, "chains")
    text = run([harness.TENURE, "report", trace.path]).stdout.decode()
    check(re.search(r"open_session.*\n.*held by the variable registry.sessions in server", text), text)
    run([harness.TENURE, "report", "-o", "report.html", trace.path])
    with open("report.html", encoding="utf-8") as page:
        check("registry" in re.sub(r"<[^>]*>", "", page.read()), "the page names no registry")
    running.finish()
    final = known(trace)
    equal((final["cause"], final["count"], final["main_returned"]), ("exit", 3, True), "the last")




def chain_from_the_registry(site):
    holder = site["retention"][0]
    equal((holder["kind"], holder["name"]), ("data", "registry.sessions"), "who holds the sessions")
    check(holder["module"].endswith("/server"), holder["module"])
    equal(holder["blocks"], site["reachability"]["reachable"]["blocks"], "blocks that it holds")
    return [(link["type"], link["member"]) for link in holder["chain"]]


# By any stop: signal(7) lists them.
MAY_BE_INTERRUPTED = {"epoll_wait", "semop", "sigtimedwait"}

# A thread for each way to wait, many times over, with a block that only it has: kind 0 on its stack,
# 1 in a register, 2 in thread-local storage. EINTR is counted by the way to wait.
SLEEPERS = r"""
#include <linux/futex.h>
#include <mqueue.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#define THREADS 200
static const char *const names[] = {
	"read", "futex", "nanosleep", "poll", "select", "epoll_wait", "pause", "sigtimedwait",
	"accept", "recv", "semop", "msgrcv", "lock", "eventfd", "timerfd", "signalfd", "inotify",
	"flock", "clock_nanosleep", "write", "wait", "open", "spin",
};
#define WAYS (sizeof names / sizeof *names)
struct call {
	long number, a[6];
};
static struct call calls[WAYS];
static atomic_int interrupted[WAYS], ready;
static __thread void *volatile thread_local_block;
static struct timespec year = {31536000, 0};
static struct itimerspec year_timer = {{0, 0}, {31536000, 0}};
static uint64_t one_signal = 1ull << (SIGUSR2 - 1);
static uint32_t word;
static struct pollfd polled;
static struct epoll_event event;
static struct msgbuf_ {
	long type;
	char text[8];
} message;
static struct sembuf down = {0, -1, 0};
static struct flock whole = {.l_type = F_WRLCK};
static fd_set set;
static char byte[65536];
static int pair[2], full[2];

static void prepare(const char *dir)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int ends[2], locked, epoll, listener;
	char path[4096];
	pid_t child;

	pipe(ends);
	pipe(full);
	fcntl(full[1], F_SETFL, O_NONBLOCK);
	while (write(full[1], byte, sizeof byte) > 0)
		;
	fcntl(full[1], F_SETFL, 0);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	polled = (struct pollfd){.fd = ends[0], .events = POLLIN};
	epoll = epoll_create1(0);
	epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
	FD_SET(ends[0], &set);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	bind(listener, (void *)&address, sizeof address.sun_family);
	listen(listener, 5);
	snprintf(path, sizeof path, "%s/fifo", dir);
	mkfifo(path, 0600);
	locked = open("lock", O_CREAT | O_RDWR, 0600);
	child = fork();
	if (!child) { /* holds the locks until we are gone */
		fcntl(locked, F_SETLK, &whole);
		flock(open("lock", O_RDWR), LOCK_EX);
		write(pair[1], "x", 1);
		for (;;) {
			sleep(1);
			if (getppid() == 1)
				_exit(0);
		}
	}
	read(pair[0], byte, 1);
	calls[0] = (struct call){SYS_read, {ends[0], (long)byte, 1}};
	calls[1] = (struct call){SYS_futex, {(long)&word, FUTEX_WAIT_PRIVATE}};
	calls[2] = (struct call){SYS_nanosleep, {(long)&year}};
	calls[3] = (struct call){SYS_poll, {(long)&polled, 1, -1}};
	calls[4] = (struct call){SYS_select, {FD_SETSIZE, (long)&set}};
	calls[5] = (struct call){SYS_epoll_wait, {epoll, (long)&event, 1, -1}};
	calls[6] = (struct call){SYS_pause};
	calls[7] = (struct call){SYS_rt_sigtimedwait, {(long)&one_signal, 0, 0, 8}};
	calls[8] = (struct call){SYS_accept, {listener}};
	calls[9] = (struct call){SYS_recvfrom, {pair[0], (long)byte, 1}};
	calls[10] = (struct call){SYS_semop, {semget(IPC_PRIVATE, 1, 0600), (long)&down, 1}};
	calls[11] = (struct call){SYS_msgrcv, {msgget(IPC_PRIVATE, 0600), (long)&message, 8}};
	calls[12] = (struct call){SYS_fcntl, {locked, F_SETLKW, (long)&whole}};
	calls[13] = (struct call){SYS_read, {eventfd(0, 0), (long)byte, 8}};
	calls[14] = (struct call){SYS_read, {timerfd_create(CLOCK_MONOTONIC, 0), (long)byte, 8}};
	timerfd_settime((int)calls[14].a[0], 0, &year_timer, NULL);
	calls[15] = (struct call){SYS_read, {signalfd(-1, (void *)&one_signal, 0), (long)byte, 128}};
	calls[16] = (struct call){SYS_read, {inotify_init1(0), (long)byte, 300}};
	calls[17] = (struct call){SYS_flock, {open("lock", O_RDWR), LOCK_EX}};
	calls[18] = (struct call){SYS_clock_nanosleep, {CLOCK_MONOTONIC, 0, (long)&year, 0}};
	calls[19] = (struct call){SYS_write, {full[1], (long)byte, 1}};
	calls[20] = (struct call){SYS_wait4, {child, 0, 0, 0}};
	calls[21] = (struct call){SYS_open, {(long)strdup(path), O_RDONLY}};
	calls[22] = (struct call){-1};
}

__attribute__((noinline)) static void *stack_block(void) { return memset(malloc(101), 1, 101); }
__attribute__((noinline)) static void *register_block(void) { return memset(malloc(102), 1, 102); }
__attribute__((noinline)) static void *thread_local_(void) { return memset(malloc(103), 1, 103); }

__attribute__((noinline)) static void wait_in(long way)
{
	const struct call *c = &calls[way];

	scrub();
	ready++;
	for (;;) {
		const long *a = c->a;

		while (c->number < 0)
			;
		if (syscall(c->number, a[0], a[1], a[2], a[3], a[4], a[5]) < 0 && errno == EINTR)
			interrupted[way]++;
	}
}

/* From the allocation on all is assembly: a compiler would put copies on the stack. */
__attribute__((noinline)) static void wait_with_register(const struct call *c, atomic_int *count)
{
	__asm__ volatile("and $-16, %%rsp\n\t"
			 "mov %0, %%r14\n\t"
			 "mov %1, %%r15\n\t"
			 "call %P2\n\t"
			 "mov %%rax, %%r13\n\t"
			 "call %P3\n\t"
			 "xor %%eax, %%eax\n\t"
			 "lock incl %4\n"
			 "1:\tmov (%%r14), %%rax\n\t"
			 "cmp $0, %%rax\n\t"
			 "jl 1b\n\t"
			 "mov 8(%%r14), %%rdi\n\t"
			 "mov 16(%%r14), %%rsi\n\t"
			 "mov 24(%%r14), %%rdx\n\t"
			 "mov 32(%%r14), %%r10\n\t"
			 "mov 40(%%r14), %%r8\n\t"
			 "mov 48(%%r14), %%r9\n\t"
			 "syscall\n\t"
			 "cmp $-4, %%rax\n\t"
			 "jne 1b\n\t"
			 "lock incl (%%r15)\n\t"
			 "jmp 1b"
			 :
			 : "r"(c), "r"(count), "i"(register_block), "i"(scrub), "m"(ready)
			 : "r13", "r14", "r15", "memory");
}

static void *sleeper(void *number)
{
	long n = (long)number, way = n / 3 % (long)WAYS;
	void *volatile local;
	uint64_t all = ~0ull;

	/* One of them burns time, that is enough. */
	if (calls[way].number < 0 && n > 3 * (long)WAYS)
		way = 0;
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
	switch (n % 3) {
	case 0:
		local = stack_block();
		wait_in(way);
		free(local);
		break;
	case 1:
		wait_with_register(&calls[way], &interrupted[way]);
		break;
	case 2:
		thread_local_block = thread_local_();
		wait_in(way);
	}
	return NULL;
}

__attribute__((noinline)) static void drop(void)
{
	for (int i = 0; i < 7; i++)
		stack_block();
}

int main(int argc, char **argv)
{
	pthread_attr_t small;
	pthread_t thread;
	sigset_t signals;

	(void)argc;
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	prepare(argv[1]);
	drop();
	scrub();
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	for (long i = 0; i < THREADS; i++)
		if (pthread_create(&thread, &small, sleeper, (void *)i) != 0)
			return 2;
	while (ready < THREADS)
		usleep(1000);
	usleep(100000);
	say("ready %d", getpid());
	wait_for_line();
	for (size_t i = 0; i < WAYS; i++)
		if (interrupted[i])
			say("EINTR %s %d", names[i], interrupted[i]);
	semctl((int)calls[10].a[0], 0, IPC_RMID);
	msgctl((int)calls[11].a[0], IPC_RMID, NULL);
	kill((pid_t)calls[20].a[0], SIGKILL);
	say("end");
	return 5;
}
"""


@case
def two_hundred_threads():
    """What a thread alone holds, on its stack, in a register, in its own storage, and is called lost
    because the thread sleeps in some call or burns time; or a call that does not go on after."""
    program = compile_c(SLEEPERS)
    running = start([program, os.getcwd()], env={"GLIBC_TUNABLES": "glibc.malloc.arena_max=2"})
    pid = running.said(r"^ready (\d+)")
    for _ in range(3):
        snapshot(pid)
    trace = running.trace(pid)
    check_sleepers(report_of(trace), "request")
    running.finish(5)
    check_sleepers(report_of(trace), "exit")
    text = running.outcome.stdout.decode()
    check(text.endswith("end\n"), f"not the whole output: {text}")
    equal(set(re.findall(r"^EINTR (\w+)", text, re.MULTILINE)) - MAY_BE_INTERRUPTED, set(),
          "calls that were interrupted")


def check_sleepers(report, cause):
    found = report["snapshot"]
    equal((found["known"], found["cause"], found["threads"], found["threads_unstopped"]),
          (True, cause, 201, 0), "snapshot")
    check(0 < found["pause_ns"] < 20e9, f"pause of {found['pause_ns']} ns")
    for function in ("sleeper", "wait_with_register"):
        equal(by_kind(report, function)["direct"], 0, f"lost blocks of {function}")
    equal(by_kind(report, "drop"), only("direct", 7), "blocks that were dropped")
    equal([by_kind(report, name)["reachable"] for name in
           ("stack_block", "register_block", "thread_local_")], [67, 67, 66], "blocks of threads")


# Blocks of about 1 KB in one list from a global variable; the last seven are let go.
LARGE = r"""
static struct node { struct node *next; char text[1000]; } *list;
__attribute__((noinline)) static struct node *allocate_node(struct node *next)
{
	struct node *node = malloc(sizeof *node);

	memset(node, 0x5a, sizeof *node);
	node->next = next;
	return node;
}
__attribute__((noinline)) static void fill(long count)
{
	for (long i = 0; i < count; i++)
		list = allocate_node(list);
	for (int i = 0; i < 7; i++)
		allocate_node(NULL)->next = NULL;
}
int main(int argc, char **argv)
{
	(void)argc;
	fill(atol(argv[1]));
	scrub();
	say("ready %d", getpid());
	wait_for_line();
	return 6;
}
"""
MOST_COLLECTOR_KIB = 300 * 1024


def high_water_kib(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read())
    return int(found.group(1)) if found else 0  # a zombie has none


@table(("1-GB", 10 ** 6), ("4-GB", 4 * 10 ** 6), timeout=150)
def large_heap(blocks):
    """A heap of a million blocks that makes the collector hold it all, or a result that is wrong."""
    if blocks > 10 ** 6:
        need_room(blocks)
    running = start([compile_c(LARGE), str(blocks)])
    pid = running.said(r"^ready (\d+)")
    trace = running.trace()
    snapshot(pid)
    check_large(trace, "request", blocks)
    running.process.stdin.close()
    highest = 0
    while running.process.poll() is None:
        highest = max(highest, high_water_kib(running.process.pid))
        time.sleep(0.005)
    running.ended(6)
    check(0 < highest < MOST_COLLECTOR_KIB, f"the collector took {highest} KiB")
    check_large(trace, "exit", blocks)


def need_room(blocks):
    if not harness.LARGE:
        harness.skip("TENURE_TEST_LARGE is not 1")
    with open("/proc/meminfo", encoding="utf-8") as file:
        free_kib = int(re.search(r"MemAvailable:\s+(\d+)", file.read()).group(1))
    if free_kib < 3 * blocks:
        harness.skip(f"{free_kib} KiB of memory are free, too few for {blocks} blocks of 1 KB")


def check_large(trace, cause, blocks):
    report = report_of(trace)
    found = report["snapshot"]
    equal((found["known"], found["cause"], found["threads_unstopped"], found["unread_bytes"]),
          (True, cause, 0, 0), "snapshot")
    check(found["read_bytes"] > 1000 * blocks, f"{found['read_bytes']} bytes read")
    equal(by_kind(report, "allocate_node"), {**only("reachable", blocks), "direct": 7}, "nodes")
