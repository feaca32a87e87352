/* SPDX-License-Identifier: MIT */
/* Two runs compared, as a page. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../analyzer/util/array.h"
#include "../diff_format.h"
#include "../verdicts.h"
#include "document.h"
#include "embed.h"
#include "page.h"

/* A page about the new run, and what it is compared with. */
struct comparison {
	struct page page;
	const struct model_diff *diff;
};

static struct human amount(const struct comparison *c, uint64_t value)
{
	return diff_format_amount(c->diff, c->page.options, value);
}

/* A difference or a share, sorted by `value`; what cannot be a number has none. */
static void put_number(struct comparison *c, double value, const char *text)
{
	char exact[32];

	snprintf(exact, sizeof exact, isinf(value) ? "1e999" : "%.17g", value);
	markup_leaf(&c->page.m, "td", text, "class", "n", "data-v", isnan(value) ? NULL : exact,
		    NULL);
}

/* "+12 %", "=", "from 0", which is more than all others. */
static void put_growth(struct comparison *c, uint64_t before, double difference)
{
	double share = 0;

	if (difference < 0 || difference > 0)
		share = before ? 100 * difference / (double)before : INFINITY;
	put_number(c, share, diff_format_growth(before, difference).text);
}

static void put_run(struct comparison *c, const char *name, const struct model_run *run)
{
	size_t bytes = strlen(run->trace_path);
	struct markup *m = &c->page.m;

	for (uint32_t i = 0; i < run->argc; i++)
		bytes += strlen(run->argv[i]);
	page_open_facts(&c->page, name, bytes);
	markup_leaf(m, "b", name, NULL);
	markup_text(m, ": ");
	markup_open(m, "code", NULL);
	if (!run->argc)
		markup_text(m, run->program);
	for (uint32_t i = 0; i < run->argc; i++) {
		if (i)
			markup_text(m, " ");
		markup_text(m, run->argv[i]);
	}
	markup_close(m, "code");
	markup_printf(m, ", recorded %s, %s, %s in %s allocation%s (",
		      human_time(run->start_realtime_ns).text,
		      human_duration(run->duration_ns).text,
		      page_bytes(&c->page, run->allocated_bytes).text,
		      human_count(run->allocations).text, human_plural(run->allocations));
	markup_leaf(m, "code", run->trace_path, NULL);
	markup_text(m, ")");
	page_close_facts(&c->page);
}

static void put_cautions(struct comparison *c)
{
	const struct model_run *runs[] = {&c->diff->old_model->run, &c->diff->new_model->run};
	static const char *const names[] = {"old: ", "new: "};
	struct markup *m = &c->page.m;

	if (!runs[0]->limit_count && !runs[1]->limit_count && !c->diff->note_count)
		return;
	markup_open(m, "div", "class", "limits", NULL);
	markup_leaf(m, "h2", "Mind that", NULL);
	markup_open(m, "ul", NULL);
	for (int run = 0; run < 2; run++)
		for (uint32_t i = 0; i < runs[run]->limit_count; i++) {
			markup_open(m, "li", NULL);
			markup_text(m, names[run]);
			markup_text(m, runs[run]->limits[i]);
			markup_close(m, "li");
		}
	for (uint32_t i = 0; i < c->diff->note_count; i++)
		markup_leaf(m, "li", c->diff->notes[i], NULL);
	markup_close(m, "ul");
	markup_close(m, "div");
}

/* How many sites did what: "3 sites appeared, 1 grew, 7 are the same." */
static void put_counts(struct comparison *c)
{
	const char *before = " ";
	struct markup *m = &c->page.m;

	for (int kind = 0; kind < CHANGE_KINDS; kind++) {
		uint32_t count = c->diff->counts[kind];

		if (!count)
			continue;
		markup_printf(m, "%s%s site%s %s%s", before, human_count(count).text,
			      human_plural(count),
			      kind != CHANGE_SAME ? ""
			      : count == 1	  ? "is the "
						  : "are the ",
			      diff_format_kind((enum change_kind)kind));
		before = ", ";
	}
	markup_text(m, ".");
}

