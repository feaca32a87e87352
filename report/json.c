/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* open_memstream */
#include "json.h"

#include <inttypes.h>
#include <stdlib.h>

#include "json_parts.h"
#include "json_stack.h"
#include "report.h"
#include "tables.h"
#include "verdicts.h"
#include "words.h"

/* Grows when names change their meaning, not when names are added. */
#define JSON_SCHEMA 1

static const char *clock_name(enum age_clock clock)
{
	return clock == AGE_NS ? "ns" : clock == AGE_ALLOCATIONS ? "allocations" : "bytes";
}

static void put_runs(struct json_writer *w, const struct model_run *run)
{
	if (!run->runs) {
		json_null(w, "runs");
		return;
	}
	json_object_begin(w, "runs");
	json_uint(w, "count", run->runs);
	json_uint(w, "programs", run->programs);
	json_uint(w, "last_end_realtime_ns", run->last_end_realtime_ns);
	json_end(w);
}

static void put_unrecorded(struct json_writer *w, const struct model_run *run)
{
	json_array_begin(w, "unrecorded");
	for (uint32_t i = 0; i < run->unrecorded_count; i++) {
		json_object_begin(w, NULL);
		json_string(w, "path", run->unrecorded[i].path);
		json_string(w, "reason", run->unrecorded[i].reason);
		json_uint(w, "times", run->unrecorded[i].times);
		json_end(w);
	}
	json_end(w);
}

void report_json_run(struct json_writer *w, const char *key, const struct model_run *run)
{
	json_object_begin(w, key);
	json_string(w, "program", run->program);
	json_strings(w, "argv", run->argv, run->argc);
	json_int(w, "pid", run->pid);
	json_bool(w, "complete", run->complete);
	json_object_begin(w, "end");
	json_string(w, "kind", run->end_kind);
	json_int(w, "status", run->end_status);
	json_end(w);
	put_runs(w, run);
	json_uint(w, "start_realtime_ns", run->start_realtime_ns);
	json_uint(w, "duration_ns", run->duration_ns);
	if (run->teardown_ns)
		json_uint(w, "teardown_ns", run->teardown_ns);
	else
		json_null(w, "teardown_ns");
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
	json_uint(w, "sample_interval_bytes", run->sample_interval_bytes);
	json_put_sample(w, run->sampled ? &run->sample : NULL);
	json_uint(w, "mappings", run->mappings);
	json_uint(w, "mapped_bytes", run->mapped_bytes);
	json_uint(w, "peak_resident_bytes", run->peak_resident_bytes);
	json_uint(w, "events", run->events);
	json_string(w, "trace", run->trace_path);
	json_uint(w, "trace_bytes", run->trace_bytes);
	json_string(w, "damage", run->damage);
	json_strings(w, "limits", run->limits, run->limit_count);
	if (run->successor) {
		json_object_begin(w, "successor");
		json_string(w, "program", run->successor);
		json_string(w, "trace", run->successor_trace);
		json_end(w);
	} else {
		json_null(w, "successor");
	}
	json_strings(w, "children", run->children, run->child_count);
	put_unrecorded(w, run);
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
	json_stack_put(w, "allocation", &finding->allocation);
	json_stack_put(w, "release", &finding->release);
	json_stack_put(w, "first_release", &finding->first_release);
	json_end(w);
}

