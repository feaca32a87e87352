/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "freeze.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../util/array.h"

/* Reading from a disk takes milliseconds; all others stand still meanwhile. As long as others come to
 * a stop, or one has not had its turn on a processor, it is the machine that is busy. */
#define LONGEST_STOP_NS 100000000u
#define LONGEST_STOPS_NS 1000000000u
#define FIRST_NAP_NS 20000u
#define LONGEST_NAP_NS 1000000u

static void nap(uint64_t *ns)
{
	const struct timespec pause = {0, (long)*ns};

	nanosleep(&pause, NULL);
	if (*ns < LONGEST_NAP_NS)
		*ns *= 2;
}

enum freeze_look freeze_look(pid_t tid, int *stop)
{
	siginfo_t info;

	memset(&info, 0, sizeof info);
	if (waitid(P_PID, (id_t)tid, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL) != 0)
		return FREEZE_LOOK_GONE;
	if (!info.si_pid)
		return FREEZE_LOOK_RUNS;
	if (info.si_code != CLD_TRAPPED)
		return FREEZE_LOOK_GONE;
	*stop = info.si_status;
	return FREEZE_LOOK_STOPS;
}

/* As /proc has it: 'R' runs or would if it could; 0: there is no such thread, -1: not known. */
static int thread_state(const struct process *process, pid_t tid)
{
	int fd = process_open_thread_file(process, tid, "stat");
	char line[512], *after_name;
	ssize_t got;

	if (fd < 0)
		return errno == ENOENT || errno == ESRCH ? 0 : -1;
	got = read(fd, line, sizeof line - 1);
	close(fd);
	line[got > 0 ? got : 0] = '\0';
	after_name = strrchr(line, ')'); /* the name may contain anything */
	return after_name && after_name[1] == ' ' ? after_name[2] : 0;
}

/* The first thread stays as a zombie while others run, and is reported by no wait. */
static bool is_zombie(const struct process *process, pid_t tid)
{
	int state = thread_state(process, tid);

	return !state || state == 'Z' || state == 'X';
}

bool freeze_await(const struct process *process, pid_t tid, int *stop)
{
	uint64_t nap_ns = FIRST_NAP_NS;
	enum freeze_look look;

	while ((look = freeze_look(tid, stop)) == FREEZE_LOOK_RUNS) {
		nap(&nap_ns);
		if (nap_ns >= LONGEST_NAP_NS && is_zombie(process, tid))
			return false;
	}
	return look == FREEZE_LOOK_STOPS;
}

/* A thread that ended while traced waits for its tracer. The first one is the process: its status
 * is for its parent, and nobody's before the others have ended. Only what was looked at is taken:
 * a wait for ends would take stops as well. */
