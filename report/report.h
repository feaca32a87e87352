/* SPDX-License-Identifier: MIT */
/*
 * report.h - the formats in which a model can be written.
 *
 * Each format is one file with a streaming writer that owns its escaping: any byte may be in the
 * strings of a model and none may harm the reader. Writers conclude nothing and read no files.
 */
#ifndef TENURE_REPORT_H
#define TENURE_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "../analyzer/model.h"

struct report_options {
	bool color; /* for terminals */
	bool exact_bytes; /* 1,048,576 instead of 1.0 MiB */
	bool all_frames; /* also those of start-up code and of the C++ library's inside */
	bool unicode; /* the reader's character set has more than ASCII */
	uint32_t top; /* rows of a table; 0: all. The model has the stacks of at least these. */
	bool all_tables; /* not only the most important ones */
	uint32_t site; /* this one alone, and all that is known about it; 0: all */
	const char *sort; /* only this table, see TABLES_NAMES in tables.h; NULL: the usual ones */
	size_t most_bytes; /* of HTML: what is too small is folded to keep within; 0: as it says */
	const char *by; /* "stack", "thread", or the name of one of model.groupings */
};

struct report_format {
	const char *name; /* for --format */
	const char *extension; /* of files that get this format unasked, with its dot */
	bool single; /* a file holds one report, not several */
	/* Writes one whole report. Returns 0, or -1 with errno set if the file took an error. */
	int (*write)(const struct model *model, const struct report_options *options, FILE *file);
};

/* Ended by NULL; the first one is for terminals. */
extern const struct report_format *const report_formats[];

/* The format of a name, or of files that end in this, dot and all; NULL if there is none. */
const struct report_format *report_by_name(const char *name);
const struct report_format *report_by_extension(const char *extension);

/* What each format's file exports. */
extern const struct report_format report_text, report_json, report_markdown, report_html;

#endif