static void put_saving(struct json_writer *w, const struct model_saving *saving)
{
	json_object_begin(w, NULL);
	json_string(w, "rule", saving->rule_name);
	json_uint(w, "site", saving->site);
	json_string(w, "name", saving->name);
	json_string(w, "type", saving->type);
	json_uint(w, "groups", saving->groups);
	json_uint(w, "count", saving->count);
	json_uint(w, "bytes", saving->bytes);
	json_uint(w, "saved_bytes", saving->saved_bytes);
	json_double(w, "bytes_per_s", saving->bytes_per_s);
	json_stack_put(w, "stack", &saving->stack);
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
	json_put_generations(w, run->generations);
	json_put_survival(w, &run->survival);
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

static void put_epochs(struct json_writer *w, const struct model *model)
{
	json_array_begin(w, "epochs");
	for (uint32_t i = 0; i < model->epoch_count; i++) {
		const struct model_epoch *epoch = &model->epochs[i];

		json_object_begin(w, NULL);
		json_string(w, "name", epoch->name);
		json_uint(w, "start_ns", epoch->start_ns);
		json_uint(w, "duration_ns", epoch->duration_ns);
		json_uint(w, "marks", epoch->marks);
		json_uint(w, "allocations", epoch->allocations);
		json_uint(w, "allocated_bytes", epoch->allocated_bytes);
		json_uint(w, "left_blocks", epoch->left_blocks);
		json_uint(w, "left_bytes", epoch->left_bytes);
		json_uint(w, "live_blocks", epoch->live_blocks);
		json_uint(w, "live_bytes", epoch->live_bytes);
		json_end(w);
	}
	json_end(w);
}

static void put_site_epochs(struct json_writer *w, const struct model_site *site)
{
	json_array_begin(w, "epochs");
	for (uint32_t i = 0; i < site->epoch_count; i++) {
		json_object_begin(w, NULL);
		json_uint(w, "epoch", site->epochs[i].epoch);
		json_uint(w, "blocks", site->epochs[i].blocks);
		json_uint(w, "bytes", site->epochs[i].bytes);
		json_end(w);
	}
	json_end(w);
}

static void put_modules(struct json_writer *w, const struct model *model)
{
	json_array_begin(w, "modules");
	for (uint32_t i = 0; i < model->module_count; i++) {
		json_object_begin(w, NULL);
		json_string(w, "path", model->modules[i].path);
		json_string(w, "build_id", model->modules[i].build_id);
		json_end(w);
	}
	json_end(w);
}

static void put_window(struct json_writer *w, const struct model_run *run)
{
	if (!run->since_ns && !run->until_ns) {
		json_null(w, "window");
		return;
	}
	json_object_begin(w, "window");
	json_uint(w, "since_ns", run->since_ns);
	if (run->until_ns)
		json_uint(w, "until_ns", run->until_ns);
	else
		json_null(w, "until_ns");
	json_end(w);
}

/* What is wrong in one sentence, and how many sites and bytes got which verdict. */
static void put_summary(struct json_writer *w, const struct model *model)
{
	struct words_total total = words_total(model);
	char *sentence = NULL;
	size_t bytes;
	FILE *file = open_memstream(&sentence, &bytes);

	if (file) {
		words_put_verdict(file, model, false);
		fclose(file);
	}
	json_object_begin(w, "summary");
	json_string(w, "sentence", sentence ? sentence : "");
	free(sentence);
	json_uint(w, "errors", total.errors);
	json_object_begin(w, "verdicts");
	for (int verdict = 0; verdict < VERDICTS; verdict++) {
		json_object_begin(w, verdicts_name((enum verdict)verdict));
		json_uint(w, "sites", total.classes[verdict].sites);
		json_uint(w, "live_blocks", total.classes[verdict].live_blocks);
		json_uint(w, "live_bytes", total.classes[verdict].live_bytes);
		json_end(w);
	}
	json_end(w);
	json_end(w);
}

static void put_site(struct json_writer *w, const struct model_site *site)
{
	char fingerprint[17];

	snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, site->fingerprint);
	json_object_begin(w, NULL);
	json_uint(w, "id", site->id);
	json_string(w, "fingerprint", fingerprint);
	json_put_site_members(w, site);
	put_site_epochs(w, site);
	json_end(w);
}

static void put_groups(struct json_writer *w, const struct model *model,
		       const struct report_options *options)
{
	const struct table *table = tables_by_name(options->sort ? options->sort : "bytes");
	const struct model_grouping *grouping = tables_grouping(model, options->by);
	struct table_rows rows = tables_group_rows(grouping, table, options->top, true);

	json_string(w, "grouping", grouping->name);
	json_array_begin(w, "groups");
	for (uint32_t i = 0; i < rows.count; i++) {
		json_object_begin(w, NULL);
		json_string(w, "name", tables_group(rows.sites[i])->name);
		if (*tables_group(rows.sites[i])->source)
			json_string(w, "source", tables_group(rows.sites[i])->source);
		json_uint(w, "stacks", rows.sites[i]->stacks);
		json_put_site_members(w, rows.sites[i]);
		json_end(w);
	}
	json_end(w);
	tables_free_rows(&rows);
}

static void put_sites(struct json_writer *w, const struct model *model,
		      const struct report_options *options)
{
	const struct table *table = tables_by_name(options->sort ? options->sort : "bytes");
	struct table_rows rows = {0};

	json_uint(w, "site_count", model->site_count);
	json_array_begin(w, "sites");
	if (options->site) {
		if (options->site <= model->site_count)
			put_site(w, &model->sites[options->site - 1]);
	} else if (options->sort && table) {
		rows = tables_rows(model, table, options->top, true);
		for (uint32_t i = 0; i < rows.count; i++)
			put_site(w, rows.sites[i]);
		tables_free_rows(&rows);
	} else {
		for (uint32_t i = 0; i < model->site_count; i++)
			if (!options->top || i < options->top)
				put_site(w, &model->sites[i]);
	}
	json_end(w);
}

static int write_json(const struct model *model, const struct report_options *options, FILE *file)
{
	struct json_writer w;

	json_init(&w, file);
	json_object_begin(&w, NULL);
	json_uint(&w, "schema", JSON_SCHEMA);
	report_json_run(&w, "run", &model->run);
	put_window(&w, &model->run);
	put_summary(&w, model);
	put_ages(&w, &model->run);
	put_timeline(&w, model);
	put_sizes(&w, model);
	put_threads(&w, model);
	put_epochs(&w, model);
	put_modules(&w, model);
	json_put_snapshot(&w, &model->snapshot);
	json_put_fragmentation(&w, &model->fragmentation);
	put_sites(&w, model, options);
	put_groups(&w, model, options);
	json_array_begin(&w, "findings");
	for (uint32_t i = 0; i < model->finding_count; i++)
		put_finding(&w, &model->findings[i]);
	json_end(&w);
	json_array_begin(&w, "savings");
	for (uint32_t i = 0; i < model->saving_count; i++)
		put_saving(&w, &model->savings[i]);
	json_end(&w);
	json_end(&w);
	json_finish(&w);
	return ferror(file) ? -1 : 0;
}

const struct report_format report_json = {"json", ".json", false, write_json};
