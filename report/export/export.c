/* SPDX-License-Identifier: MIT */
#include "export.h"

#include <string.h>

#include "../stack.h"
#include "../verdicts.h"

const struct export_format *const export_formats[] = {
	&export_folded,	   &export_pprof,	&export_speedscope, &export_dhat, &export_massif,
	&export_callgrind, &export_openmetrics, &export_sqlite,	    NULL,
};

static const struct {
	const char *word;
	bool bytes;
} measures[EXPORT_MEASURES] = {
	[EXPORT_LIVE_BYTES] = {"live", true},
	[EXPORT_LIVE_BLOCKS] = {"blocks", false},
	[EXPORT_LEAKED_BYTES] = {"leaked", true},
	[EXPORT_PEAK_BYTES] = {"peak", true},
	[EXPORT_ALLOCATED_BYTES] = {"allocated", true},
	[EXPORT_ALLOCATIONS] = {"allocations", false},
	[EXPORT_TEMPORARY] = {"temporary", false},
	[EXPORT_PINNED_BYTES] = {"pinned", true},
};

const struct export_format *export_by_name(const char *name)
{
	for (size_t i = 0; export_formats[i]; i++)
		if (!strcmp(export_formats[i]->name, name))
			return export_formats[i];
	return NULL;
}

static bool ends_in(const char *path, const char *extension)
{
	size_t length = strlen(path), tail = strlen(extension);

	return length > tail && !strcmp(path + length - tail, extension);
}

const struct export_format *export_by_path(const char *path)
{
	const struct export_format *best = NULL;

	for (size_t i = 0; export_formats[i]; i++)
		if (ends_in(path, export_formats[i]->extension) &&
		    (!best || strlen(export_formats[i]->extension) > strlen(best->extension)))
			best = export_formats[i];
	return best;
}

const struct model_frame export_no_stack = {
	.function = "(no call stack)", .file = "", .module = "", .language = "", .note = ""};

const char *export_frame_name(const struct model_frame *frame, char *text, size_t bytes)
{
	if (!*frame->note && *frame->function)
		return frame->function;
	stack_function(frame, text, bytes);
	return text;
}

bool export_parse_measure(const char *word, enum export_measure *measure)
{
	for (int i = 0; i < EXPORT_MEASURES; i++) {
		if (!strcmp(measures[i].word, word)) {
			*measure = (enum export_measure)i;
			return true;
		}
	}
	return false;
}

const char *export_measure_word(enum export_measure measure)
{
	return measures[measure].word;
}

bool export_is_bytes(enum export_measure measure)
{
	return measures[measure].bytes;
}

uint64_t export_measure_of(const struct model_site *site, enum export_measure measure)
{
	switch (measure) {
	case EXPORT_LIVE_BLOCKS:
		return site->live_blocks;
	case EXPORT_LEAKED_BYTES:
		return verdicts_are_leaky(site->verdict) ? site->live_bytes : 0;
	case EXPORT_PEAK_BYTES:
		return site->peak_bytes;
	case EXPORT_ALLOCATED_BYTES:
		return site->allocated_bytes;
	case EXPORT_ALLOCATIONS:
		return site->allocations;
	case EXPORT_TEMPORARY:
		return site->temporary;
	case EXPORT_PINNED_BYTES:
		return site->pinned_bytes;
	default:
		return site->live_bytes;
	}
}
