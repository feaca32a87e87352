/* SPDX-License-Identifier: MIT */
/*
 * sarif_result.h - one finding as a result of SARIF 2.1.0.
 *
 * GitHub refuses a whole file for one location without an artifact. So where no source of the project
 * is known, a result is at its module, as are steps of a code flow.
 */
#ifndef TENURE_REPORT_GATE_SARIF_RESULT_H
#define TENURE_REPORT_GATE_SARIF_RESULT_H

#include "../../analyzer/model_gate.h"
#include "../json_writer.h"
#include "../report.h"

/* What relative addresses begin at, in the name that GitHub and other tools have for it. */
#define SARIF_ROOT "%SRCROOT%"

/* A budget that is kept is no result. */
bool sarif_is_result(const struct model_gate_finding *finding);

/* short_form: without its call stacks. */
void sarif_put_result(struct json_writer *w, const struct model_gate *gate,
		      const struct model_gate_finding *finding,
		      const struct report_options *options, bool short_form);

/* A path as part of an address, everything in it escaped that might mean something there. Ends with a
 * slash if asked to. */
void sarif_put_uri(struct json_writer *w, const char *key, const char *scheme, const char *path,
		   bool folder);

#endif
