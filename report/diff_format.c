/* SPDX-License-Identifier: MIT */
#include "diff_format.h"

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

const struct diff_format *diff_format_by_name(const char *name)
{
	static const struct diff_format *const formats[] = {&diff_format_text, &diff_format_json,
							    &diff_format_markdown};

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (!strcmp(formats[i]->name, name))
			return formats[i];
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
