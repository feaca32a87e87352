/* SPDX-License-Identifier: MIT */
#include "present.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../analysis/curve.h"
#include "../analysis/explain.h"
#include "../analysis/verdict.h"
#include "../util/array.h"
#include "fold.h"
#include "remarks.h"

struct presenter {
	const struct profile *profile;
	struct model *model;
	struct arena *arena;
	const char **strings; /* of the pool, in the arena */
	uint64_t totals[PROFILE_TOTALS]; /* of all programs */
	struct ages dead, alive; /* of all sites */
};

/* A row of the model in the making. */
struct row {
	const struct profile_program *program;
	const struct profile_site *site;
	struct profile_part part; /* its histograms are owned by the site, unless: */
	bool summed; /* of several parts */
};

static void copy_strings(struct presenter *p)
{
	const struct pool *pool = &p->profile->pool;
	const char **strings = arena_alloc(p->arena, pool->strings.count * sizeof *strings);

	for (uint32_t i = 0; i < pool->strings.count; i++)
		strings[i] = arena_strdup(p->arena, pool_text(pool, i));
	p->strings = strings;
}

static void add_up(struct presenter *p)
{
	profile_clear_numbers(p->totals, profile_total_rules, PROFILE_TOTALS);
	for (size_t i = 0; i < p->profile->program_count; i++)
		profile_add_numbers(p->totals, p->profile->programs[i].numbers, profile_total_rules,
				    PROFILE_TOTALS);
}

static double error_of(uint64_t variance, double unit)
{
	return sqrt((double)variance) * unit;
}

static void fill_run(struct presenter *p, const char *path)
{
	const struct profile *profile = p->profile;
	struct model_run *run = &p->model->run;
	const uint64_t *totals = p->totals;
	const double unit = PROFILE_VARIANCE_BYTES;

	*run = (struct model_run){
		.runs = totals[TOTAL_RUNS],
		.programs = (uint32_t)profile->program_count,
		.last_end_realtime_ns = totals[TOTAL_LAST_END_NS],
		.trace_path = arena_strdup(p->arena, path),
		.program = profile->program_count == 1
				   ? p->strings[profile->programs[0].name]
				   : arena_printf(p->arena, "%zu programs", profile->program_count),
		.complete = !totals[TOTAL_INCOMPLETE] && !profile->skipped,
		.damage = "",
		.end_kind = "unknown",
		.start_realtime_ns = profile->program_count ? totals[TOTAL_FIRST_START_NS] : 0,
		.duration_ns = totals[TOTAL_DURATION_NS],
		.threads = totals[TOTAL_THREADS] < UINT32_MAX ? (uint32_t)totals[TOTAL_THREADS]
							      : UINT32_MAX,
		.allocations = totals[TOTAL_ALLOCATIONS],
		.frees = totals[TOTAL_FREES],
		.allocated_bytes = totals[TOTAL_ALLOCATED_BYTES],
		.live_blocks = totals[TOTAL_LIVE_BLOCKS],
		.live_bytes = totals[TOTAL_LIVE_BYTES],
		.peak_bytes = totals[TOTAL_PEAK_BYTES],
		.peak_blocks = totals[TOTAL_PEAK_BLOCKS],
		.temporary = totals[TOTAL_TEMPORARY],
		.failed_allocations = totals[TOTAL_FAILED_ALLOCATIONS],
		.injected_failures = totals[TOTAL_INJECTED_FAILURES],
		.lost_events = totals[TOTAL_LOST_EVENTS],
		.stacks_truncated = totals[TOTAL_STACKS_TRUNCATED],
		.stacks_deep = totals[TOTAL_STACKS_DEEP],
		.stacks_unfinished = totals[TOTAL_STACKS_UNFINISHED],
		.events = totals[TOTAL_EVENTS],
		.trace_bytes = totals[TOTAL_TRACE_BYTES],
		.peak_resident_bytes = totals[TOTAL_PEAK_RESIDENT_BYTES],
		.mapped_bytes = totals[TOTAL_MAPPED_BYTES],
		.mappings = totals[TOTAL_MAPPINGS],
		.forked = totals[TOTAL_FORKED],
		.own_allocator = totals[TOTAL_OWN_ALLOCATOR],
		.without_stacks = totals[TOTAL_WITHOUT_STACKS],
		.deep_bound = totals[TOTAL_DEEP_BOUND],
		.inherited_frees = totals[TOTAL_INHERITED_FREES],
		.unseen_releases = totals[TOTAL_UNSEEN_RELEASES],
		.undecided_releases = totals[TOTAL_UNDECIDED_RELEASES],
		.sampled = totals[TOTAL_SAMPLED],
		.sample_interval_bytes = totals[TOTAL_SAMPLE_INTERVAL_BYTES],
		.resized = totals[TOTAL_RESIZED],
		.remote_frees = totals[TOTAL_REMOTE_FREES],
		.turnover_bytes = totals[TOTAL_RUNS]
					  ? totals[TOTAL_TURNOVER_BYTES] / totals[TOTAL_RUNS]
					  : 0,
	};
	if (run->sampled)
		run->sample = (struct model_sample){
			.blocks = totals[TOTAL_RECORDED_BLOCKS],
			.live_blocks = totals[TOTAL_RECORDED_LIVE_BLOCKS],
			.allocations_error = error_of(totals[TOTAL_ALLOCATIONS_VARIANCE], 1),
			.allocated_bytes_error = error_of(totals[TOTAL_ALLOCATED_BYTES_VARIANCE],
							  unit),
			.live_blocks_error = error_of(totals[TOTAL_LIVE_BLOCKS_VARIANCE], 1),
			.live_bytes_error = error_of(totals[TOTAL_LIVE_BYTES_VARIANCE], unit),
			.peak_bytes_error = error_of(totals[TOTAL_PEAK_BYTES_VARIANCE], unit),
		};
	remarks_limits(run, totals, profile->skipped, p->arena);
}

