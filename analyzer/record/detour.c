/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "detour.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "freeze.h"

#define MOST_TRIES 100
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

static bool may_call(const struct process *process, pid_t tid)
{
	struct dispatch_config dispatch = {0};
	int fd = process_open_thread_file(process, tid, "status");
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

/* The process may have executed another program since it said where. */
static bool has_code(pid_t tid, uint64_t address)
{
	size_t bytes;
	const void *code = registers_detour_code(&bytes);
	uint8_t found[REGISTERS_DETOUR_CODE_BYTES];
	struct iovec here = {found, bytes}, there = {(void *)(uintptr_t)address, bytes};

	return bytes && address &&
	       process_vm_readv(tid, &here, 1, &there, 1, 0) == (ssize_t)bytes &&
	       !memcmp(found, code, bytes);
}

static bool write_way_back(struct detour *d, const struct detour_place *place)
{
	struct registers_way_back back;
	struct iovec here, there;

	if (!registers_way_back(&back, &d->saved, d->tid, d->mask,
				place->stack + place->stack_bytes) ||
	    back.byte_count > place->stack_bytes / 2)
		return false;
	here = (struct iovec){back.bytes, back.byte_count};
	there = (struct iovec){(void *)(uintptr_t)back.address, back.byte_count};
	d->stack_pointer = back.address;
	return process_vm_writev(d->tid, &here, 1, &there, 1, 0) == (ssize_t)back.byte_count;
}

static bool lead_to(const struct detour *d, enum detour_way way, long number,
		    const uint64_t arguments[5])
{
	return registers_lead(&d->saved, d->tid, d->code, d->stack_pointer, way, number, arguments);
}

bool detour_begin(struct detour *d, const struct process *process, pid_t tid,
		  const struct detour_place *place, uint64_t ptrace_options)
{
	const uint64_t every = ~0ull, none[5] = {0};

	*d = (struct detour){.process = process, .tid = tid, .code = place->code};
	if (!has_code(tid, place->code) || !may_call(process, tid) ||
	    !registers_save(&d->saved, tid) ||
	    ptrace(PTRACE_GETSIGMASK, tid, MASK_BYTES, &d->mask) != 0 || !write_way_back(d, place))
		return false;
	/* First the way, for who is left with all signals blocked must come to where the mask is. */
	if (!lead_to(d, DETOUR_BACK, SYS_getpid, none))
		return false;
	if (ptrace(PTRACE_SETSIGMASK, tid, MASK_BYTES, &every) == 0 &&
	    ptrace(PTRACE_SETOPTIONS, tid, 0, PTRACE_O_TRACESYSGOOD | ptrace_options) == 0)
		return true;
	registers_restore(&d->saved, tid);
	return false;
}

bool detour_begin_copy(struct detour *d, const struct process *process, pid_t tid,
		       const struct detour *parent)
{
	*d = (struct detour){.process = process,
			     .tid = tid,
			     .code = parent->code,
			     .stack_pointer = parent->stack_pointer};
	return registers_save(&d->saved, tid);
}

/* Goes on to the next stop; what may come besides the ends of calls is noted here. */
static bool go_on(struct detour *d, enum __ptrace_request how, int *stop)
{
	unsigned long child;

	if (ptrace(how, d->tid, 0, 0) != 0 || !freeze_await(d->process, d->tid, stop))
		return false;
	if (*stop == SIGSTOP)
		d->stopped_meanwhile = true; /* nothing else can come while all is blocked */
	if ((*stop >> 8 == PTRACE_EVENT_CLONE || *stop >> 8 == PTRACE_EVENT_FORK) &&
	    ptrace(PTRACE_GETEVENTMSG, d->tid, 0, &child) == 0)
		d->child = (pid_t)child;
	return true;
}

/* Two stops, at its beginning and its end. */
static bool call_once(struct detour *d, enum detour_way way, long number,
		      const uint64_t arguments[5], int64_t *result)
{
	int stop = 0;

	if (!lead_to(d, way, number, arguments))
		return false;
	for (int half = 0; half < 2; half++) {
		do {
			if (!go_on(d, PTRACE_SYSCALL, &stop))
				return false;
		} while (stop != CALL_STOP);
	}
	return registers_result(d->tid, result);
}

bool detour_call(struct detour *d, enum detour_way way, long number, const uint64_t arguments[5],
		 int64_t *result)
{
	for (int tries = 0; tries < MOST_TRIES; tries++) {
		if (!call_once(d, way, number, arguments, result))
			return false;
		if (*result != RESTART_NO_INTERRUPT)
			return true;
	}
	return true;
}

/* In the order that detour_begin has from its end on: each step leaves a way back. */
void detour_end(struct detour *d)
{
	int stop = 0;

	ptrace(PTRACE_INTERRUPT, d->tid, 0, 0);
	do {
		if (!go_on(d, PTRACE_CONT, &stop))
			return;
	} while (stop >> 8 != PTRACE_EVENT_STOP);
	ptrace(PTRACE_SETOPTIONS, d->tid, 0, 0);
	ptrace(PTRACE_SETSIGMASK, d->tid, MASK_BYTES, &d->mask);
	registers_restore(&d->saved, d->tid);
	if (d->stopped_meanwhile)
		syscall(SYS_tgkill, d->process->pid, d->tid, SIGSTOP);
}
