/* SPDX-License-Identifier: MIT */
#include "../words.h"
#include "data.h"
#include "document.h"
#include "page.h"

/* Sections that have nothing to say are not there. */
static void put_navigation(struct document *d, const struct model *model)
{
	bool aged = model->run.allocations;
	bool surveyed = model->fragmentation.known && model->fragmentation.pages_end.occupied;
	const struct document_link links[] = {
		{"overview", "Overview", false},
		{"findings", "Findings", false},
		{model->run.runs ? NULL : "held", "Who holds what", false},
		{aged ? "generations" : NULL, "Generations", false},
		{"flame", "Flame graph", true},
		{surveyed ? "fragmentation" : NULL, "Fragmentation", false},
		{"tables", "Tables", false},
		{"about", "How to read this", false},
		{NULL, NULL, false},
	};

	document_put_navigation(d, links);
}

/* What asks for a look, and what would have, had the program not ended; or what was asked for. */
static void choose_cards(struct page *p)
{
	const struct model *model = p->model;

	if (p->options->site) {
		p->cards[p->card_count++] = &model->sites[p->options->site - 1];
		return;
	}
	p->card_count = words_urgent(model, p->cards, PAGE_CARDS_MAX);
	for (uint32_t i = 0; i < model->site_count && p->card_count < PAGE_CARDS_MAX; i++)
		if (model->sites[i].teardown_bytes)
			p->cards[p->card_count++] = &model->sites[i];
}

static uint32_t put_data(FILE *file, const void *context, size_t most_bytes)
{
	const struct page *p = context;

	return data_put(file, p->model, p->options, most_bytes);
}

static int write_html(const struct model *model, const struct report_options *options, FILE *file)
{
	struct page p = {.model = model, .options = options};
	struct document d;
	char title[200];

	choose_cards(&p);
	snprintf(title, sizeof title, "%s: memory report", human_basename(model->run.program));
	document_begin(&d, &p.m, title);
	page_put_header(&p);
	put_navigation(&d, model);
	markup_open(&p.m, "main", NULL);
	page_put_overview(&p);
	page_put_findings(&p);
	if (!model->run.runs)
		page_put_heap(&p);
	page_put_generations(&p);
	document_put_flame(&d);
	page_put_fragmentation(&p);
	page_put_tables(&p);
	page_put_about(&p);
	markup_close(&p.m, "main");
	document_end(&d, file, options->most_bytes, put_data, &p);
	return ferror(file) ? -1 : 0;
}

const struct report_format report_html = {"html", ".html", true, write_html};