/* Zeroed before; you own the result. */
static void to_ages(const struct profile_ages *from, struct ages *to)
{
	for (uint32_t i = 0; i < from->count; i++) {
		const struct profile_bucket *bucket = &from->list[i];

		ages_add(to, ages_floor(bucket->bucket), bucket->blocks, bucket->bytes,
			 (double)bucket->byte_ms / 1000);
	}
}

static double recorded_share(uint64_t recorded, uint64_t allocations)
{
	double share = allocations ? (double)recorded / (double)allocations : 1;

	return share > 0 && share < 1 ? share : 1;
}

static double fill_generations(struct model_generation *generations, const struct model_run *run,
			       const struct ages *dead, const struct ages *alive)
{
	double byte_seconds = 0;

	generations_count(run->generation_ages, dead, alive, generations);
	for (int g = 0; g < GENERATIONS; g++)
		byte_seconds += generations[g].byte_seconds;
	return byte_seconds;
}

static bool is_leaky(enum verdict verdict)
{
	return verdict == VERDICT_LEAK || verdict == VERDICT_GROWING;
}

/* See the header. */
static enum verdict middle_verdict(const struct profile_site *site)
{
	uint64_t runs[VERDICTS] = {0}, all = 0, graver = 0;
	enum verdict verdict = VERDICT_UNKNOWN;

	for (int counted = PART_LIVE_RUNS; counted >= PART_RUNS && !all; counted--)
		for (uint32_t i = 0; i < site->part_count; i++) {
			const struct profile_part *part = &site->parts[i];

			if (is_leaky(part->verdict))
				continue;
			runs[part->verdict] = part->numbers[counted];
			all = ages_add_saturated(all, part->numbers[counted]);
		}
	for (int gravity = VERDICTS; gravity-- > 0 && graver < all / 2 + all % 2;)
		for (enum verdict v = 0; v < VERDICTS; v++)
			if (verdict_gravity(v) == gravity && runs[v]) {
				graver = ages_add_saturated(graver, runs[v]);
				verdict = v;
			}
	return verdict;
}

