/* SPDX-License-Identifier: MIT */
#include "json_parts.h"

#include "json_stack.h"
#include "verdicts.h"
#include "words.h"

void json_put_sample(struct json_writer *w, const struct model_sample *sample)
{
	if (!sample) {
		json_null(w, "sample");
		return;
	}
	json_object_begin(w, "sample");
	json_uint(w, "blocks", sample->blocks);
	json_uint(w, "live_blocks", sample->live_blocks);
	json_double(w, "allocations_error", sample->allocations_error);
	json_double(w, "allocated_bytes_error", sample->allocated_bytes_error);
	json_double(w, "live_blocks_error", sample->live_blocks_error);
	json_double(w, "live_bytes_error", sample->live_bytes_error);
	json_double(w, "peak_bytes_error", sample->peak_bytes_error);
	json_end(w);
}

void json_put_generations(struct json_writer *w, const struct model_generation *generations)
{
	json_array_begin(w, "generations");
	for (int g = 0; g < GENERATIONS; g++) {
		json_object_begin(w, NULL);
		json_string(w, "name", words_generation(g));
		json_uint(w, "births", generations[g].births);
		json_uint(w, "deaths", generations[g].deaths);
		json_uint(w, "survivors", generations[g].survivors);
		json_uint(w, "bytes", generations[g].bytes);
		json_double(w, "byte_seconds", generations[g].byte_seconds);
		json_double(w, "promotion", generations[g].promotion);
		json_end(w);
	}
	json_end(w);
}

void json_put_survival(struct json_writer *w, const struct model_survival *survival)
{
	json_object_begin(w, "survival");
	json_uint(w, "blocks", survival->blocks);
	json_uint(w, "deaths", survival->deaths);
	if (survival->has_median)
		json_uint(w, "median_age", survival->median_age);
	else
		json_null(w, "median_age");
	json_double(w, "plateau", survival->plateau);
	json_double(w, "low", survival->low);
	json_double(w, "high", survival->high);
	json_bool(w, "followed_up", survival->followed_up);
	json_array_begin(w, "points");
	for (uint32_t i = 0; i < survival->point_count; i++) {
		json_object_begin(w, NULL);
		json_uint(w, "age", survival->points[i].age);
		json_double(w, "share", survival->points[i].share);
		json_double(w, "low", survival->points[i].low);
		json_double(w, "high", survival->points[i].high);
		json_end(w);
	}
	json_end(w);
	json_end(w);
}

static void put_growth(struct json_writer *w, const struct model_growth *growth)
{
	json_object_begin(w, "growth");
	if (growth->known) {
		json_double(w, "bytes_per_s", growth->bytes_per_s);
		json_double(w, "low", growth->low);
		json_double(w, "high", growth->high);
		json_double(w, "p", growth->p);
	} else {
		json_null(w, "bytes_per_s");
		json_null(w, "low");
		json_null(w, "high");
		json_null(w, "p");
	}
	json_array_begin(w, "points");
	for (uint32_t i = 0; i < growth->point_count; i++) {
		json_object_begin(w, NULL);
		json_uint(w, "ns", growth->points[i].ns);
		json_uint(w, "bytes", growth->points[i].bytes);
		json_uint(w, "blocks", growth->points[i].blocks);
		json_end(w);
	}
	json_end(w);
	json_end(w);
}

static void put_evidence(struct json_writer *w, const struct model_site *site)
{
	json_array_begin(w, "evidence");
	for (uint32_t i = 0; i < site->evidence_count; i++) {
		const struct model_evidence *evidence = &site->evidence[i];

		json_object_begin(w, NULL);
		json_string(w, "name", evidence->name);
		if (evidence->known)
			json_bool(w, "leaky", evidence->leaky);
		else
			json_null(w, "leaky");
		json_string(w, "sentence", evidence->sentence);
		json_end(w);
	}
	json_end(w);
}

static void put_runs(struct json_writer *w, const struct model_site_runs *runs)
{
	if (!runs) {
		json_null(w, "runs");
		return;
	}
	json_object_begin(w, "runs");
	json_string(w, "program", runs->program);
	json_uint(w, "all", runs->all);
	json_uint(w, "present", runs->present);
	json_object_begin(w, "verdicts");
	for (int verdict = 0; verdict < VERDICTS; verdict++)
		json_uint(w, verdicts_name((enum verdict)verdict), runs->verdicts[verdict]);
	json_end(w);
	json_uint(w, "first_seen_realtime_ns", runs->first_seen_ns);
	json_uint(w, "last_seen_realtime_ns", runs->last_seen_ns);
	json_uint(w, "largest_live_bytes", runs->largest_live_bytes);
	json_end(w);
}

void json_put_site_members(struct json_writer *w, const struct model_site *site)
{
	json_string(w, "verdict", verdicts_name(site->verdict));
	json_double(w, "confidence", site->confidence);
	json_string(w, "why", site->why);
	put_runs(w, site->runs);
	put_evidence(w, site);
	json_string(w, "api", site->api);
	json_string(w, "type", site->type);
	json_uint(w, "allocations", site->allocations);
	json_uint(w, "frees", site->frees);
	json_uint(w, "allocated_bytes", site->allocated_bytes);
	json_uint(w, "live_blocks", site->live_blocks);
	json_uint(w, "live_bytes", site->live_bytes);
	json_uint(w, "peak_blocks", site->peak_blocks);
	json_uint(w, "peak_bytes", site->peak_bytes);
	json_uint(w, "own_peak_bytes", site->own_peak_bytes);
	json_uint(w, "teardown_blocks", site->teardown_blocks);
	json_uint(w, "teardown_bytes", site->teardown_bytes);
	json_uint(w, "temporary", site->temporary);
	json_uint(w, "failures", site->failures);
	json_uint(w, "min_bytes", site->min_bytes);
	json_uint(w, "max_bytes", site->max_bytes);
	json_uint(w, "resized", site->resized);
	json_uint(w, "longest_chain", site->longest_chain);
	json_uint(w, "remote_frees", site->remote_frees);
	json_double(w, "byte_seconds", site->byte_seconds);
	json_uint(w, "first_ns", site->first_ns);
	json_uint(w, "last_ns", site->last_ns);
	json_uint(w, "last_release_ns", site->last_release_ns);
	json_put_sample(w, site->sample.blocks ? &site->sample : NULL);
	json_put_generations(w, site->generations);
	json_put_survival(w, &site->survival);
	put_growth(w, &site->growth);
	json_put_reachability(w, &site->reachability);
	json_put_retention(w, site);
	json_uint(w, "pinned_bytes", site->pinned_bytes);
	json_uint(w, "exclusive_bytes", site->exclusive_bytes);
	json_uint(w, "saved_bytes", site->saved_bytes);
	json_uint(w, "scattered_pages", site->scattered_pages);
	json_uint(w, "peak_pinned_bytes", site->peak_pinned_bytes);
	json_stack_put(w, "stack", &site->stack);
}
