/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NAME_BYTES 64

uint64_t process_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void process_open(struct process *p, pid_t pid, int pidfd)
{
	char name[NAME_BYTES];

	p->pid = pid;
	p->pidfd = pidfd;
	p->folder = -1;
	if (pid <= 0)
		return;
	if (pidfd < 0)
		p->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	snprintf(name, sizeof name, "/proc/%d", (int)pid);
	p->folder = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* Had it ended before, the folder could be that of a successor. */
	if (p->folder >= 0 && p->pidfd >= 0 && process_ended(p)) {
		close(p->folder);
		p->folder = -1;
	}
}

void process_close(struct process *p)
{
	if (p->pidfd >= 0)
		close(p->pidfd);
	if (p->folder >= 0)
		close(p->folder);
	p->pidfd = p->folder = -1;
}

FILE *process_file(const struct process *p, const char *name)
{
	int fd = p->folder < 0 ? -1 : openat(p->folder, name, O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (!file && fd >= 0)
		close(fd);
	return file;
}

int process_open_thread_file(const struct process *p, int32_t tid, const char *name)
{
	char path[NAME_BYTES];

	if (p->folder < 0 ||
	    snprintf(path, sizeof path, "task/%d/%s", (int)tid, name) >= (int)sizeof path)
		return -1;
	return openat(p->folder, path, O_RDONLY | O_CLOEXEC);
}

int process_open_path(const struct process *p, const char *path)
{
	char name[4096 + 8];
	int fd = -1;

	if (p->folder >= 0 && snprintf(name, sizeof name, "root%s", path) < (int)sizeof name)
		fd = openat(p->folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd >= 0 ? fd : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

/* State and parent from /proc/PID/stat; false with errno set if it cannot be read. */
static bool read_stat(const struct process *p, char *state, int *parent)
{
	FILE *stat = process_file(p, "stat");
	char line[512] = "";
	const char *after_name;

	if (!stat)
		return false;
	errno = ESRCH;
	if (!fgets(line, sizeof line, stat))
		line[0] = '\0';
	fclose(stat);
	after_name = strrchr(line, ')'); /* the name may contain anything */
	return after_name && sscanf(after_name + 1, " %c %d", state, parent) == 2;
}

pid_t process_parent(const struct process *p)
{
	int parent = 0;
	char state;

	return read_stat(p, &state, &parent) ? parent : 0;
}

/* Without a pidfd: a zombie has ended although its number is still taken. */
static bool folder_shows_end(const struct process *p)
{
	int parent;
	char state;

	if (read_stat(p, &state, &parent))
		return state == 'Z' || state == 'X';
	return errno == ENOENT || errno == ESRCH;
}

bool process_ended(const struct process *p)
{
	struct pollfd ended = {.fd = p->pidfd, .events = POLLIN};

	if (p->pidfd >= 0)
		return poll(&ended, 1, 0) == 1;
	if (p->folder >= 0)
		return folder_shows_end(p);
	return p->pid > 0 && kill(p->pid, 0) != 0 && errno == ESRCH;
}

bool process_memory(const struct process *p, struct trace_memory *memory)
{
	unsigned long long size = 0, resident = 0, shared = 0;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	FILE *statm = process_file(p, "statm");
	bool known;

	if (!statm)
		return false;
	/* A process that has given its memory up shows zeros: it has ended. */
	known = fscanf(statm, "%llu %llu %llu", &size, &resident, &shared) == 3 && size;
	fclose(statm);
	memory->monotonic_ns = process_now_ns();
	memory->virtual_bytes = size * page;
	memory->resident_bytes = resident * page;
	memory->shared_bytes = shared * page;
	return known;
}

bool process_thread_name(const struct process *p, int32_t tid, char name[16])
{
	char path[NAME_BYTES], line[NAME_BYTES];
	ssize_t length;
	int fd;

	snprintf(path, sizeof path, "task/%d/comm", (int)tid);
	fd = p->folder < 0 ? -1 : openat(p->folder, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = read(fd, line, sizeof line);
	close(fd);
	if (length <= 0)
		return false;
	if (line[length - 1] == '\n')
		length--;
	memset(name, 0, 16);
	memcpy(name, line, length < 16 ? (size_t)length : 16);
	return true;
}

bool process_has_thread(const struct process *p, int32_t tid)
{
	char path[NAME_BYTES];

	snprintf(path, sizeof path, "task/%d", (int)tid);
	return p->folder < 0 || faccessat(p->folder, path, F_OK, 0) == 0 || errno != ENOENT;
}
