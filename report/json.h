/* SPDX-License-Identifier: MIT */
/*
 * json.h - the object about a run, which `tenure info` and `tenure report` share.
 *
 * Its names are promised to scripts in man/tenure-json.5: add, never rename.
 */
#ifndef TENURE_JSON_H
#define TENURE_JSON_H

#include "../analyzer/model.h"
#include "json_writer.h"

/* key as in json_writer.h. */
void report_json_run(struct json_writer *w, const char *key, const struct model_run *run);

#endif
