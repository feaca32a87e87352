/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "maps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../util/array.h"
#include "../util/bytes.h"

#define PIECE_BYTES 65536u
#define NEWLINE "\\012" /* as seq_path() of the kernel writes it */

static bool read_all(const struct process *process, int32_t tid, struct bytes *text)
{
	int fd = process_open_thread_file(process, tid, "maps");
	ssize_t got;

	if (fd < 0)
		return false;
	do {
		got = read(fd, bytes_reserve(text, PIECE_BYTES), PIECE_BYTES);
		if (got > 0)
			text->used += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	close(fd);
	return got == 0;
}

/* Takes digits as long as there are some; the line is ended by something else. */
static uint64_t take_hex(const char **at)
{
	uint64_t value = 0;

	for (;; (*at)++) {
		char c = **at;

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (uint64_t)(c - 'a' + 10);
		else
			return value;
	}
}

static bool take(const char **at, char wanted)
{
	if (**at != wanted)
		return false;
	(*at)++;
	return true;
}

static bool take_permissions(const char **at, uint32_t *flags)
{
	const char *p = *at;

	if (strnlen(p, 5) < 5 || p[4] != ' ')
		return false;
	*flags = (p[0] == 'r' ? TRACE_MAPPING_READ : 0) | (p[1] == 'w' ? TRACE_MAPPING_WRITE : 0) |
		 (p[2] == 'x' ? TRACE_MAPPING_EXECUTE : 0) |
		 (p[3] == 's' ? TRACE_MAPPING_SHARED : 0);
	*at += 5;
	return true;
}

static const char *take_name(struct maps *m, const char *at)
{
	char *name, *to;

	for (int fields = 0; fields < 3; fields++) /* offset, device, inode */
		at += strcspn(at, " ") + strspn(at + strcspn(at, " "), " ");
	if (!*at)
		return "";
	name = to = arena_strdup(&m->names, at);
	for (const char *from = name; *from; to++) {
		bool newline = !strncmp(from, NEWLINE, strlen(NEWLINE));

		*to = newline ? '\n' : *from;
		from += newline ? strlen(NEWLINE) : 1;
	}
	*to = '\0';
	return name;
}

static void add_line(struct maps *m, const char *at)
{
	uint64_t last_end = m->count ? m->list[m->count - 1].end : 0;
	struct trace_mapping one = {.start = take_hex(&at)};

	if (!take(&at, '-'))
		return;
	one.end = take_hex(&at);
	if (!take(&at, ' ') || !take_permissions(&at, &one.flags))
		return;
	/* The list is no snapshot if somebody runs: what moved meanwhile comes twice. */
	if (one.start < last_end || one.end <= one.start)
		return;
	one.name = take_name(m, at);
	ARRAY_GROW(m->list, m->count + 1, m->capacity);
	m->list[m->count++] = one;
}

bool maps_read(struct maps *m, const struct process *process, int32_t tid)
{
	struct bytes text = {0};
	char *line, *end;

	memset(m, 0, sizeof *m);
	if (read_all(process, tid, &text)) {
		*bytes_reserve(&text, 1) = '\0';
		line = (char *)text.data;
		for (; (end = strchr(line, '\n')); line = end + 1) {
			*end = '\0';
			add_line(m, line);
		}
	}
	bytes_release(&text);
	return m->count > 0;
}

void maps_release(struct maps *m)
{
	free(m->list);
	arena_release(&m->names);
	memset(m, 0, sizeof *m);
}
