/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <time.h>

#include "detour.h"
#include "digits.h"
#include "environment.h"
#include "fail.h"
#include "hello.h"
#include "lock.h"
#include "modules.h"
#include "next.h"
#include "python.h"
#include "region.h"
#include "ring.h"
#include "rows.h"
#include "sample.h"
#include "settings.h"
#include "snapshot.h"
#include "stacks.h"
#include "suppressions.h"
#include "stamp.h"
#include "syscalls.h"
#include "thread.h"
#include "unwind.h"
#include "verify.h"
#include "warn.h"

#define PAGE 4096u
#define START_LOCK_OFFSET 64u
#define PATH_BYTES 4096u
#define ARGV_BYTES_MOST (128u << 10)
#define IMAGES_PER_PID 100

static _Atomic uint32_t state_before_start;
_Atomic uint32_t *recorder_state = &state_before_start;
uint32_t recorder_serial;

static struct lock lock_before_start;
static struct lock *start_lock =
	&lock_before_start; /* on the wiped page too: its holder may be gone */
static __thread bool starting __attribute__((tls_model("initial-exec")));
static uint32_t flags_from_image; /* region flags that hold for every region of this image */

static int32_t own_pid(void)
{
	return (int32_t)sys_call(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

static bool is_own_region(void)
{
	/* A vfork child runs in our memory but ends on its own account. */
	return load_relaxed(recorder_state) == RECORDER_ON && region.header->pid == own_pid();
}

void recorder_ending(uint32_t end_kind, int status)
{
	if (!is_own_region())
		return;
	store_relaxed(&region.header->end_status, status);
	store_release(&region.header->end_kind, end_kind);
	ring_bell();
}

static void at_exit(int status, void *unused)
{
	(void)unused;
	if (is_own_region())
		suppressions_note();
	snapshot_after_handlers();
	recorder_ending(END_EXIT, status);
}

static uint64_t realtime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Under which name the program was executed: /proc/self/exe does not know links and scripts. */
static void add_invoked_name(struct region_header *h)
{
	const char *name = (const char *)getauxval(AT_EXECFN);
	uint32_t bytes = name ? (uint32_t)strnlen(name, PATH_BYTES) : 0;

	if (region_add_name(name ? name : "", bytes, &h->name_offset))
		h->name_bytes = bytes;
}

static void describe_program(struct region_header *h)
{
	static char path[PATH_BYTES];
	char **argv = environment_argv();
	const char *end = argv[0];
	long bytes = sys_call(SYS_readlinkat, AT_FDCWD, (long)"/proc/self/exe", (long)path,
			      sizeof path, 0, 0);

	if (sys_failed(bytes)) {
		const char *name = (const char *)getauxval(AT_EXECFN);

		bytes = name ? (long)strnlen(name, sizeof path) : 0;
		memcpy(path, name ? name : "", (size_t)bytes);
	}
	if (region_add_name(path, (uint32_t)bytes, &h->exe_offset))
		h->exe_bytes = (uint32_t)bytes;
	add_invoked_name(h);
	bytes = sys_call(SYS_getcwd, (long)path, sizeof path, 0, 0, 0, 0);
	if (!sys_failed(bytes) && region_add_name(path, (uint32_t)bytes - 1, &h->cwd_offset))
		h->cwd_bytes = (uint32_t)bytes - 1;
	/* The kernel lays the arguments out one behind the other. */
	for (char **arg = argv; *arg; arg++)
		end = *arg + strlen(*arg) + 1;
	if (argv[0] && end >= argv[0]) {
		uint64_t all = (uint64_t)(end - argv[0]);
		uint32_t kept = all > ARGV_BYTES_MOST ? ARGV_BYTES_MOST : (uint32_t)all;

		if (region_add_name(argv[0], kept, &h->argv_offset))
			h->argv_bytes = kept;
	}
}

/* modules_inherit has copied the names. Not looked up again: the program may have changed argv. */
static void inherit_program(struct region_header *h, const struct region_header *parent)
{
	h->exe_offset = parent->exe_offset;
	h->exe_bytes = parent->exe_bytes;
	h->name_offset = parent->name_offset;
	h->name_bytes = parent->name_bytes;
	h->argv_offset = parent->argv_offset;
	h->argv_bytes = parent->argv_bytes;
	h->cwd_offset = parent->cwd_offset;
	h->cwd_bytes = parent->cwd_bytes;
}

static void describe_start(struct region_header *h, uint32_t flags)
{
	h->clock_kind = stamp_uses_tsc ? CLOCK_STAMP_TSC : CLOCK_STAMP_NS;
	h->pid = own_pid();
	h->sample_interval_bytes = sample_interval;
	detour_describe(h);
	python_describe(h);
	h->parent_pid = (int32_t)sys_call(SYS_getppid, 0, 0, 0, 0, 0, 0);
	h->start_monotonic_ns = stamp_clock_ns();
	h->start_stamp = stamp_now();
	h->start_realtime_ns = realtime_ns();
	store_relaxed(&h->flags, flags);
}

/*
 * Name of a region that is its own trace: as a collector would have called the trace. A pid's
 * second image of the same name gets a number.
 */
static void uncollected_path(char *path, unsigned attempt)
{
	const char *exe = (const char *)getauxval(AT_EXECFN);
	const char *slash = exe ? strrchr(exe, '/') : NULL;
	const char *name = slash ? slash + 1 : exe ? exe : "program";
	char *end = stpncpy(path, name, 200);

	*end++ = '.';
	end = digits_put(end, (uint64_t)own_pid(), 10);
	if (attempt > 1) {
		*end++ = '.';
		end = digits_put(end, attempt, 10);
	}
	strcpy(end, ".tenure");
}

/* Fills a new region in; `parent` is that of the process that we were forked from, if so. */
static void describe(const struct region *parent, uint32_t flags)
{
	describe_start(region.header, flags | (parent->header ? REGION_FORKED : 0));
	if (parent->header) {
		modules_inherit(parent);
		inherit_program(region.header, parent->header);
	} else {
		describe_program(region.header);
		modules_start();
	}
}

/* The region when nobody collects it: a file that the analyzer reads as it is. */
static bool record_uncollected(const struct region *parent)
{
	char path[256];
	long fd = -EEXIST;

	for (unsigned attempt = 1; fd == -EEXIST && attempt <= IMAGES_PER_PID; attempt++) {
		uncollected_path(path, attempt);
		fd = region_create(path);
	}
	if (sys_failed(fd))
		return false;
	sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
	describe(parent, flags_from_image | REGION_UNCOLLECTED);
	return true;
}

static bool open_region(const struct region *parent)
{
	long fd = region_create(NULL);
	bool collected;

	if (!sys_failed(fd)) {
		describe(parent, flags_from_image);
		collected = hello_send(fd);
		sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
		if (collected)
			return true;
		region_forget(&region, false);
	}
	return record_uncollected(parent);
}

/* A page of ours that forked children find zeroed. */
static bool map_state(void)
{
	void *page = sys_map_private(PAGE);

	if (!page)
		return false;
	sys_call(SYS_madvise, (long)page, PAGE, MADV_WIPEONFORK, 0, 0, 0);
	start_lock = (struct lock *)((char *)page + START_LOCK_OFFSET);
	recorder_state = page;
	return true;
}

static void give_up(const char *reason)
{
	store_relaxed(recorder_state, RECORDER_OFF);
	warn("this program is not recorded: ", reason);
}

/* What is done once per image, whether or not its forks record too. */
static bool start_image(void)
{
	next_resolve();
	environment_start();
	settings_start(environment_options());
	stamp_start();
	sys_fail_nth(settings.fail_internal);
	fail_start(settings.fail_alloc);
	rows_choose_unwinder(settings.unwinder);
	if (!map_state())
		return false;
	if (settings.sample > 1 && !sample_start(settings.sample))
		return false;
	thread_start();
	on_exit(at_exit, NULL);
	if (next_program_has_allocator())
		flags_from_image |= REGION_OWN_ALLOCATOR;
	if (!settings.stack_depth)
		flags_from_image |= REGION_NO_STACKS;
	return true;
}

static void start(void)
{
	struct thread *forked_in = thread_local_state.thread;
	struct region parent = region;
	bool opened;

	if (recorder_serial == 0 && !start_image()) {
		give_up("no memory");
		return;
	}
	if (recorder_serial && !settings.follow_children) {
		store_relaxed(recorder_state, RECORDER_OFF);
		return;
	}
	if (parent.header) {
		thread_reset_after_fork();
		stacks_reset();
		sample_reset();
		snapshot_reset();
	}
	recorder_serial++;
	opened = open_region(&parent);
	region_forget(&parent, forked_in && forked_in->level > 0);
	if (opened)
		store_release(recorder_state, RECORDER_ON);
	else
		give_up("no shared memory could be set up");
}

bool recorder_start(void)
{
	struct lock *lock;
	uint64_t mask;

	if (starting || load_relaxed(recorder_state) == RECORDER_OFF)
		return false;
	starting = true;
	lock = start_lock;
	mask = lock_acquire(lock);
	if (load_acquire(recorder_state) == RECORDER_NEW)
		start();
	lock_release(lock, mask);
	starting = false;
	return load_relaxed(recorder_state) == RECORDER_ON;
}

void recorder_forked(uint32_t parent_serial)
{
	environment_forked();
	if (recorder_serial != parent_serial)
		return; /* an atfork handler had an event: recording has begun */
	lock_reset(start_lock);
	/* Its first block starts the recording, and a countdown of its own. */
	thread_local_state.sample_distance = 0;
	thread_local_state.sample_random = 0;
	store_relaxed(recorder_state, RECORDER_NEW); /* for kernels that do not wipe the page */
}

/* At the latest here, so that a program that never allocates leaves a trace too. */
static __attribute__((constructor)) void recorder_constructor(void)
{
	if (!recorder_start())
		return;
	verify_start();
	python_start();
}
