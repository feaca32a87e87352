/* SPDX-License-Identifier: MIT */
/* Memory over time: resident, and what is live stacked by generation. */
#include "page.h"

#include <stdlib.h>

#include "../../analyzer/util/array.h"
#include "../words.h"
#include "colors.h"
#include "svg.h"

#define RESIDENT_TIMES 4 /* more than so many times what is live would hide it */

struct memory {
	struct page *page;
	struct plot plot;
	uint64_t most_live, most_resident;
	bool with_resident;
};

static void measure(struct memory *memory)
{
	const struct model *model = memory->page->model;

	for (uint32_t i = 0; i < model->census_count; i++)
		if (model->census[i].live_bytes > memory->most_live)
			memory->most_live = model->census[i].live_bytes;
	if (model->run.peak_bytes > memory->most_live)
		memory->most_live = model->run.peak_bytes;
	for (uint32_t i = 0; i < model->resident_count; i++)
		if (model->resident[i].bytes > memory->most_resident)
			memory->most_resident = model->resident[i].bytes;
	memory->with_resident = model->resident_count > 1 &&
				memory->most_resident / RESIDENT_TIMES <= memory->most_live;
}

/* Of a generation: a row of the census, or behind the last one, the end of the run. */
static uint64_t live_at(const struct model *model, uint32_t row, int generation)
{
	return row < model->census_count ? model->census[row].bytes[generation]
					 : model->run.generations[generation].bytes;
}

/* Old at the bottom: what stays is the ground on which the rest comes and goes. */
static void put_live(const struct memory *memory)
{
	const struct model *model = memory->page->model;
	uint32_t count = model->census_count + 1;
	struct plot_point *lower = xcalloc(count, sizeof *lower);
	struct plot_point *upper = xcalloc(count, sizeof *upper);

	for (uint32_t i = 0; i < count; i++)
		lower[i].x = upper[i].x = i < model->census_count ? (double)model->census[i].ns
								  : (double)model->run.duration_ns;
	for (int g = GENERATIONS - 1; g >= 0; g--) {
		for (uint32_t i = 0; i < count; i++) {
			lower[i].y = upper[i].y;
			upper[i].y += (double)live_at(model, i, g);
		}
		plot_area(&memory->plot, lower, upper, count, words_generation(g),
			  color_of_generation[g]);
	}
	free(lower);
	free(upper);
}

static void put_resident(const struct memory *memory)
{
	const struct model *model = memory->page->model;
	struct plot_point *points;

	if (!memory->with_resident)
		return;
	points = xcalloc(model->resident_count, sizeof *points);
	for (uint32_t i = 0; i < model->resident_count; i++) {
		points[i].x = (double)model->resident[i].ns;
		points[i].y = (double)model->resident[i].bytes;
	}
	plot_line(&memory->plot, points, model->resident_count, "resident", COLOR_RESIDENT);
	free(points);
}

static void put_key(const struct memory *memory)
{
	struct markup *m = &memory->page->m;

	markup_open(m, "ul", "class", "key", NULL);
	for (int g = GENERATIONS - 1; g >= 0; g--) {
		markup_open(m, "li", NULL);
		markup_leaf(m, "i", "", "class", words_generation(g), NULL);
		markup_printf(m, " live, %s", words_generation(g));
		markup_close(m, "li");
	}
	if (memory->with_resident) {
		markup_open(m, "li", NULL);
		markup_leaf(m, "i", "", "class", "resident", NULL);
		markup_text(m, " resident (the whole process)");
		markup_close(m, "li");
	}
	markup_close(m, "ul");
}

static void put_caption(const struct memory *memory)
{
	const struct model_run *run = &memory->page->model->run;
	struct markup *m = &memory->page->m;

	markup_open(m, "figcaption", NULL);
	put_key(memory);
	markup_open(m, "p", NULL);
	markup_printf(m, "Live bytes by age: middle from %s on, old from %s on, in %s.",
		      words_age_number(run, run->generation_ages[0]).text,
		      words_age_number(run, run->generation_ages[1]).text, words_age_unit(run));
	if (!memory->with_resident && memory->most_resident)
		markup_printf(
			m,
			" Resident memory, at most %s, is not drawn: it is mostly not the heap's.",
			page_bytes(memory->page, memory->most_resident).text);
	markup_close(m, "p");
	markup_close(m, "figcaption");
}

void page_put_memory(struct page *p)
{
	const struct model *model = p->model;
	const struct model_site *urgent;
	bool beside_list = words_urgent(model, &urgent, 1) > 0;
	struct memory memory = {.page = p};
	char label[320];

	if (model->census_count < 2 || !model->run.duration_ns)
		return;
	measure(&memory);
	memory.plot = (struct plot){
		.m = &p->m,
		.width = beside_list ? 560 : 900,
		.height = 220,
		.left = 64,
		.right = 12,
		.top = 8,
		.bottom = 22,
		.x_to = (double)model->run.duration_ns,
		.y_to = 1.04 *
			(double)(memory.with_resident && memory.most_resident > memory.most_live
					 ? memory.most_resident
					 : memory.most_live),
	};
	snprintf(label, sizeof label, "Live bytes over time, at most %s after %s, %s at the end",
		 page_bytes(p, model->run.peak_bytes).text, human_duration(model->run.peak_ns).text,
		 page_bytes(p, model->run.live_bytes).text);
	markup_open(&p->m, "figure", "id", "memory", NULL);
	markup_leaf(&p->m, "h3", "Memory over time", NULL);
	plot_open(&memory.plot, "plot", label);
	plot_axis_bytes(&memory.plot);
	put_live(&memory);
	put_resident(&memory);
	plot_axis_time(&memory.plot);
	snprintf(label, sizeof label, "peak %s", page_bytes(p, model->run.peak_bytes).text);
	plot_mark(&memory.plot, (double)model->run.peak_ns, label);
	plot_close(&memory.plot);
	put_caption(&memory);
	markup_close(&p->m, "figure");
}
