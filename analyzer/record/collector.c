/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "collector.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../util/array.h"
#include "../util/message.h"
#include "hello.h"
#include "session.h"

#define MS_NS 1000000u
/* Pauses between passes over the rings. A thread waits once its ring is full: at the rate seen
 * since the last pass, come back when the busiest ring will be filled to a quarter. */
#define WANTED_PERMILLE 250u
#define LEAST_PAUSE_NS 50000u
#define ACTIVE_PAUSE_NS (1u * MS_NS)
#define QUIET_PAUSE_NS (5u * MS_NS)
#define LONGEST_SLEEP_NS (5u * MS_NS) /* where a process wakes us when it is time */
#define EMPTY_PAUSE_NS (50u * MS_NS)
/* How long somebody may take to report. */
#define LINGER_NS (200ull * MS_NS) /* anybody, after the last one ended */
#define FIRST_HELLO_NS (5000ull * MS_NS)
#define CHILD_HELLO_NS (10000ull * MS_NS) /* a child whose parent announced it */
#define LINK_NS (200ull * MS_NS) /* the same, for the trace of a parent that has ended */
/* Who has had a child so long ago may soon have another, which must not wait for us. */
#define SIBLING_NS (1000ull * MS_NS)

#define MAPPED_BYTES (128 << 10) /* what is allocated with so many is mapped */

/* A child that a recorded process announced and that has not reported yet. */
struct awaited {
	pid_t pid;
	struct session *parent; /* NULL once it has ended */
	uint64_t until_ns;
};

struct collector {
	int socket_fd;
	bool owns_socket;
	char address[HELLO_NAME_BYTES];
	struct trace_name *name;
	struct session **sessions;
	size_t session_count, session_capacity;
	struct awaited *awaited;
	size_t awaited_count, awaited_capacity;
	struct pollfd *polled;
	size_t polled_capacity;
	uint64_t snapshot_interval_ns; /* 0: none by the clock */
	pid_t child; /* whose end the caller will tell */
	bool children_silent; /* announced ones will not report */
	uint64_t last_change_ns; /* a session began or ended */
	uint64_t last_end_ns; /* a session ended, 0: none yet */
	bool had_session;
	uint64_t passed_ns; /* when the rings were drained last */
	uint64_t pause_ns;
	struct collector_summary summary;
};

/* Tables have room for the largest of programs, and small ones touch little of it. Zeros cost nothing
 * while they come fresh from the kernel, but glibc keeps what was freed once, and clears it again. */
static void keep_tables_fresh(void)
{
	mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
	mallopt(M_TRIM_THRESHOLD, 8 * MAPPED_BYTES);
}

struct collector *collector_new(int socket_fd, struct trace_name *name)
{
	struct collector *c = xcalloc(1, sizeof *c);

	keep_tables_fresh();
	c->owns_socket = socket_fd < 0;
	c->socket_fd = c->owns_socket ? hello_listen(c->address) : socket_fd;
	c->name = name;
	c->last_change_ns = process_now_ns();
	if (c->socket_fd < 0) {
		free(c);
		return NULL;
	}
	if (!c->owns_socket)
		hello_adopt(socket_fd);
	return c;
}

void collector_snapshot_every(struct collector *c, uint64_t interval_ns)
{
	c->snapshot_interval_ns = interval_ns;
}

void collector_free(struct collector *c)
{
	if (c->owns_socket)
		close(c->socket_fd);
	free(c->sessions);
	free(c->awaited);
	free(c->polled);
	free(c);
}

const char *collector_address(const struct collector *c)
{
	return c->address;
}

void collector_expect_child(struct collector *c, pid_t pid, bool followed)
{
	c->child = pid;
	c->children_silent = !followed;
}

const struct collector_summary *collector_summary(const struct collector *c)
{
	return &c->summary;
}

static void note_failure(struct collector *c, const char *path, int number)
{
	if (c->summary.failed_path || !number)
		return;
	c->summary.failed_path = path;
	c->summary.failed_error = number;
}

static void refuse(struct collector *c, const char *reason)
{
	c->summary.refused++;
	if (!c->summary.refused_reason)
		c->summary.refused_reason = reason;
}

