/* SPDX-License-Identifier: MIT */
#include "diff_format.h"

#include <math.h>
#include <string.h>

#include "verdicts.h"

static const char *const kinds[CHANGE_KINDS] = {
	[CHANGE_APPEARED] = "appeared", [CHANGE_GREW] = "grew", [CHANGE_SHRANK] = "shrank",
	[CHANGE_VANISHED] = "vanished", [CHANGE_SAME] = "same",
};

static const struct {
	const char *name, *heading;
	bool bytes;
} measures[MEASURES] = {
	[MEASURE_LIVE] = {"live", "live at the end", true},
	[MEASURE_ALLOCATED] = {"allocated", "allocated in total", true},
	[MEASURE_ALLOCATIONS] = {"allocations", "allocations", false},
	[MEASURE_PEAK] = {"peak", "allocated at the peak", true},
	[MEASURE_TEMPORARY] = {"temporary", "temporary allocations", false},
};

const struct diff_format *const diff_formats[] = {
	&diff_format_text, &diff_format_json, &diff_format_markdown, &diff_format_html, NULL,
};

const struct diff_format *diff_format_by_name(const char *name)
{
	for (size_t i = 0; diff_formats[i]; i++)
		if (!strcmp(diff_formats[i]->name, name))
			return diff_formats[i];
	return NULL;
}

const struct diff_format *diff_format_by_extension(const char *extension)
{
	for (size_t i = 0; diff_formats[i]; i++)
		if (!strcmp(diff_formats[i]->extension, extension))
			return diff_formats[i];
	return NULL;
}

const char *diff_format_kind(enum change_kind kind)
{
	return kinds[kind];
}

const char *diff_format_measure(enum measure measure)
{
	return measures[measure].name;
}

const char *diff_format_heading(enum measure measure)
{
	return measures[measure].heading;
}

bool diff_format_is_bytes(enum measure measure)
{
	return measures[measure].bytes;
}

const struct model_change *diff_format_rows(const struct model_diff *diff, enum change_kind kind,
					    uint32_t *count)
{
	const struct model_change *first = diff->changes;

	for (int i = 0; i < (int)kind; i++)
		first += diff->counts[i];
	*count = diff->counts[kind];
	return first;
}

const struct model_site *diff_format_site(const struct model_change *change)
{
	return change->new_side.site ? change->new_side.site : change->old_side.site;
}

bool diff_format_turned(const struct model_change *change)
{
	return change->kind == CHANGE_SAME && change->verdict_changed &&
	       verdicts_are_leaky(change->old_side.verdict) !=
		       verdicts_are_leaky(change->new_side.verdict);
}

struct human diff_format_amount(const struct model_diff *diff, const struct report_options *options,
				uint64_t value)
{
	return diff_format_is_bytes(diff->measure) ? human_bytes(value, options->exact_bytes)
						   : human_count(value);
}

struct human diff_format_signed(const struct model_diff *diff, const struct report_options *options,
				double value)
{
	struct human size = diff_format_amount(diff, options, (uint64_t)fmin(fabs(value), 9e18));
	struct human result;

	snprintf(result.text, sizeof result.text, "%s%.60s",
		 !strcmp(size.text, "0") || !strcmp(size.text, "0 B") ? ""
		 : value < 0					      ? "-"
								      : "+",
		 size.text);
	return result;
}

struct human diff_format_growth(uint64_t before, double difference)
{
	struct human result = {"="};
	double percent;

	if (!(difference < 0) && !(difference > 0))
		return result;
	if (!before)
		return (struct human){"from 0"};
	percent = 100 * difference / (double)before;
	if (percent < 9999.5)
		snprintf(result.text, sizeof result.text, "%+.0f %%", percent);
	else
		snprintf(result.text, sizeof result.text, "x%.3g", 1 + percent / 100);
	return result;
}
