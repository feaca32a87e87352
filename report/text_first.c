/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* open_memstream */
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "holding.h"
#include "savings.h"
#include "verdicts.h"
#include "visible.h"
#include "words.h"
#include "wrap.h"

#define LIMIT_LINES 8 /* of what the trace could not see, on the first screen */
#define ROWS_MAX 5 /* sites on the first screen */
#define ROW_INDENT 6
#define SAVINGS_MAX 3
#define WHY_LINES 1 /* at least; more if there is room */
#define WHY_LINES_MAX 4

static unsigned count_lines(const char *text)
{
	unsigned lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

static void put_command_line(const struct text *t)
{
	const struct model_run *run = &t->model->run;
	unsigned left = LOOK_COLUMNS - 4; /* room to say that arguments were left out */

	fputs(t->look.bold, t->file);
	if (!run->argc)
		wrap_put_cut(t->file, run->program, left);
	for (uint32_t i = 0; i < run->argc; i++) {
		if (left < 10) {
			fputs(" ...", t->file);
			break;
		}
		if (i) {
			putc(' ', t->file);
			left--;
		}
		left -= wrap_put_cut(t->file, run->argv[i], left);
	}
	fprintf(t->file, "%s\n", t->look.plain);
}

static void put_window(const struct text *t)
{
	const struct model_run *run = &t->model->run;

	if (run->teardown_ns)
		fprintf(t->file,
			"  %sup to %s, when the interpreter began to release all it had%s\n",
			t->look.dim, human_duration(run->teardown_ns).text, t->look.plain);
	if (!run->since_ns && !run->until_ns)
		return;
	fprintf(t->file, "  %sonly about blocks allocated from %s", t->look.yellow,
		human_duration(run->since_ns).text);
	if (run->until_ns)
		fprintf(t->file, " to %s after its start, as they stood then",
			human_duration(run->until_ns).text);
	else
		fputs(" after its start on", t->file);
	fprintf(t->file, "%s\n", t->look.plain);
}

/* What the user meant, most likely. */
static void put_successor(const struct text *t)
{
	const struct model_run *run = &t->model->run;

	if (!run->successor)
		return;
	fprintf(t->file, "  %sit went on as ", t->look.yellow);
	visible_put(t->file, run->successor);
	fputs(": tenure report ", t->file);
	visible_put(t->file, run->successor_trace);
	fprintf(t->file, "%s\n", t->look.plain);
}

void text_put_header(const struct text *t)
{
	const struct model_run *run = &t->model->run;

	put_command_line(t);
	if (run->runs) {
		fputs("  ", t->file);
		words_put_runs(t->file, run);
		putc('\n', t->file);
		return;
	}
	fprintf(t->file, "  process %" PRId32 ", ", run->pid);
	words_put_end(t->file, run);
	fprintf(t->file, " after %s, %s thread%s, %s\n", human_duration(run->duration_ns).text,
		human_count(run->threads).text, human_plural(run->threads),
		human_time(run->start_realtime_ns).text);
	put_successor(t);
	put_window(t);
}

void text_put_limits(const struct text *t, unsigned lines)
{
	const struct model_run *run = &t->model->run;
	unsigned used = 0;

	if (!run->limit_count)
		return;
	fprintf(t->file, "\n%s%sWhat this %s could not see%s\n", t->look.bold, t->look.yellow,
		words_record(run), t->look.plain);
	for (uint32_t i = 0; i < run->limit_count; i++) {
		/* Each takes two lines at most if lines are short, and one says what is left out. */
		if (lines && used + 3 > lines && i + 1 < run->limit_count) {
			fprintf(t->file, "  - %s more, listed below\n",
				human_count(run->limit_count - i).text);
			return;
		}
		fputs("  - ", t->file);
		used += wrap_put(t->file, run->limits[i], 4, "    ", LOOK_COLUMNS, lines ? 2 : 0);
	}
}

void text_put_reminder(const struct text *t)
{
	if (t->model->run.limit_count)
		fprintf(t->file, "  %sSee above what this %s could not see.%s\n", t->look.yellow,
			words_record(&t->model->run), t->look.plain);
}

static void put_verdict(const struct text *t)
{
	char *sentence = NULL;
	size_t bytes;
	FILE *file = open_memstream(&sentence, &bytes);

	if (!file)
		return;
	words_put_verdict(file, t->model, t->options->exact_bytes);
	fclose(file);
	fprintf(t->file, "\n%s", t->look.bold);
	wrap_put(t->file, sentence, 0, "", LOOK_COLUMNS, 0);
	fputs(t->look.plain, t->file);
	free(sentence);
}

/* In one paragraph, what holds it first. */
static void put_why(const struct text *t, const struct model_site *site, unsigned lines)
{
	char *why = NULL;
	size_t bytes;
	FILE *file = open_memstream(&why, &bytes);

	if (!file)
		return;
	if (holding_main(site)) {
		fputs("held by ", file);
		holding_put_root(file, holding_main(site));
		fputs("; ", file);
	}
	fputs(site->why, file);
	fclose(file);
	wrap_put(t->file, why, ROW_INDENT, "      ", LOOK_COLUMNS, lines);
	free(why);
}

static void put_row(const struct text *t, const struct model_site *site, unsigned lines)
{
	const char *color = text_verdict_color(t, site);
	struct human error = words_error(site->sample.live_bytes_error, site->live_bytes);
	int used = fprintf(t->file, "  %s#%-*" PRIu32 "%s %s%s in %s block%s, %s%s%s", t->look.bold,
			   ROW_INDENT - 4, site->id, t->look.plain,
			   text_bytes(t, site->live_bytes).text, error.text,
			   human_count(site->live_blocks).text, human_plural(site->live_blocks),
			   color, verdicts_phrase(site->verdict), t->look.plain);

	used -= (int)(strlen(t->look.bold) + strlen(color) + 2 * strlen(t->look.plain));
	if (site->verdict != VERDICT_UNKNOWN)
		used += fprintf(t->file, " (confidence %.0f %%)", 100 * site->confidence);
	used += fprintf(t->file, ": ");
	stack_put_own(t->file, &site->stack,
		      used < LOOK_COLUMNS ? LOOK_COLUMNS - (unsigned)used : 1);
	fprintf(t->file, "%*s%s", ROW_INDENT, "", t->look.dim);
	put_why(t, site, lines);
	fputs(t->look.plain, t->file);
}

static void put_rows(const struct text *t, unsigned lines)
{
	const struct model_site *rows[ROWS_MAX];
	uint32_t count = words_urgent(t->model, rows, ROWS_MAX);
	uint32_t fit = lines / (1 + WHY_LINES);
	unsigned why_lines;

	if (count > fit)
		count = fit;
	if (!count)
		return;
	why_lines = lines / count - 1;
	if (why_lines > WHY_LINES_MAX)
		why_lines = WHY_LINES_MAX;
	text_put_heading(t, "Look at first");
	for (uint32_t i = 0; i < count; i++)
		put_row(t, rows[i], why_lines);
}

/* One line each; they are told in full below. */
static void put_savings(const struct text *t, uint32_t count)
{
	if (count)
		text_put_heading(t, "What would take less memory");
	for (uint32_t i = 0; i < count; i++) {
		const struct model_saving *saving = &t->model->savings[i];

		unsigned used = text_put_saving_title(t, saving);

		fputs(": ", t->file);
		stack_put_own(t->file, &saving->stack, LOOK_COLUMNS - used - 2);
	}
}

static void put_next(const struct text *t)
{
	const struct model_site *rows[ROWS_MAX] = {NULL};
	uint32_t id = words_urgent(t->model, rows, ROWS_MAX) ? rows[0]->id
		      : t->model->site_count		     ? 1
							     : 0;

	if (!id)
		return;
	fprintf(t->file, "\nNext: tenure report --site=%" PRIu32 " ", id);
	visible_put(t->file, t->model->run.trace_path);
	fputs("\n      tenure report -o report.html ", t->file);
	visible_put(t->file, t->model->run.trace_path);
	fprintf(t->file,
		"\n      --sites=N: N rows of all tables; --sort=KEY%s: other views; --help: all\n",
		t->model->run.runs ? "" : ", --by=WHAT");
}

/* Whether all that the trace could not see has room on the first screen. */
static bool limits_fit(const struct text *t)
{
	struct text whole = *t;
	char *lines = NULL;
	size_t bytes;
	bool fit;

	whole.file = open_memstream(&lines, &bytes);
	if (!whole.file)
		return true;
	text_put_limits(&whole, 0);
	fclose(whole.file);
	fit = count_lines(lines) <= 2 + LIMIT_LINES;
	free(lines);
	return fit;
}

void text_put_first_screen(const struct text *t)
{
	/* The heading of the rows, and the last lines, with a path twice that may be long. */
	unsigned reserved = 2 + 4 + (unsigned)visible_width(t->model->run.trace_path) / 60 * 2;
	bool all_limits = limits_fit(t);
	uint32_t savings = t->model->saving_count < SAVINGS_MAX ? t->model->saving_count
								: SAVINGS_MAX;
	struct text above = *t;
	char *screen = NULL;
	unsigned used;
	size_t bytes;

	above.file = open_memstream(&screen, &bytes);
	if (!above.file)
		return;
	text_put_header(&above);
	put_verdict(&above);
	text_put_limits(&above, all_limits ? 0 : LIMIT_LINES);
	text_put_numbers(&above);
	fclose(above.file);
	fputs(screen, t->file);
	used = count_lines(screen) + reserved + (savings ? 2 + savings : 0);
	free(screen);
	put_rows(t, used < TEXT_SCREEN_LINES ? TEXT_SCREEN_LINES - used : 0);
	put_savings(t, savings);
	put_next(t);
	if (!all_limits)
		text_put_limits(t, 0);
}
