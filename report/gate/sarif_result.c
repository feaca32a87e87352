/* SPDX-License-Identifier: MIT */
#include "sarif_result.h"

#include <stdlib.h>
#include <string.h>

#include "../../analyzer/util/array.h"
#include "../stack.h"
#include "fingerprint.h"
#include "location.h"
#include "phrases.h"
#include "rules.h"

/* GitHub shows so many steps of a code flow, and refuses a file with more than ten times as many. */
#define FLOW_STEPS_MAX 1000u
#define NAME_BYTES 2000u

struct result {
	struct json_writer *w;
	const struct model_gate *gate;
	const struct model_gate_finding *finding;
	struct arena arena;
};

bool sarif_is_result(const struct model_gate_finding *finding)
{
	return finding->state != GATE_WITHIN;
}

void sarif_put_uri(struct json_writer *w, const char *key, const char *scheme, const char *path,
		   bool folder)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "/-._~+=,@";
	size_t length = strlen(path);
	char *uri = xmalloc(strlen(scheme) + length * 3 + 2);
	char *end = uri + strlen(strcpy(uri, scheme));

	for (; *path; path++) {
		unsigned char byte = (unsigned char)*path;

		if (strchr(plain, byte)) {
			*end++ = (char)byte;
			continue;
		}
		*end++ = '%';
		*end++ = "0123456789ABCDEF"[byte >> 4];
		*end++ = "0123456789ABCDEF"[byte & 15];
	}
	if (folder && length)
		*end++ = '/';
	*end = '\0';
	json_string(w, key, uri);
	free(uri);
}

/* Viewers make links of [text](address), which C++ has in "operator new[](unsigned long)". */
static const char *without_links(struct arena *arena, const char *text)
{
	char *copy = arena_alloc(arena, strlen(text) * 2 + 1);
	char *end = copy;

	for (; *text; text++) {
		*end++ = *text;
		if (text[0] == ']' && text[1] == '(')
			*end++ = ' ';
	}
	return copy;
}

static void put_message(struct result *r, const char *text)
{
	json_object_begin(r->w, "message");
	json_string(r->w, "text", without_links(&r->arena, text));
	json_end(r->w);
}

static void put_region(struct json_writer *w, uint32_t line)
{
	json_object_begin(w, "region");
	json_uint(w, "startLine", line ? line : 1);
	json_end(w);
}

/* inside: the path is told from the root of the project, else from that of the system. */
static void put_artifact(struct json_writer *w, const char *path, bool inside)
{
	json_object_begin(w, "artifactLocation");
	sarif_put_uri(w, "uri", inside ? "" : "file:///", path, false);
	if (inside)
		json_string(w, "uriBaseId", SARIF_ROOT);
	json_end(w);
}

static const char *frame_name(struct result *r, const struct model_frame *frame)
{
	char text[4096];

	stack_function(frame, text, sizeof text);
	return phrases_cut(&r->arena, arena_strdup(&r->arena, text), NAME_BYTES);
}

static void put_logical(struct result *r, const struct model_frame *frame)
{
	const char *name = frame_name(r, frame);

	json_array_begin(r->w, "logicalLocations");
	json_object_begin(r->w, NULL);
	json_string(r->w, *frame->function ? "fullyQualifiedName" : "name", name);
	if (*frame->function)
		json_string(r->w, "kind", "function");
	json_end(r->w);
	json_end(r->w);
}

/* Source in the project, source elsewhere, or the module; nothing if none of them is known. */
static void put_frame_artifact(struct result *r, const struct model_frame *frame)
{
	const char *root = r->gate->root;
	const char *outside = *frame->file == '/' ? frame->file : frame->module;
	char *path = location_source(frame, root);
	bool inside = path != NULL, has_line = inside || outside == frame->file;

	if (!path && *outside == '/') {
		path = location_path(outside, root);
		inside = path != NULL;
		if (!path)
			path = location_cleaned(outside);
	}
	if (!path)
		return;
	json_object_begin(r->w, "physicalLocation");
	put_artifact(r->w, path, inside);
	if (has_line)
		put_region(r->w, frame->line);
	json_end(r->w);
	free(path);
}

