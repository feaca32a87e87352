/* SPDX-License-Identifier: MIT */
/* The result of a gate for who reads the log of a job: what fails first, with all that is needed. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <string.h>

#include "../../analyzer/util/human.h"
#include "../advice.h"
#include "../look.h"
#include "../visible.h"
#include "../wrap.h"
#include "gate.h"
#include "phrases.h"

#define INDENT "      "
#define FRAMES_MAX 12 /* of a stack; logs are long enough */
#define OTHERS_MAX 20 /* findings of a kind that does not fail */

struct text {
	struct arena arena; /* of phrases */
	FILE *file;
	struct look look;
	const struct model_gate *gate;
	const struct report_options *options;
};

static void put_verdict(struct text *t)
{
	const struct model_gate *gate = t->gate;
	const char *uncounted;

	if (gate->program_failed)
		fprintf(t->file, "%sThe program failed (%s), and that counts.%s\n", t->look.red,
			gate->program_end, t->look.plain);
	fprintf(t->file, "%s%s%s\n%s\n",
		gate->verdict == GATE_FAILS	   ? t->look.red
		: gate->verdict == GATE_NO_VERDICT ? t->look.yellow
						   : t->look.bold,
		phrases_sentence(&t->arena, gate), t->look.plain, phrases_counts(&t->arena, gate));
	uncounted = phrases_uncounted(&t->arena, gate, t->options->exact_bytes);
	if (*uncounted)
		wrap_put(t->file, uncounted, 0, "", LOOK_COLUMNS, 0);
}

static void put_numbers(struct text *t, const struct model_gate_finding *finding)
{
	fprintf(t->file, ": %s",
		phrases_amount(&t->arena, t->gate, finding, t->options->exact_bytes));
	if (finding->confidence < 1 && finding->state != GATE_GONE)
		fprintf(t->file, ", confidence %.0f %%", 100 * finding->confidence);
	fputs(phrases_spread(&t->arena, t->gate, finding), t->file);
}

/* Logs of CI jobs are no place for a thousand frames of a recursion. */
static void put_stack(const struct text *t, const struct model_stack *stack)
{
	struct stack_range range = stack_shown(stack, t->options->all_frames);
	struct model_stack shown = {stack->frames + range.first, range.end - range.first};
	uint32_t left = 0;

	if (!stack->frame_count)
		return;
	if (!t->options->all_frames && shown.frame_count > FRAMES_MAX + 1) {
		left = shown.frame_count - FRAMES_MAX;
		shown.frame_count = FRAMES_MAX;
	}
	stack_put(t->file, &shown, &t->look.stack);
	if (left)
		fprintf(t->file, "%s%s... %s more frames%s\n", INDENT, t->look.dim,
			human_count(left).text, t->look.plain);
}

/* The test, or whatever it was, that it was left behind by. */
static void put_marks(struct text *t, const struct model_gate_finding *finding)
{
	const char *marks = phrases_marks(&t->arena, finding);

	if (!*marks)
		return;
	fputs(INDENT, t->file);
	wrap_put(t->file, marks, 6, INDENT, LOOK_COLUMNS, 0);
}

/* What a baseline knows it by, and a line that suppresses it. */
static void put_key(const struct text *t, const struct model_gate_finding *finding)
{
	if (!*finding->key)
		return;
	fprintf(t->file, "%s%s%s", INDENT, t->look.dim, finding->key);
	if (finding->weak)
		fputs(" (in this build)", t->file);
	if (finding->site && finding->stack.frame_count) {
		fputs(", suppressed by ", t->file);
		advice_put_suppression(t->file, finding->site);
	}
	fprintf(t->file, "%s\n", t->look.plain);
}

