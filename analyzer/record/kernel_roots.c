/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "kernel_roots.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../util/array.h"

#define NAME_BYTES 320 /* fdinfo/ and the name of a folder's entry */

static void add(struct kernel_roots *k, uint32_t kind, uint64_t value)
{
	if (!value)
		return;
	ARRAY_GROW(k->list, k->count + 1, k->capacity);
	k->list[k->count++] = (struct trace_kernel_root){.kind = kind, .value = value};
}

/* Calls take for each line of a file, which is closed. */
static void read_lines(struct kernel_roots *k, FILE *file,
		       void (*take)(struct kernel_roots *k, const char *line))
{
	size_t room = 0;
	char *line = NULL;

	while (getline(&line, &room, file) > 0)
		take(k, line);
	free(line);
	fclose(file);
}

/* tfd:        5 events:       19 data:     55d4c1a2b2a0  pos:0 ino:1d5f sdev:f */
static void take_watched(struct kernel_roots *k, const char *line)
{
	const char *data = strncmp(line, "tfd:", 4) ? NULL : strstr(line, " data:");
	uint64_t value;

	if (data && sscanf(data, " data: %" SCNx64, &value) == 1)
		add(k, TRACE_ROOT_EPOLL, value);
}

/* signal: 14/000055d4c1a2b2a0 */
static void take_timer(struct kernel_roots *k, const char *line)
{
	uint64_t value;

	if (sscanf(line, "signal: %*d/%" SCNx64, &value) == 1)
		add(k, TRACE_ROOT_TIMER, value);
}

static void read_descriptor(struct kernel_roots *k, const struct process *process, int32_t tid,
			    int folder, const char *number)
{
	char target[64] = "", name[NAME_BYTES];
	ssize_t length = readlinkat(folder, number, target, sizeof target - 1);
	FILE *info;
	int fd;

	if (length < 0)
		return; /* closed meanwhile */
	if (!strcmp(target, "anon_inode:[userfaultfd]"))
		k->has_userfaultfd = true;
	if (strcmp(target, "anon_inode:[eventpoll]") != 0)
		return;
	snprintf(name, sizeof name, "fdinfo/%s", number);
	fd = process_open_thread_file(process, tid, name);
	info = fd < 0 ? NULL : fdopen(fd, "r");
	if (info)
		read_lines(k, info, take_watched);
	else
		k->incomplete = true;
	if (!info && fd >= 0)
		close(fd);
}

static void read_descriptors(struct kernel_roots *k, const struct process *process, int32_t tid)
{
	int fd = process_open_thread_file(process, tid, "fd");
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!folder) {
		k->incomplete = true;
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			read_descriptor(k, process, tid, dirfd(folder), entry->d_name);
	closedir(folder);
}

void kernel_roots_read(struct kernel_roots *k, const struct process *process, int32_t tid)
{
	FILE *timers = process_file(process, "timers");

	memset(k, 0, sizeof *k);
	read_descriptors(k, process, tid);
	if (timers)
		read_lines(k, timers, take_timer);
	else
		k->incomplete = true; /* a kernel without CONFIG_CHECKPOINT_RESTORE */
}

void kernel_roots_release(struct kernel_roots *k)
{
	free(k->list);
	memset(k, 0, sizeof *k);
}