static void put_frame_location(struct result *r, const struct model_frame *frame)
{
	json_object_begin(r->w, "location");
	put_frame_artifact(r, frame);
	put_logical(r, frame);
	put_message(r, frame_name(r, frame));
	json_end(r->w);
}

static bool has_artifact(struct result *r, const struct model_frame *frame)
{
	char *inside = location_source(frame, r->gate->root);
	bool found = inside || *frame->file == '/' || *frame->module == '/';

	free(inside);
	return found && !*frame->note;
}

/* From the outermost frame to the innermost, as the program went. */
static void put_flow(struct result *r, const struct model_stack *stack)
{
	struct stack_range range = stack_shown(stack, false);
	uint32_t end = range.end - range.first > FLOW_STEPS_MAX ? range.first + FLOW_STEPS_MAX
								: range.end;

	json_array_begin(r->w, "codeFlows");
	json_object_begin(r->w, NULL);
	json_array_begin(r->w, "threadFlows");
	json_object_begin(r->w, NULL);
	json_array_begin(r->w, "locations");
	for (uint32_t i = end; i-- > range.first;) {
		if (!has_artifact(r, &stack->frames[i]))
			continue;
		json_object_begin(r->w, NULL);
		put_frame_location(r, &stack->frames[i]);
		json_end(r->w);
	}
	json_end(r->w);
	json_end(r->w);
	json_end(r->w);
	json_end(r->w);
	json_end(r->w);
}

static bool has_flow(struct result *r, const struct model_stack *stack)
{
	struct stack_range range = stack_shown(stack, false);

	for (uint32_t i = range.first; i < range.end && i - range.first < FLOW_STEPS_MAX; i++)
		if (has_artifact(r, &stack->frames[i]))
			return true;
	return false;
}

static void put_stack(struct result *r, const char *heading, const struct model_stack *stack)
{
	struct stack_range range = stack_shown(stack, false);

	if (!stack->frame_count)
		return;
	json_object_begin(r->w, NULL);
	put_message(r, heading);
	json_array_begin(r->w, "frames");
	for (uint32_t i = range.first; i < range.end; i++) {
		json_object_begin(r->w, NULL);
		put_frame_location(r, &stack->frames[i]);
		if (*stack->frames[i].module)
			json_string(r->w, "module",
				    phrases_cut(&r->arena, stack->frames[i].module, NAME_BYTES));
		json_end(r->w);
	}
	json_end(r->w);
	json_end(r->w);
}

static void put_stacks(struct result *r, const struct location *location)
{
	const struct model_gate_finding *finding = r->finding;

	if (location->stack && has_flow(r, location->stack))
		put_flow(r, location->stack);
	if (!finding->stack.frame_count && !finding->release.frame_count)
		return;
	json_array_begin(r->w, "stacks");
	put_stack(r, "released at", &finding->release);
	put_stack(r,
		  finding->release.frame_count || !rules_is_release(finding->rule) ? "allocated at"
										   : "released at",
		  &finding->stack);
	json_end(r->w);
}

static void put_location(struct result *r, const struct location *location)
{
	json_array_begin(r->w, "locations");
	json_object_begin(r->w, NULL);
	json_object_begin(r->w, "physicalLocation");
	if (location->path)
		put_artifact(r->w, location->path, true);
	else
		put_artifact(r->w, location->module_path,
			     location->module_inside || *location->module != '/');
	put_region(r->w, location->path ? location->line : 1);
	json_end(r->w);
	if (location->frame)
		put_logical(r, location->frame);
	json_end(r->w);
	json_end(r->w);
}

