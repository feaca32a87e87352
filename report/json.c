/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <inttypes.h>

#include "report.h"

/* Grows when names change their meaning, not when names are added. */
#define JSON_SCHEMA 1

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
	json_string(w, "why", site->why);
	json_string(w, "api", site->api);
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
