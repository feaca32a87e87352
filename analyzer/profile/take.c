/* SPDX-License-Identifier: MIT */
#include "take.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../analysis/ages.h"
#include "../analysis/explain.h"
#include "../util/array.h"
#include "../util/human.h"
#include "fold.h"
#include "layout.h"

static uint64_t whole(double value)
{
	return value < 0 ? 0 : value < 1.8e19 ? (uint64_t)ceil(value) : UINT64_MAX;
}

static uint64_t variance(double error, double unit)
{
	return whole(error / unit * (error / unit));
}

/* Longer ones are cut: a file of profiles has a limit. */
static uint32_t string(struct pool *pool, const char *text)
{
	char *cut;
	uint32_t number;

	if (strnlen(text, LAYOUT_STRING_BYTES_MAX + 1) <= LAYOUT_STRING_BYTES_MAX)
		return pool_string(pool, text);
	cut = xmalloc(LAYOUT_STRING_BYTES_MAX + 1);
	memcpy(cut, text, LAYOUT_STRING_BYTES_MAX);
	cut[LAYOUT_STRING_BYTES_MAX] = '\0';
	number = pool_string(pool, cut);
	free(cut);
	return number;
}

static uint32_t take_frame(struct pool *pool, const struct model_frame *from)
{
	struct pool_frame frame = {
		.function = string(pool, from->function),
		.file = string(pool, from->file),
		.module = string(pool, human_basename(from->module)),
		.language = string(pool, from->language),
		.note = string(pool, from->note),
		.line = from->line,
		.offset = from->offset,
		.inlined = from->inlined,
	};

	return pool_frame(pool, &frame);
}

static struct profile_stack take_stack(struct pool *pool, const struct model_site *from)
{
	uint32_t count = from->stack.frame_count;
	struct profile_stack stack = {
		.api = string(pool, from->api),
		.type = string(pool, from->type),
		.frame_count = count < LAYOUT_DEPTH_MAX ? count : LAYOUT_DEPTH_MAX,
	};

	stack.frames = xcalloc(stack.frame_count, sizeof *stack.frames);
	for (uint32_t i = 0; i < stack.frame_count; i++)
		stack.frames[i] = take_frame(pool, &from->stack.frames[i]);
	return stack;
}

static struct profile_ages take_ages(const struct model_age_bucket *from, uint32_t count)
{
	struct profile_ages ages = {xcalloc(count, sizeof *ages.list), count};

	for (uint32_t i = 0; i < count; i++)
		ages.list[i] = (struct profile_bucket){
			.blocks = from[i].blocks,
			.bytes = from[i].bytes,
			.byte_ms = whole(floor(from[i].byte_seconds * 1000 + 0.5)),
			.bucket = ages_bucket(from[i].age),
		};
	return ages;
}

static struct profile_part take_part(const struct model_site *from, const struct model_run *run)
{
	const struct model_sample *sample = &from->sample;
	struct profile_part part = {
		.verdict = from->verdict,
		.numbers =
			{
				[PART_RUNS] = 1,
				[PART_LIVE_RUNS] = from->live_blocks != 0,
				[PART_CONFIDENCE_PPM] = whole(floor(from->confidence * 1e6 + 0.5)),
				[PART_ALLOCATIONS] = from->allocations,
				[PART_FREES] = from->frees,
				[PART_ALLOCATED_BYTES] = from->allocated_bytes,
				[PART_LIVE_BLOCKS] = from->live_blocks,
				[PART_LIVE_BYTES] = from->live_bytes,
				[PART_PEAK_BLOCKS] = from->peak_blocks,
				[PART_PEAK_BYTES] = from->peak_bytes,
				[PART_OWN_PEAK_BYTES] = from->own_peak_bytes,
				[PART_TEARDOWN_BLOCKS] = from->teardown_blocks,
				[PART_TEARDOWN_BYTES] = from->teardown_bytes,
				[PART_TEMPORARY] = from->temporary,
				[PART_FAILURES] = from->failures,
				[PART_RESIZED] = from->resized,
				[PART_REMOTE_FREES] = from->remote_frees,
				[PART_RECORDED_BLOCKS] = run->sampled ? sample->blocks
								      : from->allocations,
				[PART_RECORDED_LIVE_BLOCKS] = run->sampled ? sample->live_blocks
									   : from->live_blocks,
				[PART_ALLOCATIONS_VARIANCE] = variance(sample->allocations_error,
								       1),
				[PART_ALLOCATED_BYTES_VARIANCE] = variance(
					sample->allocated_bytes_error, PROFILE_VARIANCE_BYTES),
				[PART_LIVE_BLOCKS_VARIANCE] = variance(sample->live_blocks_error,
								       1),
				[PART_LIVE_BYTES_VARIANCE] = variance(sample->live_bytes_error,
								      PROFILE_VARIANCE_BYTES),
				[PART_PEAK_BYTES_VARIANCE] = variance(sample->peak_bytes_error,
								      PROFILE_VARIANCE_BYTES),
				[PART_MIN_BYTES] = UINT64_MAX,
				[PART_FIRST_NS] = UINT64_MAX,
				[PART_FIRST_SEEN_NS] = UINT64_MAX,
				[PART_LAST_RELEASE_NS] = from->last_release_ns,
				[PART_LARGEST_LIVE_BYTES] = from->live_bytes,
				[PART_LONGEST_CHAIN] = from->longest_chain,
				[PART_STACKS] = from->stacks,
			},
		.dead = take_ages(from->ages.dead, from->ages.dead_count),
		.alive = take_ages(from->ages.alive, from->ages.alive_count),
	};

