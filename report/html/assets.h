/* SPDX-License-Identifier: MIT */
/*
 * assets.h - style sheets and scripts of the HTML report, embedded by assets.S.
 *
 * Our own are always there. uPlot is a package of npm: where it was not there at build time its
 * texts are empty, and the page has to do without. Every text is UTF-8, has no carriage return, and
 * can stand between the tags of its element as it is: the Makefile refuses one that would end it.
 */
#ifndef TENURE_REPORT_HTML_ASSETS_H
#define TENURE_REPORT_HTML_ASSETS_H

#include <stddef.h>

/* assets.S has these members in this order, each a word. */
struct asset {
	const char *text; /* not ended by 0 */
	size_t bytes;
	/* In base64, of the text, for 'sha256-...' in a Content-Security-Policy: the element must
	 * hold the text and nothing else, not even a newline. */
	const char *sha256;
};

extern const struct asset asset_style, asset_script;

/* uPlot, to stand before ours; 0 bytes: left out. Its licence goes where people can read it. */
extern const struct asset asset_chart_style, asset_chart_script, asset_chart_licence;

#endif