static void bury(const struct freeze *f, pid_t tid)
{
	siginfo_t info = {0};

	if (tid == f->process->pid ||
	    waitid(P_PID, (id_t)tid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0)
		return;
	if (info.si_pid && info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED)
		waitid(P_PID, (id_t)tid, &info, WEXITED | WNOHANG | __WALL);
}

static void seize(struct freeze *f, struct freeze_thread *thread)
{
	if (ptrace(PTRACE_SEIZE, thread->tid, 0, 0) != 0) {
		thread->state = errno == EPERM && !is_zombie(f->process, thread->tid)
					? FREEZE_REFUSED
					: FREEZE_GONE;
		return;
	}
	thread->state = FREEZE_COMING;
	ptrace(PTRACE_INTERRUPT, thread->tid, 0, 0);
}

static bool add(struct freeze *f, pid_t tid)
{
	struct freeze_thread *threads = f->threads;

	pthread_mutex_lock(&f->growing);
	if (f->count == f->capacity) {
		threads = realloc(threads, (f->capacity * 2 + 64) * sizeof *threads);
		if (threads) {
			f->threads = threads;
			f->capacity = f->capacity * 2 + 64;
		}
	}
	if (threads)
		threads[f->count++] = (struct freeze_thread){.tid = tid, .state = FREEZE_GONE};
	pthread_mutex_unlock(&f->growing);
	if (threads)
		seize(f, &threads[f->count - 1]);
	return threads;
}

/*
 * Called beside stop_all, by another thread of ours. Who executes a program waits, with a lock held,
 * until his fellow threads are gone; those that were traced wait for us to take note of that; and
 * PTRACE_SEIZE of the next one waits for the lock.
 */
static void bury_all(void *argument)
{
	struct freeze *f = argument;

	pthread_mutex_lock(&f->growing);
	for (size_t i = 0; i < f->count; i++)
		bury(f, f->threads[i].tid);
	pthread_mutex_unlock(&f->growing);
}

/* The list keeps its order from one look to the next: *hint is where to look first. */
static bool is_known(struct freeze *f, pid_t tid, size_t *hint)
{
	for (size_t i = 0; i < f->count; i++) {
		size_t at = (*hint + i) % f->count;

		/* The number of one that is gone may be that of another by now. */
		if (f->threads[at].tid == tid && f->threads[at].state != FREEZE_GONE) {
			/* Traced by us, the number is its own until we let go. */
			f->threads[at].confirmed = true;
			*hint = at + 1;
			return true;
		}
	}
	return false;
}

/* Begins to stop threads that were not seen before. Returns their number, -1 on failure. */
static ssize_t seize_new(struct freeze *f)
{
	size_t before = f->count, added = 0, hint = 0;
	int fd = openat(f->process->folder, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool fine = folder;

	if (!folder && fd >= 0)
		close(fd);
	while (fine && (entry = readdir(folder))) {
		pid_t tid = atoi(entry->d_name);

		if (tid <= 0 || is_known(f, tid, &hint))
			continue;
		if (tid == f->asking_tid) {
			f->asking_alive = true;
			continue;
		}
		fine = add(f, tid);
	}
	if (folder)
		closedir(folder);
	for (size_t i = before; i < f->count; i++)
		added += f->threads[i].state == FREEZE_COMING;
	return fine ? (ssize_t)added : -1;
}

static void note_stop(struct freeze_thread *thread, int stop)
{
	int signal = stop & 0xff, event = stop >> 8;

	thread->state = FREEZE_STANDING;
	if (!event)
		thread->signal = signal;
	else if (event == PTRACE_EVENT_STOP && signal == SIGTRAP)
		thread->state = FREEZE_INTERRUPTED;
}

/* Returns how many yet have to stop. */
static size_t look_at_all(struct freeze *f, bool thoroughly)
{
	size_t coming = 0;
	int stop;

	for (size_t i = 0; i < f->count; i++) {
		struct freeze_thread *thread = &f->threads[i];

		if (thread->state != FREEZE_COMING)
			continue;
		switch (freeze_look(thread->tid, &stop)) {
		case FREEZE_LOOK_STOPS:
			note_stop(thread, stop);
			break;
		case FREEZE_LOOK_GONE:
			bury(f, thread->tid);
			thread->state = FREEZE_GONE;
			break;
		case FREEZE_LOOK_RUNS:
			if (thoroughly && is_zombie(f->process, thread->tid))
				thread->state = FREEZE_GONE;
			else
				coming++;
		}
	}
	return coming;
}

static bool is_foreign(const struct freeze *f, struct freeze_thread *thread)
{
	thread->foreign = !thread->confirmed && !process_has_thread(f->process, thread->tid);
	return thread->foreign;
}

static void let_go(struct freeze_thread *thread)
{
	ptrace(PTRACE_DETACH, thread->tid, 0, thread->signal);
	thread->state = FREEZE_GONE;
}

/* Of those that yet have to stop. */
static bool is_one_runnable(const struct freeze *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->threads[i].state == FREEZE_COMING &&
		    thread_state(f->process, f->threads[i].tid) == 'R')
			return true;
	return false;
}

/* False if it takes too long for some of them. */
static bool await_all(struct freeze *f, uint64_t *nap_ns)
{
	uint64_t until_ns = process_now_ns() + LONGEST_STOP_NS;
	size_t coming, before = SIZE_MAX;

	while ((coming = look_at_all(f, *nap_ns >= LONGEST_NAP_NS)) > 0) {
		uint64_t now_ns = process_now_ns();

		if (coming < before || (now_ns >= until_ns && is_one_runnable(f)))
			until_ns = now_ns + LONGEST_STOP_NS;
		before = coming;
		if (now_ns >= until_ns || now_ns - f->began_ns >= LONGEST_STOPS_NS)
			return false;
		nap(nap_ns);
	}
	return true;
}

static void stop_all(void *argument)
{
	struct freeze *f = argument;
	uint64_t nap_ns = FIRST_NAP_NS;
	ssize_t added;

	while ((added = seize_new(f)) > 0 && await_all(f, &nap_ns))
		;
	f->failed = added < 0;
	for (size_t i = 0; i < f->count; i++) {
		struct freeze_thread *thread = &f->threads[i];

		if (thread->state < FREEZE_INTERRUPTED)
			continue;
		if (is_foreign(f, thread)) {
			let_go(thread);
			continue;
		}
		thread->first_register = f->registers.count;
		if (!registers_read(&f->registers, thread->tid, &thread->where))
			f->registers.count = thread->first_register;
		thread->register_count = f->registers.count - thread->first_register;
	}
}

/* There is nobody to stop: who asked is the only thread, and waits. The kernel counts the folders of
 * threads as links of the one that they are in. */
static bool asks_alone(const struct freeze *f)
{
	struct stat folder;

	return f->asking_tid > 0 && fstatat(f->process->folder, "task", &folder, 0) == 0 &&
	       folder.st_nlink == 2 + 1 && process_has_thread(f->process, f->asking_tid);
}

struct freeze *freeze_new(const struct process *process, int32_t asking_tid)
{
	struct freeze *f;

	if (process->pid <= 0 || process->folder < 0 || process_ended(process))
		return NULL;
	f = xcalloc(1, sizeof *f);
	f->process = process;
	f->asking_tid = asking_tid;
	pthread_mutex_init(&f->growing, NULL);
	f->asking_alive = asks_alone(f);
	f->tracer = f->asking_alive ? NULL : tracer_new();
	f->began_ns = process_now_ns();
	if (f->asking_alive)
		return f;
	f->failed = !f->tracer || !tracer_call(f->tracer, stop_all, bury_all, f);
	if (!f->failed)
		return f;
	freeze_free(f);
	return NULL;
}

size_t freeze_running(const struct freeze *f)
{
	size_t running = 0;

	for (size_t i = 0; i < f->count; i++)
		running += !f->threads[i].foreign && (f->threads[i].state == FREEZE_REFUSED ||
						      f->threads[i].state == FREEZE_COMING);
	return running;
}

int32_t freeze_memory_tid(const struct freeze *f)
{
	if (f->asking_alive)
		return f->asking_tid;
	for (size_t i = 0; i < f->count; i++)
		if (f->threads[i].state >= FREEZE_INTERRUPTED)
			return f->threads[i].tid;
	return f->process->pid;
}

static void thaw_all(void *argument)
{
	struct freeze *f = argument;

	look_at_all(f, false);
	for (size_t i = 0; i < f->count; i++)
		if (f->threads[i].state >= FREEZE_INTERRUPTED)
			let_go(&f->threads[i]);
}

static bool holds_some(const struct freeze *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->threads[i].state >= FREEZE_COMING)
			return true;
	return false;
}

