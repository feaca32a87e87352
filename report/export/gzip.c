/* SPDX-License-Identifier: MIT */
#include "gzip.h"

#include <limits.h>
#include <string.h>

#include "../../analyzer/util/message.h"

#define GZIP_WINDOW (MAX_WBITS + 16) /* zlib's way to ask for gzip's header */
#define MEMORY_LEVEL 8 /* zlib's default */

/* Passes on what came so far, as much of it as deflate does not want to keep. */
static void drain(struct gzip *g, int flush)
{
	unsigned char packed[16384];

	do {
		g->stream.next_out = packed;
		g->stream.avail_out = sizeof packed;
		deflate(&g->stream, flush);
		fwrite(packed, 1, sizeof packed - g->stream.avail_out, g->file);
	} while (!g->stream.avail_out);
}

void gzip_begin(struct gzip *g, FILE *file)
{
	memset(g, 0, sizeof *g);
	g->file = file;
	if (deflateInit2(&g->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		die("out of memory");
}

void gzip_put(struct gzip *g, const void *data, size_t bytes)
{
	const unsigned char *at = data;

	while (bytes) {
		size_t part = bytes < UINT_MAX ? bytes : UINT_MAX;

		g->stream.next_in = (z_const Bytef *)at;
		g->stream.avail_in = (uInt)part;
		drain(g, Z_NO_FLUSH);
		at += part;
		bytes -= part;
	}
}

void gzip_end(struct gzip *g)
{
	drain(g, Z_FINISH);
	deflateEnd(&g->stream);
}
