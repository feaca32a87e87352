/* SPDX-License-Identifier: MIT */
/* Copies of a process: what they show, and that nothing of them shows in the program. */
#define _GNU_SOURCE
#include "../../analyzer/record/freeze_copy.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <time.h>

#include "taken_snapshot.h"
#include "suite.h"

#define WORDS 4096u
#define SLEEP_NS 400000000

static const struct snapshot_request with_copy = {
	.cause = TRACE_SNAPSHOT_REQUEST, .copy = true, .detour = DETOUR_PLACE};

static bool can_copy(void)
{
#if defined __x86_64__
	return true;
#else
	return false;
#endif
}

/* Private memory full of its own address; its address is in values[0]. */
static uint64_t *fill(void)
{
	uint64_t *at = mmap(NULL, WORDS * 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);

	for (unsigned i = 0; i < WORDS; i++)
		at[i] = (uint64_t)(uintptr_t)at;
	atomic_store(&shared->values[0], (uint64_t)(uintptr_t)at);
	return at;
}

static void run_changing(void)
{
	uint64_t *at = fill();

	announce(0);
	wait_for_go();
	memset(at, 0, WORDS * 8);
	announce(1);
	pause();
}

START_TEST(shows_what_was)
{
	struct snapshot *s;
	uint64_t self;

	program_start(run_changing);
	await(&shared->ready, 1);
	s = begin_snapshot(&with_copy);
	ck_assert(snapshot_has_copy(s));
	/* It goes on, and changes what was not read yet. */
	say_go();
	await(&shared->ready, 2);
	end_snapshot(s);
	self = atomic_load(&shared->values[0]);
	for (unsigned i = 0; i < WORDS; i++)
		if (word_at(self + i * 8) != self)
			ck_abort_msg("word %u", i);
	ck_assert(taken->flags & TRACE_SNAPSHOT_COPY);
	ck_assert(!(taken->flags & TRACE_SNAPSHOT_RUNNING));
	ck_assert_uint_eq(taken->unread_bytes, 0);
	forget_snapshot();
	program_kill();
}
END_TEST

START_TEST(outlives_the_program)
{
	struct snapshot *s;
	uint64_t self;
	int status;

	program_start(run_changing);
	await(&shared->ready, 1);
	s = begin_snapshot(&with_copy);
	kill(program.pid, SIGKILL);
	ck_assert_int_eq(waitpid(program.pid, &status, 0), program.pid);
	ck_assert(WIFSIGNALED(status));
	self = atomic_load(&shared->values[0]);
	end_snapshot(s);
	ck_assert_uint_eq(word_at(self), self);
	forget_snapshot();
	program_close();
}
END_TEST

START_TEST(who_asked_may_be_alone)
{
	struct snapshot_request request = with_copy;
	struct snapshot *s;

	program_start(run_changing);
	await(&shared->ready, 1);
	request.asking_tid = program.pid;
	request.stack_pointer = 77;
	s = begin_snapshot(&request);
	ck_assert(snapshot_has_copy(s));
	end_snapshot(s);
	ck_assert_uint_eq(taken->thread_count, 1);
	ck_assert_uint_eq(thread_of(program.pid)->stack_pointer, 77);
	forget_snapshot();
	program_kill();
}
END_TEST

enum { IN_FUTEX, IN_READ, IN_POLL, IN_SLEEP, IN_SIGSUSPEND, WAYS_TO_WAIT };

static void note(int number)
{
	atomic_fetch_add(&shared->results[number == SIGUSR1 ? 1 : 2], 1);
}

/* In the only thread, which must make the calls. Returns an errno value. */
static int wait_by(int how)
{
	struct pollfd polled = {.fd = to_program[0], .events = POLLIN};
	struct timespec longer = {0, SLEEP_NS};
	struct sigaction action = {.sa_handler = note};
	sigset_t mask, none;
	char byte;

	switch (how) {
	case IN_FUTEX:
		return wait_for_go();
	case IN_READ:
		return read(to_program[0], &byte, 1) == 1 ? 0 : errno;
	case IN_POLL:
		return poll(&polled, 1, SLEEP_NS / 1000000) == 0 ? 0 : errno;
	case IN_SLEEP:
		return nanosleep(&longer, NULL) == 0 ? 0 : errno;
	default:
		sigemptyset(&none);
		sigemptyset(&mask);
		sigaddset(&mask, SIGUSR1);
		sigprocmask(SIG_SETMASK, &mask, NULL);
		sigaction(SIGUSR1, &action, NULL);
		sigsuspend(&none);
		/* The mask is again as before. */
		raise(SIGUSR1);
		return atomic_load(&shared->results[1]) == 1 ? 0 : EINVAL;
	}
}

static int way_to_wait;

