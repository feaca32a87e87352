/* SPDX-License-Identifier: MIT */
#include "overview.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "curve.h"

#define RESIDENT_POINTS 1000u

static void build_generations(struct model_run *run, struct arena *arena, const struct tally *tally,
			      const struct generations_rule *rule)
{
	double recorded_share = tally_recorded_share(&tally->sample, tally->allocations);
	struct ages dead = {0}, alive = {0};

	for (size_t i = 0; i < tally->site_count; i++) {
		ages_merge(&dead, &tally->sites[i].dead);
		ages_merge(&alive, &tally->sites[i].alive);
	}
	run->age_clock = rule->clock;
	run->turnover_bytes = generations_turnover(tally);
	generations_count(run->generation_ages, &dead, &alive, run->generations);
	curve_fill(&run->survival, run->generations, run->generation_ages, &dead, &alive,
		   recorded_share, arena);
	for (int g = 0; g < GENERATIONS; g++)
		run->byte_seconds += run->generations[g].byte_seconds;
	run->resized = tally->resized;
	run->remote_frees = tally->remote_frees;
	ages_release(&dead);
	ages_release(&alive);
}

static void build_census(struct model *model, struct arena *arena, const struct reader *reader,
			 const struct census *census)
{
	const uint64_t *ages = model->run.generation_ages;
	struct model_census *rows = arena_alloc(arena, census->current * sizeof *rows);

	for (uint32_t i = 0; i < census->current; i++) {
		const struct census_moment *moment = &census->rows[i]->moment;
		uint64_t young = census_younger(census, i, ages[0]);
		uint64_t not_old = census_younger(census, i, ages[1]);

		rows[i] = (struct model_census){
			.ns = reader_elapsed_ns(reader, moment->stamp),
			.clock = census_clock(census, i),
			.live_bytes = moment->live_bytes,
			.live_blocks = moment->live_blocks,
			.bytes = {young, not_old - young, moment->live_bytes - not_old},
			.heap_pages = moment->heap_pages,
			.pinned_bytes = moment->pinned_bytes,
		};
	}
	model->census = rows;
	model->census_count = census->current;
}

static void build_sizes(struct model *model, struct arena *arena, const struct tally *tally)
{
	struct model_size_class *classes = arena_alloc(arena, TALLY_SIZE_CLASSES * sizeof *classes);

	model->size_classes = classes;
	for (uint32_t bits = 0; bits < TALLY_SIZE_CLASSES; bits++) {
		const struct tally_size *from = &tally->sizes[bits];

		if (!from->allocations)
			continue;
		classes[model->size_class_count++] = (struct model_size_class){
			.least = bits ? 1ull << (bits - 1) : 0,
			.allocations = from->allocations,
			.allocated_bytes = from->allocated_bytes,
			.live_blocks = from->live_blocks,
			.live_bytes = from->live_bytes,
		};
	}
}

static int compare_threads(const void *a, const void *b)
{
	const struct model_thread *x = a;
	const struct model_thread *y = b;

	if (x->allocated_bytes != y->allocated_bytes)
		return x->allocated_bytes < y->allocated_bytes ? 1 : -1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static void build_threads(struct model *model, struct arena *arena, const struct reader *reader,
			  const struct tally *tally)
{
	uint32_t count = reader_thread_count(reader);
	struct model_thread *threads = arena_alloc(arena, count * sizeof *threads);

	for (uint32_t i = 0; i < count; i++) {
		const struct trace_thread *thread = reader_thread(reader, i);
		const struct tally_thread *from =
			&tally->threads[thread->id < tally->thread_count ? thread->id : 0];

		threads[i] = (struct model_thread){
			.id = thread->id,
			.tid = thread->tid,
			.name = arena_strndup(arena, thread->name,
					      strnlen(thread->name, sizeof thread->name)),
			.allocations = from->allocations,
			.allocated_bytes = from->allocated_bytes,
			.frees = from->frees,
			.remote_frees = from->remote_frees,
			.live_blocks = from->live_blocks,
			.live_bytes = from->live_bytes,
		};
	}
	qsort(threads, count, sizeof *threads, compare_threads);
	model->threads = threads;
	model->thread_count = count;
}

void overview_build(struct model *model, struct arena *arena, const struct reader *reader,
		    const struct tally *tally, const struct generations_rule *rule)
{
	build_generations(&model->run, arena, tally, rule);
	build_census(model, arena, reader, &tally->census);
	build_sizes(model, arena, tally);
	build_threads(model, arena, reader, tally);
}

static int compare_moments(const void *a, const void *b)
{
	const struct model_resident *x = a;
	const struct model_resident *y = b;

	return x->ns < y->ns ? -1 : x->ns > y->ns;
}

static uint32_t highest(const struct model_resident *samples, uint32_t from, uint32_t to)
{
	uint32_t best = from;

	for (uint32_t i = from + 1; i < to; i++)
		if (samples[i].bytes > samples[best].bytes)
			best = i;
	return best;
}

void overview_resident(struct model *model, struct arena *arena, const struct reader *reader)
{
	uint64_t start = reader_program(reader)->start_monotonic_ns;
	uint32_t count = reader_memory_count(reader);
	uint32_t kept = count < RESIDENT_POINTS ? count : RESIDENT_POINTS;
	struct model_resident *samples = xcalloc(count, sizeof *samples);
	struct model_resident *points = arena_alloc(arena, kept * sizeof *points);

	for (uint32_t i = 0; i < count; i++) {
		const struct trace_memory *from = reader_memory(reader, i);

		samples[i].ns = from->monotonic_ns > start ? from->monotonic_ns - start : 0;
		samples[i].bytes = from->resident_bytes;
	}
	qsort(samples, count, sizeof *samples, compare_moments);
	for (uint32_t i = 0; i < kept; i++)
		points[i] = samples[highest(samples, (uint32_t)((uint64_t)i * count / kept),
					    (uint32_t)((uint64_t)(i + 1) * count / kept))];
	free(samples);
	model->resident = points;
	model->resident_count = kept;
}
