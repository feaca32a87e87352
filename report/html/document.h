/* SPDX-License-Identifier: MIT */
/*
 * document.h - what pages have in common around their content: head, policy, navigation, scripts.
 *
 * The content is written first, so that it is known what the limit of the file's size leaves for
 * data: document_begin, the content, document_end.
 */
#ifndef TENURE_REPORT_HTML_DOCUMENT_H
#define TENURE_REPORT_HTML_DOCUMENT_H

#include "../report.h"
#include "markup.h"

struct document {
	struct markup *m; /* whose file is the document's between begin and end */

	/* Own */
	char *text;
	size_t bytes;
};

void document_begin(struct document *d, struct markup *m, const char *title);

struct document_link {
	const char *id, *name; /* of a section; NULL: it is not there */
	bool scripted; /* hidden until a script fills it */
};

/* Links, ended by name NULL. */
void document_put_navigation(struct document *d, const struct document_link *links);

/* A section that a script fills with a view of the data. */
void document_put_flame(struct document *d);

/* Writes the embedded data. Returns how many rows it had to fold to keep within so many bytes. */
typedef uint32_t document_data(FILE *file, const void *context, size_t most_bytes);

/* Writes all to the file. most_bytes: of the file; 0: as is usual. data: NULL if there is none. */
void document_end(struct document *d, FILE *file, size_t most_bytes, document_data *data,
		  const void *context);

#endif
