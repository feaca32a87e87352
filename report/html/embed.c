/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* open_memstream */
#include "embed.h"

#include <stdlib.h>
#include <zlib.h>

#include "../../analyzer/util/array.h"
#include "../../analyzer/util/message.h"
#include "base64.h"

#define CAUTION 0.98 /* of the limit: what is aimed at */

/* You own the result. */
static char *make_json(const char *kind, const struct columns *columns, embed_rest *rest,
		       const void *context, size_t *bytes)
{
	struct json_writer w;
	char *text;
	FILE *file = open_memstream(&text, bytes);

	if (!file)
		die("out of memory");
	json_init(&w, file);
	json_object_begin(&w, NULL);
	json_uint(&w, "version", 1);
	json_string(&w, "kind", kind);
	columns_put(columns, &w);
	if (rest)
		rest(&w, context);
	json_end(&w);
	json_finish(&w);
	fclose(file);
	return text;
}

/* In the format of zlib (RFC 1950). You own the result. */
static unsigned char *deflated(const char *text, size_t *bytes)
{
	uLongf length = compressBound(*bytes);
	unsigned char *packed = xmalloc(length);

	if (compress2(packed, &length, (const Bytef *)text, *bytes, Z_BEST_COMPRESSION) != Z_OK)
		die("out of memory");
	*bytes = length;
	return packed;
}

/* So many rows, and the bytes that the element then takes. */
struct trial {
	double rows, bytes;
};

/* Along the line through the last two trials, a little further down than it says. */
static size_t next_rows(const struct trial *before, const struct trial *last, double most_bytes)
{
	double per_row = (before->bytes - last->bytes) / (before->rows - last->rows);
	double rows = last->rows - (last->bytes - most_bytes * CAUTION) / per_row;

	/* Where it says nonsense, as between sites that are folded together or not at all: half. */
	if (!(per_row > 0) || !(rows < last->rows))
		rows = last->rows / 2;
	return rows > 0 ? (size_t)rows : 0;
}

void embed_put(FILE *file, const char *kind, struct columns *columns, embed_rest *rest,
	       const void *context, size_t most_bytes)
{
	struct trial before = {0, 0}, last;
	size_t rows = columns->item_count;
	unsigned char *packed;
	size_t bytes;
	char *text;

	for (;;) {
		columns_fold(columns, rows);
		text = make_json(kind, columns, rest, context, &bytes);
		packed = deflated(text, &bytes);
		free(text);
		if (base64_bytes(bytes) <= most_bytes || !rows)
			break;
		free(packed);
		last = (struct trial){(double)rows, (double)base64_bytes(bytes)};
		rows = next_rows(&before, &last, (double)most_bytes);
		before = last;
	}
	fputs("\n<script type=\"application/octet-stream\" id=\"data\">", file);
	base64_put(file, packed, bytes);
	fputs("</script>\n", file);
	free(packed);
}
