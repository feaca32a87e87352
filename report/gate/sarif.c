/* SPDX-License-Identifier: MIT */
/*
 * SARIF 2.1.0 (OASIS, 2020), within what GitHub accepts of it: see "SARIF support for code scanning" and
 * "SARIF results exceed limits" in its documentation. A file that is too large once it is compressed is
 * refused as a whole, so results are compressed on the way to see how large it gets; the worst come
 * first, then those without their call stacks, then none, and a notification says how many.
 */
#define _GNU_SOURCE /* open_memstream */
#include "gate.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../../analyzer/util/human.h"
#include "../../analyzer/util/message.h"
#include "../json_writer.h"
#include "location.h"
#include "phrases.h"
#include "rules.h"
#include "sarif_result.h"

#define RESULTS_MAX 25000u
#define NOTIFICATIONS_MAX 500u
#define NOTIFICATION_BYTES 2000u
/* Compressed; all that is not results has to fit beside them into 10 MB. */
#define STACKS_PACKED_MAX 7000000u
#define RESULTS_PACKED_MAX 9000000u

/* How large the results get when they are compressed. */
struct packed {
	z_stream stream;
};

struct sarif {
	struct json_writer w;
	const struct model_gate *gate;
	const struct report_options *options;
	struct packed packed;
	uint32_t written, shortened, left_out;
};

static void packed_begin(struct packed *p)
{
	if (deflateInit(&p->stream, Z_DEFAULT_COMPRESSION) != Z_OK)
		die("out of memory");
}

static void packed_add(struct packed *p, const char *text, size_t bytes)
{
	static unsigned char unused[1u << 16];

	p->stream.next_in = (z_const Bytef *)text;
	p->stream.avail_in = (uInt)(bytes < UINT_MAX ? bytes : UINT_MAX);
	do {
		p->stream.next_out = unused;
		p->stream.avail_out = sizeof unused;
		deflate(&p->stream, Z_NO_FLUSH);
	} while (!p->stream.avail_out);
}

static void put_text(struct json_writer *w, const char *key, const char *text)
{
	json_object_begin(w, key);
	json_string(w, "text", text);
	json_end(w);
}

/* Paragraphs of Markdown: none of our own words mean anything there but lines. */
static void put_help(struct json_writer *w, const char *help)
{
	char *markdown = NULL;
	size_t bytes;
	FILE *file = open_memstream(&markdown, &bytes);

	if (!file)
		die("out of memory");
	for (; *help; help++) {
		putc(*help, file);
		if (*help == '\n')
			putc('\n', file);
	}
	fclose(file);
	json_string(w, "markdown", markdown);
	free(markdown);
}

static void put_rule(struct json_writer *w, const struct rule *rule)
{
	bool error = rule->severity == SEVERITY_ERROR;

	json_object_begin(w, NULL);
	json_string(w, "id", rule->id);
	json_string(w, "name", rule->title);
	put_text(w, "shortDescription", rule->summary);
	put_text(w, "fullDescription", rule->description);
	json_object_begin(w, "help");
	json_string(w, "text", rule->help);
	put_help(w, rule->help);
	json_end(w);
	json_object_begin(w, "defaultConfiguration");
	json_string(w, "level", error ? "error" : "warning");
	json_end(w);
	json_object_begin(w, "properties");
	json_array_begin(w, "tags");
	for (const char *const *tag = rule->tags; *tag; tag++)
		json_string(w, NULL, *tag);
	json_end(w);
	json_string(w, "precision", rule->precision);
	json_string(w, "problem.severity", error ? "error" : "warning");
	json_end(w);
	json_end(w);
}

static void put_tool(struct json_writer *w)
{
	json_object_begin(w, "tool");
	json_object_begin(w, "driver");
	json_string(w, "name", "tenure");
	json_array_begin(w, "rules");
	for (int i = 0; i < GATE_RULES; i++)
		put_rule(w, &rules[i]);
	json_end(w);
	json_end(w);
	json_end(w);
}

static void put_root(struct json_writer *w, const char *root)
{
	char *cleaned = location_cleaned(root);

	json_object_begin(w, "originalUriBaseIds");
	json_object_begin(w, SARIF_ROOT);
	if (*root == '/')
		sarif_put_uri(w, "uri", "file:///", cleaned, true);
	put_text(w, "description", "The root of the project.");
	json_end(w);
	json_end(w);
	free(cleaned);
}

