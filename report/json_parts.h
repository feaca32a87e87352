/* SPDX-License-Identifier: MIT */
/*
 * json_parts.h - the parts of the JSON report, private to the files json*.c.
 *
 * Names are promised in man/tenure-json.5: add, never rename. key as in json_writer.h.
 */
#ifndef TENURE_JSON_PARTS_H
#define TENURE_JSON_PARTS_H

#include "../analyzer/model.h"
#include "json_writer.h"

/* json_site.c */
/* What sites and groups of them have in common, into the object that is open. */
void json_put_site_members(struct json_writer *w, const struct model_site *site);
/* null without a sample. */
void json_put_sample(struct json_writer *w, const struct model_sample *sample);
void json_put_generations(struct json_writer *w, const struct model_generation *generations);
void json_put_survival(struct json_writer *w, const struct model_survival *survival);

/* json_fragmentation.c; null if it is not known. */
void json_put_fragmentation(struct json_writer *w, const struct model_fragmentation *f);

/* What the last snapshot found: in all, of a site's blocks, and what holds these. */
void json_put_snapshot(struct json_writer *w, const struct model_snapshot *snapshot);
void json_put_reachability(struct json_writer *w, const struct model_reachability *reachability);
void json_put_retention(struct json_writer *w, const struct model_site *site);

#endif