static void put_header(struct comparison *c)
{
	const struct model_diff *diff = c->diff;
	uint64_t old_total = diff->old_totals[diff->measure];
	uint64_t new_total = diff->new_totals[diff->measure];
	double difference = (double)new_total - (double)old_total;
	bool worse = diff->counts[CHANGE_APPEARED] || diff->counts[CHANGE_GREW];
	struct markup *m = &c->page.m;

	markup_open(m, "header", "id", "top", NULL);
	markup_leaf(m, "h1", "Two runs compared", NULL);
	put_run(c, "old", &diff->old_model->run);
	put_run(c, "new", &diff->new_model->run);
	markup_open(m, "p", "class", worse ? "verdict warn" : "verdict good", NULL);
	markup_printf(m, "%s: %s, %s before", diff_format_heading(diff->measure),
		      amount(c, new_total).text, amount(c, old_total).text);
	markup_printf(m, " (%s", diff_format_signed(diff, c->page.options, difference).text);
	markup_printf(m, ", %s).", diff_format_growth(old_total, difference).text);
	put_counts(c);
	markup_close(m, "p");
	put_cautions(c);
	markup_close(m, "header");
}

static void put_totals(struct comparison *c)
{
	static const struct page_column headings[] = {
		{"", false, NULL},	{"old", true, NULL},	    {"new", true, NULL},
		{"change", true, NULL}, {"in percent", true, NULL}, {NULL, false, NULL}};

	page_open_table(&c->page, "totals", "Totals", headings, 0);
	for (int measure = 0; measure < MEASURES; measure++) {
		struct model_diff by = *c->diff;
		uint64_t before = by.old_totals[measure], after = by.new_totals[measure];
		double difference = (double)after - (double)before;
		struct comparison one = {.page = c->page, .diff = &by};

		by.measure = (enum measure)measure;
		markup_open(&c->page.m, "tr", NULL);
		markup_leaf(&c->page.m, "th", diff_format_heading(by.measure), "scope", "row",
			    NULL);
		page_number_cell(&c->page, before, amount(&one, before).text);
		page_number_cell(&c->page, after, amount(&one, after).text);
		put_number(c, difference,
			   diff_format_signed(&by, c->page.options, difference).text);
		put_growth(c, before, difference);
		markup_close(&c->page.m, "tr");
	}
	page_close_table(&c->page);
}

static void put_change_verdict(struct comparison *c, const struct model_change *change)
{
	const struct model_change_side *side = change->new_side.site ? &change->new_side
								     : &change->old_side;
	struct markup *m = &c->page.m;

	markup_open(m, "td", NULL);
	if (change->verdict_changed)
		markup_printf(m, "was %s, now ", verdicts_adjective(change->old_side.verdict));
	page_put_badge(&c->page, side->verdict);
	markup_text(m, " ");
	markup_text(m, side->why);
	markup_open(m, "details", NULL);
	markup_leaf(m, "summary", "Allocated at", NULL);
	page_put_stack(&c->page, &diff_format_site(change)->stack);
	markup_close(m, "details");
	markup_close(m, "td");
}

static void put_change(struct comparison *c, const struct model_change *change)
{
	const struct model_diff *diff = c->diff;
	uint64_t before = change->old_side.values[diff->measure];
	uint64_t after = change->new_side.values[diff->measure];
	char exact[32];

	snprintf(exact, sizeof exact, "%" PRId64, change->difference);
	markup_open(&c->page.m, "tr", NULL);
	page_number_cell(&c->page, before, amount(c, before).text);
	page_number_cell(&c->page, after, amount(c, after).text);
	markup_leaf(&c->page.m, "td",
		    diff_format_signed(diff, c->page.options, (double)change->difference).text,
		    "class", "n", "data-v", exact, NULL);
	put_growth(c, before, (double)change->difference);
	if (diff->lengths_differ)
		put_number(c, change->scaled_difference,
			   isnan(change->scaled_difference)
				   ? ""
				   : diff_format_signed(diff, c->page.options,
							change->scaled_difference)
					     .text);
	page_own_cell(&c->page, &diff_format_site(change)->stack);
	put_change_verdict(c, change);
	markup_close(&c->page.m, "tr");
}

static void put_kind(struct comparison *c, enum change_kind kind, const char *heading)
{
	const struct page_column headings[] = {{"old", true, NULL},    {"new", true, NULL},
					       {"change", true, NULL}, {"in percent", true, NULL},
					       {"site", false, NULL},  {"verdict", false, NULL},
					       {NULL, false, NULL}};
	const struct page_column scaled[] = {{"old", true, NULL},
					     {"new", true, NULL},
					     {"change", true, NULL},
					     {"in percent", true, NULL},
					     {"at equal lengths", true, NULL},
					     {"site", false, NULL},
					     {"verdict", false, NULL},
					     {NULL, false, NULL}};
	uint32_t top = c->page.options->top;
	uint32_t count, shown;
	const struct model_change *rows = diff_format_rows(c->diff, kind, &count);

	if (!count)
		return;
	shown = top && top < count ? top : count;
	page_open_table(&c->page, diff_format_kind(kind), heading,
			c->diff->lengths_differ ? scaled : headings, count - shown);
	for (uint32_t i = 0; i < shown; i++)
		put_change(c, &rows[i]);
	page_close_table(&c->page);
}