	if (from->allocations) {
		part.numbers[PART_MIN_BYTES] = from->min_bytes;
		part.numbers[PART_MAX_BYTES] = from->max_bytes;
		part.numbers[PART_FIRST_NS] = from->first_ns;
		part.numbers[PART_LAST_NS] = from->last_ns;
		part.numbers[PART_FIRST_SEEN_NS] = ages_add_saturated(run->start_realtime_ns,
								      from->first_ns);
		part.numbers[PART_LAST_SEEN_NS] = ages_add_saturated(run->start_realtime_ns,
								     from->last_ns);
	}
	return part;
}

/* Of call stacks of one run, which were added up as if each were of a run of its own. */
static void count_as_one_run(struct profile_site *site)
{
	site->runs = 1;
	for (uint32_t i = 0; i < site->part_count; i++) {
		uint64_t *numbers = site->parts[i].numbers;

		numbers[PART_CONFIDENCE_PPM] /= numbers[PART_RUNS];
		numbers[PART_STACKS] = numbers[PART_RUNS];
		numbers[PART_RUNS] = 1;
		numbers[PART_LIVE_RUNS] = numbers[PART_LIVE_BLOCKS] != 0;
		numbers[PART_LARGEST_LIVE_BYTES] = numbers[PART_LIVE_BYTES];
	}
}