static void run_waiting(void)
{
	struct sigaction action = {.sa_handler = note};

	sigaction(SIGCHLD, &action, NULL);
	announce(0);
	errno = 0;
	_exit(wait_by(way_to_wait) + (atomic_load(&shared->results[2]) ? 100 : 0));
}

START_TEST(calls_go_on)
{
	struct freeze_copy *copy;
	struct freeze *f;
	int copies = 0;

	way_to_wait = _i;
	program_start(run_waiting);
	await(&shared->ready, 1);
	await_state(program.pid, 'S');
	/* A sleep that began anew each time would never end. */
	while ((f = freeze_new(&program, 0))) {
		bool was_waiting = f->count && f->threads[0].state == FREEZE_INTERRUPTED;

		copy = freeze_copy_new(f, &detour_place);
		/* One that is no more, or is being signalled, makes no calls for us. */
		ck_assert(copy || !was_waiting || process_ended(&program));
		freeze_thaw(f);
		if (copy) {
			ck_assert(copy->is_ours);
			freeze_copy_free(copy);
		}
		freeze_free(f);
		if (++copies < 5)
			continue;
		if (way_to_wait == IN_FUTEX)
			say_go();
		else if (way_to_wait == IN_READ && copies == 5)
			ck_assert_int_eq((int)write(to_program[1], "x", 1), 1);
		else if (way_to_wait == IN_SIGSUSPEND && copies == 5)
			kill(program.pid, SIGUSR1);
	}
	ck_assert_int_ge(copies, 5);
	ck_assert_int_eq(program_end(), 0);
}
END_TEST

START_TEST(signals_arrive)
{
	struct freeze_copy *copy;
	struct freeze *f;

	program_start(run_signalled);
	await(&shared->ready, 1);
	while ((f = freeze_new(&program, 0))) {
		copy = freeze_copy_new(f, &detour_place);
		freeze_thaw(f);
		if (copy)
			freeze_copy_free(copy);
		freeze_free(f);
	}
	ck_assert_int_eq(program_end(), 0);
}
END_TEST

static void run_calculating(void)
{
	uint64_t sum = 0, expected = 0;

	announce(0);
	for (uint64_t i = 0; !atomic_load_explicit(&shared->go, memory_order_relaxed); i++) {
		sum += i * i;
		expected += i * i;
		__asm__ volatile("" : "+r"(sum), "+r"(expected));
	}
	_exit(sum != expected);
}

/* One that is in no call, with the red zone in use. */
START_TEST(calculating_goes_on)
{
	program_start(run_calculating);
	await(&shared->ready, 1);
	for (int round = 0; round < 50; round++) {
		struct freeze *f = freeze_new(&program, 0);
		struct freeze_copy *copy;

		copy = freeze_copy_new(f, &detour_place);
		ck_assert_ptr_nonnull(copy);
		freeze_thaw(f);
		freeze_copy_free(copy);
		freeze_free(f);
	}
	say_go();
	ck_assert_int_eq(program_end(), 0);
}
END_TEST

/* What the program sees of children: results[3] is set if that is anything. */
static void look_for_children(int more_flags)
{
	if (waitpid(-1, NULL, WNOHANG | more_flags) != -1 || errno != ECHILD ||
	    atomic_load(&shared->results[2]))
		atomic_store(&shared->results[3], 1);
}

static void run_counting_children(void)
{
	struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};

	sigaction(SIGCHLD, &action, NULL);
	close(to_program[0]);
	announce(0);
	wait_for_go();
	look_for_children(0);
	close(to_program[1]); /* somebody waits for that */
	announce(1);
	while (atomic_load(&shared->go) < 2)
		sched_yield();
	look_for_children(__WALL);
	look_for_children(0);
	announce(2);
	pause();
}

/* The test is not the parent of the program. */
static void run_parent_of_it(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run_counting_children();
		_exit(0);
	}
	close(to_program[1]);
	waitpid(pid, NULL, 0);
}

START_TEST(nobody_sees_it)
{
	struct process parent;
	struct snapshot *s;
	char byte;

	program_start(_i ? run_parent_of_it : run_counting_children);
	await(&shared->ready, 1);
	parent = program;
	if (_i)
		process_open(&program, atomic_load(&shared->tids[0]), -1);
	await_state(program.pid, 'S');
	close(to_program[1]);
	s = begin_snapshot(&with_copy);
	ck_assert(snapshot_has_copy(s));
	say_go();
	await(&shared->ready, 2);
	/* The end of a pipe that it closed is not kept open. */
	ck_assert_int_eq((int)read(to_program[0], &byte, 1), 0);
	end_snapshot(s);
	atomic_store(&shared->go, 2);
	await(&shared->ready, 3);
	ck_assert_int_eq(atomic_load(&shared->results[3]), 0);
	forget_snapshot();
	/* Nor do we keep one. */
	if (_i)
		process_close(&program);
	program = parent;
	kill(program.pid, SIGKILL);
	ck_assert_int_eq(waitpid(-1, NULL, __WALL), program.pid);
	ck_assert(waitpid(-1, NULL, __WALL | WNOHANG) == -1 && errno == ECHILD);
	to_program[1] = dup(to_program[0]);
	program_close();
}
END_TEST

