/* SPDX-License-Identifier: MIT */
/*
 * arch_aarch64.h - see arch.h. Sources: AAPCS64, AADWARF64, asm/sigcontext.h for signal frames.
 */
#ifndef TENURE_ARCH_AARCH64_H
#define TENURE_ARCH_AARCH64_H

#include <stdbool.h>
#include <stdint.h>

#define ARCH_MACHINE EM_AARCH64
#define ARCH_HAS_COUNTER 0 /* it is too coarse to order events by */
#define ARCH_REGISTER_BP 29
#define ARCH_REGISTER_SP 31
#define ARCH_REGISTER_PC 32
#define ARCH_REGISTER_LINK 30
#define ARCH_SAVED_OFFSET 312 /* siginfo 128, ucontext up to mcontext 176, fault_address 8 */
#define ARCH_SAVED_POSITIONS \
	{ \
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, \
			23, 24, 25, 26, 27, 28, 29, 30, 31, 32 \
	}
/* mov x8, #139; svc #0 */
#define ARCH_SIGNAL_RETURN "\x68\x11\x80\xd2\x01\x00\x00\xd4"
#define ARCH_RETURN_DEPTH 0u
#define ARCH_FRAME_CFA() ((uint64_t)__builtin_dwarf_cfa())

#define ARCH_KEPT_REGISTERS 11u /* x19 to x29 */
#define ARCH_KEEPING(name, handler) \
	__asm__(".pushsection .text\n" \
		".globl " #name "\n" \
		".type " #name ", %function\n" #name ":\n" \
		"	.cfi_startproc\n" \
		"	mov x9, sp\n" \
		"	sub sp, sp, #112\n" \
		"	.cfi_adjust_cfa_offset 112\n" \
		"	stp x9, x19, [sp]\n" \
		"	stp x20, x21, [sp, #16]\n" \
		"	stp x22, x23, [sp, #32]\n" \
		"	stp x24, x25, [sp, #48]\n" \
		"	stp x26, x27, [sp, #64]\n" \
		"	stp x28, x29, [sp, #80]\n" \
		"	str x30, [sp, #96]\n" \
		"	.cfi_rel_offset x30, 96\n" \
		"	mov x1, sp\n" \
		"	bl " #handler "\n" \
		"	ldr x30, [sp, #96]\n" \
		"	add sp, sp, #112\n" \
		"	.cfi_adjust_cfa_offset -112\n" \
		"	ret\n" \
		"	.cfi_endproc\n" \
		".size " #name ", . - " #name "\n" \
		".popsection")

static inline __attribute__((always_inline)) long sys_call(long number, long a, long b, long c,
							   long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

static inline bool cas_own(uint64_t *p, uint64_t expected, uint64_t v)
{
	return __atomic_compare_exchange_n(p, &expected, v, false, __ATOMIC_RELAXED,
					   __ATOMIC_RELAXED);
}

/* Pointer authentication puts a signature above the address. */
static inline uint64_t arch_code_address(uint64_t address)
{
	return address & 0xffffffffffffull;
}

/* Frame records lie at the lower end of frames: where the caller's is, its frame begins. */
static inline uint64_t arch_caller_sp(uint64_t bp, uint64_t caller_bp)
{
	return caller_bp > bp ? caller_bp : bp + 16;
}

#endif
