/* SPDX-License-Identifier: MIT */
#include "marks.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "../util/array.h"

#define SLOTS_MIN 64u

void marks_init(struct marks *m, struct writer *writer)
{
	memset(m, 0, sizeof *m);
	m->writer = writer;
}

void marks_release(struct marks *m)
{
	arena_release(&m->texts);
	free(m->names);
	free(m->slots);
	memset(m, 0, sizeof *m);
}

/* Where the id of a name stands, or would. */
static mark_id *find_slot(const struct marks *m, const char *name)
{
	size_t at = XXH64(name, strlen(name), 0) & (m->slot_count - 1);

	while (m->slots[at] && strcmp(m->names[m->slots[at] - 1], name) != 0)
		at = (at + 1) & (m->slot_count - 1);
	return &m->slots[at];
}

static void grow_slots(struct marks *m)
{
	m->slot_count = m->slot_count ? 2 * m->slot_count : SLOTS_MIN;
	free(m->slots);
	m->slots = xcalloc(m->slot_count, sizeof *m->slots);
	for (size_t i = 0; i < m->name_count; i++)
		*find_slot(m, m->names[i]) = (mark_id)(i + 1);
}

static mark_id id_of(struct marks *m, const char *name)
{
	mark_id *slot;

	if (!*name)
		return 0;
	if (2 * m->name_count >= m->slot_count)
		grow_slots(m);
	slot = find_slot(m, name);
	if (!*slot && m->name_count >= MARKS_NAMES_MAX - 1) {
		name = "others";
		slot = find_slot(m, name);
	}
	if (!*slot) {
		ARRAY_GROW(m->names, m->name_count + 1, m->name_capacity);
		m->names[m->name_count++] = arena_strdup(&m->texts, name);
		*slot = writer_mark(m->writer, name);
	}
	return *slot;
}

static struct marks_draft *find_draft(struct marks *m, thread_id thread, unsigned level)
{
	for (size_t i = m->open_count; i-- > 0;)
		if (m->open[i].thread == thread && m->open[i].level == level)
			return &m->open[i];
	return NULL;
}

static void close_draft(struct marks *m, struct marks_draft *draft)
{
	size_t behind = (size_t)(m->open + m->open_count - (draft + 1));

	memmove(draft, draft + 1, behind * sizeof *draft);
	m->open_count--;
}

/* Nothing more will come of it. */
static void lose_draft(struct marks *m, struct marks_draft *draft)
{
	close_draft(m, draft);
	writer_lost(m->writer, 1);
}

static struct marks_draft *open_draft(struct marks *m, thread_id thread,
				      const struct event_record *record, unsigned level)
{
	struct marks_draft *draft = find_draft(m, thread, level);

	if (draft)
		lose_draft(m, draft);
	if (record->size > MARK_NAME_BYTES) {
		writer_lost(m->writer, 1);
		return NULL;
	}
	if (m->open_count == MARKS_OPEN_MAX)
		lose_draft(m, &m->open[0]);
	draft = &m->open[m->open_count++];
	*draft = (struct marks_draft){.stamp = record->stamp,
				      .thread = thread,
				      .level = level,
				      .bytes = (uint32_t)record->size};
	return draft;
}

/* Where the piece belongs to the draft and is the next one of it. */
static bool add_piece(struct marks_draft *draft, const struct event_record *record)
{
	size_t at = (size_t)draft->pieces * MARK_PIECE_BYTES;

	if (record->detail / MARK_PIECE != draft->pieces || at >= draft->bytes)
		return false;
	memcpy(draft->name + at, &record->address, 8);
	memcpy(draft->name + at + 8, &record->size, 8);
	draft->pieces++;
	return true;
}

bool marks_take(struct marks *m, thread_id thread, const struct event_record *record,
		struct event_record *mark)
{
	unsigned level = record->detail % MARK_LEVELS;
	struct marks_draft *draft;

	if (record->kind == EVENT_MARK) {
		draft = open_draft(m, thread, record, level);
	} else {
		/* Without its beginning, a piece is of a mark that was counted as lost. */
		draft = find_draft(m, thread, level);
		if (draft && !add_piece(draft, record)) {
			lose_draft(m, draft);
			draft = NULL;
		}
	}
	if (!draft || draft->pieces * MARK_PIECE_BYTES < draft->bytes)
		return false;
	draft->name[draft->bytes] = '\0';
	*mark = (struct event_record){
		.stamp = draft->stamp, .size = id_of(m, draft->name), .kind = EVENT_MARK};
	close_draft(m, draft);
	return true;
}
