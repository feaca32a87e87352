/* SPDX-License-Identifier: MIT */
/*
 * registers.c - pointers that are in a register and nowhere else.
 *
 * From the allocation on all is assembly: a compiler would put copies on the stack.
 */
#define _GNU_SOURCE
#include "sleepers.h"

/* exit() may use the register, but must save it first. */
CASE(saved_by_exit, "reachable 1 64")
{
#if defined __x86_64__
	__asm__ volatile("and $-16, %%rsp\n\t"
			 "call %P0\n\t"
			 "mov %%rax, %%r12\n\t"
			 "call %P1\n\t"
			 "xor %%edi, %%edi\n\t"
			 "call exit@PLT"
			 :
			 : "i"(new_block), "i"(scrub));
#elif defined __aarch64__
	__asm__ volatile("bl %0\n\t"
			 "mov x19, x0\n\t"
			 "bl %1\n\t"
			 "mov x0, #0\n\t"
			 "bl exit"
			 :
			 : "S"(new_block), "S"(scrub));
#endif
}

static void *sleep_with_general_register(void *argument)
{
	mask_all_signals();
#if defined __x86_64__
	__asm__ volatile("and $-16, %%rsp\n\t"
			 "call %P0\n\t"
			 "mov %%rax, %%r13\n\t"
			 "call %P1\n\t"
			 "mov %2, %%eax\n\t"
			 "syscall\n\t"
			 "mov %%eax, %3\n"
			 "1:\tmov %4, %%eax\n\t"
			 "syscall\n\t"
			 "jmp 1b"
			 :
			 : "i"(new_block), "i"(scrub), "i"(SYS_gettid), "m"(sleeper),
			   "i"(SYS_pause));
#elif defined __aarch64__
	__asm__ volatile("bl %0\n\t"
			 "mov x20, x0\n\t"
			 "bl %1\n\t"
			 "mov x8, %2\n\t"
			 "svc #0\n\t"
			 "adrp x1, %3\n\t"
			 "add x1, x1, :lo12:%3\n\t"
			 "str w0, [x1]\n"
			 "1:\tmov x0, #0\n\t"
			 "mov x1, #0\n\t"
			 "mov x2, #0\n\t"
			 "mov x3, #0\n\t"
			 "mov x8, %4\n\t"
			 "svc #0\n\t"
			 "b 1b"
			 :
			 : "S"(new_block), "S"(scrub), "i"(SYS_gettid), "S"(&sleeper),
			   "i"(SYS_ppoll));
#endif
	return NULL;
}

CASE(general_register_of_thread, "reachable 1.. 64..")
{
	start_sleeper(sleep_with_general_register, NULL);
}

static void *sleep_with_vector_register(void *argument)
{
	mask_all_signals();
#if defined __x86_64__
	__asm__ volatile("and $-16, %%rsp\n\t"
			 "call %P0\n\t"
			 "mov %%rax, %%r13\n\t"
			 "call %P1\n\t"
			 "movq %%r13, %%xmm15\n\t"
			 "xor %%r13d, %%r13d\n\t"
			 "mov %2, %%eax\n\t"
			 "syscall\n\t"
			 "mov %%eax, %3\n"
			 "1:\tmov %4, %%eax\n\t"
			 "syscall\n\t"
			 "jmp 1b"
			 :
			 : "i"(new_block), "i"(scrub), "i"(SYS_gettid), "m"(sleeper),
			   "i"(SYS_pause));
#elif defined __aarch64__
	__asm__ volatile("bl %0\n\t"
			 "mov x20, x0\n\t"
			 "bl %1\n\t"
			 "fmov d20, x20\n\t"
			 "mov x20, #0\n\t"
			 "mov x8, %2\n\t"
			 "svc #0\n\t"
			 "adrp x1, %3\n\t"
			 "add x1, x1, :lo12:%3\n\t"
			 "str w0, [x1]\n"
			 "1:\tmov x0, #0\n\t"
			 "mov x1, #0\n\t"
			 "mov x2, #0\n\t"
			 "mov x3, #0\n\t"
			 "mov x8, %4\n\t"
			 "svc #0\n\t"
			 "b 1b"
			 :
			 : "S"(new_block), "S"(scrub), "i"(SYS_gettid), "S"(&sleeper),
			   "i"(SYS_ppoll));
#endif
	return NULL;
}

/* memcheck looks at general registers only: lost. */
CASE(vector_register_of_thread, "reachable 1.. 64..")
{
	start_sleeper(sleep_with_vector_register, NULL);
}