static void put_turned(struct comparison *c)
{
	const struct page_column headings[] = {{"old", true, NULL},    {"new", true, NULL},
					       {"change", true, NULL}, {"in percent", true, NULL},
					       {"site", false, NULL},  {"verdict", false, NULL},
					       {NULL, false, NULL}};
	uint32_t count, turned = 0;
	const struct model_change *rows = diff_format_rows(c->diff, CHANGE_SAME, &count);

	for (uint32_t i = 0; i < count; i++) {
		if (!diff_format_turned(&rows[i]))
			continue;
		if (!turned++)
			page_open_table(&c->page, "turned",
					"As large as before, but judged otherwise", headings, 0);
		put_change(c, &rows[i]);
	}
	if (turned)
		page_close_table(&c->page);
}

static void put_findings(struct comparison *c)
{
	page_open_section(&c->page, "findings", "Changes");
	put_kind(c, CHANGE_APPEARED, "Appeared");
	put_kind(c, CHANGE_GREW, "Grew");
	put_turned(c);
	put_kind(c, CHANGE_SHRANK, "Shrank");
	put_kind(c, CHANGE_VANISHED, "Vanished");
	if (c->diff->counts[CHANGE_SAME] == c->diff->change_count)
		markup_leaf(&c->page.m, "p", "Nothing changed.", NULL);
	put_totals(c);
	page_close_section(&c->page);
}

static const struct metric measures[MEASURES] = {
	[MEASURE_LIVE] = {"live_bytes", "Live at the end", true, NULL},
	[MEASURE_ALLOCATED] = {"allocated_bytes", "Allocated in total", true, "allocations"},
	[MEASURE_ALLOCATIONS] = {"allocations", "Allocations", false, "allocated_bytes"},
	[MEASURE_PEAK] = {"peak_bytes", "At the peak", true, NULL},
	[MEASURE_TEMPORARY] = {"temporary", "Temporary allocations", false, NULL},
};

/* The measure that the runs were compared by comes first. */
static void order_measures(const struct model_diff *diff, enum measure order[MEASURES])
{
	int count = 0;

	order[count++] = diff->measure;
	for (int i = 0; i < MEASURES; i++)
		if (i != (int)diff->measure)
			order[count++] = (enum measure)i;
}

static void fill_item(struct column_item *item, const struct model_change *change,
		      const enum measure order[MEASURES])
{
	item->site = diff_format_site(change);
	for (int k = 0; k < MEASURES; k++) {
		item->values[k] = change->new_side.values[order[k]];
		item->old_values[k] = change->old_side.values[order[k]];
	}
}

static uint32_t put_data(FILE *file, const void *context, size_t most_bytes)
{
	const struct comparison *c = context;
	struct metric metrics[MEASURES];
	enum measure order[MEASURES];
	struct columns columns = {
		.metrics = metrics,
		.metric_count = MEASURES,
		.items = xcalloc(c->diff->change_count, sizeof *columns.items),
		.item_count = c->diff->change_count,
		.compared = true,
		.all_frames = c->page.options->all_frames,
	};

	order_measures(c->diff, order);
	for (int k = 0; k < MEASURES; k++)
		metrics[k] = measures[order[k]];
	for (uint32_t i = 0; i < c->diff->change_count; i++) {
		columns.items[i].id = i + 1;
		fill_item(&columns.items[i], &c->diff->changes[i], order);
	}
	embed_put(file, "diff", &columns, NULL, NULL, most_bytes);
	columns_release(&columns);
	free(columns.items);
	return columns.folded;
}

static int write_html(const struct model_diff *diff, const struct report_options *options,
		      FILE *file)
{
	static const struct document_link links[] = {{"findings", "Changes", false},
						     {"flame", "Flame graph", true},
						     {NULL, NULL, false}};
	struct comparison c = {.page = {.model = diff->new_model, .options = options},
			       .diff = diff};
	struct document d;
	char title[200];

	snprintf(title, sizeof title, "%s: two runs compared",
		 human_basename(diff->new_model->run.program));
	document_begin(&d, &c.page.m, title);
	put_header(&c);
	document_put_navigation(&d, links);
	markup_open(&c.page.m, "main", NULL);
	put_findings(&c);
	document_put_flame(&d);
	markup_close(&c.page.m, "main");
	document_end(&d, file, options->most_bytes, put_data, &c);
	return ferror(file) ? -1 : 0;
}

const struct diff_format diff_format_html = {"html", ".html", write_html};
