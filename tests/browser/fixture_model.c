/* SPDX-License-Identifier: MIT */
/*
 * fixture_model.c - the run as a whole: what happened when, and what adds up over all sites.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define RUN_NS 1800000000000u
#define MOMENTS 600u
#define LEXIS_COLUMNS 64u
#define LEXIS_ROWS 40u
#define LEXIS_SITES 250u /* in a cell, at most */
#define CHILDREN 3u
#define LIMITS 4u
#define ARGUMENTS 6u
#define SIZE_CLASSES 40u

/* How full the heap is at a moment, 0 to 1: it climbs, breathes, and falls at the end. */
static double load_at(uint32_t moment)
{
	double share = (double)moment / MOMENTS;

	return (0.2 + 0.8 * share) * (0.85 + 0.15 * sin(share * 40)) * (share > 0.97 ? 0.7 : 1);
}

static const char *const *texts(const struct shape *shape, enum text_kind kind, uint32_t count)
{
	const char **list = fixture_take(count, sizeof *list);

	for (uint32_t i = 0; i < count; i++)
		list[i] = shape->text(kind, i);
	return list;
}

static void put_run(struct model_run *run, const struct shape *shape)
{
	run->trace_path = shape->text(TEXT_PATH, 0);
	run->program = shape->text(TEXT_PROGRAM, 0);
	run->argv = texts(shape, TEXT_ARGUMENT, ARGUMENTS);
	run->argc = ARGUMENTS;
	run->pid = 4242;
	run->damage = shape->text == text_hostile ? shape->text(TEXT_SENTENCE, 90) : "";
	run->complete = !*run->damage;
	run->end_kind = "exit";
	run->start_realtime_ns = 1790000000000000000u;
	run->duration_ns = RUN_NS;
	run->threads = FIXTURE_THREADS;
	run->trace_bytes = 123456789;
	run->lost_events = 17;
	run->stacks_truncated = 12;
	run->stacks_deep = 7;
	run->stacks_unfinished = 5;
	run->age_clock = AGE_BYTES;
	run->generation_ages[0] = 16 << 20;
	run->generation_ages[1] = 256 << 20;
	run->limits = texts(shape, TEXT_SENTENCE, LIMITS);
	run->limit_count = LIMITS;
	run->children = texts(shape, TEXT_PATH, CHILDREN);
	run->child_count = CHILDREN;
}

static void put_totals(struct model *model)
{
	struct model_run *run = &model->run;

	for (uint32_t i = 0; i < model->site_count; i++) {
		const struct model_site *site = &model->sites[i];

		run->allocations += site->allocations;
		run->frees += site->frees;
		run->allocated_bytes += site->allocated_bytes;
		run->live_blocks += site->live_blocks;
		run->live_bytes += site->live_bytes;
		run->peak_bytes += site->peak_bytes;
		run->peak_blocks += site->peak_blocks;
		run->temporary += site->temporary;
		run->resized += site->resized;
		run->remote_frees += site->remote_frees;
		run->byte_seconds += site->byte_seconds;
		for (int g = 0; g < GENERATIONS; g++) {
			run->generations[g].births += site->generations[g].births;
			run->generations[g].deaths += site->generations[g].deaths;
			run->generations[g].survivors += site->generations[g].survivors;
			run->generations[g].bytes += site->generations[g].bytes;
			run->generations[g].byte_seconds += site->generations[g].byte_seconds;
		}
	}
	for (int g = 0; g + 1 < GENERATIONS; g++)
		run->generations[g].promotion = (double)run->generations[g + 1].births /
						(double)run->generations[g].births;
	run->events = run->allocations + run->frees;
	run->turnover_bytes = run->live_bytes / 2;
	run->peak_ns = RUN_NS * 97 / 100;
	run->peak_resident_bytes = run->peak_bytes * 5 / 4;
}

static void put_moments(struct model *model)
{
	struct model_census *census = fixture_take(MOMENTS, sizeof *census);
	struct model_resident *resident = fixture_take(MOMENTS, sizeof *resident);
	const struct model_run *run = &model->run;

	for (uint32_t i = 0; i < MOMENTS; i++) {
		uint64_t live = (uint64_t)((double)run->peak_bytes * load_at(i));

		census[i].ns = resident[i].ns = RUN_NS / MOMENTS * (i + 1);
		census[i].clock = run->allocated_bytes / MOMENTS * (i + 1);
		census[i].live_bytes = live;
		census[i].live_blocks = live / 200 + 1;
		census[i].bytes[0] = live / 10;
		census[i].bytes[1] = live / 5;
		census[i].bytes[2] = live - live / 10 - live / 5;
		census[i].heap_pages = live / 3000 + 1;
		census[i].pinned_bytes = live / 4;
		resident[i].bytes = live + live / 4 + (8 << 20);
	}
	model->census = census;
	model->census_count = MOMENTS;
	model->resident = resident;
	model->resident_count = MOMENTS;
}