static void run_sandboxed(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program_of_one = {.len = 1, .filter = &allow};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program_of_one) != 0)
		_exit(1);
	fill();
	announce(0);
	wait_for_go();
}

/* Whoever filters calls may kill for one that is not foreseen. */
START_TEST(not_in_a_sandbox)
{
	struct snapshot *s;
	uint64_t self;

	program_start(run_sandboxed);
	await(&shared->ready, 1);
	s = begin_snapshot(&with_copy);
	ck_assert(!snapshot_has_copy(s));
	end_snapshot(s);
	self = atomic_load(&shared->values[0]);
	ck_assert_uint_eq(word_at(self), self);
	ck_assert(!(taken->flags & TRACE_SNAPSHOT_COPY));
	forget_snapshot();
	say_go();
	ck_assert_int_eq(program_end(), 0);
}
END_TEST

START_TEST(not_of_a_stopped_process)
{
	struct snapshot *s;
	int status;

	program_start(run_changing);
	await(&shared->ready, 1);
	kill(program.pid, SIGSTOP);
	ck_assert_int_eq(waitpid(program.pid, &status, WUNTRACED), program.pid);
	s = begin_snapshot(&with_copy);
	ck_assert(!snapshot_has_copy(s));
	end_snapshot(s);
	await_state(program.pid, 'T');
	forget_snapshot();
	program_kill();
}
END_TEST

/* Should we end, nobody may go on as a second program. */
START_TEST(does_not_outlive_us)
{
	pid_t pid, copy;
	int ends[2];

	program_start(run_changing);
	await(&shared->ready, 1);
	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		/* Registers have forgotten by _exit what a variable still holds. */
		static struct freeze *f;
		static struct freeze_copy *c;

		f = freeze_new(&program, 0);
		c = freeze_copy_new(f, &detour_place);
		if (!c || write(ends[1], &c->process.pid, sizeof copy) != sizeof copy)
			_exit(1);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq((int)read(ends[0], &copy, sizeof copy), (int)sizeof copy);
	close(ends[0]);
	close(ends[1]);
	/* The program goes on. What is left is a zombie, of the program. */
	say_go();
	await(&shared->ready, 2);
	await_state(program.pid, 'S');
	program_kill();
	while (kill(copy, 0) == 0)
		sched_yield();
}
END_TEST

#if defined __x86_64__

#define KILLS 300

extern int changed_registers(uint64_t seed);

/*
 * Fills all registers, waits for a while in a call or outside of any, and returns 0 if they have kept
 * what they had. The vector registers have it in their upper halves, too, where there are any.
 */
__asm__(".pushsection .text\n"
	".globl changed_registers\n"
	".type changed_registers, @function\n"
	"changed_registers:\n"
	"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
	"	mov %rdi, %rbx\n"
	"	lea 1(%rdi), %rbp\n"
	"	lea 2(%rdi), %r12\n"
	"	lea 3(%rdi), %r13\n"
	"	lea 4(%rdi), %r14\n"
	"	lea 5(%rdi), %r15\n"
	"	movq %rdi, %xmm0\n"
	"	vpunpcklqdq %xmm0, %xmm0, %xmm0\n"
	"	vinsertf128 $1, %xmm0, %ymm0, %ymm7\n"
	"	vmovdqa %ymm7, %ymm15\n"
	"	movq %rdi, -64(%rsp)\n" /* the red zone */
	"	mov $300, %ecx\n"
	"1:	pause; dec %ecx; jnz 1b\n"
	"	mov $39, %eax\n" /* getpid */
	"	syscall\n"
	"	xor %eax, %eax\n"
	"	cmp %rbx, %rdi; setne %dl; or %dl, %al\n"
	"	lea 1(%rdi), %rcx; cmp %rcx, %rbp; setne %dl; or %dl, %al\n"
	"	lea 2(%rdi), %rcx; cmp %rcx, %r12; setne %dl; or %dl, %al\n"
	"	lea 3(%rdi), %rcx; cmp %rcx, %r13; setne %dl; or %dl, %al\n"
	"	lea 4(%rdi), %rcx; cmp %rcx, %r14; setne %dl; or %dl, %al\n"
	"	lea 5(%rdi), %rcx; cmp %rcx, %r15; setne %dl; or %dl, %al\n"
	"	cmp %rdi, -64(%rsp); setne %dl; or %dl, %al\n"
	"	vextractf128 $1, %ymm15, %xmm1\n"
	"	vpunpckhqdq %xmm1, %xmm1, %xmm1\n"
	"	movq %xmm1, %rcx; cmp %rcx, %rdi; setne %dl; or %dl, %al\n"
	"	movq %xmm7, %rcx; cmp %rcx, %rdi; setne %dl; or %dl, %al\n"
	"	vzeroupper\n"
	"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
	"	ret\n"
	".popsection");

