/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "registers.h"

#include <elf.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>

#define STATE_BYTES 16384u /* the largest, with the tiles of AMX, has 11 KiB */

#if defined __x86_64__
#include <cpuid.h>

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

/* syscall; cmp $1, %r12d */
static const uint8_t detour_code[] = {0x0f, 0x05, 0x41, 0x83, 0xfc, 0x01};

/* orig_rax of -1: within no call, none is begun again. */
static void lead(struct user_regs_struct *general, uint64_t code, uint64_t stack_pointer,
		 enum detour_way way, long number, const uint64_t arguments[5])
{
	general->rip = code;
	general->rsp = stack_pointer;
	general->r12 = way;
	general->rax = (uint64_t)number;
	general->orig_rax = (uint64_t)-1;
	general->rdi = arguments[0];
	general->rsi = arguments[1];
	general->rdx = arguments[2];
	general->r10 = arguments[3];
	general->r8 = arguments[4];
}

/* As struct rt_sigframe of the kernel, from its ucontext on. */
struct frame {
	uint64_t flags, link;
	uint64_t stack[3]; /* for sigaltstack(); a size of 0 is not valid, and all stays as it is */
	struct sigcontext context;
	uint64_t mask;
	uint8_t info[128];
};
#define FRAME_FLAGS 7u /* UC_FP_XSTATE, UC_SIGCONTEXT_SS, UC_STRICT_RESTORE_SS */
#define STATE_ALIGNMENT 64u

/* Of calls that were interrupted, from linux/errno.h; they are not seen outside of the kernel. */
#define RESTART_ANEW_FIRST 512
#define RESTART_ANEW_LAST 514
#define RESTART_REST 516

/* What the kernel does on the way out to have a call begun again. */
static void begin_again(struct sigcontext *context, const struct user_regs_struct *general)
{
	int64_t result = -(int64_t)general->rax;

	if ((int64_t)general->orig_rax < 0)
		return;
	if (result >= RESTART_ANEW_FIRST && result <= RESTART_ANEW_LAST)
		context->rax = general->orig_rax;
	else if (result == RESTART_REST)
		context->rax = SYS_restart_syscall;
	else
		return;
	context->rip -= 2; /* syscall */
}

static void fill_context(struct sigcontext *context, const struct user_regs_struct *general)
{
	context->r8 = general->r8;
	context->r9 = general->r9;
	context->r10 = general->r10;
	context->r11 = general->r11;
	context->r12 = general->r12;
	context->r13 = general->r13;
	context->r14 = general->r14;
	context->r15 = general->r15;
	context->rdi = general->rdi;
	context->rsi = general->rsi;
	context->rbp = general->rbp;
	context->rbx = general->rbx;
	context->rdx = general->rdx;
	context->rax = general->rax;
	context->rcx = general->rcx;
	context->rsp = general->rsp;
	context->rip = general->rip;
	context->eflags = general->eflags;
	context->cs = (unsigned short)general->cs;
	context->__pad0 = (unsigned short)general->ss;
	begin_again(context, general);
}

/*
 * The state as XSAVE has it, with what the kernel notes in its unused part: which components are there,
 * and their size. A thread that has never used the tiles of AMX has no room for them. Returns the size, 0
 * where it is not known.
 */
static uint32_t mark_state(uint8_t *state, size_t bytes)
{
	const uint64_t tiles = 3ull << 17;
	struct _fpx_sw_bytes *software = (struct _fpx_sw_bytes *)(state + 464);
	const uint32_t magic_behind = FP_XSTATE_MAGIC2;
	uint64_t components, present;
	unsigned tiles_bytes, tiles_begin, c, d;

	if (bytes < sizeof(struct _xstate) - sizeof(struct _ymmh_state))
		return 0;
	memcpy(&components, software, sizeof components); /* by ptrace */
	memcpy(&present, state + HEADER_BEGIN, sizeof present);
	if (!(present & tiles) && __get_cpuid_count(0xd, 18, &tiles_bytes, &tiles_begin, &c, &d) &&
	    tiles_bytes && tiles_begin < bytes) {
		bytes = tiles_begin;
		components &= ~tiles;
	}
	*software = (struct _fpx_sw_bytes){
		.magic1 = FP_XSTATE_MAGIC1,
		.extended_size = (uint32_t)(bytes + sizeof magic_behind),
		.xstate_bv = components,
		.xstate_size = (uint32_t)bytes,
	};
	memcpy(state + bytes, &magic_behind, sizeof magic_behind);
	return software->extended_size;
}

bool registers_way_back(struct registers_way_back *back, const struct registers_saved *saved,
			pid_t tid, uint64_t mask, uint64_t end)
{
	_Alignas(STATE_ALIGNMENT) uint8_t state[STATE_BYTES + sizeof(uint32_t)];
	struct iovec place = {state, STATE_BYTES};
	struct frame frame = {.flags = FRAME_FLAGS, .mask = mask};
	uint64_t state_begin;
	uint32_t bytes;

	_Static_assert(sizeof back->bytes >= sizeof state + sizeof frame + 2 * STATE_ALIGNMENT,
		       "room for all");
	if (ptrace(PTRACE_GETREGSET, tid, VECTORS, &place) != 0)
		return false;
	bytes = mark_state(state, place.iov_len);
	if (!bytes)
		return false;
	state_begin = (end - bytes) & ~(uint64_t)(STATE_ALIGNMENT - 1);
	back->address = (state_begin - sizeof frame) & ~(uint64_t)(STATE_ALIGNMENT - 1);
	back->byte_count = (size_t)(state_begin + bytes - back->address);
	fill_context(&frame.context, &saved->general);
	frame.context.fpstate = (struct _fpstate *)(uintptr_t)state_begin;
	memset(back->bytes, 0, back->byte_count);
	memcpy(back->bytes, &frame, sizeof frame);
	memcpy(back->bytes + (state_begin - back->address), state, bytes);
	return true;
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

/*
 * None: the kernel prepares a call to be begun again before it stops for us, and which way (with
 * restart_syscall() for the rest of a sleep, or anew) it decides only afterwards, by what it has not
 * put into registers. Put back, a sleep would begin anew.
 */
static const uint8_t detour_code[] = {};

bool registers_way_back(struct registers_way_back *back, const struct registers_saved *saved,
			pid_t tid, uint64_t mask, uint64_t end)
{
	(void)back, (void)saved, (void)tid, (void)mask, (void)end;
	return false;
}

static void lead(struct user_regs_struct *general, uint64_t code, uint64_t stack_pointer,
		 enum detour_way way, long number, const uint64_t arguments[5])
{
	(void)way;
	general->pc = code;
	general->sp = stack_pointer;
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

const void *registers_detour_code(size_t *bytes)
{
	_Static_assert(sizeof detour_code <= REGISTERS_DETOUR_CODE_BYTES, "room for it");
	*bytes = sizeof detour_code;
	return detour_code;
}

bool registers_save(struct registers_saved *saved, pid_t tid)
{
	return get(&saved->general, tid);
}

bool registers_restore(const struct registers_saved *saved, pid_t tid)
{
	return set(&saved->general, tid);
}

bool registers_lead(const struct registers_saved *saved, pid_t tid, uint64_t code,
		    uint64_t stack_pointer, enum detour_way way, long number,
		    const uint64_t arguments[5])
{
	struct user_regs_struct general = saved->general;

	lead(&general, code, stack_pointer, way, number, arguments);
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