/* Index of the session of a process, or session_count. */
static size_t find(const struct collector *c, int32_t pid)
{
	size_t i = 0;

	while (i < c->session_count && c->sessions[i]->pid != pid)
		i++;
	return i;
}

/* Children announced since the last look. Numbers of another namespace would mislead. */
static void note_forks(struct collector *c, struct session *s)
{
	uint64_t until_ns = process_now_ns() + CHILD_HELLO_NS;

	for (size_t i = 0; i < s->forked_count; i++) {
		struct awaited one = {s->forked[i], s, until_ns};

		if (!s->same_numbers || c->children_silent)
			break;
		if (find(c, one.pid) < c->session_count)
			continue;
		ARRAY_GROW(c->awaited, c->awaited_count + 1, c->awaited_capacity);
		c->awaited[c->awaited_count++] = one;
	}
	s->forked_count = 0;
}

/* Forgets a pid; returns the session that announced it, NULL if none or if it has ended. */
static struct session *forget_awaited(struct collector *c, pid_t pid)
{
	struct session *parent = NULL;

	for (size_t i = 0; i < c->awaited_count;) {
		if (c->awaited[i].pid == pid) {
			parent = c->awaited[i].parent;
			c->awaited[i] = c->awaited[--c->awaited_count];
		} else {
			i++;
		}
	}
	return parent;
}

static void finish(struct collector *c, size_t index, uint32_t kind, int status)
{
	struct session *s = c->sessions[index];
	const char *path = s->path;
	struct session_totals totals;

	for (size_t i = 0; i < c->awaited_count; i++)
		if (c->awaited[i].parent == s)
			c->awaited[i].parent = NULL;
	session_finish(s, kind, status, &totals);
	c->sessions[index] = c->sessions[--c->session_count];
	c->summary.traces++;
	c->summary.events += totals.events;
	c->summary.lost += totals.lost;
	c->summary.broken_rings += totals.broken_rings;
	note_failure(c, path, totals.write_error);
	c->last_change_ns = c->last_end_ns = process_now_ns();
}

static void link_to(struct collector *c, struct session *parent, const struct session *child)
{
	struct trace_child link = {
		.monotonic_ns = process_now_ns(),
		.pid = child->pid,
		.trace_path = trace_name_from(c->name, parent->path, child->path),
	};

	writer_child(parent->writer, &link);
}

/* Which session announced a pid: its word may still be in a ring, and it may be gone already. */
static struct session *find_announcer(struct collector *c, pid_t pid)
{
	struct session *parent = forget_awaited(c, pid);
	unsigned fullest_permille = 0;

	if (parent)
		return parent;
	for (size_t i = 0; i < c->session_count; i++) {
		session_drain(c->sessions[i], &fullest_permille);
		note_forks(c, c->sessions[i]);
	}
	return forget_awaited(c, pid);
}

static void begin(struct collector *c, const struct hello *hello)
{
	struct session_origin origin = {REGION_SHARED, hello->region_fd, hello->pidfd, hello->pid};
	struct session *announced = forget_awaited(c, hello->pid);
	struct session_problem problem;
	struct session *s = session_new(&origin, c->name, &problem);
	size_t before, parent;

	c->had_session = true;
	c->last_change_ns = process_now_ns();
	if (!s) {
		refuse(c, problem.text);
		note_failure(c, problem.path, problem.number);
		before = find(c, hello->pid);
		if (before < c->session_count)
			finish(c, before, TRACE_END_EXEC, 0);
		return;
	}
	if (s->pid == c->child)
		c->summary.child_trace = s->path;
	/* The same process again: an exec has replaced the image that was recorded so far. */
	before = find(c, s->pid);
	parent = find(c, s->parent_pid);
	if (!announced && parent == c->session_count && before == c->session_count)
		announced = find_announcer(c, s->pid);
	if (parent < c->session_count)
		link_to(c, c->sessions[parent], s);
	else if (announced && announced->pid != s->pid)
		link_to(c, announced, s);
	else if (before < c->session_count)
		link_to(c, c->sessions[before], s);
	if (before < c->session_count)
		finish(c, before,
		       process_ended(&c->sessions[before]->process) ? TRACE_END_UNKNOWN
								    : TRACE_END_EXEC,
		       0);
	ARRAY_GROW(c->sessions, c->session_count + 1, c->session_capacity);
	c->sessions[c->session_count++] = s;
	s->demand.socket_fd = c->socket_fd;
	s->demand.interval_ns = c->snapshot_interval_ns;
	s->demand.due_ns = process_now_ns() + c->snapshot_interval_ns;
}

