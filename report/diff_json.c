/* SPDX-License-Identifier: MIT */
#include "diff_format.h"

#include <inttypes.h>

#include "json.h"
#include "json_stack.h"
#include "verdicts.h"

/* Grows when names change their meaning, not when names are added. */
#define JSON_SCHEMA 1

static void put_values(struct json_writer *w, const uint64_t values[MEASURES])
{
	static const char *const names[MEASURES] = {
		[MEASURE_LIVE] = "live_bytes",	       [MEASURE_ALLOCATED] = "allocated_bytes",
		[MEASURE_ALLOCATIONS] = "allocations", [MEASURE_PEAK] = "peak_bytes",
		[MEASURE_TEMPORARY] = "temporary",
	};

	for (int i = 0; i < MEASURES; i++)
		json_uint(w, names[i], values[i]);
}

static void put_side(struct json_writer *w, const char *key, const struct model_change_side *side)
{
	if (!side->site) {
		json_null(w, key);
		return;
	}
	json_object_begin(w, key);
	json_uint(w, "site", side->site->id);
	json_uint(w, "sites", side->sites);
	json_string(w, "verdict", verdicts_name(side->verdict));
	json_string(w, "why", side->why);
	put_values(w, side->values);
	json_end(w);
}

static void put_change(struct json_writer *w, const struct model_change *change)
{
	const struct model_site *site = diff_format_site(change);
	char fingerprint[17];

	snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, change->fingerprint);
	json_object_begin(w, NULL);
	json_string(w, "change", diff_format_kind(change->kind));
	json_string(w, "fingerprint", fingerprint);
	json_int(w, "difference", change->difference);
	json_double(w, "scaled_difference", change->scaled_difference);
	json_bool(w, "verdict_changed", change->verdict_changed);
	put_side(w, "old", &change->old_side);
	put_side(w, "new", &change->new_side);
	json_string(w, "api", site->api);
	json_stack_put(w, "stack", &site->stack);
	json_end(w);
}

static void put_totals(struct json_writer *w, const struct model_diff *diff)
{
	json_object_begin(w, "totals");
	json_object_begin(w, "old");
	put_values(w, diff->old_totals);
	json_end(w);
	json_object_begin(w, "new");
	put_values(w, diff->new_totals);
	json_end(w);
	json_end(w);
}

static void put_changes(struct json_writer *w, const struct model_diff *diff, uint32_t top)
{
	json_object_begin(w, "counts");
	for (int kind = 0; kind < CHANGE_KINDS; kind++)
		json_uint(w, diff_format_kind((enum change_kind)kind), diff->counts[kind]);
	json_end(w);
	json_array_begin(w, "changes");
	for (int kind = 0; kind < CHANGE_KINDS; kind++) {
		uint32_t count;
		const struct model_change *rows = diff_format_rows(diff, (enum change_kind)kind,
								   &count);

		for (uint32_t i = 0; i < count && (!top || i < top); i++)
			put_change(w, &rows[i]);
	}
	json_end(w);
}

static int write_json(const struct model_diff *diff, const struct report_options *options,
		      FILE *file)
{
	struct json_writer w;

	json_init(&w, file);
	json_object_begin(&w, NULL);
	json_uint(&w, "schema", JSON_SCHEMA);
	json_string(&w, "measure", diff_format_measure(diff->measure));
	json_uint(&w, "tolerance_percent", diff->tolerance_percent);
	json_uint(&w, "least", diff->least);
	json_array_begin(&w, "notes");
	for (uint32_t i = 0; i < diff->note_count; i++)
		json_string(&w, NULL, diff->notes[i]);
	json_end(&w);
	report_json_run(&w, "old", &diff->old_model->run);
	report_json_run(&w, "new", &diff->new_model->run);
	json_bool(&w, "lengths_differ", diff->lengths_differ);
	if (diff->length_ratio > 0)
		json_double(&w, "length_ratio", diff->length_ratio);
	else
		json_null(&w, "length_ratio");
	put_totals(&w, diff);
	put_changes(&w, diff, options->top);
	json_end(&w);
	json_finish(&w);
	return ferror(file) ? -1 : 0;
}

const struct diff_format diff_format_json = {"json", ".json", write_json};
