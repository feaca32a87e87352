/* SPDX-License-Identifier: MIT */
/* What the words of the report mean, and what is in the file that others wrote. */
#include "page.h"

#include <string.h>

#include "../verdicts.h"
#include "assets.h"

static void put_verdicts(struct page *p)
{
	static const char *const meanings[VERDICTS] = {
		[VERDICT_LEAK] =
			"its survivors are far older than the others ever got, and births go "
			"on surviving at that rate; or no pointer to them is left",
		[VERDICT_GROWING] = "live bytes rise beyond chance, still do at the end, and what "
				    "makes them rise stays",
		[VERDICT_CACHE] = "it grew and stopped, or blocks go as new ones come",
		[VERDICT_STARTUP] = "allocated at the start of the run, or by the C library for "
				    "itself, and constant since",
		[VERDICT_UNFREED] = "live at the end, without a pattern, and nothing from here was "
				    "ever released",
		[VERDICT_CLEANED] = "kept until the last 2 % of the run and released then",
		[VERDICT_BALANCED] = "released in time",
		[VERDICT_UNKNOWN] = "events are missing; what is missing is said at the top",
	};

	markup_open(&p->m, "dl", "class", "meanings", NULL);
	for (int i = VERDICTS; i-- > 0;)
		page_put_fact(p, verdicts_phrase((enum verdict)i), meanings[i], NULL);
	markup_close(&p->m, "dl");
}

static void put_terms(struct page *p)
{
	markup_open(&p->m, "dl", "class", "meanings", NULL);
	page_put_fact(p, "site", "a call stack that allocates", NULL);
	page_put_fact(
		p, "generation",
		"blocks by the age that they reached: young, middle, old. Ages are counted in "
		"bytes that the process allocated since, unless said otherwise",
		NULL);
	page_put_fact(
		p, "survival curve",
		"the share of blocks that live at least so long, by Kaplan and Meier: what is "
		"live at the end counts as that, not as dead",
		NULL);
	page_put_fact(p, "temporary",
		      "released by the thread that allocated it, before it allocated or released "
		      "anything else",
		      NULL);
	page_put_fact(p, "lost",
		      "nothing that the program can still get at leads to the block: no variable, "
		      "stack, register or other block that can be reached points to its start",
		      NULL);
	page_put_fact(p, "held by",
		      "where the shortest chain of pointers to the block begins, and the blocks on "
		      "the way, with the member that points on",
		      NULL);
	page_put_fact(p, "pinned", "free bytes on pages that hold at least one live block", NULL);
	page_put_fact(p, "confidence", "the share of the evidence that agrees with the verdict",
		      NULL);
	markup_close(&p->m, "dl");
}

/* Text of several lines, which alone would be made visible as one. */
static void put_lines(struct page *p, const char *text, size_t bytes)
{
	for (const char *end = text + bytes; text < end;) {
		const char *line_end = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((line_end ? line_end : end) - text);

		markup_printf(&p->m, "%.*s", (int)length, text);
		putc('\n', p->m.file);
		text += length + 1;
	}
}

static void put_licences(struct page *p)
{
	if (!asset_chart_licence.bytes)
		return;
	markup_open(&p->m, "details", "class", "licences", NULL);
	markup_leaf(&p->m, "summary", "Licences", NULL);
	markup_leaf(&p->m, "p", "Charts over time are drawn by uPlot:", NULL);
	markup_open(&p->m, "pre", NULL);
	put_lines(p, asset_chart_licence.text, asset_chart_licence.bytes);
	markup_close(&p->m, "pre");
	markup_close(&p->m, "details");
}

void page_put_about(struct page *p)
{
	page_open_section(p, "about", "How to read this");
	put_verdicts(p);
	put_terms(p);
	markup_open(&p->m, "p", NULL);
	markup_text(&p->m, p->model->run.runs ? "Profile: " : "Trace: ");
	markup_leaf(&p->m, "code", p->model->run.trace_path, NULL);
	markup_close(&p->m, "p");
	put_licences(p);
	page_close_section(p);
}