/* Root, who collects, and whose process it is; to others root's collector owes nothing. */
static bool may_ask(const struct session *s, uid_t user)
{
	struct stat folder;

	return user == 0 || user == geteuid() || user == getuid() ||
	       (fstat(s->process.folder, &folder) == 0 && folder.st_uid == user);
}

static void take_request(struct collector *c, const struct hello *hello)
{
	size_t index = hello->pid > 0 ? find(c, hello->pid) : c->session_count;

	if (index < c->session_count && !may_ask(c->sessions[index], hello->sender.user))
		request_answer(c->socket_fd, &hello->sender, REQUEST_ENDED, "");
	else if (index < c->session_count)
		demand_ask(c->sessions[index], &hello->sender);
	else
		request_answer(c->socket_fd, &hello->sender, REQUEST_STRANGER, "");
}

static void receive_all(struct collector *c)
{
	enum hello_result result;
	struct hello hello;

	while ((result = hello_receive(c->socket_fd, &hello)) != HELLO_NONE) {
		if (result == HELLO_RECEIVED)
			begin(c, &hello);
		else if (result == HELLO_REQUEST)
			take_request(c, &hello);
		else if (result == HELLO_REFUSED)
			refuse(c, "its message is incomplete, foreign or of another version");
	}
}

static void choose_pause(struct collector *c, size_t records, unsigned fullest_permille,
			 bool behind)
{
	uint64_t now_ns = process_now_ns();
	uint64_t pause_ns = ACTIVE_PAUSE_NS;

	if (behind) {
		pause_ns = 0;
	} else if (!c->session_count) {
		pause_ns = EMPTY_PAUSE_NS;
	} else if (!records) {
		pause_ns = c->pause_ns + ACTIVE_PAUSE_NS;
		if (pause_ns > QUIET_PAUSE_NS)
			pause_ns = QUIET_PAUSE_NS;
	} else if (fullest_permille) {
		pause_ns = (now_ns - c->passed_ns) * WANTED_PERMILLE / fullest_permille;
		if (pause_ns > ACTIVE_PAUSE_NS)
			pause_ns = ACTIVE_PAUSE_NS;
		if (pause_ns < LEAST_PAUSE_NS)
			pause_ns = LEAST_PAUSE_NS;
	}
	c->pause_ns = pause_ns;
	c->passed_ns = now_ns;
}

static void forget_missing(struct collector *c)
{
	uint64_t now_ns = process_now_ns();

	for (size_t i = 0; i < c->awaited_count;) {
		struct awaited *one = &c->awaited[i];

		if (now_ns > one->until_ns || (kill(one->pid, 0) != 0 && errno == ESRCH))
			*one = c->awaited[--c->awaited_count];
		else
			i++;
	}
}

/* Its process has ended, but a child that it announced has not reported yet and still may. */
static bool is_kept_for_links(struct collector *c, struct session *s)
{
	if (!s->ended.stamp)
		session_note_end(s);
	if (process_now_ns() - s->ended.monotonic_ns > LINK_NS)
		return false;
	forget_missing(c);
	for (size_t i = 0; i < c->awaited_count; i++)
		if (c->awaited[i].parent == s)
			return true;
	return false;
}

/* One look at everything. Whether a process has ended must be known before its rings are drained:
 * what it published is then complete. */
static void pass(struct collector *c)
{
	unsigned fullest_permille = 0;
	bool behind = false;
	size_t records = 0;

	receive_all(c);
	for (size_t i = 0; i < c->session_count;) {
		struct session *s = c->sessions[i];
		bool is_child = c->child && s->pid == c->child;
		bool ended = !is_child && process_ended(&s->process);
		size_t drained = session_drain(s, &fullest_permille);

		records += drained;
		note_forks(c, s);
		if (ended && !is_kept_for_links(c, s)) {
			finish(c, i, TRACE_END_UNKNOWN, 0);
			continue;
		}
		if (!s->ended.stamp) {
			session_tick(s, drained > 0);
			behind |= demand_step(s);
		}
		behind |= session_write(s);
		i++;
	}
	choose_pause(c, records, fullest_permille, behind);
}