static void put_lexis(struct model *model, const struct shape *shape)
{
	uint64_t *births = fixture_take(LEXIS_COLUMNS, sizeof *births);
	uint64_t *ages = fixture_take(LEXIS_ROWS, sizeof *ages);
	uint32_t most = shape->sites < LEXIS_SITES * 10 ? shape->sites / 10 : LEXIS_SITES;
	size_t room = (size_t)LEXIS_COLUMNS * LEXIS_ROWS * 2 * most;
	struct model_lexis_cell *cells = fixture_take(room, sizeof *cells);
	uint32_t count = 0;

	for (uint32_t i = 0; i < LEXIS_COLUMNS; i++)
		births[i] = RUN_NS / LEXIS_COLUMNS * i;
	for (uint32_t i = 1; i < LEXIS_ROWS; i++)
		ages[i] = 1ull << (i + 4);
	for (uint32_t i = 0; i < LEXIS_COLUMNS * LEXIS_ROWS * 2; i++) {
		uint32_t birth = i / (LEXIS_ROWS * 2), age = i / 2 % LEXIS_ROWS;
		uint32_t site = 0;

		/* Late births have had no time to grow old; what lives is old for its column. */
		if (age > LEXIS_ROWS - 2 - birth / 3 || (i % 2 && age + birth / 3 < LEXIS_ROWS - 4))
			continue;
		for (uint32_t n = fixture_below(most) + 1; n && site <= shape->sites; n--) {
			cells[count].birth = (uint16_t)birth;
			cells[count].age = (uint16_t)age;
			cells[count].alive = i % 2;
			cells[count].site = site;
			cells[count].blocks = fixture_heavy(1);
			cells[count].bytes = cells[count].blocks * 8 * (1 + fixture_below(30));
			site += 1 + (uint32_t)fixture_below(shape->sites * 2 / most + 1);
			count++;
		}
	}
	model->lexis = (struct model_lexis){births, LEXIS_COLUMNS, ages, LEXIS_ROWS, cells, count};
}

static void put_size_classes(struct model *model)
{
	struct model_size_class *classes = fixture_take(SIZE_CLASSES, sizeof *classes);

	for (uint32_t i = 0; i < SIZE_CLASSES; i++) {
		classes[i].least = i < 8 ? i * 16 : 128ull << (i - 8) / 2;
		classes[i].allocations = fixture_heavy(1000 / (i + 1) + 1);
		classes[i].allocated_bytes = classes[i].allocations * (classes[i].least + 4);
		classes[i].live_blocks = classes[i].allocations / 7;
		classes[i].live_bytes = classes[i].live_blocks * (classes[i].least + 4);
	}
	model->size_classes = classes;
	model->size_class_count = SIZE_CLASSES;
}

static void put_threads(struct model *model, const struct shape *shape)
{
	struct model_thread *threads = fixture_take(FIXTURE_THREADS, sizeof *threads);
	const struct model_run *run = &model->run;

	for (uint32_t i = 0; i < FIXTURE_THREADS; i++) {
		uint64_t part = (i + 2) * (i + 2);

		threads[i].id = i + 1;
		threads[i].tid = (int32_t)(run->pid + i);
		threads[i].name = shape->text(TEXT_THREAD, i);
		threads[i].allocations = run->allocations / part;
		threads[i].allocated_bytes = run->allocated_bytes / part;
		threads[i].frees = run->frees / part;
		threads[i].remote_frees = run->remote_frees / part;
		threads[i].live_blocks = run->live_blocks / part;
		threads[i].live_bytes = run->live_bytes / part;
	}
	model->threads = threads;
	model->thread_count = FIXTURE_THREADS;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct model_module *)a)->path,
		      ((const struct model_module *)b)->path);
}

static void put_modules(struct model *model, const struct shape *shape)
{
	struct model_module *modules = fixture_take(shape->modules, sizeof *modules);

	for (uint32_t i = 0; i < shape->modules; i++) {
		modules[i].path = shape->text(TEXT_MODULE, i);
		modules[i].build_id = i % 3 ? "" : "00112233445566778899aabbccddeeff00112233";
	}
	qsort(modules, shape->modules, sizeof *modules, by_path);
	model->modules = modules;
	model->module_count = shape->modules;
}

void fixture_build(struct model *model, const struct shape *shape)
{
	put_run(&model->run, shape);
	fixture_put_sites(model, shape);
	fixture_put_heap(model, shape);
	put_totals(model);
	model->run.survival = model->sites[0].survival;
	put_moments(model);
	put_lexis(model, shape);
	put_size_classes(model);
	put_threads(model, shape);
	put_modules(model, shape);
	fixture_put_fragmentation(model, shape);
	fixture_put_groupings(model, shape);
	fixture_put_findings(model, shape);
	fixture_put_savings(model, shape);
}

void fixture_build_empty(struct model *model)
{
	static const char *const arguments[] = {"true"};
	struct model_run *run = &model->run;

	model->snapshot.missing = "no snapshot of the heap was taken";
	model->snapshot.cause = "";
	run->trace_path = "true.1.tenure";
	run->program = "/usr/bin/true";
	run->argv = arguments;
	run->argc = 1;
	run->pid = 1;
	run->complete = true;
	run->damage = "";
	run->end_kind = "exit";
	run->start_realtime_ns = 1790000000000000000u;
	run->duration_ns = 400000;
	run->threads = 1;
	run->events = 1;
	run->trace_bytes = 400;
	run->generation_ages[0] = 65536;
	run->generation_ages[1] = 81920;
}
