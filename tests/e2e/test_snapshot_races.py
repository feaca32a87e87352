# SPDX-License-Identifier: MIT
"""Snapshots while everything moves: threads at full speed, and exits in the middle."""
from harness import case, check, equal, record, table
from snapshots import compile_c, known, lost, moments, report_of, snapshot, start

# Threads replace, move and let go of blocks as fast as they can; all are always in a global table, but
# for one that a thread has in its hands.
RACE = r"""
#define SLOTS 256
static _Atomic(void *) table[SLOTS];
static _Atomic(void **) chains[SLOTS];
static atomic_int stop;
static unsigned nap_us;
static void *work(void *seed)
{
	uint32_t random = (uint32_t)(uintptr_t)seed * 2654435761u + 1;

	for (unsigned round = 0; !stop; round++) {
		void **chain = malloc(sizeof *chain * 4);
		char *block;

		if (round % 100 == 0) /* or reports take as long as the program */
			usleep(nap_us);
		random = random * 1664525u + 1013904223u;
		block = malloc(16 + (random >> 26));
		block = realloc(block, 16 + (random >> 22));
		free(atomic_exchange(&table[(random >> 8) % SLOTS], block));
		chain[0] = malloc(20); /* held through a block that moves */
		chain[1] = malloc(30);
		chain = realloc(chain, 40 + (random >> 24));
		chain = atomic_exchange(&chains[(random >> 12) % SLOTS], chain);
		if (chain) {
			free(chain[0]);
			free(chain[1]);
			free(chain);
		}
	}
	return NULL;
}
static void start_threads(long count)
{
	pthread_t thread;

	for (long i = 0; i < count; i++)
		pthread_create(&thread, NULL, work, (void *)i);
}
"""
CALLS = RACE + r"""
int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 0;

	start_threads(3);
	for (int i = 0; i < count; i++) {
		usleep(5000);
		if (i % 2 && __lsan_do_leak_check)
			__lsan_do_leak_check();
		else
			tenure_snapshot();
	}
	say("done %d", __lsan_do_leak_check != NULL);
	stop = 1;
	return 4;
}
"""


@case
def calls_of_the_program():
    """tenure_snapshot() and __lsan_do_leak_check() that hang, come too seldom or cannot be read; a
    block that is called lost while it is moved from hand to hand."""
    recording = record([compile_c(CALLS), "20"], status=4)
    equal(recording.outcome.stdout, b"done 1\n", "output")
    trace = recording.one()
    taken = moments(trace)
    equal(len(taken), 21, f"snapshots {taken}")
    check_none_lost(known(trace), "exit")
    for number, at in list(enumerate(taken[:-1]))[::3]:
        check_none_lost(known(trace, at), "call", f"snapshot {number} at {at}")


def check_none_lost(found, cause, what="snapshot"):
    equal((found["cause"], lost(found), found["threads_unstopped"]), (cause, (0, 0), 0), what)


ASKED = RACE + r"""
int main(void)
{
	nap_us = 1000;
	start_threads(3);
	say("ready %d", getpid());
	wait_for_line();
	stop = 1;
	return 4;
}
"""


@case
def asked_from_outside():
    """A report of the trace as it is when the command returns that lacks what threads did last, or has it
    from some of them only: blocks are called lost whose holder was moved at that moment, or nothing
    can be told."""
    running = start([compile_c(ASKED)])
    pid = running.said(r"^ready (\d+)")
    for number in range(6):
        snapshot(pid)
        check_none_lost(known(running.trace()), "request", f"snapshot {number}")
    running.finish(4)
    check_none_lost(known(running.trace()), "exit")


HOLDING = RACE + r"""
int main(void)
{
	start_threads(3);
	usleep(3000);
	tenure_snapshot();
	stop = 1;
	usleep(1000);
	tenure_snapshot();
	return 4;
}
"""


@case
def fifty_runs():
    """A loss that is invented once in a hundred snapshots."""
    program = compile_c(HOLDING)
    for number in range(50):
        trace = record([program], "--snapshot=none", status=4).one()
        at = moments(trace)
        equal(len(at), 2, "snapshots")
        check_none_lost(known(trace), "call", f"second snapshot of run {number}")
        if number % 5 == 0:
            check_none_lost(known(trace, at[0]), "call", f"first snapshot of run {number}")


# Who calls exit: main by returning, or a thread, or two threads at a time, one of which may end the
# process while the other is at its handlers: so it is without us.
EXITS = RACE + r"""
static void *call_exit(void *argument)
{
	exit(7);
	return argument;
}
int main(int argc, char **argv)
{
	pthread_t thread;

	start_threads(4);
	usleep((unsigned)atoi(argv[2]));
	switch (argv[1][0]) {
	case 'r':
		return 7;
	case '2':
		pthread_create(&thread, NULL, call_exit, NULL);
		call_exit(NULL);
		break;
	case 't':
		pthread_create(&thread, NULL, call_exit, NULL);
	}
	for (;;)
		pause();
}
"""


@table(("main-returns", "r"), ("a-thread", "t"), ("two-threads", "2"))
def exit_in_the_middle(how):
    """An exit while other threads are anywhere in the allocator: a hang, another status, or blocks
    that are in a global table and called lost."""
    program = compile_c(EXITS)
    for number in range(10):
        recording = record([program, how, str(number * 700)], status=7)
        found = report_of(recording.one())["snapshot"]
        if how == "2" and not found["known"]:
            check("no snapshot" in found["missing"], f"{found}")
        else:
            check_none_lost(found, "exit", f"run {number}")