static void add_to_row(struct row *row, const struct profile_part *part)
{
	if (!row->part.numbers[PART_RUNS]) {
		row->part = *part;
		return;
	}
	if (!row->summed) {
		struct profile_ages dead = row->part.dead, alive = row->part.alive;

		row->summed = true;
		row->part.dead = row->part.alive = (struct profile_ages){0};
		fold_ages(&row->part.dead, &dead);
		fold_ages(&row->part.alive, &alive);
	}
	profile_add_numbers(row->part.numbers, part->numbers, profile_part_rules,
			    PROFILE_PART_NUMBERS);
	fold_ages(&row->part.dead, &part->dead);
	fold_ages(&row->part.alive, &part->alive);
}

struct rows {
	struct row *list;
	size_t count, capacity;
};

static void add_row(struct rows *rows, const struct row *row)
{
	ARRAY_GROW(rows->list, rows->count + 1, rows->capacity);
	rows->list[rows->count++] = *row;
}

static void add_rows(struct rows *rows, const struct profile_program *program,
		     const struct profile_site *site)
{
	struct row rest = {.program = program, .site = site};

	for (uint32_t i = 0; i < site->part_count; i++) {
		struct row alone = {program, site, site->parts[i], false};

		if (is_leaky(site->parts[i].verdict))
			add_row(rows, &alone);
		else
			add_to_row(&rest, &site->parts[i]);
	}
	if (rest.part.numbers[PART_RUNS]) {
		rest.part.verdict = middle_verdict(site);
		add_row(rows, &rest);
	}
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a;
	const struct row *y = b;
	const uint64_t *m = x->part.numbers, *n = y->part.numbers;

	if (m[PART_LIVE_BYTES] != n[PART_LIVE_BYTES])
		return m[PART_LIVE_BYTES] < n[PART_LIVE_BYTES] ? 1 : -1;
	if (m[PART_ALLOCATED_BYTES] != n[PART_ALLOCATED_BYTES])
		return m[PART_ALLOCATED_BYTES] < n[PART_ALLOCATED_BYTES] ? 1 : -1;
	if (x->program != y->program)
		return x->program < y->program ? -1 : 1;
	if (x->site != y->site)
		return x->site < y->site ? -1 : 1;
	return x->part.verdict < y->part.verdict ? -1 : x->part.verdict > y->part.verdict;
}

static struct model_stack make_stack(const struct presenter *p, const struct profile_stack *from)
{
	struct model_frame *frames = arena_alloc(p->arena, from->frame_count * sizeof *frames);

	for (uint32_t i = 0; i < from->frame_count; i++) {
		struct pool_frame frame = pool_frame_at(&p->profile->pool, from->frames[i]);

		frames[i] = (struct model_frame){
			.function = p->strings[frame.function],
			.file = p->strings[frame.file],
			.line = frame.line,
			.module = p->strings[frame.module],
			.offset = frame.offset,
			.inlined = frame.inlined,
			.language = p->strings[frame.language],
			.note = p->strings[frame.note],
		};
	}
	return (struct model_stack){frames, from->frame_count};
}

static const struct model_site_runs *make_runs(const struct presenter *p, const struct row *row)
{
	struct model_site_runs *runs = arena_alloc(p->arena, sizeof *runs);

	*runs = (struct model_site_runs){
		.program = p->strings[row->program->name],
		.all = row->program->numbers[TOTAL_RUNS],
		.present = row->site->runs,
		.first_seen_ns = row->part.numbers[PART_ALLOCATIONS]
					 ? row->part.numbers[PART_FIRST_SEEN_NS]
					 : 0,
		.last_seen_ns = row->part.numbers[PART_LAST_SEEN_NS],
		.largest_live_bytes = row->part.numbers[PART_LARGEST_LIVE_BYTES],
	};
	for (uint32_t i = 0; i < row->site->part_count; i++)
		runs->verdicts[row->site->parts[i].verdict] =
			row->site->parts[i].numbers[PART_RUNS];
	return runs;
}

