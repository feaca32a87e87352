/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* open_memstream */
#include "svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../analyzer/util/human.h"
#include "../../analyzer/util/message.h"

#define TICKS_MAX 6
#define TIME_WIDTH 56 /* of the label of a tick, "1.5 ms" or "30 min" */
#define CLOSE 0.5 /* units of the view box */

struct human_number {
	char text[32];
};

static struct human_number units(double value)
{
	struct human_number result;

	snprintf(result.text, sizeof result.text, "%.1f", value);
	return result;
}

void plot_open(const struct plot *plot, const char *class, const char *label)
{
	char box[80];

	snprintf(box, sizeof box, "0 0 %.0f %.0f", plot->width, plot->height);
	markup_open(plot->m, "svg", "class", class, "viewBox", box, "role", "img", "aria-label",
		    label, "data-x0", units(plot->left).text, "data-y0", units(plot->top).text,
		    "data-w", units(plot->width - plot->left - plot->right).text, "data-h",
		    units(plot->height - plot->top - plot->bottom).text, "font-size", "11",
		    "font-family", "sans-serif", NULL);
}

void plot_close(const struct plot *plot)
{
	markup_close(plot->m, "svg");
}

double plot_x(const struct plot *plot, double x)
{
	double inside = plot->width - plot->left - plot->right;
	double share;

	if (plot->x_log)
		share = log(x / plot->x_from) / log(plot->x_to / plot->x_from);
	else
		share = (x - plot->x_from) / (plot->x_to - plot->x_from);
	return plot->left + inside * (share < 0 ? 0 : share > 1 ? 1 : share);
}

double plot_y(const struct plot *plot, double y)
{
	double inside = plot->height - plot->top - plot->bottom;
	double share = plot->y_to > 0 ? y / plot->y_to : 0;

	return plot->top + inside * (1 - (share > 1 ? 1 : share));
}

static FILE *open_path(char **path, size_t *bytes)
{
	FILE *file = open_memstream(path, bytes);

	if (!file)
		die("out of memory");
	return file;
}

/* What lies closer to the last point than can be seen is left out, but for the end. */
static void add_points(FILE *file, const struct plot *plot, const struct plot_point *points,
		       size_t count, bool backwards)
{
	double last_x = 0, last_y = 0;

	for (size_t i = 0; i < count; i++) {
		const struct plot_point *point = &points[backwards ? count - 1 - i : i];
		double x = plot_x(plot, point->x), y = plot_y(plot, point->y);

		if (i && i + 1 < count && fabs(x - last_x) < CLOSE && fabs(y - last_y) < CLOSE)
			continue;
		fprintf(file, "%s%.1f %.1f", i || backwards ? "L" : "M", x, y);
		last_x = x;
		last_y = y;
	}
}

/* The line through points, and back along others if there are any. You own it. */
static char *path_through(const struct plot *plot, const struct plot_point *points,
			  const struct plot_point *back, size_t count)
{
	char *path;
	size_t bytes;
	FILE *file = open_path(&path, &bytes);

	add_points(file, plot, points, count, false);
	if (back) {
		add_points(file, plot, back, count, true);
		putc('Z', file);
	}
	fclose(file);
	return path;
}

void plot_line(const struct plot *plot, const struct plot_point *points, size_t count,
	       const char *class, const char *color)
{
	char *path = path_through(plot, points, NULL, count);

	markup_empty(plot->m, "path", "class", class, "d", path, "fill", "none", "stroke", color,
		     "stroke-width", "1.5", NULL);
	free(path);
}

void plot_area(const struct plot *plot, const struct plot_point *lower,
	       const struct plot_point *upper, size_t count, const char *class, const char *color)
{
	char *path = path_through(plot, upper, lower, count);

	markup_empty(plot->m, "path", "class", class, "d", path, "fill", color, NULL);
	free(path);
}

void plot_bar(const struct plot *plot, double x, double y, double width, double height,
	      const char *class, const char *color)
{
	markup_empty(plot->m, "rect", "class", class, "x", units(x).text, "y", units(y).text,
		     "width", units(width).text, "height", units(height).text, "fill", color, NULL);
}

void plot_text(const struct plot *plot, double x, double y, const char *anchor, const char *text)
{
	markup_leaf(plot->m, "text", text, "x", units(x).text, "y", units(y).text, "text-anchor",
		    anchor, NULL);
}

