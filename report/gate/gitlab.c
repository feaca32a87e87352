/* SPDX-License-Identifier: MIT */
/*
 * GitLab's code quality report, a subset of Code Climate's. GitLab compares it with that of the target
 * branch by fingerprints, and shows what came and what went. So it holds all that is there now, known or
 * not, or a finding would come and go with the baseline. Two entries of one fingerprint count as one,
 * and an entry without a path or line is refused.
 */
#include "gate.h"

#include "../json_writer.h"
#include "fingerprint.h"
#include "location.h"
#include "phrases.h"
#include "rules.h"

static bool is_there(const struct model_gate_finding *finding)
{
	return finding->fails || finding->state == GATE_NEW || finding->state == GATE_GROWN ||
	       finding->state == GATE_KNOWN;
}

static const char *severity(const struct model_gate_finding *finding)
{
	switch (rules_severity(finding)) {
	case SEVERITY_ERROR:
		return rules_is_release(finding->rule) ? "critical" : "major";
	case SEVERITY_WARNING:
		return "minor";
	case SEVERITY_NOTE:
		break;
	}
	return "info";
}

static void put_entry(struct json_writer *w, struct numbering *seen, const struct model_gate *gate,
		      const struct model_gate_finding *finding,
		      const struct report_options *options)
{
	struct arena arena = {0};
	struct location location;

	location_find(&location, gate, finding);
	json_object_begin(w, NULL);
	json_string(w, "description",
		    phrases_description(&arena, gate, finding, options->exact_bytes));
	json_string(w, "check_name", rules[finding->rule].id);
	json_string(w, "fingerprint", fingerprint_unique(seen, finding).text);
	json_string(w, "severity", severity(finding));
	json_object_begin(w, "location");
	json_string(w, "path", location.path ? location.path : location.module_path);
	json_object_begin(w, "lines");
	json_uint(w, "begin", location.path && location.line ? location.line : 1);
	json_end(w);
	json_end(w);
	json_end(w);
	location_release(&location);
	arena_release(&arena);
}

static int write_gitlab(const struct model_gate *gate, const struct report_options *options,
			FILE *file)
{
	struct numbering seen = {0};
	struct json_writer w;

	json_init(&w, file);
	json_array_begin(&w, NULL);
	for (uint32_t i = 0; i < gate->finding_count; i++)
		if (is_there(&gate->findings[i]))
			put_entry(&w, &seen, gate, &gate->findings[i], options);
	json_end(&w);
	json_finish(&w);
	numbering_release(&seen);
	return ferror(file) ? -1 : 0;
}

const struct gate_format gate_gitlab = {"gitlab", write_gitlab};
