/* SPDX-License-Identifier: MIT */
#include "diff_format.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "../analyzer/util/human.h"
#include "look.h"
#include "verdicts.h"
#include "visible.h"

struct text {
	const struct model_diff *diff;
	const struct report_options *options;
	FILE *file;
	struct look look;
};

static void put_run(const struct text *t, const char *name, const struct model_run *run)
{
	fprintf(t->file, "%s%s%s  ", t->look.bold, name, t->look.plain);
	visible_put(t->file, run->trace_path);
	fputs(": ", t->file);
	if (!run->argc)
		visible_put(t->file, run->program);
	for (uint32_t i = 0; i < run->argc; i++) {
		if (i)
			putc(' ', t->file);
		visible_put(t->file, run->argv[i]);
	}
	fprintf(t->file, "\n     recorded %s, %s, %s in %s allocation%s\n",
		human_time(run->start_realtime_ns).text, human_duration(run->duration_ns).text,
		human_bytes(run->allocated_bytes, t->options->exact_bytes).text,
		human_count(run->allocations).text, human_plural(run->allocations));
}

static void put_limits(const struct text *t, const char *name, const struct model_run *run)
{
	for (uint32_t i = 0; i < run->limit_count; i++) {
		fprintf(t->file, "  - %s: ", name);
		visible_put(t->file, run->limits[i]);
		putc('\n', t->file);
	}
}

static void put_cautions(const struct text *t)
{
	const struct model_run *before = &t->diff->old_model->run;
	const struct model_run *after = &t->diff->new_model->run;

	if (before->limit_count || after->limit_count)
		fprintf(t->file, "\n%s%sWhat these traces could not see%s\n", t->look.bold,
			t->look.yellow, t->look.plain);
	put_limits(t, "old", before);
	put_limits(t, "new", after);
	if (t->diff->note_count)
		fprintf(t->file, "\n%sMind that%s\n", t->look.bold, t->look.plain);
	for (uint32_t i = 0; i < t->diff->note_count; i++) {
		fputs("  - ", t->file);
		visible_put(t->file, t->diff->notes[i]);
		putc('\n', t->file);
	}
}

/* Old, new, difference and its share, and what it would be at equal lengths of the runs. */
static void put_numbers(const struct text *t, uint64_t before, uint64_t after, double difference,
			double scaled)
{
	fprintf(t->file, "  %13s  %13s  %14s  %7s",
		diff_format_amount(t->diff, t->options, before).text,
		diff_format_amount(t->diff, t->options, after).text,
		diff_format_signed(t->diff, t->options, difference).text,
		diff_format_growth(before, difference).text);
	if (t->diff->lengths_differ)
		fprintf(t->file, "  %14s",
			isnan(scaled) ? "" : diff_format_signed(t->diff, t->options, scaled).text);
}

static void put_columns(const struct text *t)
{
	fprintf(t->file, "%s  %13s  %13s  %14s  %7s", t->look.dim, "old", "new", "change", "");
	if (t->diff->lengths_differ)
		fprintf(t->file, "  %14s", "scaled");
	fprintf(t->file, "  site%s\n", t->look.plain);
}

static void put_totals(const struct text *t)
{
	uint64_t before = t->diff->old_totals[t->diff->measure];
	uint64_t after = t->diff->new_totals[t->diff->measure];
	double ratio = t->diff->length_ratio;

	fprintf(t->file, "\n%sTotal %s%s\n", t->look.bold, diff_format_heading(t->diff->measure),
		t->look.plain);
	put_numbers(t, before, after, (double)after - (double)before,
		    ratio > 0 ? (double)after / ratio - (double)before : NAN);
	putc('\n', t->file);
}

static void put_verdict(const struct text *t, const struct model_change *change)
{
	const struct model_change_side *before = &change->old_side, *after = &change->new_side;
	const struct model_change_side *side = after->site ? after : before;

	fprintf(t->file, "%s%s", t->look.stack.indent,
		after->site && verdicts_are_leaky(after->verdict) ? t->look.red : t->look.yellow);
	if (change->verdict_changed)
		fprintf(t->file, "was %s, now ", verdicts_adjective(before->verdict));
	fprintf(t->file, "%s%s: %s", verdicts_adjective(side->verdict), t->look.plain, t->look.dim);
	visible_put(t->file, side->why);
	fprintf(t->file, "%s\n", t->look.plain);
}

