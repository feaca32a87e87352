/* SPDX-License-Identifier: MIT */
/*
 * gzip.h - writes a gzip file (RFC 1952) as its contents come, the same bytes for the same contents.
 * Write errors stay in the FILE for its owner.
 */
#ifndef TENURE_REPORT_EXPORT_GZIP_H
#define TENURE_REPORT_EXPORT_GZIP_H

#include <stddef.h>
#include <stdio.h>
#include <zlib.h>

struct gzip {
	FILE *file;
	z_stream stream;
};

void gzip_begin(struct gzip *g, FILE *file);
void gzip_put(struct gzip *g, const void *data, size_t bytes);
/* Everything is in the FILE then, and nothing is left to release. */
void gzip_end(struct gzip *g);

#endif
