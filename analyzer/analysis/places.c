/* SPDX-License-Identifier: MIT */
#include "places.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "../util/human.h"
#include "../util/origins.h"

#define DEPTH_MAX 1024u
#define FIRST_SLOTS 1024u

static struct place *find_slot(const struct place *slots, size_t slot_count, module_id module,
			       uint64_t address)
{
	uint64_t hash = (address ^ (uint64_t)module << 40) * 0x9e3779b97f4a7c15ull;

	for (size_t i = hash >> 32;; i++) {
		const struct place *slot = &slots[i & (slot_count - 1)];

		if (!slot->used || (slot->module_id == module && slot->address == address))
			return (struct place *)slot;
	}
}

static void make_room(struct places *places)
{
	size_t slot_count = places->slot_count ? 2 * places->slot_count : FIRST_SLOTS;
	struct place *slots;

	if (2 * (places->count + 1) <= places->slot_count)
		return;
	slots = xcalloc(slot_count, sizeof *slots);
	for (size_t i = 0; i < places->slot_count; i++) {
		const struct place *place = &places->slots[i];

		if (place->used)
			*find_slot(slots, slot_count, place->module_id, place->address) = *place;
	}
	free(places->slots);
	places->slots = slots;
	places->slot_count = slot_count;
}

static const char *function_name(const struct places *places, const struct model_frame *frame)
{
	if (*frame->function)
		return frame->function;
	return arena_printf(places->frames->arena, "%s+0x%" PRIx64, human_basename(frame->module),
			    frame->offset);
}

static void name_place(const struct places *places, struct place *place,
		       const struct model_frame *frame)
{
	place->module = place->file = "";
	place->python = !strcmp(frame->language, "python");
	place->named = true;
	switch (places->kind) {
	case PLACE_FUNCTION:
		place->named = *frame->function;
		place->name = function_name(places, frame);
		place->module = frame->module;
		place->file = frame->file;
		break;
	case PLACE_FILE:
		place->name = *frame->file ? frame->file : frame->module;
		break;
	case PLACE_LINE:
		place->module = frame->module;
		place->file = frame->file;
		place->line = frame->line;
		place->named = frame->line;
		place->name = frame->line ? arena_printf(places->frames->arena, "%s:%" PRIu32,
							 frame->file, frame->line)
					  : function_name(places, frame);
		break;
	case PLACE_MODULE:
		place->name = frame->module;
		break;
	}
}

/* Of what is inlined at an address, the innermost part that is the program's own. */
static void describe(struct places *places, struct place *place, stack_id stack)
{
	struct model_stack names = frames_innermost(places->frames, stack);

	if (*names.frames[0].note) {
		place->name = names.frames[0].note;
		place->module = place->file = "";
		place->own = place->module_id || place->address >= FRAMES_PSEUDO_END;
		return;
	}
	name_place(places, place, &names.frames[0]);
	for (uint32_t i = 0; i < names.frame_count && !place->own; i++) {
		if (!origins_is_own(names.frames[i].module, names.frames[i].function) ||
		    origins_is_wrapper(names.frames[i].function))
			continue;
		place->own = true;
		name_place(places, place, &names.frames[i]);
	}
}

static const struct place *look_up(struct places *places, stack_id stack,
				   const struct trace_frame *frame)
{
	struct place *place;

	make_room(places);
	place = find_slot(places->slots, places->slot_count, frame->module, frame->address);
	if (!place->used) {
		place->used = true;
		place->module_id = frame->module;
		place->address = frame->address;
		describe(places, place, stack);
		places->count++;
	}
	return place;
}

static bool is_recorder(const struct places *places, const struct trace_frame *frame)
{
	const struct trace_module *module = reader_module(places->frames->reader, frame->module);

	return module && origins_of_module(module->path) == ORIGIN_RECORDER;
}

struct place places_of_stack(struct places *places, stack_id stack)
{
	struct place innermost = {.name = "unknown", .module = "", .file = ""}, unnamed = {0};
	bool named = false;

	for (uint32_t depth = 0; stack && depth < DEPTH_MAX; depth++) {
		const struct trace_frame *frame = reader_stack(places->frames->reader, stack);
		const struct place *place;

		if (!frame)
			break;
		place = look_up(places, stack, frame);
		if (place->own && place->named)
			return unnamed.own && places->kind != PLACE_LINE && !place->python ? unnamed
											   : *place;
		if (place->own && !unnamed.own)
			unnamed = *place;
		if (!named && frame->module && !is_recorder(places, frame)) {
			innermost = *place;
			named = true;
		}
		stack = frame->parent;
	}
	return unnamed.own ? unnamed : innermost;
}

void places_release(struct places *places)
{
	free(places->slots);
	places->slots = NULL;
	places->count = places->slot_count = 0;
}
