/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "freeze_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../util/array.h"

#define END_PAUSE_NS 200000

/* Returns what clone() did: the number of the copy, for the program. */
static int64_t clone_by(struct detour *d, uint64_t flags)
{
	/* Descriptors are shared, not copied: the copy gives them up before it is seen. */
	const uint64_t arguments[5] = {CLONE_FILES | flags};
	int64_t result = -ESRCH;

	detour_call(d, DETOUR_BACK_UNLESS_COPY, SYS_clone, arguments, &result);
	return result;
}

/* Rather the copy than the program, should memory run out. */
static void offer_to_be_killed(const struct process *copy)
{
	int fd = copy->folder < 0 ? -1
				  : openat(copy->folder, "oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	dprintf(fd, "1000");
	close(fd);
}

/* Held from its birth on, by the same tracer. */
static bool prepare_copy(struct freeze_copy *copy, const struct detour *parent)
{
	const uint64_t arguments[5] = {0, UINT32_MAX, CLOSE_RANGE_UNSHARE};
	pid_t pid = parent->child;
	struct detour d;
	int64_t result;
	int stop;

	process_open(&copy->process, pid, -1);
	if (!freeze_await(&copy->process, pid, &stop))
		return false;
	ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD);
	offer_to_be_killed(&copy->process);
	/* Where there is no such call, shared descriptors last as long as the copy. */
	return detour_begin_copy(&d, &copy->process, pid, parent) &&
	       detour_call(&d, DETOUR_END, SYS_close_range, arguments, &result);
}

struct making {
	struct freeze_copy *copy;
	bool made;
};

static bool find_caller(struct detour *d, const struct freeze_copy *copy)
{
	const struct freeze *f = copy->freeze;

	for (size_t i = 0; i < f->count; i++)
		if (f->threads[i].state == FREEZE_INTERRUPTED && !f->threads[i].foreign &&
		    detour_begin(d, f->process, f->threads[i].tid, &copy->place,
				 PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK))
			return true;
	return false;
}

static void make(void *argument)
{
	struct making *making = argument;
	struct freeze_copy *copy = making->copy;
	struct detour d;

	if (!find_caller(&d, copy))
		return;
	copy->number = clone_by(&d, copy->is_ours ? CLONE_PARENT : 0);
	if (copy->number == -EINVAL && copy->is_ours) {
		copy->is_ours = false; /* the first process of a namespace has no siblings */
		copy->number = clone_by(&d, 0);
	}
	if (d.child)
		making->made = prepare_copy(copy, &d);
	detour_end(&d);
}

struct freeze_copy *freeze_copy_new(struct freeze *f, const struct detour_place *place)
{
	struct freeze_copy *c = xcalloc(1, sizeof *c);
	struct making making = {.copy = c};

	c->freeze = f;
	c->place = *place;
	c->process.pidfd = c->process.folder = -1;
	c->is_ours = process_parent(f->process) == getpid();
	if (tracer_call(f->tracer, make, NULL, &making) && making.made)
		return c;
	freeze_copy_free(c);
	return NULL;
}

/* Takes note of its end, as its tracer or its parent, and of nothing before. */
static void look_for_end(void *argument)
{
	struct freeze_copy *c = argument;
	pid_t pid = c->process.pid;
	siginfo_t info = {0};
	int stop;

	kill(pid, SIGKILL);
	if (freeze_look(pid, &stop) != FREEZE_LOOK_GONE)
		return;
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | __WALL);
	c->is_dead = true;
}

bool freeze_copy_end(struct freeze_copy *c)
{
	/* Without its tracer it has been killed, see PTRACE_O_EXITKILL. */
	if (!c->is_dead && !tracer_call(c->freeze->tracer, look_for_end, NULL, c))
		c->is_dead = true;
	return c->is_dead;
}

/* The program is its parent and has never heard of it. One that has executed another program since
 * keeps a child that has ended, seen by no wait() without __WALL. */
static void forget(void *context, struct freeze_thread *thread)
{
	const struct freeze_copy *copy = context;
	const uint64_t arguments[5] = {(uint64_t)copy->number, 0, __WALL | WNOHANG, 0};
	struct detour d;
	int64_t result;

	if (!detour_begin(&d, copy->freeze->process, thread->tid, &copy->place, 0))
		return;
	detour_call(&d, DETOUR_BACK, SYS_wait4, arguments, &result);
	detour_end(&d);
}

void freeze_copy_free(struct freeze_copy *c)
{
	const struct timespec pause = {0, END_PAUSE_NS};

	if (c->process.pid) {
		freeze_thaw(c->freeze);
		while (!freeze_copy_end(c))
			nanosleep(&pause, NULL);
		if (!c->is_ours)
			freeze_use_one(c->freeze, forget, c);
	}
	process_close(&c->process);
	free(c);
}
