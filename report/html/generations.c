/* SPDX-License-Identifier: MIT */
/* Blocks by how long they lived: the three generations, the curve, and the heat map. */
#include "page.h"

#include "../words.h"

void page_put_generation_rows(struct page *p, const struct model_generation *generations)
{
	const struct model_run *run = &p->model->run;

	for (int g = 0; g < GENERATIONS; g++) {
		const struct model_generation *row = &generations[g];

		markup_open(&p->m, "tr", NULL);
		markup_open(&p->m, "th", "scope", "row", NULL);
		markup_leaf(&p->m, "i", "", "class", words_generation(g), NULL);
		markup_printf(&p->m, " %s", words_generation(g));
		markup_close(&p->m, "th");
		markup_leaf(&p->m, "td", g ? words_age(run, run->generation_ages[g - 1]).text : "0",
			    NULL);
		page_number_cell(p, row->births, human_count(row->births).text);
		page_number_cell(p, row->deaths, human_count(row->deaths).text);
		page_number_cell(p, row->survivors, human_count(row->survivors).text);
		page_number_cell(p, row->bytes, page_bytes(p, row->bytes).text);
		markup_leaf(
			&p->m, "td",
			g + 1 < GENERATIONS
				? human_share((uint64_t)(row->promotion * 1e6 + 0.5), 1000000).text
				: "",
			"class", "n", NULL);
		markup_close(&p->m, "tr");
	}
}

static void put_table(struct page *p)
{
	static const struct page_column columns[] = {
		{"generation", false, NULL}, {"from an age of", false, NULL},
		{"reached", true, NULL},     {"died in it", true, NULL},
		{"still live", true, NULL},  {"bytes live", true, NULL},
		{"goes on", true, NULL},     {NULL, false, NULL},
	};

	page_open_wide(p, "Blocks by how long they lived");
	markup_open(&p->m, "table", "class", "generations", NULL);
	markup_leaf(&p->m, "caption", "Blocks by how long they lived", NULL);
	page_put_head(p, columns);
	markup_open(&p->m, "tbody", NULL);
	page_put_generation_rows(p, p->model->run.generations);
	markup_close(&p->m, "tbody");
	markup_close(&p->m, "table");
	page_close_wide(p);
}

static void put_explanation(struct page *p)
{
	const struct model_run *run = &p->model->run;

	markup_open(&p->m, "p", NULL);
	markup_printf(&p->m, "Ages are measured in %s", words_age_unit(run));
	if (run->age_clock == AGE_BYTES && run->turnover_bytes)
		markup_printf(&p->m,
			      "; the heap turns over once every %s, the mean lifetime of a byte",
			      page_bytes(p, run->turnover_bytes).text);
	markup_text(&p->m, ". \"Goes on\" is the share of blocks that reached a generation and are "
			   "expected to reach the next one.");
	markup_close(&p->m, "p");
}

void page_put_generations(struct page *p)
{
	if (!p->model->run.allocations)
		return;
	page_open_section(p, "generations", "Generations");
	put_explanation(p);
	markup_open(&p->m, "div", "class", "side-by-side", NULL);
	put_table(p);
	page_put_survival(p, &p->model->run.survival);
	markup_close(&p->m, "div");
	page_put_lexis(p);
	page_close_section(p);
}