/* Where the block came from that was released wrongly. */
static void put_related(struct result *r)
{
	struct model_gate_finding allocation = *r->finding;
	struct location location;

	if (!allocation.release.frame_count || !allocation.stack.frame_count)
		return;
	allocation.release = (struct model_stack){NULL, 0};
	location_find(&location, r->gate, &allocation);
	if (location.path) {
		json_array_begin(r->w, "relatedLocations");
		json_object_begin(r->w, NULL);
		json_uint(r->w, "id", 1);
		json_object_begin(r->w, "physicalLocation");
		put_artifact(r->w, location.path, true);
		put_region(r->w, location.line);
		json_end(r->w);
		put_message(r, "The block was allocated here.");
		json_end(r->w);
		json_end(r->w);
	}
	location_release(&location);
}

static void put_level(struct result *r)
{
	static const char *const levels[] = {
		[SEVERITY_ERROR] = "error",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_NOTE] = "note",
	};

	json_string(r->w, "level", levels[rules_severity(r->finding)]);
	json_double(r->w, "rank", r->finding->confidence * 100);
	if (r->finding->processes)
		json_uint(r->w, "occurrenceCount", r->finding->processes);
}

/* All results of a run must have these, or none. */
static void put_states(struct result *r)
{
	static const char *const states[GATE_STATES] = {
		[GATE_NEW] = "new",
		[GATE_GROWN] = "updated",
		[GATE_KNOWN] = "unchanged",
		[GATE_GONE] = "absent",
	};
	const struct model_gate_finding *finding = r->finding;
	const uint32_t *counts = r->gate->counts;
	bool known = finding->known_blocks || finding->known_bytes;

	if (*r->gate->baseline || counts[GATE_GROWN] || counts[GATE_KNOWN] || counts[GATE_GONE])
		json_string(r->w, "baselineState",
			    states[finding->state] ? states[finding->state]
			    : known		   ? "unchanged"
						   : "new");
	if (!counts[GATE_SUPPRESSED])
		return;
	json_array_begin(r->w, "suppressions");
	if (finding->state == GATE_SUPPRESSED) {
		json_object_begin(r->w, NULL);
		json_string(r->w, "kind", "external");
		json_string(r->w, "justification",
			    *finding->reason ? finding->reason : finding->suppression);
		json_end(r->w);
	}
	json_end(r->w);
}

static void put_properties(struct result *r)
{
	const struct model_gate_finding *finding = r->finding;

	json_object_begin(r->w, "properties");
	json_string(r->w, "state", phrases_state(finding->state));
	json_string(r->w, "program", phrases_cut(&r->arena, finding->program, NAME_BYTES));
	json_double(r->w, "confidence", finding->confidence);
	if (*finding->key)
		json_string(r->w, "key", finding->key);
	if (rules_is_budget(finding->rule)) {
		json_uint(r->w, "value", finding->value);
		json_uint(r->w, "limit", finding->limit);
		json_string(r->w, "unit", finding->unit);
	} else {
		json_uint(r->w, "blocks", finding->blocks);
		json_uint(r->w, "bytes", finding->bytes);
	}
	if (*finding->suppression)
		json_string(r->w, "suppression", finding->suppression);
	json_end(r->w);
}

void sarif_put_result(struct json_writer *w, const struct model_gate *gate,
		      const struct model_gate_finding *finding,
		      const struct report_options *options, bool short_form)
{
	struct result r = {.w = w, .gate = gate, .finding = finding};
	struct location location;

	location_find(&location, gate, finding);
	json_object_begin(w, NULL);
	json_string(w, "ruleId", rules[finding->rule].id);
	json_uint(w, "ruleIndex", finding->rule);
	put_level(&r);
	put_message(&r, phrases_description(&r.arena, gate, finding, options->exact_bytes));
	put_location(&r, &location);
	put_related(&r);
	json_object_begin(w, "partialFingerprints");
	json_string(w, "tenure/v1", fingerprint_of_stack(finding).text);
	json_end(w);
	if (!short_form)
		put_stacks(&r, &location);
	put_states(&r);
	put_properties(&r);
	json_end(w);
	location_release(&location);
	arena_release(&r.arena);
}
