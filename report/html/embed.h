/* SPDX-License-Identifier: MIT */
/*
 * embed.h - data as an element of a page: JSON, deflated, in base64.
 */
#ifndef TENURE_REPORT_HTML_EMBED_H
#define TENURE_REPORT_HTML_EMBED_H

#include <stdio.h>

#include "columns.h"

/* Writes further members into the object. */
typedef void embed_rest(struct json_writer *w, const void *context);

/*
 * Writes the element. If it would take more than `most_bytes`, columns are folded more and more until
 * it does not: with all that can be folded folded, it takes what it takes. rest may be NULL.
 */
void embed_put(FILE *file, const char *kind, struct columns *columns, embed_rest *rest,
	       const void *context, size_t most_bytes);

#endif