/* As "#3", "#3 of old", "#3 and 4 others". */
static void put_site(const struct text *t, const struct model_change *change)
{
	const struct model_change_side *side = change->new_side.site ? &change->new_side
								     : &change->old_side;

	fprintf(t->file, "  %s#%" PRIu32 "%s%s", t->look.bold, side->site->id, t->look.plain,
		change->new_side.site ? "" : " of old");
	if (side->sites > 1)
		fprintf(t->file, " and %s other%s", human_count(side->sites - 1).text,
			human_plural(side->sites - 1));
	fprintf(t->file, " %s\n", side->site->api);
}

static void put_change(const struct text *t, const struct model_change *change)
{
	enum measure measure = t->diff->measure;

	put_numbers(t, change->old_side.values[measure], change->new_side.values[measure],
		    (double)change->difference, change->scaled_difference);
	put_site(t, change);
	put_verdict(t, change);
	stack_put(t->file, &diff_format_site(change)->stack, &t->look.stack);
}

static void put_kind(const struct text *t, enum change_kind kind, const char *heading)
{
	uint32_t top = t->options->top;
	uint32_t count;
	const struct model_change *rows = diff_format_rows(t->diff, kind, &count);

	if (!count)
		return;
	fprintf(t->file, "\n%s%s%s (%s)\n", t->look.bold, heading, t->look.plain,
		human_count(count).text);
	put_columns(t);
	for (uint32_t i = 0; i < count && (!top || i < top); i++)
		put_change(t, &rows[i]);
	if (top && count > top)
		fprintf(t->file, "  %s%s more %s not shown; --sites=N shows N, 0 all.%s\n",
			t->look.dim, human_count(count - top).text, count - top == 1 ? "is" : "are",
			t->look.plain);
}

static void put_turned(const struct text *t)
{
	uint32_t count;
	const struct model_change *rows = diff_format_rows(t->diff, CHANGE_SAME, &count);
	bool headed = false;

	for (uint32_t i = 0; i < count; i++) {
		if (!diff_format_turned(&rows[i]))
			continue;
		if (!headed) {
			fprintf(t->file, "\n%sAs large as before, but judged otherwise%s\n",
				t->look.bold, t->look.plain);
			put_columns(t);
		}
		headed = true;
		put_change(t, &rows[i]);
	}
}

static void put_same(const struct text *t)
{
	const struct model_diff *diff = t->diff;
	uint32_t same = diff->counts[CHANGE_SAME];

	putc('\n', t->file);
	if (same == diff->change_count)
		fprintf(t->file, "%sNothing changed%s: ", t->look.bold, t->look.plain);
	fprintf(t->file, "%s site%s the same", human_count(same).text, same == 1 ? " is" : "s are");
	if (diff->tolerance_percent)
		fprintf(t->file, ", within %" PRIu32 " %%", diff->tolerance_percent);
	if (diff->least > 1)
		fprintf(t->file, " or by less than %s",
			diff_format_amount(t->diff, t->options, diff->least).text);
	fputs(".\n", t->file);
}

static int write_text(const struct model_diff *diff, const struct report_options *options,
		      FILE *file)
{
	struct text t = {
		.diff = diff,
		.options = options,
		.file = file,
		.look = look_for(options),
	};

	put_run(&t, "old", &diff->old_model->run);
	put_run(&t, "new", &diff->new_model->run);
	put_cautions(&t);
	put_totals(&t);
	put_kind(&t, CHANGE_APPEARED, "Appeared");
	put_kind(&t, CHANGE_GREW, "Grew");
	put_kind(&t, CHANGE_SHRANK, "Shrank");
	put_kind(&t, CHANGE_VANISHED, "Vanished");
	put_turned(&t);
	put_same(&t);
	return ferror(file) ? -1 : 0;
}

const struct diff_format diff_format_text = {"text", ".txt", write_text};
