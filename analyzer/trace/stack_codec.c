/* SPDX-License-Identifier: MIT */
#include "stack_codec.h"

#include <stdlib.h>

#include "../util/array.h"

enum choice {
	CHOICE_LAST,
	CHOICE_LAST_BUT_ONE,
	CHOICE_EXPLICIT,
};

void stack_codec_release(struct stack_codec *codec)
{
	free(codec->contexts);
	bytes_release(&codec->parents);
	bytes_release(&codec->choices);
	bytes_release(&codec->addresses);
}

static uint16_t context_of(const struct stack_codec_frame *frame)
{
	uint64_t mixed = (frame->address ^ (uint64_t)frame->module << 48) * 0x9e3779b97f4a7c15ull;

	return (uint16_t)(mixed >> 40 & (STACK_CONTEXTS - 1));
}

static struct stack_codec_frame *followers_of(struct stack_codec *codec, stack_id parent)
{
	return codec->followers[parent ? codec->contexts[parent - 1] : 0];
}

/* Makes the frame the last follower of its parent's, and gives it the next id. */
static void learn(struct stack_codec *codec, struct stack_codec_frame *followers,
		  const struct stack_codec_frame *frame, enum choice choice)
{
	if (choice != CHOICE_LAST) {
		followers[1] = followers[0];
		followers[0] = *frame;
	}
	ARRAY_GROW(codec->contexts, codec->count + 1, codec->context_capacity);
	codec->contexts[codec->count++] = context_of(frame);
}

static bool same(const struct stack_codec_frame *a, const struct stack_codec_frame *b)
{
	return a->address == b->address && a->module == b->module;
}

void stack_codec_put(struct stack_codec *codec, const struct trace_frame *frame)
{
	struct stack_codec_frame coded = {frame->address, frame->module};
	struct stack_codec_frame *followers = followers_of(codec, frame->parent);
	enum choice choice = same(&coded, &followers[0])   ? CHOICE_LAST
			     : same(&coded, &followers[1]) ? CHOICE_LAST_BUT_ONE
							   : CHOICE_EXPLICIT;

	bytes_put_varint(&codec->parents, codec->count + 1 - frame->parent);
	if (choice == CHOICE_EXPLICIT) {
		uint64_t *last = &codec->last_addresses[coded.module % MODULE_SLOTS_CODED];

		bytes_put_varint(&codec->choices,
				 CHOICE_EXPLICIT +
					 bytes_zigzag((uint64_t)coded.module - codec->last_module));
		bytes_put_varint(&codec->addresses, bytes_zigzag(coded.address - *last));
		codec->last_module = coded.module;
		*last = coded.address;
	} else {
		bytes_put_varint(&codec->choices, choice);
	}
	learn(codec, followers, &coded, choice);
	codec->pending++;
}

void stack_codec_flush(struct stack_codec *codec, struct chunk_payload *payload)
{
	struct bytes *columns[] = {&codec->parents, &codec->choices, &codec->addresses};

	chunk_payload_clear(payload);
	bytes_put_varint(&payload->bytes, codec->count - codec->pending + 1);
	bytes_put_varint(&payload->bytes, codec->pending);
	bytes_put_varint(&payload->bytes, codec->parents.used);
	bytes_put_varint(&payload->bytes, codec->choices.used);
	for (int i = 0; i < 3; i++) {
		bytes_append(&payload->bytes, columns[i]->data, columns[i]->used);
		chunk_payload_cut(payload);
		columns[i]->used = 0;
	}
	codec->pending = 0;
}

static bool take_column(struct cursor *payload, uint64_t bytes, struct cursor *column)
{
	const uint8_t *data = bytes <= CHUNK_RAW_BYTES_MAX ? cursor_bytes(payload, bytes) : NULL;

	if (data)
		*column = cursor_of(data, bytes);
	return data;
}

static bool take_frame(struct stack_codec *codec, struct stack_codec_frame *followers,
		       struct cursor *choices, struct cursor *addresses, uint32_t module_count,
		       struct stack_codec_frame *frame)
{
	uint64_t choice = cursor_varint(choices);
	uint64_t *last;

	if (choice < CHOICE_EXPLICIT) {
		*frame = followers[choice];
	} else {
		uint64_t module = codec->last_module + bytes_unzigzag(choice - CHOICE_EXPLICIT);

		if (module > module_count)
			return false;
		last = &codec->last_addresses[module % MODULE_SLOTS_CODED];
		*last += bytes_unzigzag(cursor_varint(addresses));
		*frame = (struct stack_codec_frame){*last, (module_id)module};
		codec->last_module = (module_id)module;
	}
	learn(codec, followers, frame,
	      choice < CHOICE_EXPLICIT ? (enum choice)choice : CHOICE_EXPLICIT);
	return true;
}

const char *stack_codec_take(struct stack_codec *codec, const uint8_t *payload, size_t bytes,
			     uint32_t module_count, struct stack_table *table)
{
	struct cursor rest = cursor_of(payload, bytes);
	uint64_t first = cursor_varint(&rest);
	uint64_t count = cursor_varint(&rest);
	uint64_t parent_bytes = cursor_varint(&rest);
	uint64_t choice_bytes = cursor_varint(&rest);
	struct cursor parents, choices;

	if (rest.bad || first != (uint64_t)codec->count + 1)
		return "ids out of sequence";
	if (count > STACKS_PER_CHUNK_MAX || count > STACK_ID_MAX - codec->count)
		return "impossible number of frames";
	if (!take_column(&rest, parent_bytes, &parents) ||
	    !take_column(&rest, choice_bytes, &choices))
		return "column longer than the chunk";
	ARRAY_GROW(table->frames, table->count + count, table->capacity);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t back = cursor_varint(&parents);
		struct stack_codec_frame frame;
		stack_id parent;

		if (!back || back > (uint64_t)codec->count + 1)
			return "undefined parent";
		parent = codec->count + 1 - (stack_id)back;
		if (!take_frame(codec, followers_of(codec, parent), &choices, &rest, module_count,
				&frame))
			return "undefined module";
		table->frames[table->count++] = (struct trace_frame){frame.address, frame.module,
								     parent};
	}
	if (parents.bad || choices.bad || rest.bad || !cursor_at_end(&parents) ||
	    !cursor_at_end(&choices) || !cursor_at_end(&rest))
		return "column of the wrong length";
	return NULL;
}
