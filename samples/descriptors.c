/* SPDX-License-Identifier: MIT */
/*
 * descriptors.c MODE FILE - a program that takes every descriptor for its own.
 *
 * Daemons close whatever they did not open, and dup2 lands on any number. A recorder that keeps
 * a descriptor and writes to it later then writes into the program's own file. This one fills
 * FILE with a pattern while it allocates, and prints what it reads back.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "expect.h"

#define LINES 2000

static int limit(void)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	return files.rlim_cur < 65536 ? (int)files.rlim_cur : 65536;
}

static void allocate(void)
{
	for (int i = 0; i < 50; i++)
		free(malloc(64));
}

static void write_lines(int file)
{
	char line[32];

	for (int i = 0; i < LINES; i++) {
		int bytes = snprintf(line, sizeof line, "line %d\n", i);

		if (write(file, line, (size_t)bytes) != bytes)
			say("write failed: %s", strerror(errno));
		allocate();
	}
}

static void read_back(const char *path)
{
	unsigned sum = 5381;
	char buffer[4096];
	ssize_t bytes;
	long total = 0;
	int file = open(path, O_RDONLY);

	while ((bytes = read(file, buffer, sizeof buffer)) > 0) {
		for (ssize_t i = 0; i < bytes; i++)
			sum = sum * 33 + (unsigned char)buffer[i];
		total += bytes;
	}
	close(file);
	say("%ld bytes, checksum %08x", total, sum);
}

static int open_file(const char *path)
{
	return open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
}

int main(int argc, char **argv)
{
	int file;

	if (argc < 3)
		return 64;
	allocate();
	if (!strcmp(argv[1], "closefrom")) {
		closefrom(3);
	} else if (!strcmp(argv[1], "close_range")) {
		close_range(3, ~0u, 0);
	} else if (!strcmp(argv[1], "close")) {
		for (int i = 3; i < limit(); i++)
			close(i);
	}
	file = open_file(argv[2]);
	say("the file is descriptor %d", file);
	if (!strcmp(argv[1], "dup2"))
		for (int i = 3; i < limit(); i++)
			if (i != file && dup2(file, i) != i)
				say("dup2 to %d failed: %s", i, strerror(errno));
	write_lines(file);
	if (!strcmp(argv[1], "dup2"))
		for (int i = 3; i < limit(); i++)
			if (i != file)
				close(i);
	close(file);
	read_back(argv[2]);

	expect("site=allocate allocations=%d live_blocks=0", 50 * (LINES + 1));
	expect("lost_events=0 complete=1");
	return 0;
}