static int compare_sites(const void *a, const void *b)
{
	const struct model_site *x = *(const struct model_site *const *)a;
	const struct model_site *y = *(const struct model_site *const *)b;

	if (x->fingerprint != y->fingerprint)
		return x->fingerprint < y->fingerprint ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static void take_sites(struct profile *profile, const struct model *model)
{
	struct profile_program *program = profile->programs;
	const struct model_site **sites = xcalloc(model->site_count, sizeof *sites);

	for (uint32_t i = 0; i < model->site_count; i++)
		sites[i] = &model->sites[i];
	qsort(sites, model->site_count, sizeof *sites, compare_sites);
	program->sites = xcalloc(model->site_count, sizeof *program->sites);
	for (uint32_t i = 0; i < model->site_count; i++) {
		struct profile_part part = take_part(sites[i], &model->run);
		struct profile_site site = {
			.fingerprint = sites[i]->fingerprint,
			.runs = 1,
			.stack = take_stack(&profile->pool, sites[i]),
			.parts = &part,
			.part_count = 1,
		};

		if (!i || sites[i]->fingerprint != sites[i - 1]->fingerprint)
			program->site_count++;
		fold_site(&program->sites[program->site_count - 1], &profile->pool, &site,
			  &profile->pool);
		free(site.stack.frames);
		free(part.dead.list);
		free(part.alive.list);
	}
	free(sites);
	for (size_t i = 0; i < program->site_count; i++)
		count_as_one_run(&program->sites[i]);
}

static void take_sizes(struct profile_program *program, const struct model *model)
{
	for (uint32_t i = 0; i < model->size_class_count; i++) {
		const struct model_size_class *from = &model->size_classes[i];
		unsigned bits = from->least ? 64u - (unsigned)__builtin_clzll(from->least) : 0;

		program->sizes[bits] = (struct profile_size){from->allocations,
							     from->allocated_bytes,
							     from->live_blocks, from->live_bytes};
	}
}

/* Milder cases are left out: releases that are as good as right, failures made on purpose. */
static void take_findings(uint64_t *numbers, const struct model *model)
{
	for (uint32_t i = 0; i < model->finding_count; i++) {
		enum finding_rule rule = model->findings[i].rule;
		uint64_t *sum = &numbers[TOTAL_FINDINGS + rule];
		enum severity severity;

		explain_rule(rule, &severity);
		if (model->findings[i].severity != severity)
			continue;
		*sum = ages_add_saturated(*sum, model->findings[i].occurrences);
		numbers[TOTAL_FINDING_RUNS + rule] = 1;
	}
}

static void take_estimates(uint64_t *numbers, const struct model_run *run)
{
	const struct model_sample *sample = &run->sample;
	const double unit = PROFILE_VARIANCE_BYTES;

	numbers[TOTAL_RECORDED_BLOCKS] = run->sampled ? sample->blocks : run->allocations;
	numbers[TOTAL_RECORDED_LIVE_BLOCKS] = run->sampled ? sample->live_blocks : run->live_blocks;
	numbers[TOTAL_ALLOCATIONS_VARIANCE] = variance(sample->allocations_error, 1);
	numbers[TOTAL_ALLOCATED_BYTES_VARIANCE] = variance(sample->allocated_bytes_error, unit);
	numbers[TOTAL_LIVE_BLOCKS_VARIANCE] = variance(sample->live_blocks_error, 1);
	numbers[TOTAL_LIVE_BYTES_VARIANCE] = variance(sample->live_bytes_error, unit);
	numbers[TOTAL_PEAK_BYTES_VARIANCE] = variance(sample->peak_bytes_error, unit);
	numbers[TOTAL_SAMPLE_INTERVAL_BYTES] = run->sample_interval_bytes;
}

/* What the run was like. */
static void take_circumstances(uint64_t *numbers, const struct model_run *run)
{
	numbers[TOTAL_RUNS] = 1;
	numbers[TOTAL_INCOMPLETE] = !run->complete;
	numbers[TOTAL_DETACHED] = !strcmp(run->end_kind, "detached");
	numbers[TOTAL_LOSSY] = run->lost_events != 0;
	numbers[TOTAL_SAMPLED] = run->sampled;
	numbers[TOTAL_FORKED] = run->forked;
	numbers[TOTAL_OWN_ALLOCATOR] = run->own_allocator;
	numbers[TOTAL_WITHOUT_STACKS] = run->without_stacks;
	numbers[TOTAL_DEEP_BOUND] = run->deep_bound;
	numbers[TOTAL_KILLED] = !strcmp(run->end_kind, "signal");
	numbers[TOTAL_DURATION_NS] = numbers[TOTAL_LONGEST_NS] = run->duration_ns;
	numbers[TOTAL_THREADS] = run->threads;
	numbers[TOTAL_FIRST_START_NS] = run->start_realtime_ns;
	numbers[TOTAL_LAST_END_NS] = ages_add_saturated(run->start_realtime_ns, run->duration_ns);
	numbers[TOTAL_EVENTS] = run->events;
	numbers[TOTAL_TRACE_BYTES] = run->trace_bytes;
	numbers[TOTAL_LOST_EVENTS] = run->lost_events;
	numbers[TOTAL_STACKS_DEEP] = run->stacks_deep;
	numbers[TOTAL_STACKS_UNFINISHED] = run->stacks_unfinished;
	numbers[TOTAL_STACKS_TRUNCATED] = run->stacks_truncated;
	numbers[TOTAL_INHERITED_FREES] = run->inherited_frees;
	numbers[TOTAL_UNSEEN_RELEASES] = run->unseen_releases;
	numbers[TOTAL_UNDECIDED_RELEASES] = run->undecided_releases;
}

static void take_totals(uint64_t *numbers, const struct model_run *run)
{
	numbers[TOTAL_ALLOCATIONS] = run->allocations;
	numbers[TOTAL_FREES] = run->frees;
	numbers[TOTAL_ALLOCATED_BYTES] = run->allocated_bytes;
	numbers[TOTAL_LIVE_BLOCKS] = run->live_blocks;
	numbers[TOTAL_LIVE_BYTES] = numbers[TOTAL_LARGEST_LIVE_BYTES] = run->live_bytes;
	numbers[TOTAL_PEAK_BLOCKS] = run->peak_blocks;
	numbers[TOTAL_PEAK_BYTES] = numbers[TOTAL_LARGEST_PEAK_BYTES] = run->peak_bytes;
	numbers[TOTAL_TEMPORARY] = run->temporary;
	numbers[TOTAL_FAILED_ALLOCATIONS] = run->failed_allocations;
	numbers[TOTAL_INJECTED_FAILURES] = run->injected_failures;
	numbers[TOTAL_MAPPED_BYTES] = run->mapped_bytes;
	numbers[TOTAL_MAPPINGS] = run->mappings;
	numbers[TOTAL_RESIZED] = run->resized;
	numbers[TOTAL_REMOTE_FREES] = run->remote_frees;
	numbers[TOTAL_TURNOVER_BYTES] = run->turnover_bytes;
	numbers[TOTAL_PEAK_RESIDENT_BYTES] = run->peak_resident_bytes;
}

void take_run(struct profile *profile, const struct model *model)
{
	struct profile_program *program = xcalloc(1, sizeof *program);

	program->name = string(&profile->pool, human_basename(model->run.program));
	profile->programs = program;
	profile->program_count = 1;
	take_circumstances(program->numbers, &model->run);
	take_totals(program->numbers, &model->run);
	take_estimates(program->numbers, &model->run);
	take_findings(program->numbers, model);
	take_sizes(program, model);
	take_sites(profile, model);
}
