/* SPDX-License-Identifier: MIT */
/*
 * kernel_roots.h - words that the kernel keeps for a process and gives back later: user data of
 * descriptors that epoll watches, values of POSIX timers. They may be the only pointers to a block.
 */
#ifndef TENURE_KERNEL_ROOTS_H
#define TENURE_KERNEL_ROOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../trace/trace.h"
#include "process.h"

struct kernel_roots {
	struct trace_kernel_root *list; /* none of value 0 */
	size_t count, capacity;
	bool incomplete; /* some could not be asked for */
	bool has_userfaultfd; /* the process supplies memory to itself, or to others, when asked */
};

/* tid: a thread that has the descriptors of the process. To be released. */
void kernel_roots_read(struct kernel_roots *k, const struct process *process, int32_t tid);
void kernel_roots_release(struct kernel_roots *k);

#endif
