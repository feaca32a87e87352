/* SPDX-License-Identifier: MIT */
#include "index.h"

#include "format.h"

void index_put(struct bytes *to, struct index_state *state, const struct index_entry *entry)
{
	const struct event_prologue *events = &entry->events;

	bytes_put_varint(to, entry->offset - state->offset);
	bytes_store_u32(bytes_reserve(to, 4), entry->type);
	to->used += 4;
	state->offset = entry->offset;
	if (entry->type != CHUNK_EVENTS)
		return;
	bytes_put_varint(to, events->thread);
	bytes_put_varint(to, events->count);
	bytes_put_varint(to, bytes_zigzag(events->first_stamp - state->first_stamp));
	bytes_put_varint(to, events->last_stamp - events->first_stamp);
	state->first_stamp = events->first_stamp;
}

static bool take_events(struct cursor *from, struct index_state *state,
			struct event_prologue *events)
{
	uint64_t thread = cursor_varint(from);
	uint64_t count = cursor_varint(from);

	state->first_stamp += bytes_unzigzag(cursor_varint(from));
	if (thread > THREAD_ID_MAX || !count || count > EVENTS_PER_CHUNK_MAX)
		return false;
	events->thread = (thread_id)thread;
	events->count = (uint32_t)count;
	events->first_stamp = state->first_stamp;
	return !__builtin_add_overflow(events->first_stamp, cursor_varint(from),
				       &events->last_stamp);
}

bool index_take(struct cursor *from, struct index_state *state, struct index_entry *entry)
{
	uint64_t distance = cursor_varint(from);
	const uint8_t *type = cursor_bytes(from, 4);

	*entry = (struct index_entry){0};
	if (!type || __builtin_add_overflow(state->offset, distance, &state->offset))
		return false;
	entry->offset = state->offset;
	entry->type = bytes_load_u32(type);
	if (entry->type == CHUNK_EVENTS && !take_events(from, state, &entry->events))
		return false;
	return !from->bad;
}
