/* SPDX-License-Identifier: MIT */
/*
 * frozen_program.h - a child of a test, to be stopped and looked into: what it runs, what it shares
 * with the test, and how to see that a thread of it waits in the kernel.
 */
#ifndef TENURE_FROZEN_PROGRAM_H
#define TENURE_FROZEN_PROGRAM_H

#include <check.h>
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/record/detour.h"
#include "analyzer/record/freeze.h"
#include "preload/arch.h"

#define SHARED_VALUES 64
#define QUEUED_SIGNALS 2000

/* Mapped in both; all 0 in the beginning. */
struct shared {
	atomic_int ready; /* counts threads that are about to wait */
	atomic_int go; /* the test says so; a futex */
	atomic_int results[SHARED_VALUES];
	atomic_int tids[SHARED_VALUES];
	_Atomic(uint64_t) values[SHARED_VALUES];
};

/* What the recorder has in every process that it records. */
#ifdef ARCH_DETOUR
extern const char detour_code[];
ARCH_DETOUR(detour_code);
static char detour_stack[80u << 10];
#define DETOUR_PLACE \
	{ \
		(uint64_t) detour_code, (uint64_t)detour_stack, sizeof detour_stack \
	}
#else
#define DETOUR_PLACE \
	{ \
		0 \
	}
#endif
static const struct detour_place detour_place = DETOUR_PLACE;

static struct shared *shared;
static int to_program[2]; /* a pipe that the program reads */
static struct process program;

static inline void program_start(void (*body)(void))
{
	pid_t pid;

	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	ck_assert(shared != MAP_FAILED && pipe(to_program) == 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		body();
		_exit(0);
	}
	process_open(&program, pid, -1);
	ck_assert_int_ge(program.folder, 0);
}

static inline void program_close(void)
{
	process_close(&program);
	close(to_program[0]);
	close(to_program[1]);
	munmap(shared, sizeof *shared);
}

/* Its status, as of waitpid. */
static inline int program_end(void)
{
	int status = -1;

	ck_assert_int_eq(waitpid(program.pid, &status, 0), program.pid);
	program_close();
	return status;
}

static inline void program_kill(void)
{
	int status;

	kill(program.pid, SIGKILL);
	status = program_end();
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static inline void await(atomic_int *value, int wanted)
{
	while (atomic_load(value) < wanted)
		sched_yield();
}

/* In the program: waits until the test says go. Returns what futex() did. */
static inline int wait_for_go(void)
{
	int result = 0;

	while (!atomic_load(&shared->go) && result == 0)
		result = (int)syscall(SYS_futex, &shared->go, FUTEX_WAIT, 0, NULL, NULL, 0);
	return result == 0 || errno == EAGAIN ? 0 : errno;
}

static inline void say_go(void)
{
	atomic_store(&shared->go, 1);
	syscall(SYS_futex, &shared->go, FUTEX_WAKE, 1000, NULL, NULL, 0);
}

/* As /proc has it: R, S, D, T, t, Z; 0 if there is no such thread. */
static inline char thread_state(pid_t tid)
{
	int fd = process_open_thread_file(&program, tid, "stat");
	char line[512] = "", *after_name;

	if (fd < 0)
		return 0;
	if (read(fd, line, sizeof line - 1) < 0)
		line[0] = '\0';
	close(fd);
	after_name = strrchr(line, ')');
	return after_name ? after_name[2] : 0;
}

static inline void await_state(pid_t tid, char state)
{
	while (thread_state(tid) != state)
		sched_yield();
}

/* In the program: a thread that is detached, with all signals blocked. */
static inline void program_thread(void *(*body)(void *), size_t number)
{
	sigset_t every, before;
	pthread_t thread;

	sigfillset(&every);
	pthread_sigmask(SIG_SETMASK, &every, &before);
	/* Fails while another thread executes a program, and must not disturb that. */
	if (pthread_create(&thread, NULL, body, (void *)number) == 0)
		pthread_detach(thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* In such a thread. */
static inline void announce(size_t number)
{
	atomic_store(&shared->tids[number], (int)syscall(SYS_gettid));
	atomic_fetch_add(&shared->ready, 1);
}

static inline const struct freeze_thread *frozen(const struct freeze *f, pid_t tid)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->threads[i].tid == tid && f->threads[i].state != FREEZE_GONE)
			return &f->threads[i];
	ck_abort_msg("thread %d was not seen", (int)tid);
	return NULL;
}

static inline bool has_register(const struct freeze *f, const struct freeze_thread *thread,
				uint64_t value)
{
	for (size_t i = 0; i < thread->register_count; i++)
		if (f->registers.words[thread->first_register + i] == value)
			return true;
	return false;
}

static inline void count_signal(int number)
{
	(void)number;
	atomic_fetch_add(&shared->results[0], 1);
}

/* A body that sends itself signals all the time; its status tells whether each arrived once. */
static inline void run_signalled(void)
{
	struct sigaction action = {.sa_handler = count_signal};

	sigaction(SIGRTMIN, &action, NULL);
	announce(0);
	for (int sent = 0; sent < QUEUED_SIGNALS;) {
		sent += sigqueue(getpid(), SIGRTMIN, (union sigval){0}) == 0;
		while (atomic_load(&shared->results[0]) < sent && sent % 8 == 0)
			sched_yield();
	}
	_exit(atomic_load(&shared->results[0]) != QUEUED_SIGNALS);
}

#endif
