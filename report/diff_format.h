/* SPDX-License-Identifier: MIT */
/*
 * diff_format.h - the formats in which the difference of two runs can be written.
 *
 * As report.h: one file per format, streaming, escaping all that comes from programs. Missing
 * evidence of either run comes first, because it stands behind everything that follows.
 */
#ifndef TENURE_DIFF_FORMAT_H
#define TENURE_DIFF_FORMAT_H

#include <stdio.h>

#include "../analyzer/model_diff.h"
#include "../analyzer/util/human.h"
#include "report.h"

struct diff_format {
	const char *name; /* for --format */
	const char *extension; /* of files that get this format unasked, with its dot */
	/* options.top: rows of each kind; 0: all. Returns 0, or -1 with errno set if the file took an
	 * error. */
	int (*write)(const struct model_diff *diff, const struct report_options *options,
		     FILE *file);
};

/* Ended by NULL; the first one is for terminals. */
extern const struct diff_format *const diff_formats[];

/* NULL if there is none of this name. */
const struct diff_format *diff_format_by_name(const char *name);
/* Of files that end in this, dot and all; NULL if there is none. */
const struct diff_format *diff_format_by_extension(const char *extension);

/* What each format's file exports. */
extern const struct diff_format diff_format_text, diff_format_json, diff_format_markdown,
	diff_format_html;

/* Words that formats have in common. */
const char *diff_format_kind(enum change_kind kind); /* "appeared", "grew", ... */
const char *diff_format_measure(enum measure measure); /* for scripts: "live", ... */
const char *diff_format_heading(enum measure measure); /* for people: "live at the end", ... */
bool diff_format_is_bytes(enum measure measure);

/* The first row of a kind, and in *count how many there are. */
const struct model_change *diff_format_rows(const struct model_diff *diff, enum change_kind kind,
					    uint32_t *count);

/* The site whose stack stands for a row: that of the new run if there is one. */
const struct model_site *diff_format_site(const struct model_change *change);

/* A row of CHANGE_SAME that is worth a line all the same: it leaks now and did not, or the reverse. */
bool diff_format_turned(const struct model_change *change);

/* A value of the measure that the runs are compared by. */
struct human diff_format_amount(const struct model_diff *diff, const struct report_options *options,
				uint64_t value);
/* With its sign, also if it is positive. */
struct human diff_format_signed(const struct model_diff *diff, const struct report_options *options,
				double value);
/* By how many percent of the old value: "+12 %", "=", "from 0". */
struct human diff_format_growth(uint64_t before, double difference);

#endif
