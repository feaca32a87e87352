/* SPDX-License-Identifier: MIT */
/* Threads stopped from outside, and that they notice nothing of it. */
#define _GNU_SOURCE
#include "../../analyzer/record/freeze.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/ptrace.h>
#include <time.h>

#include "frozen_program.h"
#include "suite.h"

#define GENERAL_MARK 0x5a17c0de0ddba11ull
#define VECTOR_MARK 0x7e57ab1e7e57ab1eull
#define SLEEP_NS 300000000
#define ROUNDS 100
#define MANY 300

#if defined __x86_64__
/* Spins with known values in registers until told; *general and *vector are them afterwards. */
static void spin(uint64_t *general, uint64_t *vector)
{
	uint64_t mark = GENERAL_MARK, other = VECTOR_MARK;

	__asm__ volatile("movq %[mark], %%rbx\n\t"
			 "movq %[other], %%xmm5\n\t"
			 "1: cmpl $0, (%[go])\n\t"
			 "je 1b\n\t"
			 "movq %%rbx, %[mark]\n\t"
			 "movq %%xmm5, %[other]\n\t"
			 : [mark] "+r"(mark), [other] "+r"(other)
			 : [go] "r"(&shared->go)
			 : "rbx", "xmm5", "cc", "memory");
	*general = mark;
	*vector = other;
}
#else
static void spin(uint64_t *general, uint64_t *vector)
{
	*general = GENERAL_MARK;
	*vector = VECTOR_MARK;
	while (!atomic_load(&shared->go))
		__asm__ volatile("" : "+r"(*general), "+w"(*vector));
}
#endif

static void run_spinning(void)
{
	uint64_t general, vector;

	atomic_store(&shared->values[0], (uint64_t)(uintptr_t)&general);
	atomic_store(&shared->values[1], (uint64_t)pthread_self());
	announce(0);
	spin(&general, &vector);
	_exit(general != GENERAL_MARK || vector != VECTOR_MARK);
}

START_TEST(registers_are_known)
{
	const struct freeze_thread *thread;
	struct freeze *f;

	program_start(run_spinning);
	await(&shared->ready, 1);
	do { /* it may not spin yet */
		f = freeze_new(&program, 0);
		ck_assert_ptr_nonnull(f);
		ck_assert_uint_eq(freeze_running(f), 0);
		thread = frozen(f, program.pid);
		ck_assert_int_eq(thread_state(program.pid), 't');
		if (has_register(f, thread, VECTOR_MARK))
			break;
		freeze_free(f);
	} while (true);
	ck_assert(has_register(f, thread, GENERAL_MARK));
	ck_assert_uint_le(thread->where.stack_pointer, atomic_load(&shared->values[0]));
	ck_assert_uint_ge(thread->where.stack_pointer, atomic_load(&shared->values[0]) - 4096);
#if defined __x86_64__
	ck_assert_uint_eq(thread->where.thread_pointer, atomic_load(&shared->values[1]));
#endif
	ck_assert_int_eq(freeze_memory_tid(f), program.pid);
	freeze_free(f);
	ck_assert_int_ne(thread_state(program.pid), 't');
	say_go();
	ck_assert_int_eq(program_end(), 0);
}
END_TEST

enum { IN_FUTEX, IN_READ, IN_POLL, IN_SLEEP, IN_EPOLL, WAYS_TO_WAIT };

static void *wait_somehow(void *argument)
{
	struct pollfd polled = {.fd = to_program[0], .events = POLLIN};
	struct timespec longer = {0, SLEEP_NS}, began, ended;
	struct epoll_event event = {.events = EPOLLIN};
	size_t how = (size_t)argument;
	int result = 0, epoll;
	char byte;

	announce(how);
	errno = 0;
	switch (how) {
	case IN_FUTEX:
		result = wait_for_go();
		break;
	case IN_READ:
		result = read(to_program[0], &byte, 1) == 1 ? 0 : errno;
		break;
	case IN_POLL:
		result = poll(&polled, 1, 100000) == 1 ? 0 : errno;
		break;
	case IN_SLEEP:
		clock_gettime(CLOCK_MONOTONIC, &began);
		result = nanosleep(&longer, NULL) == 0 ? 0 : errno;
		clock_gettime(CLOCK_MONOTONIC, &ended);
		if ((ended.tv_sec - began.tv_sec) * 1000000000 + ended.tv_nsec - began.tv_nsec <
		    SLEEP_NS)
			result = ETIME;
		break;
	case IN_EPOLL:
		epoll = epoll_create1(0);
		epoll_ctl(epoll, EPOLL_CTL_ADD, to_program[0], &event);
		result = epoll_wait(epoll, &event, 1, -1) == 1 ? 0 : errno;
	}
	atomic_store(&shared->results[how], result + 1);
	return NULL;
}

