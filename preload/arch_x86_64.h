/* SPDX-License-Identifier: MIT */
/*
 * arch_x86_64.h - see arch.h. Sources: the x86-64 psABI, sys/ucontext.h for signal frames.
 */
#ifndef TENURE_ARCH_X86_64_H
#define TENURE_ARCH_X86_64_H

#include <stdbool.h>
#include <stdint.h>

#define ARCH_MACHINE EM_X86_64
#define ARCH_HAS_COUNTER 1
#define ARCH_REGISTER_BP 6
#define ARCH_REGISTER_SP 7
#define ARCH_REGISTER_PC 16
#define ARCH_REGISTER_LINK UINT64_MAX /* calls push it */
#define ARCH_SAVED_OFFSET 40 /* uc_flags, uc_link, uc_stack */
#define ARCH_SAVED_POSITIONS \
	{ \
		13, 12, 14, 11, 9, 8, 10, 15, 0, 1, 2, 3, 4, 5, 6, 7, 16 \
	}
/* mov $15, %rax; syscall */
#define ARCH_SIGNAL_RETURN "\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05"
#define ARCH_RETURN_DEPTH 8u
#define ARCH_FRAME_CFA() ((uint64_t)__builtin_frame_address(0) + 16)

#define ARCH_KEPT_REGISTERS 6u /* rbx, rbp, r12 to r15 */
#define ARCH_KEEPING(name, handler) \
	__asm__(".pushsection .text\n" \
		".globl " #name "\n" \
		".type " #name ", @function\n" #name ":\n" \
		"	.cfi_startproc\n" \
		"	lea 8(%rsp), %rax\n" \
		"	sub $56, %rsp\n" \
		"	.cfi_adjust_cfa_offset 56\n" \
		"	mov %rax, (%rsp)\n" \
		"	mov %rbx, 8(%rsp)\n" \
		"	mov %rbp, 16(%rsp)\n" \
		"	mov %r12, 24(%rsp)\n" \
		"	mov %r13, 32(%rsp)\n" \
		"	mov %r14, 40(%rsp)\n" \
		"	mov %r15, 48(%rsp)\n" \
		"	mov %rsp, %rsi\n" \
		"	call " #handler "\n" \
		"	add $56, %rsp\n" \
		"	.cfi_adjust_cfa_offset -56\n" \
		"	ret\n" \
		"	.cfi_endproc\n" \
		".size " #name ", . - " #name "\n" \
		".popsection")

/* exit_group for copies, rt_sigreturn for the others. */
#define ARCH_DETOUR(name) \
	__asm__(".pushsection .text\n" \
		".globl " #name "\n" \
		".hidden " #name "\n" \
		".type " #name ", @function\n" #name ":\n" \
		"	syscall\n" \
		"	cmp $1, %r12d\n" \
		"	jb 2f\n" \
		"	ja 1f\n" \
		"	test %rax, %rax\n" \
		"	jnz 2f\n" \
		"1:	mov $231, %eax\n" \
		"	xor %edi, %edi\n" \
		"	syscall\n" \
		"2:	mov $15, %eax\n" \
		"	syscall\n" \
		"	ud2\n" \
		".size " #name ", . - " #name "\n" \
		".popsection")

static inline __attribute__((always_inline)) long sys_call(long number, long a, long b, long c,
							   long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/* One instruction, without a lock prefix. */
static inline bool cas_own(uint64_t *p, uint64_t expected, uint64_t v)
{
	bool done;

	__asm__ volatile("cmpxchgq %3, %1"
			 : "=@ccz"(done), "+m"(*p), "+a"(expected)
			 : "r"(v)
			 : "memory");
	return done;
}

static inline uint64_t arch_counter(void)
{
	return __builtin_ia32_rdtsc();
}

static inline void arch_wait_for_loads(void)
{
	__builtin_ia32_lfence();
}

static inline uint64_t arch_code_address(uint64_t address)
{
	return address;
}

static inline uint64_t arch_caller_sp(uint64_t bp, uint64_t caller_bp)
{
	(void)caller_bp;
	return bp + 16;
}

#endif
