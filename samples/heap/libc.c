/* SPDX-License-Identifier: MIT */
/* libc.c - blocks that functions of libc made for the program, or hold for it. */
#define _GNU_SOURCE
#include <dirent.h>
#include <search.h>
#include <stdio.h>

#include "heap.h"

CASE(lost_strdup, "direct 1 6")
{
	strdup("hello");
}

CASE(lost_asprintf, "direct 1 6")
{
	char *text;

	asprintf(&text, "hello");
}

/* getline() allocates for the caller, who did not know. */
CASE(lost_line, "direct 1 120")
{
	char *line = NULL;
	size_t size = 0;
	char text[] = "a line\n";
	FILE *file = fmemopen(text, sizeof text, "r");

	getline(&line, &size, file);
	fclose(file);
}

CASE(directory_not_closed, "direct 1 32768..")
{
	opendir("/");
}

/* stdio has a list of its open files, and they hold their buffers. */
CASE(file_not_closed, "reachable 2 1024..")
{
	getc(fopen("/proc/self/maps", "r"));
}

/* The buffer belongs to the program, and stdio uses it. */
CASE(buffer_of_stdin, "reachable 1 4096")
{
	setvbuf(stdin, calloc(1, 4096), _IOFBF, 4096);
}

/* The environment holds the string itself, not a copy. The second block is libc's array of pointers. */
CASE(put_in_the_environment, "reachable 2 64..")
{
	putenv(strcpy(new_block(), "COLOUR=blue"));
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Nodes of libc's trees are held by pointers with a colour in the lowest bit. memcheck calls those
 * below a red one possible. */
CASE(search_tree, "reachable 8 192")
{
	static const char *words[] = {"ant", "bee", "cat", "dog", "emu", "fox", "gnu", "hen"};

	for (int i = 0; i < 8; i++)
		tsearch(words[i], (void **)&kept, compare);
}