static void run_waiting(void)
{
	for (size_t how = 0; how < WAYS_TO_WAIT; how++)
		program_thread(wait_somehow, how);
	wait_for_go();
	for (size_t how = 0; how < WAYS_TO_WAIT; how++)
		await(&shared->results[how], 1);
}

START_TEST(waiting_goes_on)
{
	struct freeze *f;

	program_start(run_waiting);
	await(&shared->ready, WAYS_TO_WAIT);
	for (int how = 0; how < WAYS_TO_WAIT; how++)
		await_state(atomic_load(&shared->tids[how]), 'S');
	for (int round = 0; round < 5; round++) {
		f = freeze_new(&program, 0);
		ck_assert_ptr_nonnull(f);
		ck_assert_uint_eq(freeze_running(f), 0);
		/* The last one is not, see below. */
		for (int how = 0; how < IN_EPOLL; how++)
			ck_assert_int_eq(thread_state(atomic_load(&shared->tids[how])), 't');
		freeze_free(f);
	}
	say_go();
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq((int)write(to_program[1], "x", 1), 1);
	}
	ck_assert_int_eq(program_end(), 0);
}
END_TEST

static void check_results(void)
{
	for (int how = 0; how < WAYS_TO_WAIT; how++) {
		int result = atomic_load(&shared->results[how]) - 1;

		/* man 7 signal: the one call that any stop interrupts. */
		if (how != IN_EPOLL || result != EINTR)
			ck_assert_msg(result == 0, "way %d: %s", how, strerror(result));
	}
}

START_TEST(waiting_has_its_result)
{
	struct freeze *f;
	int status;

	program_start(run_waiting);
	await(&shared->ready, WAYS_TO_WAIT);
	for (int how = 0; how < WAYS_TO_WAIT; how++)
		await_state(atomic_load(&shared->tids[how]), 'S');
	f = freeze_new(&program, 0);
	ck_assert_ptr_nonnull(f);
	/* What they wait for happens while they stand still. */
	say_go();
	ck_assert_int_eq((int)write(to_program[1], "xxx", 3), 3);
	freeze_free(f);
	ck_assert_int_eq(waitpid(program.pid, &status, 0), program.pid);
	ck_assert_int_eq(status, 0);
	check_results();
	program_close();
}
END_TEST

START_TEST(who_asked_is_left_alone)
{
	struct freeze *f;
	pid_t asking;

	program_start(run_waiting);
	await(&shared->ready, WAYS_TO_WAIT);
	asking = atomic_load(&shared->tids[IN_READ]);
	await_state(asking, 'S');
	f = freeze_new(&program, asking);
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(f->count, WAYS_TO_WAIT);
	ck_assert_int_eq(thread_state(asking), 'S');
	ck_assert_int_eq(freeze_memory_tid(f), asking);
	freeze_free(f);
	program_kill();
}
END_TEST

/* Some of them are just being delivered when the stop comes. */
START_TEST(signals_arrive)
{
	struct freeze *f;

	program_start(run_signalled);
	await(&shared->ready, 1);
	while ((f = freeze_new(&program, 0)))
		freeze_free(f);
	ck_assert_int_eq(program_end(), 0);
}
END_TEST

