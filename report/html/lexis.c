/* SPDX-License-Identifier: MIT */
/*
 * The heat map of generations: when blocks were born, against how old they got.
 *
 * What was released lies at its age of death, what still lives on a rising line to the left: the
 * older, the earlier it was born. So a cache is a band, a leak a line that never thins out.
 */
#include "page.h"

#include <math.h>
#include <stdlib.h>

#include "../../analyzer/util/array.h"
#include "../words.h"
#include "colors.h"
#include "svg.h"

#define WIDTH 900
#define LEFT 92
#define RIGHT 12
#define TOP 10
#define BOTTOM 24
#define ROW_HEIGHT 11

/* Bytes of all sites in each cell, by column, then row. */
struct grid {
	const struct model_lexis *lexis;
	double *dead, *alive;
	double most; /* of either in a cell */
};

static void add_up(struct grid *grid, const struct model_lexis *lexis)
{
	size_t count = (size_t)lexis->birth_count * lexis->age_count;

	grid->lexis = lexis;
	grid->dead = xcalloc(count, sizeof *grid->dead);
	grid->alive = xcalloc(count, sizeof *grid->alive);
	for (uint32_t i = 0; i < lexis->cell_count; i++) {
		const struct model_lexis_cell *cell = &lexis->cells[i];
		double *sum = cell->alive ? grid->alive : grid->dead;
		size_t at = (size_t)cell->birth * lexis->age_count + cell->age;

		sum[at] += (double)cell->bytes;
		if (sum[at] > grid->most)
			grid->most = sum[at];
	}
}

/* The darkest shade is for the most, each lighter one for an eighth of the next. */
static int shade_of(const struct grid *grid, double bytes)
{
	int down = (int)(log2(grid->most / bytes) / 3);

	return down >= COLOR_SHADES ? 0 : COLOR_SHADES - 1 - down;
}

static void put_cells(const struct grid *grid, const struct plot *plot, const double *bytes,
		      const char *class, const char *const *colors)
{
	double width = (plot->width - plot->left - plot->right) / grid->lexis->birth_count;
	struct cells shades[COLOR_SHADES];
	uint32_t rows = grid->lexis->age_count;

	for (int i = 0; i < COLOR_SHADES; i++)
		cells_init(&shades[i]);
	for (uint32_t birth = 0; birth < grid->lexis->birth_count; birth++)
		for (uint32_t age = 0; age < rows; age++) {
			double value = bytes[(size_t)birth * rows + age];

			if (value > 0)
				cells_add(&shades[shade_of(grid, value)],
					  plot->left + width * birth,
					  plot->top + ROW_HEIGHT * (rows - 1 - age), width - 0.5,
					  ROW_HEIGHT - 0.5);
		}
	for (int i = 0; i < COLOR_SHADES; i++) {
		char name[24];

		snprintf(name, sizeof name, "%s shade-%d", class, i);
		cells_put(&shades[i], plot->m, name, colors[i]);
	}
}

/* Blocks in one cell of which some were released and some live: both show. */
static void put_grid(const struct grid *grid, const struct plot *plot)
{
	put_cells(grid, plot, grid->dead, "dead", color_of_dead);
	put_cells(grid, plot, grid->alive, "alive", color_of_alive);
}

static void put_age_axis(struct page *p, const struct plot *plot)
{
	const struct model_lexis *lexis = &p->model->lexis;
	uint32_t every = (lexis->age_count + 9) / 10;

	for (uint32_t i = 0; i < lexis->age_count; i += every)
		plot_text(plot, plot->left - 6, plot->top + ROW_HEIGHT * (lexis->age_count - i) - 1,
			  "end", words_age_number(&p->model->run, lexis->ages[i]).text);
}

static void put_caption(struct page *p)
{
	markup_open(&p->m, "figcaption", NULL);
	markup_open(&p->m, "ul", "class", "key", NULL);
	markup_open(&p->m, "li", NULL);
	markup_leaf(&p->m, "i", "", "class", "dead shade-4", NULL);
	markup_text(&p->m, " released at that age");
	markup_close(&p->m, "li");
	markup_open(&p->m, "li", NULL);
	markup_leaf(&p->m, "i", "", "class", "alive shade-4", NULL);
	markup_text(&p->m, " still live at the end, at that age");
	markup_close(&p->m, "li");
	markup_close(&p->m, "ul");
	markup_open(&p->m, "p", NULL);
	markup_printf(
		&p->m,
		"Across: when blocks were allocated. Upwards: how old they got, in %s. The "
		"stronger the shade, the more bytes: a step is a factor of eight. What still "
		"lives lies on the line from the top left to the bottom right; a leak is a line "
		"that goes on to the end, a cache a band at one height.",
		words_age_unit(&p->model->run));
	markup_close(&p->m, "p");
	markup_close(&p->m, "figcaption");
}

static void put_map(struct page *p, const struct grid *grid)
{
	const struct model_lexis *lexis = grid->lexis;
	struct plot plot = {&p->m,  WIDTH, TOP + BOTTOM + ROW_HEIGHT * (double)lexis->age_count,
			    LEFT,   RIGHT, TOP,
			    BOTTOM, 0,	   (double)p->model->run.duration_ns,
			    1,	    false};
	plot_open(&plot, "plot", "Bytes by when their blocks were allocated and how old they got");
	plot_bar(&plot, LEFT, TOP, WIDTH - LEFT - RIGHT, ROW_HEIGHT * (double)lexis->age_count,
		 "ground", "#f4f4f4");
	put_grid(grid, &plot);
	put_age_axis(p, &plot);
	plot_axis_time(&plot);
	plot_close(&plot);
}

void page_put_lexis(struct page *p)
{
	const struct model_lexis *lexis = &p->model->lexis;
	struct grid grid = {0};

	if (!lexis->cell_count || !p->model->run.duration_ns)
		return;
	add_up(&grid, lexis);
	if (grid.most > 0) {
		markup_open(&p->m, "figure", "id", "lexis", NULL);
		markup_leaf(&p->m, "h3", "When blocks were born, and how old they got", NULL);
		put_map(p, &grid);
		put_caption(p);
		markup_close(&p->m, "figure");
	}
	free(grid.dead);
	free(grid.alive);
}
