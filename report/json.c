/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <inttypes.h>

#include "report.h"

/* Grows when names change their meaning, not when names are added. */
#define JSON_SCHEMA 1

static const char *const generation_names[GENERATIONS] = {"young", "middle", "old"};

static const char *clock_name(enum age_clock clock)
{
	return clock == AGE_NS ? "ns" : clock == AGE_ALLOCATIONS ? "allocations" : "bytes";
}

static void put_strings(struct json_writer *w, const char *key, const char *const *list,
			uint32_t count)
{
	json_array_begin(w, key);
	for (uint32_t i = 0; i < count; i++)
		json_string(w, NULL, list[i]);
	json_end(w);
}

void report_json_run(struct json_writer *w, const char *key, const struct model_run *run)
{
	json_object_begin(w, key);
	json_string(w, "program", run->program);
	put_strings(w, "argv", run->argv, run->argc);
	json_int(w, "pid", run->pid);
	json_bool(w, "complete", run->complete);
	json_object_begin(w, "end");
	json_string(w, "kind", run->end_kind);
	json_int(w, "status", run->end_status);
	json_end(w);
	json_uint(w, "start_realtime_ns", run->start_realtime_ns);
	json_uint(w, "duration_ns", run->duration_ns);
	json_uint(w, "threads", run->threads);
	json_uint(w, "allocations", run->allocations);
	json_uint(w, "frees", run->frees);
	json_uint(w, "allocated_bytes", run->allocated_bytes);
	json_uint(w, "live_blocks", run->live_blocks);
	json_uint(w, "live_bytes", run->live_bytes);
	json_uint(w, "peak_bytes", run->peak_bytes);
	json_uint(w, "peak_blocks", run->peak_blocks);
	json_uint(w, "peak_ns", run->peak_ns);
	json_uint(w, "temporary", run->temporary);
	json_uint(w, "failed_allocations", run->failed_allocations);
	json_uint(w, "injected_failures", run->injected_failures);
	json_uint(w, "lost_events", run->lost_events);
	json_uint(w, "truncated_stacks", run->stacks_truncated);
	json_uint(w, "unseen_releases", run->unseen_releases);
	json_uint(w, "undecided_releases", run->undecided_releases);
	json_uint(w, "inherited_frees", run->inherited_frees);
	json_bool(w, "forked", run->forked);
	json_bool(w, "sampled", run->sampled);
	json_uint(w, "mappings", run->mappings);
	json_uint(w, "mapped_bytes", run->mapped_bytes);
	json_uint(w, "peak_resident_bytes", run->peak_resident_bytes);
	json_uint(w, "events", run->events);
	json_string(w, "trace", run->trace_path);
	json_uint(w, "trace_bytes", run->trace_bytes);
	json_string(w, "damage", run->damage);
	put_strings(w, "limits", run->limits, run->limit_count);
	put_strings(w, "children", run->children, run->child_count);
	json_end(w);
}

static void put_stack(struct json_writer *w, const char *key, const struct model_stack *stack)
{
	json_array_begin(w, key);
	for (uint32_t i = 0; i < stack->frame_count; i++) {
		const struct model_frame *frame = &stack->frames[i];

		json_object_begin(w, NULL);
		json_string(w, "function", frame->function);
		json_string(w, "file", frame->file);
		json_uint(w, "line", frame->line);
		json_string(w, "module", frame->module);
		json_uint(w, "offset", frame->offset);
		json_bool(w, "inlined", frame->inlined);
		json_string(w, "language", frame->language);
		if (*frame->note)
			json_string(w, "note", frame->note);
		json_end(w);
	}
	json_end(w);
}

static void put_generations(struct json_writer *w, const struct model_generation *generations)
{
	json_array_begin(w, "generations");
	for (int g = 0; g < GENERATIONS; g++) {
		json_object_begin(w, NULL);
		json_string(w, "name", generation_names[g]);
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

static void put_survival(struct json_writer *w, const struct model_survival *survival)
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

static void put_amount(struct json_writer *w, const char *key, const struct model_amount *amount)
{
	json_object_begin(w, key);
	json_uint(w, "blocks", amount->blocks);
	json_uint(w, "bytes", amount->bytes);
	json_end(w);
}

static void put_reachability(struct json_writer *w, const struct model_reachability *reachability)
{
	if (!reachability->known) {
		json_null(w, "reachability");
		return;
	}
	json_object_begin(w, "reachability");
	put_amount(w, "direct", &reachability->direct);
	put_amount(w, "indirect", &reachability->indirect);
	put_amount(w, "possible", &reachability->possible);
	put_amount(w, "reachable", &reachability->reachable);
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

static const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_UNKNOWN] = "unknown", [VERDICT_LEAK] = "leak",
		[VERDICT_GROWING] = "growing", [VERDICT_CACHE] = "cache",
		[VERDICT_STARTUP] = "startup", [VERDICT_UNFREED] = "unfreed",
		[VERDICT_CLEANED] = "cleaned", [VERDICT_BALANCED] = "balanced",
	};

	return names[verdict];
}

