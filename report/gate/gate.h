/* SPDX-License-Identifier: MIT */
/*
 * gate.h - the formats in which the result of a gate can be written.
 *
 * As in report.h: one file a format, with a streaming writer that owns its escaping, concludes
 * nothing and reads no files.
 */
#ifndef TENURE_REPORT_GATE_H
#define TENURE_REPORT_GATE_H

#include <stdio.h>

#include "../../analyzer/model_gate.h"
#include "../report.h"

struct gate_format {
	const char *name; /* of the option that asks for it */
	/* Returns 0, or -1 with errno set. */
	int (*write)(const struct model_gate *gate, const struct report_options *options,
		     FILE *file);
};

extern const struct gate_format gate_text, gate_json, gate_sarif, gate_junit, gate_gitlab,
	gate_markdown, gate_github, gate_html, gate_suppressions;

#endif
