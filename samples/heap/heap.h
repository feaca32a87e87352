/* SPDX-License-Identifier: MIT */
/*
 * heap.h - what the programs of this folder share: cases with a stated truth, and a main that runs
 * one of them.
 *
 *	shapes lost_tree	runs that case
 *	shapes			prints the names of all
 *
 * Who holds a block at the end of a program? Each case is a function with a comment that says where
 * the last pointers are, and with the answer of a careful human: how many blocks and bytes are
 *
 *	direct		lost: nothing points to them
 *	indirect	lost with those: only lost blocks point to them
 *	possible	held by pointers into their middle alone
 *	reachable	held
 *
 * It is printed as `EXPECT pid=4711 direct 1 32, indirect 6 192` before the case runs. Kinds that are
 * not mentioned are 0, but for reachable, of which nothing is said then: runtime libraries hold blocks
 * of their own. A number may be N, N.. (at least) or ..N (at most). tests/e2e/heap_cases.py compares.
 * Where memcheck has another answer the comment says why.
 *
 * For these answers a pointer must be where the case puts it and nowhere else. Samples are built
 * without optimisation, a case is a function of its own, and when it has returned the remains of its
 * calls are overwritten. What is not in one of its locals must be allocated in a call that returns.
 */
#ifndef SAMPLES_HEAP_HEAP_H
#define SAMPLES_HEAP_HEAP_H

#include <stdlib.h>
#include <string.h>

#include "../expect.h"

struct heap_case {
	const char *name, *truth;
	void (*run)(void);
	struct heap_case *next;
};

static struct heap_case *heap_cases;

/* Followed by the body of a function. */
#define CASE(name, truth) \
	static void name(void); \
	static struct heap_case case_##name = {#name, truth, name, NULL}; \
	__attribute__((constructor)) static void add_##name(void) \
	{ \
		case_##name.next = heap_cases; \
		heap_cases = &case_##name; \
	} \
	static void name(void)

/* A local variable of main(), for cases that need one. */
static void *volatile *local_of_main;

/* A global variable, for cases that keep something. */
static void *volatile kept;

/* Blocks are zeroed: no remains of a former block pass for pointers of the new one. */
__attribute__((noinline, unused)) static void *new_block(void)
{
	return calloc(1, 64);
}

/* Overwrites what calls that have returned left below the caller's frame and in vector registers. */
__attribute__((noinline, unused)) static void scrub(void)
{
	char dead[64 * 1024];

	memset(dead, 0, sizeof dead);
	__asm__ volatile("" : : "r"(dead) : "memory");
#if defined __x86_64__
	__asm__ volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
			 "pxor %%xmm\\n, %%xmm\\n\n\t"
			 ".endr"
			 :
			 :
			 : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
			   "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
#elif defined __aarch64__
	__asm__ volatile(
		".irp n, 0,1,2,3,4,5,6,7,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\t"
		"movi v\\n\\().2d, #0\n\t"
		".endr"
		:
		:
		: "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17", "v18", "v19", "v20",
		  "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
#endif
}

int main(int argc, char **argv)
{
	void *volatile local = NULL;

	local_of_main = &local;
	for (struct heap_case *one = heap_cases; one; one = one->next) {
		if (argc < 2) {
			say("%s", one->name);
		} else if (strcmp(one->name, argv[1]) == 0) {
			expect("%s", one->truth);
			one->run();
			scrub();
			return 0;
		}
	}
	return argc < 2 ? 0 : 2;
}

#endif
