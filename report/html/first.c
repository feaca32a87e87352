/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <inttypes.h>

#include "../words.h"

static void put_command_line(struct page *p)
{
	const struct model_run *run = &p->model->run;

	markup_open(&p->m, "h1", NULL);
	if (!run->argc)
		markup_text(&p->m, run->program);
	for (uint32_t i = 0; i < run->argc; i++) {
		if (i)
			markup_text(&p->m, " ");
		markup_text(&p->m, run->argv[i]);
	}
	markup_close(&p->m, "h1");
}

static void put_circumstances(struct page *p)
{
	const struct model_run *run = &p->model->run;

	markup_open(&p->m, "p", "class", "facts", NULL);
	if (run->runs) {
		words_put_runs(markup_words(&p->m), run);
		markup_words_end(&p->m);
		markup_close(&p->m, "p");
		return;
	}
	markup_printf(&p->m, "Process %" PRId32 ", ", run->pid);
	words_put_end(markup_words(&p->m), run);
	markup_words_end(&p->m);
	markup_printf(&p->m, " after %s, %s thread%s, %s", human_duration(run->duration_ns).text,
		      human_count(run->threads).text, human_plural(run->threads),
		      human_time(run->start_realtime_ns).text);
	markup_close(&p->m, "p");
	if (run->successor) {
		markup_open(&p->m, "p", "class", "window", NULL);
		markup_printf(&p->m, "It went on as %s: ", run->successor);
		markup_leaf(&p->m, "code", run->successor_trace, NULL);
		markup_close(&p->m, "p");
	}
	if (run->teardown_ns) {
		markup_open(&p->m, "p", "class", "window", NULL);
		markup_printf(&p->m, "Up to %s, when the interpreter began to release all it had.",
			      human_duration(run->teardown_ns).text);
		markup_close(&p->m, "p");
	}
	if (!run->since_ns && !run->until_ns)
		return;
	markup_open(&p->m, "p", "class", "window", NULL);
	markup_printf(&p->m, "Only about blocks allocated from %s",
		      human_duration(run->since_ns).text);
	if (run->until_ns)
		markup_printf(&p->m, " to %s after its start, as they stood then.",
			      human_duration(run->until_ns).text);
	else
		markup_text(&p->m, " after its start on.");
	markup_close(&p->m, "p");
}

/* The colour of the sentence about the whole run. */
static const char *verdict_class(const struct model *model)
{
	struct words_total total = words_total(model);

	if (total.classes[VERDICT_LEAK].sites || total.errors ||
	    total.classes[VERDICT_GROWING].sites > total.slight.sites)
		return "verdict bad";
	if (total.classes[VERDICT_UNKNOWN].live_blocks)
		return "verdict unknown";
	if (total.classes[VERDICT_UNFREED].sites || total.slight.sites || total.torn_down.sites)
		return "verdict warn";
	return "verdict good";
}

/* What free memory between live blocks has to do with it. */
static void put_pinning(struct page *p)
{
	const struct model_pages *pages = &p->model->fragmentation.pages_end;
	const struct model_site *worst = words_pinning(p->model);

	if (!worst)
		return;
	markup_printf(&p->m, " %s of the heap's pages is free but pinned, most of it by site ",
		      human_share(pages->pinned_bytes, pages->occupied * 4096).text);
	page_site_name(p, worst);
	markup_text(&p->m, ".");
}

static void put_limits(struct page *p)
{
	const struct model_run *run = &p->model->run;

	if (!run->limit_count)
		return;
	markup_open(&p->m, "div", "class", "limits", NULL);
	markup_open(&p->m, "h2", NULL);
	markup_printf(&p->m, "What this %s could not see", words_record(run));
	markup_close(&p->m, "h2");
	markup_open(&p->m, "ul", NULL);
	for (uint32_t i = 0; i < run->limit_count; i++)
		markup_leaf(&p->m, "li", run->limits[i], NULL);
	markup_close(&p->m, "ul");
	markup_close(&p->m, "div");
}

void page_put_header(struct page *p)
{
	markup_open(&p->m, "header", "id", "top", NULL);
	put_command_line(p);
	put_circumstances(p);
	markup_open(&p->m, "p", "class", verdict_class(p->model), NULL);
	words_put_verdict(markup_words(&p->m), p->model, p->options->exact_bytes);
	markup_words_end(&p->m);
	put_pinning(p);
	markup_close(&p->m, "p");
	put_limits(p);
	markup_close(&p->m, "header");
}
