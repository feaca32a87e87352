/* SPDX-License-Identifier: MIT */
#include "diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "../util/human.h"
#include "frames.h"
#include "verdict.h"

#define NOTES_MAX 3
/* Runs that allocated this much more or less are not of the same length. */
#define LENGTH_DIFFERENCE 0.1

bool diff_parse_measure(const char *word, enum measure *measure)
{
	static const char *const words[MEASURES] = {
		[MEASURE_LIVE] = "live",
		[MEASURE_ALLOCATED] = "allocated",
		[MEASURE_ALLOCATIONS] = "allocations",
		[MEASURE_PEAK] = "peak",
		[MEASURE_TEMPORARY] = "temporary",
	};

	for (int i = 0; i < MEASURES; i++) {
		if (strcmp(words[i], word))
			continue;
		*measure = (enum measure)i;
		return true;
	}
	return false;
}

static void measure_site(const struct model_site *site, uint64_t values[MEASURES])
{
	values[MEASURE_LIVE] = site->live_bytes;
	values[MEASURE_ALLOCATED] = site->allocated_bytes;
	values[MEASURE_ALLOCATIONS] = site->allocations;
	values[MEASURE_PEAK] = site->peak_bytes;
	values[MEASURE_TEMPORARY] = site->temporary;
}

static void measure_run(const struct model_run *run, uint64_t values[MEASURES])
{
	values[MEASURE_LIVE] = run->live_bytes;
	values[MEASURE_ALLOCATED] = run->allocated_bytes;
	values[MEASURE_ALLOCATIONS] = run->allocations;
	values[MEASURE_PEAK] = run->peak_bytes;
	values[MEASURE_TEMPORARY] = run->temporary;
}

static void add_site(struct model_change_side *side, const struct model_site *site,
		     enum measure measure)
{
	uint64_t values[MEASURES], largest[MEASURES];

	measure_site(site, values);
	if (side->site)
		measure_site(side->site, largest);
	if (!side->site || values[measure] > largest[measure])
		side->site = site;
	if (!side->sites || verdict_gravity(site->verdict) > verdict_gravity(side->verdict)) {
		side->verdict = site->verdict;
		side->why = site->why;
	}
	for (int i = 0; i < MEASURES; i++)
		side->values[i] += values[i];
	side->sites++;
}

/* A site of either run. */
struct entry {
	const struct model_site *site;
	bool is_new;
};

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;

	if (x->site->fingerprint != y->site->fingerprint)
		return x->site->fingerprint < y->site->fingerprint ? -1 : 1;
	if (x->is_new != y->is_new)
		return x->is_new ? 1 : -1;
	return x->site->id < y->site->id ? -1 : x->site->id > y->site->id;
}

static struct entry *list_entries(const struct model_diff *diff)
{
	size_t old_count = diff->old_model->site_count, new_count = diff->new_model->site_count;
	struct entry *entries = xcalloc(old_count + new_count, sizeof *entries);

	for (size_t i = 0; i < old_count; i++)
		entries[i].site = &diff->old_model->sites[i];
	for (size_t i = 0; i < new_count; i++)
		entries[old_count + i] = (struct entry){&diff->new_model->sites[i], true};
	qsort(entries, old_count + new_count, sizeof *entries, compare_entries);
	return entries;
}

static bool is_noise(const struct model_diff *diff, uint64_t before, uint64_t after)
{
	uint64_t change = after > before ? after - before : before - after;

	return !change || change < diff->least ||
	       (unsigned __int128)change * 100 <=
		       (unsigned __int128)diff->tolerance_percent * before;
}

static enum change_kind kind_of(const struct model_diff *diff, const struct model_change *change)
{
	uint64_t before = change->old_side.values[diff->measure];
	uint64_t after = change->new_side.values[diff->measure];

	if (is_noise(diff, before, after))
		return CHANGE_SAME;
	if (!change->old_side.site)
		return CHANGE_APPEARED;
	if (!change->new_side.site)
		return CHANGE_VANISHED;
	return after > before ? CHANGE_GREW : CHANGE_SHRANK;
}

static int64_t subtract(uint64_t a, uint64_t b)
{
	uint64_t size = a > b ? a - b : b - a;
	int64_t nearest = size < INT64_MAX ? (int64_t)size : INT64_MAX;

	return a > b ? nearest : -nearest;
}

static void conclude(const struct model_diff *diff, struct model_change *change)
{
	uint64_t before = change->old_side.values[diff->measure];
	uint64_t after = change->new_side.values[diff->measure];

	change->kind = kind_of(diff, change);
	change->verdict_changed = change->old_side.site && change->new_side.site &&
				  change->old_side.verdict != change->new_side.verdict;
	change->difference = subtract(after, before);
	change->scaled_difference = diff->length_ratio > 0
					    ? (double)after / diff->length_ratio - (double)before
					    : NAN;
}