static void fill_site(const struct presenter *p, struct model_site *site, const struct row *row)
{
	const uint64_t *numbers = row->part.numbers;
	const double unit = PROFILE_VARIANCE_BYTES;

	*site = (struct model_site){
		.fingerprint = row->site->fingerprint,
		.stack = make_stack(p, &row->site->stack),
		.api = p->strings[row->site->stack.api],
		.type = p->strings[row->site->stack.type],
		.verdict = row->part.verdict,
		.confidence = fmin(1, (double)numbers[PART_CONFIDENCE_PPM] / 1e6 /
					      (double)numbers[PART_RUNS]),
		.why = "",
		.stacks = numbers[PART_STACKS] < UINT32_MAX ? (uint32_t)numbers[PART_STACKS]
							    : UINT32_MAX,
		.allocations = numbers[PART_ALLOCATIONS],
		.frees = numbers[PART_FREES],
		.allocated_bytes = numbers[PART_ALLOCATED_BYTES],
		.live_blocks = numbers[PART_LIVE_BLOCKS],
		.live_bytes = numbers[PART_LIVE_BYTES],
		.peak_blocks = numbers[PART_PEAK_BLOCKS],
		.peak_bytes = numbers[PART_PEAK_BYTES],
		.own_peak_bytes = numbers[PART_OWN_PEAK_BYTES],
		.teardown_blocks = numbers[PART_TEARDOWN_BLOCKS],
		.teardown_bytes = numbers[PART_TEARDOWN_BYTES],
		.temporary = numbers[PART_TEMPORARY],
		.failures = numbers[PART_FAILURES],
		.min_bytes = numbers[PART_ALLOCATIONS] ? numbers[PART_MIN_BYTES] : 0,
		.max_bytes = numbers[PART_MAX_BYTES],
		.resized = numbers[PART_RESIZED],
		.longest_chain = numbers[PART_LONGEST_CHAIN],
		.remote_frees = numbers[PART_REMOTE_FREES],
		.first_ns = numbers[PART_ALLOCATIONS] ? numbers[PART_FIRST_NS] : 0,
		.last_ns = numbers[PART_LAST_NS],
		.last_release_ns = numbers[PART_LAST_RELEASE_NS],
		.runs = make_runs(p, row),
	};
	if (p->totals[TOTAL_SAMPLED])
		site->sample = (struct model_sample){
			.blocks = numbers[PART_RECORDED_BLOCKS],
			.live_blocks = numbers[PART_RECORDED_LIVE_BLOCKS],
			.allocations_error = error_of(numbers[PART_ALLOCATIONS_VARIANCE], 1),
			.allocated_bytes_error = error_of(numbers[PART_ALLOCATED_BYTES_VARIANCE],
							  unit),
			.live_blocks_error = error_of(numbers[PART_LIVE_BLOCKS_VARIANCE], 1),
			.live_bytes_error = error_of(numbers[PART_LIVE_BYTES_VARIANCE], unit),
			.peak_bytes_error = error_of(numbers[PART_PEAK_BYTES_VARIANCE], unit),
		};
}

static void add_ages(struct presenter *p, struct model_site *site, const struct row *row,
		     bool shown)
{
	const struct model_run *run = &p->model->run;
	struct ages dead = {0}, alive = {0};

	to_ages(&row->part.dead, &dead);
	to_ages(&row->part.alive, &alive);
	site->byte_seconds = fill_generations(site->generations, run, &dead, &alive);
	if (shown)
		curve_fill(
			&site->survival, site->generations, run->generation_ages, &dead, &alive,
			recorded_share(row->part.numbers[PART_RECORDED_BLOCKS], site->allocations),
			p->arena);
	ages_merge(&p->dead, &dead);
	ages_merge(&p->alive, &alive);
	ages_release(&dead);
	ages_release(&alive);
}

static struct rows list_rows(const struct profile *profile)
{
	struct rows rows = {0};

	for (size_t i = 0; i < profile->program_count; i++) {
		const struct profile_program *program = &profile->programs[i];

		for (size_t k = 0; k < program->site_count; k++)
			add_rows(&rows, program, &program->sites[k]);
	}
	if (rows.count)
		qsort(rows.list, rows.count, sizeof *rows.list, compare_rows);
	return rows;
}