/* Into memory first: a result that is too large is not to be in the file. */
static void put_result(struct sarif *s, const struct model_gate_finding *finding)
{
	bool short_form = s->packed.stream.total_out >= STACKS_PACKED_MAX;
	struct json_writer inner = s->w;
	char *text = NULL;
	size_t bytes;

	if (s->written == RESULTS_MAX || s->packed.stream.total_out >= RESULTS_PACKED_MAX) {
		s->left_out++;
		return;
	}
	inner.file = open_memstream(&text, &bytes);
	if (!inner.file)
		die("out of memory");
	sarif_put_result(&inner, s->gate, finding, s->options, short_form);
	fclose(inner.file);
	inner.file = s->w.file;
	s->w = inner;
	fwrite(text, 1, bytes, s->w.file);
	packed_add(&s->packed, text, bytes);
	free(text);
	s->written++;
	s->shortened += short_form;
}

static void put_results(struct sarif *s)
{
	packed_begin(&s->packed);
	json_array_begin(&s->w, "results");
	for (uint32_t i = 0; i < s->gate->finding_count; i++)
		if (sarif_is_result(&s->gate->findings[i]))
			put_result(s, &s->gate->findings[i]);
	json_end(&s->w);
	deflateEnd(&s->packed.stream);
}

static void put_notification(struct json_writer *w, const char *level, const char *text)
{
	struct arena arena = {0};

	json_object_begin(w, NULL);
	json_string(w, "level", level);
	put_text(w, "message", phrases_cut(&arena, text, NOTIFICATION_BYTES));
	json_end(w);
	arena_release(&arena);
}

static void put_notifications(struct json_writer *w, const char *level,
			      const char *const *sentences, uint32_t count)
{
	struct arena arena = {0};

	for (uint32_t i = 0; i < count && i < NOTIFICATIONS_MAX; i++)
		put_notification(w, level, sentences[i]);
	if (count > NOTIFICATIONS_MAX)
		put_notification(w, level,
				 arena_printf(&arena, "%s more of these are not listed.",
					      human_count(count - NOTIFICATIONS_MAX).text));
	arena_release(&arena);
}

static void put_what_is_cut(struct sarif *s)
{
	struct arena arena = {0};

	if (s->shortened)
		put_notification(&s->w, "note",
				 arena_printf(&arena,
					      "%s result%s stand%s without call stacks, or this "
					      "file would be too large.",
					      human_count(s->shortened).text,
					      human_plural(s->shortened),
					      s->shortened == 1 ? "s" : ""));
	if (s->left_out)
		put_notification(&s->w, "warning",
				 arena_printf(&arena,
					      "%s more finding%s not in this file, which would be "
					      "too large.",
					      human_count(s->left_out).text,
					      s->left_out == 1 ? " is" : "s are"));
	arena_release(&arena);
}

static void put_invocation(struct sarif *s)
{
	const struct model_gate *gate = s->gate;

	json_array_begin(&s->w, "invocations");
	json_object_begin(&s->w, NULL);
	json_bool(&s->w, "executionSuccessful", gate->verdict != GATE_NO_VERDICT);
	if (gate->program_failed)
		json_string(&s->w, "exitCodeDescription", gate->program_end);
	else
		json_int(&s->w, "exitCode", gate->verdict);
	json_array_begin(&s->w, "toolExecutionNotifications");
	put_notifications(&s->w, "error", gate->missing, gate->missing_count);
	put_what_is_cut(s);
	json_end(&s->w);
	json_array_begin(&s->w, "toolConfigurationNotifications");
	put_notifications(&s->w, "note", gate->notes, gate->note_count);
	json_end(&s->w);
	json_end(&s->w);
	json_end(&s->w);
}

static int write_sarif(const struct model_gate *gate, const struct report_options *options,
		       FILE *file)
{
	struct sarif s = {.gate = gate, .options = options};

	json_init(&s.w, file);
	json_object_begin(&s.w, NULL);
	json_string(&s.w, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	json_string(&s.w, "version", "2.1.0");
	json_array_begin(&s.w, "runs");
	json_object_begin(&s.w, NULL);
	put_tool(&s.w);
	json_object_begin(&s.w, "automationDetails");
	json_string(&s.w, "id", "tenure/");
	json_end(&s.w);
	put_root(&s.w, gate->root);
	put_results(&s);
	put_invocation(&s);
	json_end(&s.w);
	json_end(&s.w);
	json_end(&s.w);
	json_finish(&s.w);
	return ferror(file) ? -1 : 0;
}

const struct gate_format gate_sarif = {"sarif", write_sarif};