START_TEST(stopped_stays_stopped)
{
	struct freeze *f;
	int status;

	program_start(run_waiting);
	await(&shared->ready, WAYS_TO_WAIT);
	kill(program.pid, SIGSTOP);
	ck_assert_int_eq(waitpid(program.pid, &status, WUNTRACED), program.pid);
	ck_assert(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	for (int how = 0; how < WAYS_TO_WAIT; how++)
		await_state(atomic_load(&shared->tids[how]), 'T');
	f = freeze_new(&program, 0);
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(freeze_running(f), 0);
	ck_assert_int_eq(frozen(f, program.pid)->state, FREEZE_STANDING);
	freeze_free(f);
	for (int how = 0; how < WAYS_TO_WAIT; how++)
		await_state(atomic_load(&shared->tids[how]), 'T');
	await_state(program.pid, 'T');
	/* It has not been stopped anew. */
	ck_assert_int_eq(waitpid(program.pid, &status, WNOHANG | WUNTRACED), 0);
	kill(program.pid, SIGCONT);
	say_go();
	ck_assert_int_eq((int)write(to_program[1], "xxx", 3), 3);
	ck_assert_int_eq(program_end(), 0);
}
END_TEST

START_TEST(death_is_reported)
{
	struct freeze *f;
	siginfo_t info = {0};

	program_start(run_waiting);
	await(&shared->ready, WAYS_TO_WAIT);
	f = freeze_new(&program, 0);
	ck_assert_ptr_nonnull(f);
	/* What a parent of it may see now is a stop, never an end. */
	ck_assert_int_eq(waitid(P_PID, (id_t)program.pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
	ck_assert(!info.si_pid || info.si_code == CLD_TRAPPED);
	kill(program.pid, SIGKILL);
	await_state(program.pid, 'Z');
	freeze_free(f);
	program_kill();
}
END_TEST

static void *make_another(void *argument)
{
	sched_yield();
	program_thread(make_another, (size_t)argument);
	return NULL;
}

static void run_breeding(void)
{
	for (size_t i = 0; i < 3; i++)
		program_thread(make_another, i);
	announce(0);
	wait_for_go();
	_exit(0);
}

START_TEST(new_threads_are_found)
{
	program_start(run_breeding);
	await(&shared->ready, 1);
	for (int round = 0; round < ROUNDS; round++) {
		struct freeze *f = freeze_new(&program, 0);

		ck_assert_ptr_nonnull(f);
		if (freeze_running(f) || f->count < 2)
			ck_abort_msg("%zu of %zu run", freeze_running(f), f->count);
		for (size_t i = 0; i < f->count; i++)
			if (f->threads[i].state != FREEZE_GONE &&
			    thread_state(f->threads[i].tid) != 't')
				ck_abort_msg("a thread is in state %c",
					     thread_state(f->threads[i].tid));
		freeze_free(f);
	}
	say_go();
	ck_assert_int_eq(program_end(), 0);
}
END_TEST

static void run_other_program(void)
{
	program_thread(make_another, 0);
	program_thread(wait_somehow, IN_READ);
	await(&shared->ready, 1);
	execl("/bin/true", "true", (char *)NULL);
	_exit(1);
}

START_TEST(exec_is_not_hindered)
{
	for (int round = 0; round < ROUNDS / 5; round++) {
		struct freeze *f;

		program_start(run_other_program);
		await(&shared->ready, 1);
		while ((f = freeze_new(&program, 0)))
			freeze_free(f);
		ck_assert_int_eq(program_end(), 0);
	}
}
END_TEST

static void run_many(void)
{
	for (size_t i = 0; i < MANY; i++)
		program_thread(wait_somehow, IN_FUTEX);
	wait_for_go();
}

START_TEST(many_threads)
{
	program_start(run_many);
	await(&shared->ready, MANY);
	for (int round = 0; round < 5; round++) {
		struct freeze *f = freeze_new(&program, 0);

		ck_assert_ptr_nonnull(f);
		ck_assert_uint_eq(f->count, MANY + 1);
		ck_assert_uint_eq(freeze_running(f), 0);
		for (size_t i = 0; i < f->count; i++)
			if (f->threads[i].state != FREEZE_INTERRUPTED ||
			    !f->threads[i].register_count)
				ck_abort_msg("thread %zu", i);
		freeze_free(f);
	}
	say_go();
	ck_assert_int_eq(program_end(), 0);
}
END_TEST

static void *wait_in_vfork(void *argument)
{
	pid_t pid;

	announce((size_t)argument);
	pid = vfork();
	if (pid == 0) {
		char byte;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(read(to_program[0], &byte, 1) != 1);
	}
	_exit(pid < 0 || waitpid(pid, NULL, 0) != pid);
}

static void run_vfork(void)
{
	program_thread(wait_in_vfork, 0);
	wait_for_go();
}

START_TEST(sleep_that_cannot_be_disturbed)
{
	struct freeze *f;

	program_start(run_vfork);
	await(&shared->ready, 1);
	await_state(atomic_load(&shared->tids[0]), 'D');
	f = freeze_new(&program, 0);
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(freeze_running(f), 1);
	ck_assert_int_eq(frozen(f, atomic_load(&shared->tids[0]))->state, FREEZE_COMING);
	ck_assert_int_eq(frozen(f, program.pid)->state, FREEZE_INTERRUPTED);
	freeze_thaw(f);
	/* It comes to the stop now, and is let go. */
	ck_assert_int_eq((int)write(to_program[1], "x", 1), 1);
	await_state(atomic_load(&shared->tids[0]), 't');
	freeze_thaw(f);
	ck_assert_int_eq(program_end(), 0);
	freeze_free(f);
}
END_TEST

START_TEST(end_of_tracer_lets_go)
{
	struct freeze *f;

	program_start(run_vfork);
	await(&shared->ready, 1);
	await_state(atomic_load(&shared->tids[0]), 'D');
	f = freeze_new(&program, 0);
	ck_assert_ptr_nonnull(f);
	freeze_free(f);
	ck_assert_int_eq((int)write(to_program[1], "x", 1), 1);
	ck_assert_int_eq(program_end(), 0);
}
END_TEST

static void *outlive_main(void *argument)
{
	announce((size_t)argument);
	wait_for_go();
	_exit(3);
}

static void run_without_main(void)
{
	program_thread(outlive_main, 0);
	await(&shared->ready, 1);
	syscall(SYS_exit, 0);
}

START_TEST(main_has_ended)
{
	struct freeze *f;

	program_start(run_without_main);
	await(&shared->ready, 1);
	await_state(program.pid, 'Z');
	f = freeze_new(&program, 0);
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(freeze_running(f), 0);
	ck_assert_int_eq(freeze_memory_tid(f), atomic_load(&shared->tids[0]));
	freeze_free(f);
	say_go();
	ck_assert_int_eq(WEXITSTATUS(program_end()), 3);
}
END_TEST

/* As under a debugger. */
START_TEST(traced_by_another)
{
	struct freeze *f;
	pid_t tracer;
	int ready[2];
	char byte;

	program_start(run_waiting);
	await(&shared->ready, WAYS_TO_WAIT);
	ck_assert_int_eq(pipe(ready), 0);
	tracer = fork();
	if (tracer == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		byte = ptrace(PTRACE_SEIZE, program.pid, 0, 0) == 0;
		if (write(ready[1], &byte, 1) == 1)
			pause();
		_exit(0);
	}
	ck_assert(read(ready[0], &byte, 1) == 1 && byte == 1);
	f = freeze_new(&program, 0);
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(freeze_running(f), 1);
	ck_assert_int_eq(frozen(f, program.pid)->state, FREEZE_REFUSED);
	ck_assert_int_eq(frozen(f, atomic_load(&shared->tids[IN_READ]))->state, FREEZE_INTERRUPTED);
	freeze_free(f);
	kill(tracer, SIGKILL);
	waitpid(tracer, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	program_kill();
}
END_TEST

START_TEST(nobody_is_there)
{
	siginfo_t info;

	program_start(run_waiting);
	kill(program.pid, SIGKILL);
	/* Its first thread may be gone before the others. */
	ck_assert_int_eq(waitid(P_PID, (id_t)program.pid, &info, WEXITED | WNOWAIT), 0);
	ck_assert_ptr_null(freeze_new(&program, 0));
	program_kill();
	ck_assert_ptr_null(freeze_new(&(struct process){.pid = 0, .pidfd = -1, .folder = -1}, 0));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("snapshot_freeze");
	TCase *tests = tcase_create("freeze");

	tcase_add_test(tests, registers_are_known);
	tcase_add_test(tests, waiting_goes_on);
	tcase_add_test(tests, waiting_has_its_result);
	tcase_add_test(tests, who_asked_is_left_alone);
	tcase_add_test(tests, signals_arrive);
	tcase_add_test(tests, stopped_stays_stopped);
	tcase_add_test(tests, death_is_reported);
	tcase_add_test(tests, new_threads_are_found);
	tcase_add_test(tests, many_threads);
	tcase_add_test(tests, exec_is_not_hindered);
	tcase_add_test(tests, sleep_that_cannot_be_disturbed);
	tcase_add_test(tests, end_of_tracer_lets_go);
	tcase_add_test(tests, main_has_ended);
	tcase_add_test(tests, traced_by_another);
	tcase_add_test(tests, nobody_is_there);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
