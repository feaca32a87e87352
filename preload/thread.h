/* SPDX-License-Identifier: MIT */
/*
 * thread.h - what the recorder keeps per thread, and how a thread comes by it.
 *
 * A thread attaches at its first event: it takes a free ring or maps a new one, together with the
 * private memory that belongs to that ring, and gives both back when its thread-specific data is
 * destroyed. Rings are recycled at once; records of the next thread follow those of the last.
 *
 * Sections. Our own code may be interrupted by a signal whose handler allocates: it then runs a
 * second time, nested, in the same thread. Each run is a section with a level of its own; scratch
 * memory is per level, and records become visible to the collector only when the outermost
 * section ends, so that a nest of sections is drained as a whole. A handler may also leave by
 * siglongjmp and never return: thread_enter recognises the abandoned sections by a stack pointer
 * that has risen above theirs, counts their records as lost and starts over.
 */
#ifndef TENURE_THREAD_H
#define TENURE_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "atomics.h"
#include "protocol.h"

#define THREAD_LEVELS 3 /* sections that can nest with full service; deeper ones record no stack */
#define THREAD_FRAMES 4096 /* capacity for the deepest --stack-depth */
#define THREAD_CALLERS 256 /* releasing callers remembered, a power of two */
#define THREAD_PYTHON_FRAMES 1024
#define THREAD_PYTHON_POSITIONS 1024 /* a power of two */
#define THREAD_WORDS (2 * THREAD_FRAMES) /* of the stack that a walk may depend on */

/* A function that releases blocks, by the return address into it. */
struct thread_caller {
	uint64_t pc;
	uint32_t count;
	uint32_t stack; /* node: this caller alone */
};

/* A frame met by a walk: the state of the registers there, and what came of it. */
struct thread_frame {
	uint64_t pc, sp, bp;
	uint64_t frame; /* as interned: address and epoch */
	uint64_t hash; /* stacks.h, of the path to here */
	uint32_t node; /* of that path */
	uint32_t words; /* read for this and all outer frames; in fresh: room left before it */
};

/* A word of the thread's stack that led a walk on. */
struct thread_word {
	const uint64_t *address;
	uint64_t value;
};

/*
 * The last stack captured, outermost frame first: frames[1] to frames[count]. In front of them lies
 * one that no walk passes or comes to. See unwind_reuse.c.
 */
struct thread_last {
	uint32_t count;
	struct thread_frame frames[1 + THREAD_FRAMES];
	struct thread_word words[THREAD_WORDS];
};

/* What a walk has met, in the same order: since it begins at the innermost frame, filled downwards. */
struct thread_fresh {
	struct thread_frame frames[THREAD_FRAMES];
	struct thread_word words[THREAD_WORDS];
};

/* A frame of Python, or one that marks where its evaluation loop was entered: then code is NULL. */
struct thread_python_frame {
	const char *frame, *code;
	const char *outer; /* the frame that it leads to, NULL for none */
	uint64_t moment; /* where it is, as python_stack.c reads that */
	uint64_t hash; /* stacks.h, of the path to here */
	uint32_t node; /* of that path */
	uint32_t depth; /* frames of the path */
};

/* The last stack of Python, outermost frame first. */
struct thread_python {
	uint32_t count, generation;
	uint16_t positions[THREAD_PYTHON_POSITIONS]; /* in frames, by address; maybe outdated */
	struct thread_python_frame frames[THREAD_PYTHON_FRAMES];
	const char *fresh[THREAD_PYTHON_FRAMES]; /* met by a walk, innermost first */
};

struct thread {
	struct ring_header *ring;
	struct event_record *records;
	uint64_t reserved; /* records handed out, >= head */
	uint64_t tail; /* as last seen */
	uint64_t limit; /* reserved goes so far without another look at tail */
	uint64_t newest_stamp; /* of its records */
	uint32_t process; /* recorder_serial of the process it was attached in */
	const void *owner; /* its thread's local state: after a fork another thread may own it */
	uint32_t number; /* of the thread: 1, 2, ... */
	uint32_t level; /* sections running */
	uint32_t abandoned; /* times that sections were given up */
	uintptr_t section_sp; /* stack pointer of the outermost section */
	uint64_t lost_reported; /* part of ring->lost that EVENT_LOST records already told */
	bool dropping; /* the collector showed no life: do not wait again until there is room */
	uint8_t exit_rounds; /* destructor passes seen, see thread_key_destructor */