static void put_rule(const struct plot *plot, double x1, double y1, double x2, double y2,
		     const char *class)
{
	markup_empty(plot->m, "line", "class", class, "x1", units(x1).text, "y1", units(y1).text,
		     "x2", units(x2).text, "y2", units(y2).text, "stroke", "#bbb", NULL);
}

void plot_mark(const struct plot *plot, double x, const char *text)
{
	double at = plot_x(plot, x);
	bool right = at < plot->width * 0.75;

	put_rule(plot, at, plot->top, at, plot->height - plot->bottom, "mark");
	plot_text(plot, right ? at + 4 : at - 4, plot->top + 9, right ? "start" : "end", text);
}

/* Steps of time that people count in. */
static double time_step(double span_ns, double ticks)
{
	static const double seconds[] = {20,   30,   60,    120,   300,	  600,	 1200,	1800,
					 3600, 7200, 10800, 21600, 43200, 86400, 172800};
	double step = 1;

	for (double decade = 1; decade <= 1e10; decade *= 10)
		for (int i = 0; i < 3; i++) {
			step = decade * (i == 0 ? 1 : i == 1 ? 2 : 5);
			if (span_ns / step <= ticks)
				return step;
		}
	for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++)
		if (span_ns / (seconds[i] * 1e9) <= ticks)
			return seconds[i] * 1e9;
	return ceil(span_ns / 86400e9 / ticks) * 86400e9;
}

/* "512 KiB" rather than "512.0 KiB", "30 min" rather than "30 min 00 s": ticks are round numbers. */
static struct human without_zeros(struct human number)
{
	char *rest = strstr(number.text, " 00 ");
	char *point = strchr(number.text, '.');
	char *end;

	if (rest)
		*rest = '\0';
	if (!point)
		return number;
	for (end = point + 1; *end == '0';)
		end++;
	if (*end == ' ')
		memmove(point, end, strlen(end) + 1);
	return number;
}

void plot_axis_time(const struct plot *plot)
{
	double width = plot->width - plot->left - plot->right;
	double step = time_step(plot->x_to - plot->x_from, fmin(TICKS_MAX, width / TIME_WIDTH));
	double base = plot->height - plot->bottom;

	put_rule(plot, plot->left, base, plot->width - plot->right, base, "axis");
	for (double at = plot->x_from; at <= plot->x_to * (1 + 1e-9); at += step) {
		double x = plot_x(plot, at);

		put_rule(plot, x, base, x, base + 4, "axis");
		if (x > plot->width - 20)
			continue;
		plot_text(plot, x, base + 15, at > plot->x_from ? "middle" : "start",
			  at > 0 ? without_zeros(human_duration((uint64_t)at)).text : "0");
	}
}

void plot_axis_bytes(const struct plot *plot)
{
	double step = exp2(ceil(log2(plot->y_to / TICKS_MAX)));

	if (step < 1)
		step = 1;
	for (double at = 0; at <= plot->y_to; at += step) {
		put_rule(plot, plot->left, plot_y(plot, at), plot->width - plot->right,
			 plot_y(plot, at), "grid");
		plot_text(plot, plot->left - 5, plot_y(plot, at) + 4, "end",
			  at > 0 ? without_zeros(human_bytes((uint64_t)at, false)).text : "0");
	}
}

void plot_axis_share(const struct plot *plot)
{
	for (int quarter = 0; quarter <= 4; quarter++) {
		char text[16];

		snprintf(text, sizeof text, "%d %%", 25 * quarter);
		put_rule(plot, plot->left, plot_y(plot, quarter / 4.0), plot->width - plot->right,
			 plot_y(plot, quarter / 4.0), "grid");
		plot_text(plot, plot->left - 5, plot_y(plot, quarter / 4.0) + 4, "end", text);
	}
}

void cells_init(struct cells *cells)
{
	cells->file = open_path(&cells->path, &cells->bytes);
}

void cells_add(struct cells *cells, double x, double y, double width, double height)
{
	fprintf(cells->file, "M%.1f %.1fh%.1fv%.1fh%.1fz", x, y, width, height, -width);
}

void cells_put(struct cells *cells, struct markup *m, const char *class, const char *color)
{
	fclose(cells->file);
	if (*cells->path)
		markup_empty(m, "path", "class", class, "d", cells->path, "fill", color, NULL);
	free(cells->path);
}
