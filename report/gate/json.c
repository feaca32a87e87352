/* SPDX-License-Identifier: MIT */
/* For scripts, see "The gate" in man/tenure-json.5: names there never change their meaning. */
#include "gate.h"

#include "../json_stack.h"
#include "../json_writer.h"
#include "location.h"
#include "phrases.h"
#include "rules.h"

#define SCHEMA 1

static void put_or_null(struct json_writer *w, const char *key, const char *value)
{
	if (*value)
		json_string(w, key, value);
	else
		json_null(w, key);
}

static void put_process(struct json_writer *w, const struct model_gate_process *process)
{
	json_object_begin(w, NULL);
	json_string(w, "program", process->program);
	put_or_null(w, "trace", process->trace_path);
	json_int(w, "pid", process->pid);
	json_uint(w, "run", process->run);
	json_object_begin(w, "end");
	json_string(w, "kind", process->end_kind);
	json_int(w, "status", process->end_status);
	json_end(w);
	json_uint(w, "duration_ns", process->duration_ns);
	json_uint(w, "allocations", process->allocations);
	json_uint(w, "allocated_bytes", process->allocated_bytes);
	json_uint(w, "peak_bytes", process->peak_bytes);
	json_uint(w, "live_blocks", process->live_blocks);
	json_uint(w, "live_bytes", process->live_bytes);
	json_bool(w, "judged", !*process->skipped);
	put_or_null(w, "skipped", process->skipped);
	json_strings(w, "missing", process->missing, process->missing_count);
	json_uint(w, "failures", process->failures);
	json_end(w);
}

static void put_location(struct json_writer *w, const struct model_gate *gate,
			 const struct model_gate_finding *finding)
{
	struct location location;

	location_find(&location, gate, finding);
	if (location.path)
		json_string(w, "file", location.path);
	else
		json_null(w, "file");
	json_uint(w, "line", location.path ? location.line : 0);
	location_release(&location);
}

static void put_budget(struct json_writer *w, const struct model_gate_finding *finding)
{
	if (!rules_is_budget(finding->rule)) {
		json_null(w, "budget");
		return;
	}
	json_object_begin(w, "budget");
	json_uint(w, "value", finding->value);
	json_uint(w, "limit", finding->limit);
	json_string(w, "unit", finding->unit);
	json_end(w);
}

/* What it was in the baseline, and why it does not count. */
static void put_exemption(struct json_writer *w, const struct model_gate_finding *finding)
{
	if (finding->known_blocks || finding->known_bytes) {
		json_object_begin(w, "known");
		json_uint(w, "blocks", finding->known_blocks);
		json_uint(w, "bytes", finding->known_bytes);
		json_end(w);
	} else {
		json_null(w, "known");
	}
	put_or_null(w, "suppression", finding->suppression);
	put_or_null(w, "reason", finding->reason);
}

/* Which marks of its program the blocks of a site were allocated after. */
static void put_marks(struct json_writer *w, const struct model_gate_finding *finding)
{
	const struct model_site *site = finding->site;

	json_array_begin(w, "marks");
	for (uint32_t i = 0; site && i < site->epoch_count; i++) {
		json_object_begin(w, NULL);
		json_string(w, "name", finding->model->epochs[site->epochs[i].epoch].name);
		json_uint(w, "blocks", site->epochs[i].blocks);
		json_uint(w, "bytes", site->epochs[i].bytes);
		json_end(w);
	}
	json_end(w);
}

static void put_processes_of(struct json_writer *w, const struct model_gate *gate,
			     const struct model_gate_finding *finding)
{
	json_uint(w, "processes", finding->processes);
	if (finding->processes && finding->process < gate->process_count)
		json_uint(w, "process", finding->process);
	else
		json_null(w, "process");
	json_uint(w, "runs", finding->runs);
	if (finding->site)
		json_uint(w, "site", finding->site->id);
	else
		json_null(w, "site");
}

static void put_finding(struct json_writer *w, const struct model_gate *gate,
			const struct model_gate_finding *finding)
{
	json_object_begin(w, NULL);
	json_string(w, "rule", finding->rule_name);
	json_string(w, "state", phrases_state(finding->state));
	json_bool(w, "fails", finding->fails);
	json_double(w, "confidence", finding->confidence);
	put_or_null(w, "key", finding->key);
	json_bool(w, "weak", finding->weak);
	json_string(w, "program", finding->program);
	json_string(w, "message", finding->message);
	put_or_null(w, "place", finding->place);
	put_location(w, gate, finding);
	json_uint(w, "blocks", finding->blocks);
	json_uint(w, "bytes", finding->bytes);
	if (finding->bytes_per_s != 0)
		json_double(w, "bytes_per_s", finding->bytes_per_s);
	else
		json_null(w, "bytes_per_s");
	put_budget(w, finding);
	put_exemption(w, finding);
	put_marks(w, finding);
	put_processes_of(w, gate, finding);
	json_stack_put(w, "stack", &finding->stack);
	json_stack_put(w, "release", &finding->release);
	json_end(w);
}

static void put_command(struct json_writer *w, const struct model_gate *gate)
{
	if (gate->command) {
		json_array_begin(w, "command");
		for (const char *const *word = gate->command; *word; word++)
			json_string(w, NULL, *word);
		json_end(w);
	} else {
		json_null(w, "command");
	}
	json_bool(w, "program_failed", gate->program_failed);
	put_or_null(w, "program_end", gate->program_end);
}

static void put_head(struct json_writer *w, const struct model_gate *gate)
{
	json_uint(w, "schema", SCHEMA);
	json_string(w, "verdict", phrases_verdict(gate->verdict));
	json_int(w, "status", gate->verdict);
	put_command(w, gate);
	json_uint(w, "runs", gate->runs);
	json_uint(w, "judged", gate->judged);
	json_uint(w, "skipped", gate->skipped);
	json_object_begin(w, "counts");
	for (int i = 0; i < GATE_STATES; i++)
		json_uint(w, phrases_state((enum gate_state)i), gate->counts[i]);
	json_end(w);
	json_uint(w, "unsure", gate->unsure);
	json_uint(w, "unfreed", gate->unfreed);
	json_uint(w, "unfreed_bytes", gate->unfreed_bytes);
	put_or_null(w, "baseline", gate->baseline);
	put_or_null(w, "root", gate->root);
}

static int write_json(const struct model_gate *gate, const struct report_options *options,
		      FILE *file)
{
	struct json_writer w;

	(void)options;
	json_init(&w, file);
	json_object_begin(&w, NULL);
	put_head(&w, gate);
	json_strings(&w, "missing", gate->missing, gate->missing_count);
	json_strings(&w, "notes", gate->notes, gate->note_count);
	json_array_begin(&w, "processes");
	for (uint32_t i = 0; i < gate->process_count; i++)
		put_process(&w, &gate->processes[i]);
	json_end(&w);
	json_array_begin(&w, "findings");
	for (uint32_t i = 0; i < gate->finding_count; i++)
		put_finding(&w, gate, &gate->findings[i]);
	json_end(&w);
	json_end(&w);
	json_finish(&w);
	return ferror(file) ? -1 : 0;
}

const struct gate_format gate_json = {"json", write_json};
