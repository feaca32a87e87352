/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* open_memstream */
#include "document.h"

#include <stdlib.h>

#include "../../analyzer/util/human.h"
#include "../../analyzer/util/message.h"
#include "assets.h"

#define MOST_BYTES 4000000u /* of a file, if no other limit is given */

/* Nothing may be loaded, and only what was there at build time may run: each by its hash. */
static void put_policy(struct markup *m)
{
	char policy[512];
	char *at = policy, *end = policy + sizeof policy;

	at += snprintf(at, (size_t)(end - at), "default-src 'none'; script-src 'sha256-%s'",
		       asset_script.sha256);
	if (asset_chart_script.bytes)
		at += snprintf(at, (size_t)(end - at), " 'sha256-%s'", asset_chart_script.sha256);
	at += snprintf(at, (size_t)(end - at), "; style-src 'sha256-%s'", asset_style.sha256);
	if (asset_chart_style.bytes)
		at += snprintf(at, (size_t)(end - at), " 'sha256-%s'", asset_chart_style.sha256);
	snprintf(at, (size_t)(end - at),
		 "; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for "
		 "'script'");
	markup_empty(m, "meta", "http-equiv", "Content-Security-Policy", "content", policy, NULL);
}

static void put_asset(FILE *file, const char *element, const struct asset *asset)
{
	if (!asset->bytes)
		return;
	fprintf(file, "\n<%s>", element);
	fwrite(asset->text, 1, asset->bytes, file);
	fprintf(file, "</%s>", element);
}

void document_begin(struct document *d, struct markup *m, const char *title)
{
	d->m = m;
	m->file = open_memstream(&d->text, &d->bytes);
	if (!m->file)
		die("out of memory");
	fputs("<!DOCTYPE html>", m->file);
	markup_open(m, "html", "lang", "en", NULL);
	markup_open(m, "head", NULL);
	markup_empty(m, "meta", "charset", "utf-8", NULL);
	put_policy(m);
	markup_empty(m, "meta", "name", "viewport", "content",
		     "width=device-width, initial-scale=1", NULL);
	markup_empty(m, "meta", "name", "color-scheme", "content", "light dark", NULL);
	markup_leaf(m, "title", title, NULL);
	put_asset(m->file, "style", &asset_style);
	put_asset(m->file, "style", &asset_chart_style);
	markup_close(m, "head");
	markup_open(m, "body", NULL);
	markup_leaf(m, "a", "Skip to the findings", "class", "skip", "href", "#findings", NULL);
}

void document_put_navigation(struct document *d, const struct document_link *links)
{
	markup_open(d->m, "nav", "id", "views", "aria-label", "Sections", NULL);
	for (; links->name; links++) {
		char link[24];

		if (!links->id)
			continue;
		snprintf(link, sizeof link, "#%s", links->id);
		markup_leaf(d->m, "a", links->name, "href", link, "hidden",
			    links->scripted ? "" : NULL, NULL);
	}
	markup_close(d->m, "nav");
}

void document_put_flame(struct document *d)
{
	markup_open(d->m, "section", "id", "flame", "aria-labelledby", "flame-heading", "hidden",
		    "", NULL);
	markup_leaf(d->m, "h2", "Flame graph", "id", "flame-heading", NULL);
	markup_leaf(d->m, "div", "", "id", "flame-view", NULL);
	markup_close(d->m, "section");
}

static void put_folded(struct markup *m, uint32_t folded)
{
	if (!folded)
		return;
	markup_open(m, "footer", NULL);
	markup_printf(m,
		      "To keep this file small, %s sites are shown summed up in what can be drawn, "
		      "each group below the call that they have in common. --max-html allows more.",
		      human_count(folded).text);
	markup_close(m, "footer");
}

void document_end(struct document *d, FILE *file, size_t most_bytes, document_data *data,
		  const void *context)
{
	size_t taken, most = most_bytes ? most_bytes : MOST_BYTES;

	fclose(d->m->file);
	fwrite(d->text, 1, d->bytes, file);
	free(d->text);
	d->m->file = file;
	taken = d->bytes + asset_script.bytes + asset_chart_script.bytes;
	if (data)
		put_folded(d->m, data(file, context, taken < most ? most - taken : 0));
	put_asset(file, "script", &asset_chart_script);
	put_asset(file, "script", &asset_script);
	markup_close(d->m, "body");
	markup_close(d->m, "html");
	putc('\n', file);
}