void freeze_thaw(struct freeze *f)
{
	if (holds_some(f))
		tracer_call(f->tracer, thaw_all, NULL, f);
	if (!f->pause_ns)
		f->pause_ns = process_now_ns() - f->began_ns;
}

struct use {
	struct freeze *f;
	void (*use)(void *context, struct freeze_thread *thread);
	void *context;
	bool used;
};

/* One after the other, each for so long. */
static void use_one(void *argument)
{
	struct use *use = argument;
	struct freeze *f = use->f;
	int fd = openat(f->process->folder, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	size_t hint = 0;

	if (!folder && fd >= 0)
		close(fd);
	while (folder && !use->used && (entry = readdir(folder))) {
		uint64_t until_ns = process_now_ns() + LONGEST_STOP_NS, nap_ns = FIRST_NAP_NS;
		pid_t tid = atoi(entry->d_name);
		struct freeze_thread *thread;

		if (tid <= 0 || tid == f->asking_tid || is_known(f, tid, &hint))
			continue;
		if (!add(f, tid))
			break;
		thread = &f->threads[f->count - 1];
		while (thread->state == FREEZE_COMING && look_at_all(f, true) &&
		       process_now_ns() < until_ns)
			nap(&nap_ns);
		use->used = thread->state == FREEZE_INTERRUPTED && !is_foreign(f, thread);
		if (use->used)
			use->use(use->context, thread);
		if (thread->state >= FREEZE_INTERRUPTED)
			let_go(thread);
	}
	if (folder)
		closedir(folder);
}

static void bury_beside_use(void *argument)
{
	bury_all(((struct use *)argument)->f);
}

bool freeze_use_one(struct freeze *f, void (*use)(void *context, struct freeze_thread *thread),
		    void *context)
{
	struct use arguments = {f, use, context, false};

	return tracer_call(f->tracer, use_one, bury_beside_use, &arguments) && arguments.used;
}

void freeze_free(struct freeze *f)
{
	freeze_thaw(f);
	/* Who still comes to a stop is let go by the end of its tracer. */
	if (f->tracer)
		tracer_free(f->tracer);
	pthread_mutex_destroy(&f->growing);
	free(f->threads);
	free(f->registers.words);
	free(f);
}
