/* SPDX-License-Identifier: MIT */
/*
 * arch.h - what differs between processors, one file for each. Nothing else in preload/ asks which
 * one it is compiled for, but for verify.c, which knows libunwind's names on one of them.
 *
 * Each file defines
 *
 *	sys_call		a system call; returns the kernel's value
 *	cas_own			compare and swap that is whole for the thread's own signal handlers
 *	ARCH_HAS_COUNTER	1 if there is a time stamp counter that user code may read; then
 *	arch_counter, arch_wait_for_loads
 *				read it; let loads in front of it end first
 *	ARCH_MACHINE		as in ELF headers
 *	ARCH_REGISTER_*		DWARF's numbers of registers; LINK is that of the return address where
 *				calls leave it in a register
 *	ARCH_SAVED_OFFSET	in a signal frame, from sp to the registers that the kernel saved,
 *	ARCH_SAVED_POSITIONS	and where among these, in words, DWARF's registers are
 *	ARCH_SIGNAL_RETURN	the instructions that a signal handler returns to
 *	ARCH_RETURN_DEPTH	how far below the CFA the return address is; 0 if that differs
 *	arch_code_address	a return address without what the processor added to it
 *	arch_caller_sp		the stack pointer of the caller of a frame, as its frame pointers tell
 *	ARCH_FRAME_CFA		in a function with a frame pointer, what sp is after its return
 *	ARCH_KEPT_REGISTERS	how many registers a function must leave as they are; of pointers
 *	ARCH_KEEPING(name, handler)
 *				defines a function that calls handler with its own first argument and
 *				with struct arch_kept of its caller
 *	ARCH_DETOUR(name)	defines the code for enum detour_way; not defined where nobody can use it
 */
#ifndef TENURE_ARCH_H
#define TENURE_ARCH_H

#include <stdint.h>

/* What a caller has in registers when its call returns: its stack pointer, and what it may rely on. */
struct arch_kept {
	uint64_t stack_pointer;
	uint64_t registers[];
};

#if defined(__x86_64__)
#include "arch_x86_64.h"
#elif defined(__aarch64__)
#include "arch_aarch64.h"
#else
#error "tenure records on x86-64 and aarch64"
#endif

#endif
