/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "freeze_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../util/array.h"

#define CODE_BYTES 16384u /* of the vdso */
#define MOST_TRIES 100
#define END_PAUSE_NS 200000
#define CALL_STOP (SIGTRAP | 0x80) /* by PTRACE_O_TRACESYSGOOD */
/* Of the kernel, never seen by programs: a signal came first, call again. */
#define RESTART_NO_INTERRUPT (-513)
#define MASK_BYTES 8u /* of the kernel's sigset_t */

#ifndef PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG
#define PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG 0x4211
#endif
#ifndef PTRACE_GET_RSEQ_CONFIGURATION
#define PTRACE_GET_RSEQ_CONFIGURATION 0x420f
#endif

struct dispatch_config {
	uint64_t mode, selector, offset, length;
};

/* As in linux/ptrace.h and linux/rseq.h. */
struct rseq_config {
	uint64_t area;
	uint32_t area_bytes, signature, flags, pad;
};
#define RSEQ_SECTION_OFFSET 8u

/* A thread that makes calls for us. */
struct caller {
	const struct process *process;
	pid_t tid;
	uint64_t site;
	struct registers_saved saved;
	uint64_t mask;
	bool stopped_meanwhile; /* by a SIGSTOP that we kept from it */
	pid_t child; /* what a call has made, 0: nothing */
};

/*
 * Within a restartable sequence: it must be begun again when the thread goes on, but the kernel
 * forgets about it when it finds the thread elsewhere. What it may be forgotten from is not asked.
 */
static bool is_in_sequence(pid_t tid)
{
	struct rseq_config config = {0};
	uint64_t section = 0;
	struct iovec here = {&section, sizeof section}, there = {NULL, sizeof section};

	if (ptrace((enum __ptrace_request)PTRACE_GET_RSEQ_CONFIGURATION, tid, sizeof config,
		   &config) <= 0 ||
	    !config.area)
		return false;
	there.iov_base = (void *)(uintptr_t)(config.area + RSEQ_SECTION_OFFSET);
	return process_vm_readv(tid, &here, 1, &there, 1, 0) == sizeof section && section;
}

/* A call must not end in a signal, or end the program. */
static bool may_call(const struct freeze *f, pid_t tid)
{
	struct dispatch_config dispatch = {0};
	int fd = process_open_thread_file(f->process, tid, "status");
	FILE *status = fd < 0 ? NULL : fdopen(fd, "r");
	char line[256];
	int seccomp = -1;

	if (!status && fd >= 0)
		close(fd);
	while (status && fgets(line, sizeof line, status))
		if (sscanf(line, "Seccomp: %d", &seccomp) == 1)
			break;
	if (status)
		fclose(status);
	ptrace((enum __ptrace_request)PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG, tid, sizeof dispatch,
	       &dispatch);
	return seccomp <= 0 && dispatch.mode == 0 && !is_in_sequence(tid);
}

static bool has_code(pid_t tid, uint64_t address)
{
	size_t bytes;
	const void *code = registers_call_code(&bytes);
	uint8_t found[16];
	struct iovec here = {found, bytes}, there = {(void *)(uintptr_t)address, bytes};

	return process_vm_readv(tid, &here, 1, &there, 1, 0) == (ssize_t)bytes &&
	       !memcmp(found, code, bytes);
}

/* In what the kernel maps into every process, else where the thread itself came into the kernel. */
static uint64_t find_site(const struct maps *maps, pid_t tid, const struct registers_saved *saved)
{
	size_t bytes;
	const void *code = registers_call_code(&bytes);
	uint8_t text[CODE_BYTES];
	uint64_t site = registers_call_site(saved);

	for (size_t i = 0; i < maps->count; i++) {
		const struct trace_mapping *mapping = &maps->list[i];
		struct iovec here = {text, sizeof text};
		struct iovec there = {(void *)(uintptr_t)mapping->start, sizeof text};
		const uint8_t *found;
		ssize_t got;

		if (strcmp(mapping->name, "[vdso]") != 0)
			continue;
		if (mapping->end - mapping->start < sizeof text)
			there.iov_len = mapping->end - mapping->start;
		got = process_vm_readv(tid, &here, 1, &there, 1, 0);
		found = got > 0 ? memmem(text, (size_t)got, code, bytes) : NULL;
		if (found)
			return mapping->start + (uint64_t)(found - text);
	}
	return site && has_code(tid, site) ? site : 0;
}

static bool caller_begin(struct caller *c, uint64_t options)
{
	const uint64_t every = ~0ull;

	return registers_save(&c->saved, c->tid) &&
	       ptrace(PTRACE_GETSIGMASK, c->tid, MASK_BYTES, &c->mask) == 0 &&
	       ptrace(PTRACE_SETOPTIONS, c->tid, 0, PTRACE_O_TRACESYSGOOD | options) == 0 &&
	       ptrace(PTRACE_SETSIGMASK, c->tid, MASK_BYTES, &every) == 0;
}

/* Goes on to the next stop; what may come besides the ends of calls is noted here. */
static bool go_on(struct caller *c, enum __ptrace_request how, int *stop)
{
	unsigned long child;

	if (ptrace(how, c->tid, 0, 0) != 0 || !freeze_await(c->process, c->tid, stop))
		return false;
	if (*stop == SIGSTOP)
		c->stopped_meanwhile = true; /* nothing else can come while all is blocked */
	if ((*stop >> 8 == PTRACE_EVENT_CLONE || *stop >> 8 == PTRACE_EVENT_FORK) &&
	    ptrace(PTRACE_GETEVENTMSG, c->tid, 0, &child) == 0)
		c->child = (pid_t)child;
	return true;
}

