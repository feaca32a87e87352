/* SPDX-License-Identifier: MIT */
/*
 * signals.c [MILLISECONDS] - allocations inside signal handlers, ten thousand a second.
 *
 * A handler may call malloc only where the code it interrupts is not inside malloc itself; the
 * flag main_allocates sees to that, so the program is correct. The recorder is entered in every
 * state: from an ordinary handler, from one on an alternate stack, and from one that never
 * returns because it leaves with siglongjmp.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "expect.h"

static volatile sig_atomic_t main_allocates;
static volatile sig_atomic_t leave_by_jump;
static volatile long handled, deferred, jumped;
static void *volatile left_behind;
static sigjmp_buf landing;

static void on_timer(int number)
{
	(void)number;
	if (main_allocates) {
		deferred++;
		return;
	}
	handled++;
	free(malloc(24));
	if (leave_by_jump) {
		left_behind = malloc(40);
		siglongjmp(landing, 1);
	}
}

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

static void start_timer(int flags, long microseconds)
{
	struct sigaction action = {.sa_handler = on_timer, .sa_flags = SA_RESTART | flags};
	struct itimerval interval = {{0, microseconds}, {0, microseconds}};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &interval, NULL);
}

static long allocated_by_main;

static void allocate_between(void)
{
	main_allocates = 1;
	free(malloc(56));
	allocated_by_main++;
	main_allocates = 0;
}

static void spin_until(long long end_ns)
{
	while (now_ns() < end_ns) {
		allocate_between();
		for (volatile int i = 0; i < 5000; i++)
			;
	}
}

/*
 * Leaves the handler by a jump each time. The jump does not restore the signal mask, so the signal
 * stays blocked until the block that the handler had just allocated is released.
 */
static void spin_with_jumps_until(long long end_ns)
{
	sigset_t alarm_only;

	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	if (sigsetjmp(landing, 0)) {
		free(left_behind);
		left_behind = NULL;
		jumped++;
		sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
	}
	leave_by_jump = 1;
	spin_until(end_ns);
	leave_by_jump = 0;
}

int main(int argc, char **argv)
{
	long long phase_ns = (argc > 1 ? atoll(argv[1]) : 500) * 1000000ll;
	stack_t alternate = {.ss_size = (size_t)sysconf(_SC_SIGSTKSZ)};
	struct itimerval off = {0};

	start_timer(0, 100);
	spin_until(now_ns() + phase_ns);

	main_allocates = 1;
	alternate.ss_sp = malloc(alternate.ss_size);
	sigaltstack(&alternate, NULL);
	start_timer(SA_ONSTACK, 100);
	main_allocates = 0;
	spin_until(now_ns() + phase_ns);

	start_timer(0, 1000);
	spin_with_jumps_until(now_ns() + phase_ns);
	setitimer(ITIMER_REAL, &off, NULL);

	expect("site=on_timer allocations=%ld live_blocks=0", handled + jumped);
	expect("site=allocate_between allocations=%ld live_blocks=0", allocated_by_main);
	expect("finding=foreign-free occurrences=0");
	expect("finding=double-free occurrences=0");
	expect("lost_events=0 complete=1");
	say("%s",
	    handled > 1000 && jumped > 10 && deferred >= 0 ? "handlers ran" : "too few signals");
	return 0;
}
