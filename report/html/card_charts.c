/* SPDX-License-Identifier: MIT */
/* What a site's blocks did over the run, how long they live, and how old those are that still do. */
#include "page.h"

#include <math.h>
#include <stdlib.h>

#include "../../analyzer/util/array.h"
#include "../words.h"
#include "colors.h"
#include "svg.h"

#define WIDTH 300
#define HEIGHT 130

void page_put_growth(struct page *p, const struct model_site *site)
{
	const struct model_growth *growth = &site->growth;
	uint32_t count = growth->point_count;
	struct plot plot = {&p->m,
			    WIDTH,
			    HEIGHT,
			    56,
			    8,
			    8,
			    20,
			    0,
			    (double)p->model->run.duration_ns,
			    (double)site->own_peak_bytes,
			    false};
	struct plot_point *base, *points;

	if (count < 3 || !site->own_peak_bytes || !p->model->run.duration_ns)
		return;
	base = xcalloc(count, sizeof *base);
	points = xcalloc(count, sizeof *points);
	for (uint32_t i = 0; i < count; i++) {
		base[i].x = points[i].x = (double)growth->points[i].ns;
		points[i].y = (double)growth->points[i].bytes;
	}
	markup_open(&p->m, "figure", NULL);
	plot_open(&plot, "plot", "Live bytes from this site over time");
	plot_axis_bytes(&plot);
	plot_area(&plot, base, points, count, "band", COLOR_BAND);
	plot_line(&plot, points, count, "curve", COLOR_CURVE);
	plot_axis_time(&plot);
	plot_close(&plot);
	markup_open(&p->m, "figcaption", NULL);
	markup_printf(&p->m, "Live over time, at most %s",
		      page_bytes(p, site->own_peak_bytes).text);
	if (growth->known && p->model->run.duration_ns >= HUMAN_RATE_RUN_NS) {
		uint64_t run_ns = p->model->run.duration_ns;

		markup_printf(&p->m, "; changes by %s",
			      human_rate(growth->bytes_per_s, run_ns, false).text);
		markup_printf(&p->m, " (95 %%: %s to ",
			      human_rate(growth->low, run_ns, false).text);
		markup_printf(&p->m, "%s)", human_rate(growth->high, run_ns, false).text);
	}
	markup_close(&p->m, "figcaption");
	markup_close(&p->m, "figure");
	free(points);
	free(base);
}

static struct human share(double value)
{
	return human_share((uint64_t)(value * 1e6 + 0.5), 1000000);
}

static void put_survival_caption(struct page *p, const struct model_survival *survival)
{
	const struct model_run *run = &p->model->run;

	markup_open(&p->m, "figcaption", NULL);
	markup_printf(&p->m, "Share of blocks that live so long (%s). Of %s, %s seen to die",
		      words_age_unit(run), page_blocks(survival->blocks).text,
		      human_count(survival->deaths).text);
	if (survival->has_median && survival->median_age)
		markup_printf(&p->m, ", half within %s", words_age(run, survival->median_age).text);
	else if (survival->has_median)
		markup_text(&p->m, ", half at once");
	markup_printf(&p->m, "; never die: %s", share(survival->plateau).text);
	markup_printf(&p->m, " (95 %%: %s", share(survival->low).text);
	markup_printf(&p->m, " to %s)%s", share(survival->high).text,
		      survival->followed_up ? "" : ", the run was too short to tell");
	markup_close(&p->m, "figcaption");
}

/* Ages at the two ends and in the middle of a logarithmic axis. */
static void put_ages_axis(const struct plot *plot, const struct model_run *run)
{
	double base = plot->height - plot->bottom + 15;
	double middle = (plot->left + plot->width - plot->right) / 2;

	plot_text(plot, plot->left, base, "start",
		  words_age_number(run, (uint64_t)plot->x_from).text);
	plot_text(plot, middle, base, "middle",
		  words_age_number(run, (uint64_t)sqrt(plot->x_from * plot->x_to)).text);
	plot_text(plot, plot->width - plot->right, base, "end",
		  words_age_number(run, (uint64_t)plot->x_to).text);
}

/* The curve is a step function: a share holds until the next point. */
static void put_curve(const struct plot *plot, const struct model_survival *survival)
{
	uint32_t count = 2 * survival->point_count;
	struct plot_point *low = xcalloc(count + 1, sizeof *low);
	struct plot_point *high = xcalloc(count + 1, sizeof *high);
	struct plot_point *curve = xcalloc(count + 1, sizeof *curve);

	curve[0].y = high[0].y = low[0].y = 1;
	curve[0].x = high[0].x = low[0].x = plot->x_from;
	for (uint32_t i = 0; i < survival->point_count; i++) {
		const struct model_survival_point *point = &survival->points[i];
		uint32_t at = 2 * i + 1;

		curve[at] = (struct plot_point){(double)point->age, curve[at - 1].y};
		low[at] = (struct plot_point){(double)point->age, low[at - 1].y};
		high[at] = (struct plot_point){(double)point->age, high[at - 1].y};
		curve[at + 1] = (struct plot_point){(double)point->age, point->share};
		low[at + 1] = (struct plot_point){(double)point->age, point->low};
		high[at + 1] = (struct plot_point){(double)point->age, point->high};
	}
	plot_area(plot, low, high, count + 1, "band", COLOR_BAND);
	plot_line(plot, curve, count + 1, "curve", COLOR_CURVE);
	free(low);
	free(high);
	free(curve);
}

void page_put_survival(struct page *p, const struct model_survival *survival)
{
	struct plot plot = {&p->m, WIDTH, HEIGHT, 44, 12, 8, 20, 1, 0, 1, true};

	if (!survival->blocks)
		return;
	markup_open(&p->m, "figure", NULL);
	if (survival->point_count > 1) {
		if (survival->points[0].age > 2)
			plot.x_from = (double)survival->points[0].age / 2;
		plot.x_to = (double)survival->points[survival->point_count - 1].age * 2;
		plot_open(&plot, "plot",
			  "Survival curve: share of blocks by age, with its 95 % band");
		plot_axis_share(&plot);
		put_curve(&plot, survival);
		put_ages_axis(&plot, &p->model->run);
		plot_close(&plot);
	}
	put_survival_caption(p, survival);
	markup_close(&p->m, "figure");
}

/* One bar a generation, of what is live at the end. */
void page_put_ages(struct page *p, const struct model_site *site)
{
	struct plot plot = {&p->m, WIDTH, HEIGHT, 56, 80, 8, 8, 0, 1, 1, false};
	double row = (HEIGHT - 16) / (double)GENERATIONS;

	if (!site->live_bytes)
		return;
	plot.x_to = (double)site->live_bytes;
	markup_open(&p->m, "figure", NULL);
	plot_open(&plot, "plot", "Live bytes from this site by generation");
	for (int g = 0; g < GENERATIONS; g++) {
		const struct model_generation *generation = &site->generations[g];
		double top = plot.top + row * g;
		double end = plot_x(&plot, (double)generation->bytes);

		plot_text(&plot, plot.left - 6, top + row / 2 + 4, "end", words_generation(g));
		plot_bar(&plot, plot.left, top + 5, end - plot.left, row - 10, words_generation(g),
			 color_of_generation[g]);
		plot_text(&plot, end + 5, top + row / 2 + 4, "start",
			  generation->bytes ? page_bytes(p, generation->bytes).text : "none");
	}
	plot_close(&plot);
	markup_leaf(&p->m, "figcaption", "Still live at the end, by generation", NULL);
	markup_close(&p->m, "figure");
}
