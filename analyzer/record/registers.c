/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "registers.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#define STATE_BYTES 16384u /* the largest, with the tiles of AMX, has 11 KiB */

#if defined __x86_64__
#define VECTORS NT_X86_XSTATE
#define VECTORS_BEGIN \
	32u /* behind control words: x87 and MMX, then xmm, see FXSAVE in Intel's SDM */
#define HEADER_BEGIN 512u /* of XSAVE: bits that tell what follows */
#define HEADER_BYTES 64u

static uint64_t stack_pointer_of(const struct user_regs_struct *general)
{
	return general->rsp;
}

static uint64_t call_address_of(const struct user_regs_struct *general)
{
	return (int64_t)general->orig_rax >= 0 ? general->rip : 0;
}

static uint64_t thread_pointer_of(pid_t tid, const struct user_regs_struct *general)
{
	(void)tid;
	return general->fs_base;
}

static const uint8_t call_code[] = {0x0f, 0x05}; /* syscall */

bool registers_can_call(void)
{
	return true;
}

uint64_t registers_call_site(const struct registers_saved *saved)
{
	uint64_t behind = call_address_of(&saved->general);

	return behind ? behind - sizeof call_code : 0;
}

/* orig_rax of -1: within no call, none is begun again. The red zone and the stack stay untouched. */
static void set_call(struct user_regs_struct *general, uint64_t site, long number,
		     const uint64_t arguments[5])
{
	general->rip = site;
	general->rax = (uint64_t)number;
	general->orig_rax = (uint64_t)-1;
	general->rdi = arguments[0];
	general->rsi = arguments[1];
	general->rdx = arguments[2];
	general->r10 = arguments[3];
	general->r8 = arguments[4];
}

static int64_t result_of(const struct user_regs_struct *general)
{
	return (int64_t)general->rax;
}

#elif defined __aarch64__
#define VECTORS NT_FPREGSET
#define VECTORS_BEGIN 0u
#define HEADER_BEGIN 512u /* fpsr and fpcr */
#define HEADER_BYTES 16u

static uint64_t stack_pointer_of(const struct user_regs_struct *general)
{
	return general->sp;
}

static uint64_t call_address_of(const struct user_regs_struct *general)
{
	(void)general;
	return 0;
}

static uint64_t thread_pointer_of(pid_t tid, const struct user_regs_struct *general)
{
	uint64_t value = 0;
	struct iovec place = {&value, sizeof value};

	(void)general;
	return ptrace(PTRACE_GETREGSET, tid, NT_ARM_TLS, &place) == 0 ? value : 0;
}

static const uint8_t call_code[] = {0x01, 0x00, 0x00, 0xd4}; /* svc #0 */

/*
 * The kernel prepares a call to be begun again before it stops for us, and which way (with
 * restart_syscall() for the rest of a sleep, or anew) it decides only afterwards, by what it has not
 * put into registers. Put back, a sleep would begin anew.
 */
bool registers_can_call(void)
{
	return false;
}

uint64_t registers_call_site(const struct registers_saved *saved)
{
	(void)saved;
	return 0;
}

static void set_call(struct user_regs_struct *general, uint64_t site, long number,
		     const uint64_t arguments[5])
{
	general->pc = site;
	general->regs[8] = (uint64_t)number;
	for (int i = 0; i < 5; i++)
		general->regs[i] = arguments[i];
}

static int64_t result_of(const struct user_regs_struct *general)
{
	return (int64_t)general->regs[0];
}

#else
#error "which registers has this processor?"
#endif

static bool reserve(struct registers *r, size_t more)
{
	size_t capacity = r->capacity ? r->capacity : 4096;
	uint64_t *words;

	while (capacity < r->count + more)
		capacity *= 2;
	if (capacity == r->capacity)
		return true;
	words = realloc(r->words, capacity * sizeof *words);
	if (!words)
		return false;
	r->words = words;
	r->capacity = capacity;
	return true;
}

static void add_vectors(struct registers *r, pid_t tid)
{
	union {
		uint64_t words[STATE_BYTES / 8];
		uint8_t bytes[STATE_BYTES];
	} state;
	struct iovec place = {&state, sizeof state};

	if (ptrace(PTRACE_GETREGSET, tid, VECTORS, &place) != 0)
		return;
	for (size_t i = VECTORS_BEGIN / 8; i < place.iov_len / 8; i++) {
		if (i >= HEADER_BEGIN / 8 && i < (HEADER_BEGIN + HEADER_BYTES) / 8)
			continue;
		if (state.words[i])
			r->words[r->count++] = state.words[i];
	}
}

static bool get(struct user_regs_struct *general, pid_t tid)
{
	struct iovec place = {general, sizeof *general};

	return ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &place) == 0 &&
	       place.iov_len == sizeof *general;
}

static bool set(const struct user_regs_struct *general, pid_t tid)
{
	struct user_regs_struct copy = *general;
	struct iovec place = {&copy, sizeof copy};

	return ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &place) == 0;
}

bool registers_read(struct registers *r, pid_t tid, struct registers_where *where)
{
	struct user_regs_struct general;

	_Static_assert(sizeof general % 8 == 0, "words");
	if (!reserve(r, (sizeof general + STATE_BYTES) / 8) || !get(&general, tid))
		return false;
	memcpy(&r->words[r->count], &general, sizeof general);
	r->count += sizeof general / 8;
	where->stack_pointer = stack_pointer_of(&general);
	where->thread_pointer = thread_pointer_of(tid, &general);
	where->call_address = call_address_of(&general);
	add_vectors(r, tid);
	return true;
}

const void *registers_call_code(size_t *bytes)
{
	*bytes = sizeof call_code;
	return call_code;
}

bool registers_save(struct registers_saved *saved, pid_t tid)
{
	return get(&saved->general, tid);
}

bool registers_restore(const struct registers_saved *saved, pid_t tid)
{
	return set(&saved->general, tid);
}

bool registers_set_call(const struct registers_saved *saved, pid_t tid, uint64_t site, long number,
			const uint64_t arguments[5])
{
	struct user_regs_struct general = saved->general;

	set_call(&general, site, number, arguments);
	return set(&general, tid);
}

bool registers_result(pid_t tid, int64_t *result)
{
	struct user_regs_struct general;

	if (!get(&general, tid))
		return false;
	*result = result_of(&general);
	return true;
}