static void put_site(struct json_writer *w, const struct model_site *site)
{
	char fingerprint[17];

	snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, site->fingerprint);
	json_object_begin(w, NULL);
	json_uint(w, "id", site->id);
	json_string(w, "fingerprint", fingerprint);
	json_string(w, "verdict", verdict_name(site->verdict));
	json_double(w, "confidence", site->confidence);
	json_string(w, "why", site->why);
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
	put_generations(w, site->generations);
	put_survival(w, &site->survival);
	put_growth(w, &site->growth);
	put_reachability(w, &site->reachability);
	json_array_begin(w, "retention");
	json_end(w);
	json_uint(w, "pinned_bytes", site->pinned_bytes);
	json_uint(w, "exclusive_bytes", site->exclusive_bytes);
	json_uint(w, "peak_pinned_bytes", site->peak_pinned_bytes);
	put_stack(w, "stack", &site->stack);
	json_end(w);
}

static void put_finding(struct json_writer *w, const struct model_finding *finding)
{
	static const char *const severities[] = {
		[SEVERITY_ERROR] = "error",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_NOTE] = "note",
	};

	json_object_begin(w, NULL);
	json_string(w, "rule", finding->rule_name);
	json_string(w, "severity", severities[finding->severity]);
	json_uint(w, "site", finding->site);
	json_string(w, "message", finding->message);
	json_uint(w, "occurrences", finding->occurrences);
	json_uint(w, "bytes", finding->bytes);
	json_uint(w, "first_ns", finding->first_ns);
	put_stack(w, "allocation", &finding->allocation);
	put_stack(w, "release", &finding->release);
	put_stack(w, "first_release", &finding->first_release);
	json_end(w);
}

static void put_ages(struct json_writer *w, const struct model_run *run)
{
	json_object_begin(w, "ages");
	json_string(w, "clock", clock_name(run->age_clock));
	json_uint(w, "turnover_bytes", run->turnover_bytes);
	json_array_begin(w, "boundaries");
	for (int g = 0; g + 1 < GENERATIONS; g++)
		json_uint(w, NULL, run->generation_ages[g]);
	json_end(w);
	json_double(w, "byte_seconds", run->byte_seconds);
	put_generations(w, run->generations);
	put_survival(w, &run->survival);
	json_end(w);
}

static void put_timeline(struct json_writer *w, const struct model *model)
{
	json_array_begin(w, "timeline");
	for (uint32_t i = 0; i < model->census_count; i++) {
		const struct model_census *row = &model->census[i];

		json_object_begin(w, NULL);
		json_uint(w, "ns", row->ns);
		json_uint(w, "clock", row->clock);
		json_uint(w, "live_bytes", row->live_bytes);
		json_uint(w, "live_blocks", row->live_blocks);
		json_array_begin(w, "generation_bytes");
		for (int g = 0; g < GENERATIONS; g++)
			json_uint(w, NULL, row->bytes[g]);
		json_end(w);
		json_uint(w, "heap_pages", row->heap_pages);
		json_uint(w, "pinned_bytes", row->pinned_bytes);
		json_end(w);
	}
	json_end(w);
}

static void put_sizes(struct json_writer *w, const struct model *model)
{
	json_array_begin(w, "sizes");
	for (uint32_t i = 0; i < model->size_class_count; i++) {
		const struct model_size_class *class = &model->size_classes[i];

		json_object_begin(w, NULL);
		json_uint(w, "least", class->least);
		json_uint(w, "allocations", class->allocations);
		json_uint(w, "allocated_bytes", class->allocated_bytes);
		json_uint(w, "live_blocks", class->live_blocks);
		json_uint(w, "live_bytes", class->live_bytes);
		json_end(w);
	}
	json_end(w);
}

static void put_threads(struct json_writer *w, const struct model *model)
{
	json_array_begin(w, "threads");
	for (uint32_t i = 0; i < model->thread_count; i++) {
		const struct model_thread *thread = &model->threads[i];

		json_object_begin(w, NULL);
		json_uint(w, "id", thread->id);
		json_int(w, "tid", thread->tid);
		json_string(w, "name", thread->name);
		json_uint(w, "allocations", thread->allocations);
		json_uint(w, "allocated_bytes", thread->allocated_bytes);
		json_uint(w, "frees", thread->frees);
		json_uint(w, "remote_frees", thread->remote_frees);
		json_uint(w, "live_blocks", thread->live_blocks);
		json_uint(w, "live_bytes", thread->live_bytes);
		json_end(w);
	}
	json_end(w);
}

static int write_json(const struct model *model, const struct report_options *options, FILE *file)
{
	uint32_t sites = model->site_count;
	struct json_writer w;

	if (options->top && options->top < sites)
		sites = options->top;
	json_init(&w, file);
	json_object_begin(&w, NULL);
	json_uint(&w, "schema", JSON_SCHEMA);
	report_json_run(&w, "run", &model->run);
	put_ages(&w, &model->run);
	put_timeline(&w, model);
	put_sizes(&w, model);
	put_threads(&w, model);
	json_uint(&w, "site_count", model->site_count);
	json_array_begin(&w, "sites");
	for (uint32_t i = 0; i < sites; i++)
		put_site(&w, &model->sites[i]);
	json_end(&w);
	json_array_begin(&w, "findings");
	for (uint32_t i = 0; i < model->finding_count; i++)
		put_finding(&w, &model->findings[i]);
	json_end(&w);
	json_end(&w);
	json_finish(&w);
	return ferror(file) ? -1 : 0;
}

const struct report_format report_json = {"json", ".json", write_json};
