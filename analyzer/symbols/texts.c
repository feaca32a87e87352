/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "texts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "../util/array.h"

#define FILE_BYTES_MAX (4u << 20)
#define KEPT_BYTES_MAX (32u << 20)
#define READ_BYTES_MAX (1ull << 30)
#define MARK_LINES 64u /* from one mark to the next */
#define FIRST_SLOTS 256u
#define NOT_KEPT UINT32_MAX

struct text_file {
	const char *path;
	uint64_t hash;
	struct timespec changed;
	bool exists;
	bool readable; /* as far as is known */
	uint32_t text; /* index into kept, or NOT_KEPT */
};

static void make_room(struct texts *t)
{
	if (2 * (t->file_count + 1) <= t->slot_count)
		return;
	t->slot_count = t->slot_count ? 2 * t->slot_count : FIRST_SLOTS;
	free(t->slots);
	t->slots = xcalloc(t->slot_count, sizeof *t->slots);
	for (size_t i = 0; i < t->file_count; i++) {
		size_t slot = t->files[i].hash;

		while (t->slots[slot & (t->slot_count - 1)])
			slot++;
		t->slots[slot & (t->slot_count - 1)] = (uint32_t)i + 1;
	}
}

static void add_file(struct texts *t, const char *path, uint64_t hash)
{
	struct text_file *file;
	struct stat status;

	ARRAY_GROW(t->files, t->file_count + 1, t->file_capacity);
	file = &t->files[t->file_count++];
	*file = (struct text_file){
		.path = arena_strdup(&t->paths, path),
		.hash = hash,
		.text = NOT_KEPT,
	};
	if (stat(path, &status) != 0)
		return;
	file->exists = true;
	file->changed = status.st_mtim;
	file->readable = S_ISREG(status.st_mode);
}

uint32_t texts_find(struct texts *t, const char *path)
{
	uint64_t hash = XXH64(path, strlen(path), 0);

	make_room(t);
	for (size_t slot = hash;; slot++) {
		uint32_t *at = &t->slots[slot & (t->slot_count - 1)];

		if (!*at) {
			add_file(t, path, hash);
			*at = (uint32_t)t->file_count;
		} else if (t->files[*at - 1].hash != hash ||
			   strcmp(t->files[*at - 1].path, path) != 0) {
			continue;
		}
		return *at - 1;
	}
}

bool texts_is_newer(const struct texts *t, uint32_t file, uint32_t than)
{
	const struct timespec *a = &t->files[file].changed;
	const struct timespec *b = &t->files[than].changed;

	if (!t->files[file].exists || !t->files[than].exists)
		return false;
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/* Behind the end of the line that begins there. */
static const char *next_line(const struct text *text, const char *line)
{
	const char *end = text->bytes + text->byte_count;
	const char *newline = memchr(line, '\n', (size_t)(end - line));

	return newline ? newline + 1 : end;
}

static void mark_lines(struct text *text)
{
	const char *end = text->bytes + text->byte_count;

	for (const char *line = text->bytes; line < end; line = next_line(text, line)) {
		if (text->line_count++ % MARK_LINES)
			continue;
		ARRAY_GROW(text->marks, text->mark_count + 1, text->mark_capacity);
		text->marks[text->mark_count++] = (uint32_t)(line - text->bytes);
	}
}

/* Up to `size` bytes; NULL if they cannot be read. You own them. */
static char *read_bytes(int fd, size_t size, uint32_t *count)
{
	char *bytes = xmalloc(size);
	size_t done = 0;

	while (done < size) {
		ssize_t got = read(fd, bytes + done, size - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			free(bytes);
			return NULL;
		}
		if (!got)
			break;
		done += (size_t)got;
	}
	*count = (uint32_t)done;
	return bytes;
}

/* False if the file is no text. Since it was first looked at another one may have taken its place. */
static bool read_text(struct texts *t, const char *path, struct text *text)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat status;

	if (fd < 0)
		return false;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
	    status.st_size <= FILE_BYTES_MAX &&
	    t->read_bytes + (uint64_t)status.st_size <= READ_BYTES_MAX)
		text->bytes = read_bytes(fd, (size_t)status.st_size, &text->byte_count);
	close(fd);
	if (!text->bytes)
		return false;
	t->read_bytes += text->byte_count;
	if (memchr(text->bytes, '\0', text->byte_count)) {
		free(text->bytes);
		return false;
	}
	mark_lines(text);
	return true;
}

/* Forgets the text that was not used for longest. */
static void drop_oldest(struct texts *t)
{
	uint32_t oldest = 0;

	for (uint32_t i = 1; i < t->kept_count; i++)
		if (t->kept[i].last_use < t->kept[oldest].last_use)
			oldest = i;
	t->files[t->kept[oldest].file].text = NOT_KEPT;
	t->kept_bytes -= t->kept[oldest].byte_count;
	free(t->kept[oldest].bytes);
	free(t->kept[oldest].marks);
	t->kept[oldest] = t->kept[--t->kept_count];
	if (oldest < t->kept_count)
		t->files[t->kept[oldest].file].text = oldest;
}

static void keep(struct texts *t, const struct text *text)
{
	while (t->kept_count == TEXTS_KEPT ||
	       (t->kept_count && t->kept_bytes + text->byte_count > KEPT_BYTES_MAX))
		drop_oldest(t);
	t->kept_bytes += text->byte_count;
	t->files[text->file].text = t->kept_count;
	t->kept[t->kept_count++] = *text;
}

const struct text *texts_read(struct texts *t, uint32_t index)
{
	struct text_file *file = &t->files[index];
	struct text text = {.file = index};

	if (file->readable && file->text == NOT_KEPT) {
		file->readable = read_text(t, file->path, &text);
		if (file->readable)
			keep(t, &text);
	}
	if (!file->readable)
		return NULL;
	t->kept[file->text].last_use = ++t->uses;
	return &t->kept[file->text];
}

const char *texts_line(const struct text *text, uint32_t line, size_t *bytes)
{
	const char *at = text->bytes + text->marks[(line - 1) / MARK_LINES];
	const char *end;

	for (uint32_t i = 0; i < (line - 1) % MARK_LINES; i++)
		at = next_line(text, at);
	end = next_line(text, at);
	if (end > at && end[-1] == '\n')
		end--;
	if (end > at && end[-1] == '\r')
		end--;
	*bytes = (size_t)(end - at);
	return at;
}

void texts_release(struct texts *t)
{
	for (uint32_t i = 0; i < t->kept_count; i++) {
		free(t->kept[i].bytes);
		free(t->kept[i].marks);
	}
	free(t->files);
	free(t->slots);
	arena_release(&t->paths);
	*t = (struct texts){0};
}