static void put_failure(struct text *t, const struct model_gate_finding *finding)
{
	const struct model_gate_process *process = &t->gate->processes[finding->process];

	fprintf(t->file, "\n%s%s %s%s in ", t->look.bold, phrases_state(finding->state),
		finding->rule_name, t->look.plain);
	visible_put(t->file, finding->program);
	put_numbers(t, finding);
	fprintf(t->file, "\n%s", INDENT);
	wrap_put(t->file, finding->message, 6, INDENT, LOOK_COLUMNS, 0);
	put_marks(t, finding);
	put_stack(t, &finding->stack);
	if (finding->release.frame_count) {
		fprintf(t->file, "%sreleased at\n", INDENT);
		put_stack(t, &finding->release);
	}
	put_key(t, finding);
	if (*process->trace_path && finding->site) {
		fprintf(t->file, "%stenure report --site=%" PRIu32 " ", INDENT, finding->site->id);
		visible_put(t->file, process->trace_path);
		putc('\n', t->file);
	}
}

/* One line of a finding that does not fail. */
static void put_other(struct text *t, const struct model_gate_finding *finding)
{
	unsigned used = 2;

	fputs("  ", t->file);
	used += wrap_put_cut(t->file, finding->rule_name, 20);
	fputs(" in ", t->file);
	used += 4 + wrap_put_cut(t->file, finding->program, 24);
	put_numbers(t, finding);
	if (*finding->place) {
		fputs(": ", t->file);
		wrap_put_cut(t->file, finding->place,
			     LOOK_COLUMNS > used ? LOOK_COLUMNS - used : 20);
	}
	if (*finding->suppression) {
		fprintf(t->file, "\n%sby ", INDENT);
		visible_put(t->file, finding->suppression);
		if (*finding->reason) {
			fputs(": ", t->file);
			visible_put(t->file, finding->reason);
		}
	}
	putc('\n', t->file);
}

static void put_others(struct text *t, enum gate_state state, const char *heading)
{
	uint32_t put = 0;

	if (!t->gate->counts[state])
		return;
	fprintf(t->file, "\n%s%s%s\n", t->look.bold, heading, t->look.plain);
	for (uint32_t i = 0; i < t->gate->finding_count; i++) {
		const struct model_gate_finding *finding = &t->gate->findings[i];

		if (finding->state == state && put < OTHERS_MAX) {
			put_other(t, finding);
			put++;
		}
	}
	if (put < t->gate->counts[state])
		fprintf(t->file, "  %s more\n", human_count(t->gate->counts[state] - put).text);
}

static void put_sentences(const struct text *t, const char *heading, const char *color,
			  const char *const *list, uint32_t count)
{
	if (!count)
		return;
	fprintf(t->file, "\n%s%s%s\n", color, heading, t->look.plain);
	for (uint32_t i = 0; i < count && i < OTHERS_MAX; i++) {
		fputs("  - ", t->file);
		wrap_put(t->file, list[i], 4, "    ", LOOK_COLUMNS, 0);
	}
	if (count > OTHERS_MAX)
		fprintf(t->file, "  - %s more\n", human_count(count - OTHERS_MAX).text);
}

static int write_text(const struct model_gate *gate, const struct report_options *options,
		      FILE *file)
{
	struct text t = {.file = file, .look = look_for(options), .gate = gate, .options = options};

	put_verdict(&t);
	for (uint32_t i = 0; i < gate->finding_count && gate->findings[i].fails; i++)
		put_failure(&t, &gate->findings[i]);
	put_others(&t, GATE_KNOWN, "In the baseline");
	put_others(&t, GATE_GONE, "No longer found: --update-baseline takes these out");
	put_others(&t, GATE_WITHIN, "Within the budget");
	put_others(&t, GATE_SUPPRESSED, "Suppressed");
	put_others(&t, GATE_FLAKY, "Not in every run");
	put_sentences(&t, "Missing evidence", t.look.yellow, gate->missing, gate->missing_count);
	put_sentences(&t, "Mind that", t.look.bold, gate->notes, gate->note_count);
	arena_release(&t.arena);
	return ferror(file) ? -1 : 0;
}

const struct gate_format gate_text = {"text", write_text};
