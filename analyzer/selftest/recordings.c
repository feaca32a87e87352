/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "recordings.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../util/array.h"

#define ENDING ".tenure"

static enum planted_role role_of(const struct model_run *run)
{
	if (run->forked)
		return ROLE_FORKED;
	for (uint32_t i = 1; i < run->argc; i++)
		for (int role = 0; role < ROLE_OTHER; role++) {
			const char *word = planted_role_word((enum planted_role)role);

			/* The shell has it too, behind a text of its own. */
			if (word && !strcmp(run->argv[i], word))
				return i == 2 ? (enum planted_role)role : ROLE_OTHER;
		}
	return ROLE_OTHER;
}

/* What a process without a collector leaves, see protocol.h. */
static bool is_region(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t magic = 0;
	bool is = fd >= 0 && pread(fd, &magic, sizeof magic, 0) == (ssize_t)sizeof magic &&
		  magic == REGION_MAGIC;

	if (fd >= 0)
		close(fd);
	return is;
}

static void read_one(struct recordings *r, struct arena *arena, const char *path)
{
	static const struct build_options everything = {.shown = {.top = 0}};
	struct recording *one;
	struct trace_error why;
	struct reader *reader;

	if (is_region(path)) {
		r->uncollected = true;
		return;
	}
	reader = reader_new(path, &why);
	if (!reader) {
		if (!r->unreadable)
			r->unreadable = arena_strdup(arena, why.message);
		return;
	}
	ARRAY_GROW(r->list, r->count + 1, r->capacity);
	one = &r->list[r->count++];
	one->reader = reader;
	build_model(&one->build, reader, path, &everything);
	one->role = role_of(&one->build.model.run);
}

void recordings_read(struct recordings *r, struct arena *arena, const char *folder)
{
	DIR *entries = opendir(folder);
	struct dirent *entry;

	while (entries && (entry = readdir(entries))) {
		const char *ending = strstr(entry->d_name, ENDING);

		if (ending && ending > entry->d_name)
			read_one(r, arena, arena_printf(arena, "%s/%s", folder, entry->d_name));
	}
	if (entries)
		closedir(entries);
}

const struct recording *recordings_of(const struct recordings *r, enum planted_role role)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->list[i].role == role)
			return &r->list[i];
	return NULL;
}

void recordings_release(struct recordings *r)
{
	for (size_t i = 0; i < r->count; i++) {
		build_release(&r->list[i].build);
		reader_free(r->list[i].reader);
	}
	free(r->list);
	*r = (struct recordings){0};
}