/* Nobody is expected to call but a single process, which can wake us by itself. */
static bool sleep_until_rung(struct collector *c)
{
	bool others = c->awaited_count ||
		      (c->last_end_ns && process_now_ns() - c->last_end_ns < SIBLING_NS);

	return c->pause_ns && c->session_count == 1 && !others &&
	       session_sleep(c->sessions[0], LONGEST_SLEEP_NS);
}

/* Returns true if until_fd is readable. */
static bool pause_between(struct collector *c, int until_fd)
{
	const struct timespec pause = {0, sleep_until_rung(c) ? 0 : (long)c->pause_ns};
	size_t count = c->session_count + 2;

	ARRAY_GROW(c->polled, count, c->polled_capacity);
	c->polled[0] = (struct pollfd){.fd = c->socket_fd, .events = POLLIN};
	c->polled[1] = (struct pollfd){.fd = until_fd, .events = POLLIN};
	for (size_t i = 0; i < c->session_count; i++) {
		const struct session *s = c->sessions[i];

		/* An end that was noted already would wake us again and again. */
		c->polled[i + 2] = (struct pollfd){.fd = s->ended.stamp ? -1 : s->process.pidfd,
						   .events = POLLIN};
	}
	if (ppoll(c->polled, count, &pause, NULL) <= 0)
		return false;
	return c->polled[1].revents != 0;
}

bool collector_is_busy(struct collector *c)
{
	if (!c->session_count)
		forget_missing(c);
	return c->session_count || c->awaited_count;
}

static bool is_done(struct collector *c)
{
	uint64_t patience_ns = c->had_session ? LINGER_NS : FIRST_HELLO_NS;

	return !collector_is_busy(c) && process_now_ns() - c->last_change_ns > patience_ns;
}

void collector_run(struct collector *c, int until_fd)
{
	do {
		pass(c);
	} while (!pause_between(c, until_fd) && (until_fd >= 0 || !is_done(c)));
}

/* Traces that only wait for children of ended processes; child: index of the one whose end only the
 * caller knows. */
static bool has_kept(struct collector *c, size_t child)
{
	for (size_t i = 0; i < c->session_count; i++)
		if (i == child ? is_kept_for_links(c, c->sessions[i]) : c->sessions[i]->ended.stamp)
			return true;
	return false;
}

void collector_child_ended(struct collector *c, int wait_status)
{
	uint64_t until_ns = process_now_ns() + LINK_NS;
	pid_t pid = c->child;
	size_t index;

	pass(c);
	index = find(c, pid);
	while (process_now_ns() < until_ns && has_kept(c, index)) {
		pause_between(c, -1);
		pass(c);
		index = find(c, pid);
	}
	c->child = 0;
	if (index == c->session_count)
		return;
	if (WIFSIGNALED(wait_status))
		finish(c, index, TRACE_END_SIGNAL, WTERMSIG(wait_status));
	else
		finish(c, index, TRACE_END_EXIT, WEXITSTATUS(wait_status));
}

void collector_detach(struct collector *c)
{
	while (c->session_count)
		finish(c, 0, TRACE_END_DETACHED, 0);
}

void collector_abandon(struct collector *c)
{
	for (size_t i = 0; i < c->session_count; i++)
		session_abandon(c->sessions[i]);
}

int collector_convert(const char *region_path, const char *trace_path)
{
	struct session_origin origin = {REGION_ON_DISK, -1, -1, 0};
	struct session_problem problem;
	struct session_totals totals;
	struct trace_name name;
	struct session *s;
	int result = 0;

	origin.region_fd = open(region_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (origin.region_fd < 0)
		return error("%s: %s", region_path, strerror(errno));
	trace_name_literal(&name, trace_path);
	s = session_new(&origin, &name, &problem);
	if (s) {
		session_finish(s, TRACE_END_UNKNOWN, 0, &totals);
		if (totals.write_error)
			result = error("%s: %s", trace_path, strerror(totals.write_error));
	} else if (problem.text) {
		result = error("%s: cannot be converted: %s", region_path, problem.text);
	} else {
		result = error("%s: %s", trace_path, strerror(problem.number));
	}
	trace_name_release(&name);
	return result;
}