static void run_checking_itself(void)
{
	static char alternate[65536];
	const stack_t wanted = {.ss_sp = alternate, .ss_size = sizeof alternate};
	const struct timespec short_while = {0, 20000};
	const pid_t self = getpid();
	sigset_t mask, now;
	stack_t stack;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigaltstack(&wanted, NULL);
	announce(0);
	for (uint64_t i = 1; !atomic_load(&shared->go); i++) {
		if (changed_registers(i << 32 | i))
			_exit(1);
		/* After a call of ours was cut short it may be, and nothing else. */
		if (nanosleep(&short_while, NULL) != 0 && errno != EINTR)
			_exit(2);
		sigprocmask(SIG_SETMASK, NULL, &now);
		if (memcmp(&now, &mask, sizeof(uint64_t)) != 0)
			_exit(3);
		if (sigaltstack(NULL, &stack) != 0 || stack.ss_sp != alternate || stack.ss_flags)
			_exit(4);
		if (getpid() != self) {
			atomic_store(&shared->results[0], 1);
			_exit(5);
		}
		atomic_fetch_add(&shared->values[0], 1);
	}
	_exit(0);
}

/* Who takes copies of the program, and is killed in the middle of that. */
static void copy_until_killed(void)
{
	atomic_fetch_add(&shared->values[2], 1);
	for (;;) {
		struct freeze *f = freeze_new(&program, 0);
		struct freeze_copy *copy = f ? freeze_copy_new(f, &detour_place) : NULL;

		if (f)
			freeze_thaw(f);
		atomic_fetch_add(&shared->values[1], copy != NULL);
		if (copy)
			freeze_copy_free(copy);
		if (f)
			freeze_free(f);
	}
}

START_TEST(goes_on_without_us)
{
	int status;

	if (!__builtin_cpu_supports("avx2")) {
		printf("NOTE goes_on_without_us: no AVX2, not run\n");
		return;
	}
	program_start(run_checking_itself);
	await(&shared->ready, 1);
	prctl(PR_SET_CHILD_SUBREAPER, 1); /* of copies whose parent was killed */
	for (int kills = 0; kills < KILLS; kills++) {
		const struct timespec moment = {0, 200000 + kills * 7919 % 2000000};
		pid_t pid = fork();
		uint64_t rounds;

		if (pid == 0)
			copy_until_killed();
		while (atomic_load(&shared->values[2]) <= (uint64_t)kills)
			sched_yield();
		nanosleep(&moment, NULL);
		kill(pid, SIGKILL);
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
		rounds = atomic_load(&shared->values[0]);
		while (atomic_load(&shared->values[0]) < rounds + 2) {
			ck_assert_int_eq(waitpid(program.pid, NULL, WNOHANG), 0);
			sched_yield();
		}
	}
	ck_assert_uint_gt(atomic_load(&shared->values[1]), 0);
	say_go();
	ck_assert_int_eq(waitpid(program.pid, &status, 0), program.pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	/* Copies, which the program has left to us, have ended without having run. */
	while (waitpid(-1, NULL, __WALL) > 0)
		;
	ck_assert_int_eq(errno, ECHILD);
	ck_assert_int_eq(atomic_load(&shared->results[0]), 0);
	program_close();
}
END_TEST

#endif

int main(void)
{
	Suite *suite = suite_create("snapshot_copy");
	TCase *tests = tcase_create("copy");

	if (can_copy()) {
		tcase_add_test(tests, shows_what_was);
		tcase_add_test(tests, outlives_the_program);
		tcase_add_test(tests, who_asked_may_be_alone);
		tcase_add_loop_test(tests, calls_go_on, 0, WAYS_TO_WAIT);
		tcase_add_test(tests, signals_arrive);
		tcase_add_test(tests, calculating_goes_on);
		tcase_add_loop_test(tests, nobody_sees_it, 0, 2);
		tcase_add_test(tests, does_not_outlive_us);
	}
#if defined __x86_64__
	tcase_add_test(tests, goes_on_without_us);
#endif
	tcase_add_test(tests, not_in_a_sandbox);
	tcase_add_test(tests, not_of_a_stopped_process);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