	uintptr_t stack_high; /* end of its stack */
	uintptr_t stack_low; /* lowest page known to be its stack, contiguous up to stack_high */

	uint32_t spare_node; /* a node that was reserved and lost a race, 0 if none */
	uint32_t module_generation; /* the caches below are valid for this one */
	struct thread_caller callers[THREAD_CALLERS];
	struct thread_last last;
	struct thread_fresh fresh;
	struct thread_python python;
	uint64_t frames[THREAD_LEVELS][THREAD_FRAMES]; /* stack being captured, innermost first */
};

/* State of the calling thread that must exist before it attaches. */
struct thread_local_state {
	struct thread *thread;
	uint32_t ignoring; /* calls of __lsan_disable that are open: blocks are meant to stay; */
	uint16_t detail; /* and this is said of them */
	uint32_t inside; /* within the real allocator: what it calls is its own business */
	uintptr_t inside_sp; /* stack pointer of the outermost such call, inverted: stacks may be
				blocks, and a snapshot would find what points there */
	bool attaching; /* or given up: events of this thread are counted, not stored */
	bool exited; /* its data destructors have run: no later call will give a ring back */
	/* sample.h */
	int64_t sample_distance; /* bytes to be allocated until something is to be decided, >= 0; */
	int64_t sample_beyond; /* and so many more up to the next sample */
	uint64_t sample_random; /* state of the generator, 0: not seeded yet */
	uintptr_t newest_sample; /* its last block recorded, */
	int64_t newest_distance; /* and sample_distance then */
};

extern __thread struct thread_local_state thread_local_state
	__attribute__((tls_model("initial-exec")));

/* Once per process image, from the main thread if possible: tells where its stack is. */
void thread_start(void);

/* In a forked child: only the calling thread is left, and it is not attached. */
void thread_reset_after_fork(void);

/* The calling thread's state, attaching it if need be; NULL if that is impossible (counted). */
struct thread *thread_attach(void);

struct section {
	uint32_t level; /* THREAD_LEVELS or more: no scratch memory for this one */
	uint32_t abandoned;
};

static inline struct thread *thread_current(uint32_t process)
{
	struct thread *t = thread_local_state.thread;

	if (__builtin_expect(t && t->process == process && t->owner == &thread_local_state, 1))
		return t;
	return thread_attach();
}

/* Gives the ring up as full for good and goes on in a new one (no collector). False: none left. */
bool thread_continue_in_new_ring(struct thread *t);

/* Called while `inside`: true if the real allocator was left by a longjmp out of a signal handler
 * that interrupted it; `inside` is then zero again. */
bool thread_left_allocator(uintptr_t sp);

/* For thread_enter: gives up the sections that are running, if they can not come back. */
void thread_give_up_sections(struct thread *t, uintptr_t sp);

static inline void thread_enter(struct thread *t, struct section *section)
{
	uintptr_t sp = (uintptr_t)__builtin_frame_address(0);

	if (__builtin_expect(t->level != 0, 0))
		thread_give_up_sections(t, sp);
	section->abandoned = t->abandoned;
	section->level = t->level;
	if (!t->level)
		t->section_sp = sp;
	signal_fence();
	t->level++;
	signal_fence();
}

static inline void thread_leave(struct thread *t, struct section *section)
{
	if (__builtin_expect(section->abandoned != t->abandoned, 0))
		return; /* came back after all, but its records were counted as lost */
	signal_fence();
	/* What a handler records after the publication and before the level falls must not stay
	 * behind: it was nested and left publishing to us. */
	while (t->level == 1) {
		store_release(&t->ring->head, t->reserved);
		signal_fence();
		t->level = 0;
		signal_fence();
		if (load_relaxed(&t->ring->head) == t->reserved)
			return;
		t->level = 1;
		signal_fence();
	}
	t->level--;
}

#endif
