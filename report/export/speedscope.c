/* SPDX-License-Identifier: MIT */
/*
 * The format of speedscope (speedscope.app, file-format-schema.json): several profiles over shared
 * frames, to switch between. Each holds the bytes of every stack at a moment, of a verdict, or of a
 * generation; sites that have none are not in it. Outermost frames first; a function is
 * a frame for each of its lines that calls come from.
 */
#include "export.h"

#include <stdlib.h>
#include <string.h>

#include "../../analyzer/util/array.h"
#include "../../analyzer/util/human.h"
#include "../json_writer.h"
#include "../frame_keys.h"
#include "../stack.h"

static const struct {
	const char *name;
	int generation; /* live bytes of this one, or -1: */
	enum export_measure measure;
} profiles[] = {
	{"Live at the end", -1, EXPORT_LIVE_BYTES},
	{"Live at the peak", -1, EXPORT_PEAK_BYTES},
	{"Allocated in total", -1, EXPORT_ALLOCATED_BYTES},
	{"Leaked: live at the end, of what leaks or grows", -1, EXPORT_LEAKED_BYTES},
	{"Young: live at the end", 0, EXPORT_LIVE_BYTES},
	{"Middle: live at the end", 1, EXPORT_LIVE_BYTES},
	{"Old: live at the end", 2, EXPORT_LIVE_BYTES},
};

#define PROFILES (sizeof profiles / sizeof *profiles)

static uint64_t bytes_of(const struct model_site *site, size_t profile)
{
	if (profiles[profile].generation >= 0)
		return site->generations[profiles[profile].generation].bytes;
	return export_measure_of(site, profiles[profile].measure);
}

static bool has_any(const struct model_site *site)
{
	for (size_t i = 0; i < PROFILES; i++)
		if (bytes_of(site, i))
			return true;
	return false;
}

/* What is written of a frame is often the same at many addresses; the reader would keep those apart. */
struct frames {
	struct numbering addresses, written;
	uint32_t *numbers; /* among those written, by number of the address */
	size_t capacity;
};

static void put_frame(struct json_writer *w, const char *name, const struct model_frame *frame)
{
	json_object_begin(w, NULL);
	json_string(w, "name", name);
	if (*frame->file)
		json_string(w, "file", frame->file);
	if (frame->line)
		json_uint(w, "line", frame->line);
	json_end(w);
}

/* w: where to write frames that come for the first time; NULL when all are there. */
static uint32_t frame_number(struct frames *f, const struct model_frame *frame,
			     struct json_writer *w)
{
	bool fresh;
	uint32_t address = frame_keys_find(&f->addresses, frame, &fresh);
	struct bytes key = {0};
	char text[4096];
	const char *name;

	if (!fresh)
		return f->numbers[address];
	ARRAY_GROW(f->numbers, address + 1, f->capacity);
	name = export_frame_name(frame, text, sizeof text);
	bytes_append(&key, name, strlen(name) + 1);
	bytes_append(&key, frame->file, strlen(frame->file) + 1);
	bytes_append(&key, &frame->line, sizeof frame->line);
	f->numbers[address] = numbering_find(&f->written, key.data, key.used, &fresh);
	bytes_release(&key);
	if (fresh)
		put_frame(w, name, frame);
	return f->numbers[address];
}

static void put_frames(struct json_writer *w, const struct model *model,
		       const struct export_options *options, struct frames *frames)
{
	json_array_begin(w, "frames");
	for (uint32_t i = 0; i < model->site_count; i++) {
		const struct model_stack *stack = &model->sites[i].stack;
		struct stack_range range = stack_shown(stack, options->all_frames);

		if (!has_any(&model->sites[i]))
			continue;
		if (range.first == range.end)
			frame_number(frames, &export_no_stack, w);
		for (uint32_t k = range.first; k < range.end; k++)
			frame_number(frames, &stack->frames[k], w);
	}
	json_end(w);
}

static void put_stack(struct json_writer *w, const struct model_stack *stack,
		      const struct export_options *options, struct frames *frames)
{
	struct stack_range range = stack_shown(stack, options->all_frames);

	json_array_begin(w, NULL);
	if (range.first == range.end)
		json_uint(w, NULL, frame_number(frames, &export_no_stack, NULL));
	for (uint32_t k = range.end; k > range.first; k--)
		json_uint(w, NULL, frame_number(frames, &stack->frames[k - 1], NULL));
	json_end(w);
}

static void put_profile(struct json_writer *w, const struct model *model, size_t profile,
			const struct export_options *options, struct frames *frames)
{
	uint64_t total = 0;

	json_object_begin(w, NULL);
	json_string(w, "type", "sampled");
	json_string(w, "name", profiles[profile].name);
	json_string(w, "unit", "bytes");
	json_array_begin(w, "samples");
	for (uint32_t i = 0; i < model->site_count; i++)
		if (bytes_of(&model->sites[i], profile))
			put_stack(w, &model->sites[i].stack, options, frames);
	json_end(w);
	json_array_begin(w, "weights");
	for (uint32_t i = 0; i < model->site_count; i++) {
		uint64_t bytes = bytes_of(&model->sites[i], profile);

		total += bytes;
		if (bytes)
			json_uint(w, NULL, bytes);
	}
	json_end(w);
	json_uint(w, "startValue", 0);
	json_uint(w, "endValue", total);
	json_end(w);
}

static int write_speedscope(const struct model *model, const struct export_options *options,
			    FILE *file)
{
	struct frames frames = {0};
	struct json_writer w;

	json_init(&w, file);
	json_object_begin(&w, NULL);
	json_string(&w, "$schema", "https://www.speedscope.app/file-format-schema.json");
	json_string(&w, "exporter", "tenure");
	json_string(&w, "name", human_basename(model->run.program));
	json_uint(&w, "activeProfileIndex", 0);
	json_object_begin(&w, "shared");
	put_frames(&w, model, options, &frames);
	json_end(&w);
	json_array_begin(&w, "profiles");
	for (size_t i = 0; i < PROFILES; i++)
		put_profile(&w, model, i, options, &frames);
	json_end(&w);
	json_end(&w);
	json_finish(&w);
	numbering_release(&frames.addresses);
	numbering_release(&frames.written);
	free(frames.numbers);
	return ferror(file) ? -1 : 0;
}

const struct export_format export_speedscope = {
	.name = "speedscope",
	.extension = ".speedscope.json",
	.write = write_speedscope,
};
