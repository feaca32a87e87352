/* SPDX-License-Identifier: MIT */
#include "threads.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

#define MOST_NUMBERS (1u << 22) /* threads beyond are not recognised when they change rings */
#define REFRESHED_AT_ONCE 256u

void threads_init(struct threads *t, struct writer *writer, const struct process *process,
		  const char *exe)
{
	memset(t, 0, sizeof *t);
	t->writer = writer;
	t->process = process;
	t->exe = exe;
}

void threads_release(struct threads *t)
{
	free(t->entries);
	free(t->by_number);
	memset(t, 0, sizeof *t);
}

/* Where the id of a number is kept, NULL for numbers that are not kept. */
static thread_id *slot_of(struct threads *t, uint64_t number)
{
	if (!number || number >= MOST_NUMBERS)
		return NULL;
	if (number >= t->number_count) {
		ARRAY_GROW(t->by_number, number + 1, t->number_capacity);
		memset(t->by_number + t->number_count, 0,
		       (number + 1 - t->number_count) * sizeof *t->by_number);
		t->number_count = number + 1;
	}
	return &t->by_number[number];
}

/* As execve names it; for programs that are over before anybody could look. */
static void name_main_thread(const struct threads *t, char name[16])
{
	const char *slash = strrchr(t->exe, '/');

	strncpy(name, slash ? slash + 1 : t->exe, 15);
}

thread_id threads_begin(struct threads *t, uint64_t number, int32_t tid, uint64_t stamp)
{
	thread_id *slot = slot_of(t, number);
	struct thread_entry *entry;

	if (slot && *slot && t->entries[*slot - 1].record.tid == tid)
		return *slot;
	ARRAY_GROW(t->entries, t->count + 1, t->capacity);
	entry = &t->entries[t->count++];
	memset(entry, 0, sizeof *entry);
	entry->record.id = (thread_id)t->count;
	entry->record.tid = tid;
	entry->record.begin_stamp = stamp;
	if (!process_thread_name(t->process, tid, entry->record.name) && tid == t->process->pid)
		name_main_thread(t, entry->record.name);
	writer_thread(t->writer, &entry->record);
	if (slot)
		*slot = entry->record.id;
	return entry->record.id;
}

void threads_end(struct threads *t, thread_id id, uint64_t stamp)
{
	struct thread_entry *entry = &t->entries[id - 1];

	entry->ended = true;
	entry->record.end_stamp = stamp;
	writer_thread(t->writer, &entry->record);
}

static void set_name(struct threads *t, struct thread_entry *entry, const char name[16])
{
	if (!memcmp(entry->record.name, name, 16))
		return;
	memcpy(entry->record.name, name, 16);
	writer_thread(t->writer, &entry->record);
}

void threads_rename(struct threads *t, thread_id id, const char name[16])
{
	t->entries[id - 1].renamed = true;
	set_name(t, &t->entries[id - 1], name);
}

void threads_refresh_names(struct threads *t)
{
	size_t left = t->count < REFRESHED_AT_ONCE ? t->count : REFRESHED_AT_ONCE;
	char name[16];

	for (; left; left--, t->refreshed++) {
		struct thread_entry *entry = &t->entries[t->refreshed % t->count];

		if (!entry->ended && !entry->renamed &&
		    process_thread_name(t->process, entry->record.tid, name))
			set_name(t, entry, name);
	}
}
