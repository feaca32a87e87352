/* SPDX-License-Identifier: MIT */
#include "frame_numbers.h"

#include <stdlib.h>
#include <string.h>

#include "../../analyzer/util/array.h"

/* What a frame is told by; what does not matter is 0. */
struct key {
	uint64_t offset;
	uint32_t module, file, function, note, language;
	uint32_t line;
	uint64_t inlined; /* as wide as the rest: no padding */
};

static uint32_t string(struct frame_numbers *f, const char *text)
{
	bool fresh;

	return numbering_find(&f->strings, text, strlen(text), &fresh);
}

static struct key key_of(struct frame_numbers *f, const struct model_frame *frame)
{
	bool nameless = !*frame->function && !*frame->note;
	struct key key = {0};

	if (f->by != FRAMES_BY_FILE)
		key.module = string(f, frame->module);
	if (f->by != FRAMES_BY_MODULE)
		key.file = string(f, frame->file);
	if (f->by == FRAMES_BY_FILE || f->by == FRAMES_BY_MODULE)
		return key;
	key.function = string(f, frame->function);
	key.note = string(f, frame->note);
	if (f->by == FRAMES_BY_PLACE || nameless)
		key.offset = frame->offset;
	if (f->by == FRAMES_BY_FUNCTION)
		return key;
	key.language = string(f, frame->language);
	key.line = frame->line;
	key.inlined = frame->inlined;
	return key;
}

uint32_t frame_numbers_get(struct frame_numbers *f, const struct model_frame *frame, bool *fresh)
{
	uint32_t address = frame_keys_find(&f->addresses, frame, fresh);
	struct key key;
	uint32_t number;

	if (!*fresh)
		return f->numbers[address];
	key = key_of(f, frame);
	number = numbering_find(&f->keys, &key, sizeof key, fresh);
	if (*fresh) {
		ARRAY_GROW(f->first, f->count + 1, f->capacity);
		f->first[f->count++] = frame;
	}
	ARRAY_GROW(f->numbers, address + 1, f->number_capacity);
	f->numbers[address] = number;
	return number;
}

void frame_numbers_release(struct frame_numbers *f)
{
	numbering_release(&f->addresses);
	numbering_release(&f->strings);
	numbering_release(&f->keys);
	free(f->first);
	free(f->numbers);
}