static void build_sites(struct presenter *p, const struct sites_choice *shown)
{
	struct rows rows = list_rows(p->profile);
	uint32_t count = (uint32_t)rows.count;
	struct model_site *sites = arena_alloc(p->arena, count * sizeof *sites);
	bool *chosen = xcalloc(count, sizeof *chosen);

	for (uint32_t i = 0; i < count; i++) {
		fill_site(p, &sites[i], &rows.list[i]);
		sites[i].id = i + 1;
	}
	sites_choose(sites, count, shown, chosen);
	for (uint32_t i = 0; i < count; i++) {
		add_ages(p, &sites[i], &rows.list[i], chosen[i]);
		if (chosen[i])
			sites[i].why = remarks_why(&sites[i], p->arena);
		if (rows.list[i].summed) {
			free(rows.list[i].part.dead.list);
			free(rows.list[i].part.alive.list);
		}
	}
	p->model->sites = sites;
	p->model->site_count = count;
	free(chosen);
	free(rows.list);
}

static void build_ages(struct presenter *p)
{
	struct model_run *run = &p->model->run;

	run->byte_seconds = fill_generations(run->generations, run, &p->dead, &p->alive);
	curve_fill(&run->survival, run->generations, run->generation_ages, &p->dead, &p->alive,
		   recorded_share(p->totals[TOTAL_RECORDED_BLOCKS], run->allocations), p->arena);
	ages_release(&p->dead);
	ages_release(&p->alive);
}

static void build_sizes(struct presenter *p)
{
	struct model_size_class *classes = arena_alloc(p->arena, PROFILE_SIZES * sizeof *classes);

	p->model->size_classes = classes;
	for (uint32_t bits = 0; bits < PROFILE_SIZES; bits++) {
		struct model_size_class *class = &classes[p->model->size_class_count];

		for (size_t i = 0; i < p->profile->program_count; i++) {
			const struct profile_size *from = &p->profile->programs[i].sizes[bits];

			class->allocations += from->allocations;
			class->allocated_bytes += from->allocated_bytes;
			class->live_blocks += from->live_blocks;
			class->live_bytes += from->live_bytes;
		}
		class->least = bits ? 1ull << (bits - 1) : 0;
		if (class->allocations)
			p->model->size_class_count++;
	}
}

/* As many as programs have kinds of them, without stacks. */
static void build_findings(struct presenter *p)
{
	size_t most = p->profile->program_count * FINDING_RULES;
	struct model_finding *list = arena_alloc(p->arena, most * sizeof *list);
	uint32_t count = 0;

	for (int rule = 0; rule < FINDING_RULES; rule++) {
		for (size_t i = 0; i < p->profile->program_count; i++) {
			const struct profile_program *program = &p->profile->programs[i];
			const uint64_t *numbers = program->numbers;
			struct model_finding *finding = &list[count];

			if (!numbers[TOTAL_FINDINGS + rule])
				continue;
			count++;
			finding->rule = (enum finding_rule)rule;
			finding->rule_name = explain_rule(finding->rule, &finding->severity);
			finding->occurrences = numbers[TOTAL_FINDINGS + rule];
			finding->message = remarks_finding(
				p->strings[program->name], finding->occurrences,
				numbers[TOTAL_FINDING_RUNS + rule], numbers[TOTAL_RUNS], p->arena);
		}
	}
	p->model->findings = list;
	p->model->finding_count = count;
}

void present_profile(struct model *model, const struct profile *profile, const char *path,
		     const struct generations_rule *rule, const struct sites_choice *shown,
		     struct arena *arena)
{
	struct presenter p = {.profile = profile, .model = model, .arena = arena};

	memset(model, 0, sizeof *model);
	model->snapshot = (struct model_snapshot){
		.missing = "a profile adds up runs, and keeps of none who held what",
		.cause = "",
	};
	copy_strings(&p);
	add_up(&p);
	fill_run(&p, path);
	model->run.suppressions = "";
	model->run.age_clock = AGE_BYTES;
	generations_resolve(rule ? rule : &generations_default, model->run.turnover_bytes,
			    model->run.generation_ages);
	build_sites(&p, shown);
	build_ages(&p);
	build_sizes(&p);
	build_findings(&p);
}
