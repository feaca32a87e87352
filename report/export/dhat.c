/* SPDX-License-Identifier: MIT */
/*
 * DHAT's JSON, version 2, as Valgrind's dh_view.html reads it; its times are microseconds. A program
 * point is a call stack with the allocating function in front. Two of its numbers are of no site:
 *
 *   tl, what lifetimes of blocks add up to, is the memory rent by the mean size: exact if all blocks
 *   are of one size, else large blocks count for more. Blocks of no bytes count as of no time.
 *   mbk, blocks at the point's own peak, is exact if that was also the run's, or its end, or if all
 *   blocks are of one size; else what so many bytes would be at the mean size.
 */
#define XXH_INLINE_ALL
#include "export.h"

#include <math.h>
#include <stdlib.h>
#include <xxhash.h>

#include "../../analyzer/util/arena.h"
#include "../../analyzer/util/array.h"
#include "../json_writer.h"
#include "../stack.h"
#include "frame_numbers.h"
#include "valgrind.h"

/* Blocks that die younger on average are short-lived, microseconds: the view has a list of them.
 * As in dhat-rs, whose time is the same. */
#define SHORT_LIVED_US 10

struct dhat {
	struct json_writer w;
	struct frame_numbers frames; /* the table of frames, behind its root */
	struct numbering stacks; /* hashes of those that were written */
	struct arena made; /* frames that are in no stack of the model */
	uint32_t *numbers; /* of the frames of one stack */
	size_t count, capacity;
};

static double mean_size(const struct model_site *site)
{
	return site->allocations ? (double)site->allocated_bytes / (double)site->allocations : 0;
}

static uint64_t lifetimes_us(const struct model_site *site, uint64_t duration_us)
{
	double most = (double)duration_us * (double)site->allocations;
	double size = mean_size(site);
	double us = size > 0 ? site->byte_seconds / size * 1e6 : 0;

	return (uint64_t)llround(us < most ? us : most);
}

static uint64_t own_peak_blocks(const struct model_site *site)
{
	double size = mean_size(site);
	uint64_t blocks;

	if (site->own_peak_bytes == site->peak_bytes)
		return site->peak_blocks;
	if (site->own_peak_bytes == site->live_bytes)
		return site->live_blocks;
	blocks = size > 0 ? (uint64_t)llround((double)site->own_peak_bytes / size) : 0;
	return blocks || !site->own_peak_bytes ? blocks : 1;
}

/* Whether the frame is the first of its kind. */
static bool push(struct dhat *d, const struct model_frame *frame)
{
	bool fresh;

	ARRAY_GROW(d->numbers, d->count + 1, d->capacity);
	d->numbers[d->count++] = frame_numbers_get(&d->frames, frame, &fresh) + 1;
	return fresh;
}

static void push_made(struct dhat *d, const struct model_frame *frame)
{
	struct model_frame *kept;

	if (!push(d, frame))
		return;
	kept = arena_alloc(&d->made, sizeof *kept);
	*kept = *frame;
	d->frames.first[d->frames.count - 1] = kept;
}

static void push_function(struct dhat *d, const char *function)
{
	struct model_frame frame = export_no_stack;

	frame.function = function;
	push_made(d, &frame);
}

static void push_difference(struct dhat *d, uint32_t site)
{
	struct model_frame frame = export_no_stack;

	frame.note = "another call stack with these frames";
	frame.offset = site;
	push_made(d, &frame);
}

/* The view refuses two points of the same frames, such as stacks are that differ in hidden ones. */
static void number_stack(struct dhat *d, const struct model_site *site, bool all_frames)
{
	struct stack_range range = stack_shown(&site->stack, all_frames);
	uint64_t key[2];
	bool fresh;

	d->count = 0;
	push_function(d, site->api);
	for (uint32_t k = range.first; k < range.end; k++)
		push(d, &site->stack.frames[k]);
	if (!site->stack.frame_count)
		push(d, &export_no_stack);
	key[0] = XXH3_64bits(d->numbers, d->count * sizeof *d->numbers);
	key[1] = d->count;
	numbering_find(&d->stacks, key, sizeof key, &fresh);
	if (!fresh)
		push_difference(d, site->id);
}

static void put_point(struct dhat *d, const struct model_site *site, uint64_t duration_us)
{
	json_object_begin(&d->w, NULL);
	json_uint(&d->w, "tb", site->allocated_bytes);
	json_uint(&d->w, "tbk", site->allocations);
	json_uint(&d->w, "tl", lifetimes_us(site, duration_us));
	json_uint(&d->w, "mb", site->own_peak_bytes);
	json_uint(&d->w, "mbk", own_peak_blocks(site));
	json_uint(&d->w, "gb", site->peak_bytes);
	json_uint(&d->w, "gbk", site->peak_blocks);
	json_uint(&d->w, "eb", site->live_bytes);
	json_uint(&d->w, "ebk", site->live_blocks);
	json_array_begin(&d->w, "fs");
	for (size_t i = 0; i < d->count; i++)
		json_uint(&d->w, NULL, d->numbers[i]);
	json_end(&d->w);
	json_end(&d->w);
}

static void put_head(struct json_writer *w, const struct model_run *run)
{
	char *command = valgrind_command(run);

	json_uint(w, "dhatFileVersion", 2);
	json_string(w, "mode", "heap");
	json_string(w, "verb", "Allocated");
	json_bool(w, "bklt", true);
	json_bool(w, "bkacc", false);
	json_string(w, "tu", "\xc2\xb5s");
	json_string(w, "Mtu", "s");
	json_uint(w, "tuth", SHORT_LIVED_US);
	json_string(w, "cmd", command);
	json_int(w, "pid", run->pid);
	json_uint(w, "te", run->duration_ns / 1000);
	json_uint(w, "tg", run->peak_ns / 1000);
	free(command);
}

static void put_frames(struct dhat *d)
{
	json_array_begin(&d->w, "ftbl");
	json_string(&d->w, NULL, "[root]");
	for (uint32_t i = 0; i < d->frames.count; i++) {
		char *text = valgrind_describe(d->frames.first[i]);

		json_string(&d->w, NULL, text);
		free(text);
	}
	json_end(&d->w);
}

static int write_dhat(const struct model *model, const struct export_options *options, FILE *file)
{
	struct dhat d = {.frames = {.by = FRAMES_BY_PLACE}};

	json_init(&d.w, file);
	json_object_begin(&d.w, NULL);
	put_head(&d.w, &model->run);
	json_array_begin(&d.w, "pps");
	for (uint32_t i = 0; i < model->site_count; i++) {
		number_stack(&d, &model->sites[i], options->all_frames);
		put_point(&d, &model->sites[i], model->run.duration_ns / 1000);
	}
	json_end(&d.w);
	put_frames(&d);
	json_end(&d.w);
	json_finish(&d.w);
	frame_numbers_release(&d.frames);
	numbering_release(&d.stacks);
	arena_release(&d.made);
	free(d.numbers);
	return ferror(file) ? -1 : 0;
}

const struct export_format export_dhat = {
	.name = "dhat",
	.extension = ".dhat.json",
	.write = write_dhat,
};
