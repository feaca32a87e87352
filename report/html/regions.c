/* SPDX-License-Identifier: MIT */
/* Address space as the allocator uses it: a map of each region, coloured by how full its pages are. */
#include "page.h"

#include <inttypes.h>

#include "colors.h"
#include "svg.h"

#define MAPS_MAX 16
#define COLUMNS 128
#define CELL 7

static double live_share(const struct model_stretch *stretch)
{
	return stretch->occupied ? (double)stretch->live_bytes / (stretch->occupied * 4096.0) : 0;
}

static void put_cells(const struct plot *plot, const struct model_region *region)
{
	struct cells fills[COLOR_FILLS];
	char name[24];

	for (int i = 0; i < COLOR_FILLS; i++)
		cells_init(&fills[i]);
	for (uint32_t i = 0; i < region->map_count; i++) {
		int fill = (int)(live_share(&region->map[i]) * COLOR_FILLS);

		if (region->map[i].occupied)
			cells_add(&fills[fill < COLOR_FILLS ? fill : COLOR_FILLS - 1],
				  i % COLUMNS * CELL, i / COLUMNS * CELL, CELL - 1, CELL - 1);
	}
	for (int i = 0; i < COLOR_FILLS; i++) {
		snprintf(name, sizeof name, "fill-%d", i);
		cells_put(&fills[i], plot->m, name, color_of_fill[i]);
	}
}

static void put_map(struct page *p, const struct model_region *region)
{
	uint32_t lines = (region->map_count + COLUMNS - 1) / COLUMNS;
	uint32_t columns = region->map_count < COLUMNS ? region->map_count : COLUMNS;
	struct plot plot = {&p->m, COLUMNS * CELL, lines * (double)CELL, 0, 0, 0, 0, 0, 1,
			    1,	   false};

	plot_open(&plot, "pages", "Pages of this region, by how full they are");
	plot_bar(&plot, 0, 0, columns * CELL, plot.height, "ground", "#eeeeee");
	put_cells(&plot, region);
	plot_close(&plot);
}

static void put_region(struct page *p, uint32_t index)
{
	const struct model_region *region = &p->model->fragmentation.regions[index];
	char number[16], columns[16], cell[16];

	snprintf(number, sizeof number, "%" PRIu32, index);
	snprintf(columns, sizeof columns, "%d", COLUMNS);
	snprintf(cell, sizeof cell, "%d", CELL);
	markup_open(&p->m, "figure", "class", "map", "data-region", number, "data-columns", columns,
		    "data-cell", cell, NULL);
	put_map(p, region);
	markup_open(&p->m, "figcaption", NULL);
	markup_printf(&p->m,
		      "%#" PRIx64 " to %#" PRIx64
		      ": %s live in %s, %s free on %s pages; one cell is "
		      "%s page%s",
		      region->start, region->end, page_bytes(p, region->live_bytes).text,
		      page_blocks(region->live_blocks).text,
		      page_bytes(p, region->pinned_bytes).text, human_count(region->pages).text,
		      human_count(region->map_pages).text, human_plural(region->map_pages));
	markup_close(&p->m, "figcaption");
	markup_close(&p->m, "figure");
}

static void put_key(struct page *p)
{
	static const char *const words[COLOR_FILLS] = {"up to 20 % live", "40 %", "60 %", "80 %",
						       "full"};
	char name[24];

	markup_open(&p->m, "ul", "class", "key", NULL);
	for (int i = 0; i < COLOR_FILLS; i++) {
		snprintf(name, sizeof name, "fill-%d", i);
		markup_open(&p->m, "li", NULL);
		markup_leaf(&p->m, "i", "", "class", name, NULL);
		markup_printf(&p->m, " %s", words[i]);
		markup_close(&p->m, "li");
	}
	markup_close(&p->m, "ul");
}

void page_put_regions(struct page *p)
{
	const struct model_fragmentation *f = &p->model->fragmentation;
	uint32_t shown = 0;

	for (uint32_t i = 0; i < f->region_count && shown < MAPS_MAX; i++) {
		if (!f->regions[i].map_count)
			continue;
		if (!shown++) {
			markup_leaf(&p->m, "h3", "Where blocks lie at the end", NULL);
			put_key(p);
		}
		put_region(p, i);
	}
	if (shown && f->region_count > shown) {
		markup_open(&p->m, "p", "class", "remark", NULL);
		markup_printf(&p->m, "%s more regions are not drawn: less is pinned there.",
			      human_count(f->region_count - shown).text);
		markup_close(&p->m, "p");
	}
}