/* Two stops, at its beginning and its end. False if the thread is no more. */
static bool call_once(struct caller *c, long number, const uint64_t arguments[5], int64_t *result)
{
	int stop = 0;

	if (!registers_set_call(&c->saved, c->tid, c->site, number, arguments))
		return false;
	for (int half = 0; half < 2; half++) {
		do {
			if (!go_on(c, PTRACE_SYSCALL, &stop))
				return false;
		} while (stop != CALL_STOP);
	}
	return registers_result(c->tid, result);
}

static bool call(struct caller *c, long number, const uint64_t arguments[5], int64_t *result)
{
	for (int tries = 0; tries < MOST_TRIES; tries++) {
		if (!call_once(c, number, arguments, result))
			return false;
		if (*result != RESTART_NO_INTERRUPT)
			return true;
	}
	return true;
}

/* From the end of a call to a stop like the one that it was found in, see registers.h. */
static void caller_end(struct caller *c)
{
	int stop = 0;

	ptrace(PTRACE_INTERRUPT, c->tid, 0, 0);
	do {
		if (!go_on(c, PTRACE_CONT, &stop))
			return;
	} while (stop >> 8 != PTRACE_EVENT_STOP);
	registers_restore(&c->saved, c->tid);
	ptrace(PTRACE_SETSIGMASK, c->tid, MASK_BYTES, &c->mask);
	ptrace(PTRACE_SETOPTIONS, c->tid, 0, 0);
	if (c->stopped_meanwhile)
		syscall(SYS_tgkill, c->process->pid, c->tid, SIGSTOP);
}

/* Returns what clone() did: the number of the copy, for the program. */
static int64_t clone_by(struct caller *c, uint64_t flags)
{
	/* Descriptors are shared, not copied: the copy gives them up before it is seen. */
	const uint64_t arguments[5] = {CLONE_FILES | flags};
	int64_t result = -ESRCH;

	call(c, SYS_clone, arguments, &result);
	return result;
}

/* Held from its birth on, by the same tracer. */
static bool prepare_copy(struct freeze_copy *copy, pid_t pid)
{
	const uint64_t arguments[5] = {0, UINT32_MAX, CLOSE_RANGE_UNSHARE};
	struct caller c = {.process = &copy->process, .tid = pid, .site = copy->site};
	int64_t result;
	int stop, fd;

	process_open(&copy->process, pid, -1);
	if (!freeze_await(&copy->process, pid, &stop))
		return false;
	ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD);
	/* Rather the copy than the program, should memory run out. */
	fd = copy->process.folder < 0
		     ? -1
		     : openat(copy->process.folder, "oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		dprintf(fd, "1000");
		close(fd);
	}
	/* Where there is no such call, shared descriptors last as long as the copy. */
	return registers_save(&c.saved, pid) && call(&c, SYS_close_range, arguments, &result);
}

struct making {
	struct freeze_copy *copy;
	const struct maps *maps;
	bool made;
};

static struct freeze_thread *find_caller(const struct freeze *f)
{
	for (size_t i = 0; i < f->count; i++) {
		struct freeze_thread *thread = &f->threads[i];

		if (thread->state == FREEZE_INTERRUPTED && !thread->foreign &&
		    may_call(f, thread->tid))
			return thread;
	}
	return NULL;
}

static void make(void *argument)
{
	struct making *making = argument;
	struct freeze_copy *copy = making->copy;
	const struct freeze *f = copy->freeze;
	const struct freeze_thread *thread = find_caller(f);
	struct caller c = {.process = f->process, .tid = thread ? thread->tid : 0};

	if (!thread || !registers_save(&c.saved, c.tid))
		return;
	c.site = copy->site = find_site(making->maps, c.tid, &c.saved);
	if (!c.site || !caller_begin(&c, PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK))
		return;
	copy->number = clone_by(&c, copy->is_ours ? CLONE_PARENT : 0);
	if (copy->number == -EINVAL && copy->is_ours) {
		copy->is_ours = false; /* the first process of a namespace has no siblings */
		copy->number = clone_by(&c, 0);
	}
	if (c.child)
		making->made = prepare_copy(copy, c.child);
	caller_end(&c);
}

struct freeze_copy *freeze_copy_new(struct freeze *f, const struct maps *maps)
{
	struct freeze_copy *c;
	struct making making = {.maps = maps};

	if (!registers_can_call())
		return NULL;
	c = making.copy = xcalloc(1, sizeof *c);
	c->freeze = f;
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

/* The program is its parent and has never heard of it. */
static void forget(void *context, struct freeze_thread *thread)
{
	const struct freeze_copy *copy = context;
	const uint64_t arguments[5] = {(uint64_t)copy->number, 0, __WALL | WNOHANG, 0};
	struct caller c = {
		.process = copy->freeze->process, .tid = thread->tid, .site = copy->site};
	int64_t result;

	if (!may_call(copy->freeze, c.tid) || !registers_save(&c.saved, c.tid))
		return;
	/* It may have executed another program meanwhile, and is the copy's parent nevertheless. */
	if (!has_code(c.tid, c.site))
		c.site = registers_call_site(&c.saved);
	if (!c.site || !has_code(c.tid, c.site) || !caller_begin(&c, 0))
		return;
	call(&c, SYS_wait4, arguments, &result);
	caller_end(&c);
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
