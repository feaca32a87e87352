/* SPDX-License-Identifier: MIT */
/*
 * freeze.h - stops all threads of a process from outside, by ptrace, and reads their registers.
 *
 * PTRACE_SEIZE and PTRACE_INTERRUPT send no signal, and a call that a thread is in goes on when the
 * thread does. A signal that was just being delivered is delivered then; a process that was stopped
 * (SIGSTOP, job control) stays so. Stopping is bounded in time: who does not come to a stop (it
 * sleeps uninterruptibly in the kernel, as the parent of a vfork() does) is left out, and let go as
 * soon as it can be. Who may not be traced (a debugger does, Yama or seccomp forbid it) runs on.
 *
 * No stop is ever taken by a wait, they are only looked at: what is reported of a child of ours by
 * waitid(..., WNOWAIT) may be CLD_TRAPPED, and says then that it has not ended. The exit status of
 * a process is left to its parent, also where that is us.
 */
#ifndef TENURE_FREEZE_H
#define TENURE_FREEZE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "process.h"
#include "registers.h"
#include "tracer.h"

enum freeze_state {
	FREEZE_GONE, /* or let go */
	FREEZE_REFUSED, /* runs, untraced */
	FREEZE_COMING, /* runs; will stop, and must then be let go */
	FREEZE_INTERRUPTED, /* stands still because of us alone */
	FREEZE_STANDING, /* in a stop that it would have come to anyway */
};

struct freeze_thread {
	pid_t tid;
	enum freeze_state state;
	bool confirmed; /* was listed when its number was its own for sure */
	bool foreign; /* of another process: its number was used again; only to be let go */
	int signal; /* that is being delivered, 0: none */
	struct registers_where where;
	size_t first_register, register_count; /* in registers */
};

struct freeze {
	const struct process *process;
	struct tracer *tracer; /* NULL: there is nobody to stop */
	int32_t asking_tid;
	struct freeze_thread *threads; /* without the one that asked */
	size_t count, capacity;
	pthread_mutex_t growing; /* while the above change */
	struct registers registers;
	bool asking_alive;
	bool failed; /* no memory, or no list of threads: nobody is held */
	uint64_t began_ns, pause_ns; /* the latter is known when all were let go */
};

/* asking_tid: a thread that is not to be stopped, 0: none. NULL if the process cannot be looked at;
 * to be freed before process is closed. */
struct freeze *freeze_new(const struct process *process, int32_t asking_tid);

/* Threads, the asking one aside, that run on, for whatever reason. */
size_t freeze_running(const struct freeze *f);

/* A thread that has the memory of the process; process->pid if none is known better. */
int32_t freeze_memory_tid(const struct freeze *f);

/* Lets all threads go on. May be called again, and is to be as long as f lives: it lets those go
 * that came to a stop only later. */
void freeze_thaw(struct freeze *f);

void freeze_free(struct freeze *f);

/*
 * Stops one thread of a process that was let go, any but the one that asked, and lets it go again
 * after `use` has run in the tracer. False if no thread could be stopped.
 */
bool freeze_use_one(struct freeze *f, void (*use)(void *context, struct freeze_thread *thread),
		    void *context);

/* For code that runs in the tracer. What a thread does that is traced; *stop is as in the status of
 * waitpid, shifted by 8: signal, and event << 8. */
enum freeze_look { FREEZE_LOOK_GONE, FREEZE_LOOK_RUNS, FREEZE_LOOK_STOPS };
enum freeze_look freeze_look(pid_t tid, int *stop);

/* Waits for the stop of a thread that must come to one; false if it ended instead. */
bool freeze_await(const struct process *process, pid_t tid, int *stop);

#endif