static uint64_t size_of(const struct model_change *change)
{
	return change->difference < 0 ? -(uint64_t)change->difference
				      : (uint64_t)change->difference;
}

static uint64_t largest_value(const struct model_change *change)
{
	const uint64_t *before = change->old_side.values, *after = change->new_side.values;
	uint64_t largest = 0;

	for (int i = 0; i < MEASURES; i++) {
		largest = before[i] > largest ? before[i] : largest;
		largest = after[i] > largest ? after[i] : largest;
	}
	return largest;
}

static int compare_changes(const void *a, const void *b)
{
	const struct model_change *x = a;
	const struct model_change *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (size_of(x) != size_of(y))
		return size_of(x) < size_of(y) ? 1 : -1;
	if (largest_value(x) != largest_value(y))
		return largest_value(x) < largest_value(y) ? 1 : -1;
	return x->fingerprint < y->fingerprint ? -1 : x->fingerprint > y->fingerprint;
}

static void build_changes(struct model_diff *diff, struct arena *arena)
{
	size_t count = (size_t)diff->old_model->site_count + diff->new_model->site_count;
	struct model_change *changes = arena_alloc(arena, count * sizeof *changes);
	struct entry *entries = list_entries(diff);
	struct model_change *change = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct model_site *site = entries[i].site;

		if (!change || change->fingerprint != site->fingerprint) {
			change = &changes[diff->change_count++];
			change->fingerprint = site->fingerprint;
			change->old_side.why = change->new_side.why = "";
		}
		add_site(entries[i].is_new ? &change->new_side : &change->old_side, site,
			 diff->measure);
	}
	free(entries);
	for (uint32_t i = 0; i < diff->change_count; i++) {
		conclude(diff, &changes[i]);
		diff->counts[changes[i].kind]++;
	}
	qsort(changes, diff->change_count, sizeof *changes, compare_changes);
	diff->changes = changes;
}

static uint32_t count_nameless(const struct model_diff *diff, enum change_kind kind)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < diff->change_count; i++) {
		const struct model_change *change = &diff->changes[i];
		const struct model_site *site = kind == CHANGE_APPEARED ? change->new_side.site
									: change->old_side.site;

		if (change->kind == kind)
			count += frames_lack_names(&site->stack);
	}
	return count;
}

static const char *length_note(const struct model_diff *diff, struct arena *arena)
{
	const struct model_run *before = &diff->old_model->run, *after = &diff->new_model->run;

	if (!(diff->length_ratio > 0))
		return "one of the runs allocated nothing, so changes cannot be scaled by length";
	return arena_printf(arena,
			    "the runs differ in length: the new one allocated %.2f times as much "
			    "as the old one (%s in %s, %s in %s); changes are shown scaled, too, "
			    "as if it had not",
			    diff->length_ratio, human_bytes(after->allocated_bytes, false).text,
			    human_duration(after->duration_ns).text,
			    human_bytes(before->allocated_bytes, false).text,
			    human_duration(before->duration_ns).text);
}

static void build_notes(struct model_diff *diff, struct arena *arena)
{
	const char **notes = arena_alloc(arena, NOTES_MAX * sizeof *notes);
	const char *old_name = human_basename(diff->old_model->run.program);
	const char *new_name = human_basename(diff->new_model->run.program);
	uint32_t appeared = count_nameless(diff, CHANGE_APPEARED);
	uint32_t vanished = count_nameless(diff, CHANGE_VANISHED);

	if (strcmp(old_name, new_name) && diff->old_model->run.programs < 2 &&
	    diff->new_model->run.programs < 2)
		notes[diff->note_count++] = arena_printf(
			arena,
			"the programs are called %s and %s: what they allocate themselves has "
			"nothing to match",
			old_name, new_name);
	if (diff->lengths_differ)
		notes[diff->note_count++] = length_note(diff, arena);
	if (appeared && vanished)
		notes[diff->note_count++] = arena_printf(
			arena,
			"functions without names match within one build only: such are in %s of "
			"the rows that appeared and in %s of those that vanished",
			human_count(appeared).text, human_count(vanished).text);
	diff->notes = notes;
}

void diff_build(struct model_diff *diff, const struct model *old_model,
		const struct model *new_model, const struct diff_options *options,
		struct arena *arena)
{
	double before = (double)old_model->run.allocated_bytes;
	double after = (double)new_model->run.allocated_bytes;

	*diff = (struct model_diff){
		.old_model = old_model,
		.new_model = new_model,
		.measure = options->measure,
		.tolerance_percent = options->tolerance_percent,
		.least = options->least,
		.length_ratio = before > 0 && after > 0 ? after / before : 0,
		.lengths_differ = fabs(after - before) > LENGTH_DIFFERENCE * before,
	};
	measure_run(&old_model->run, diff->old_totals);
	measure_run(&new_model->run, diff->new_totals);
	build_changes(diff, arena);
	build_notes(diff, arena);
}
