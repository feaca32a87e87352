/* SPDX-License-Identifier: MIT */
/*
 * svg.h - plots as inline SVG: axes, lines, areas, bars.
 *
 * Colours stand in the markup for readers without the style sheet, whose classes override them. What
 * a plot shows is also said in words by its label, and by a table or a sentence beside it.
 */
#ifndef TENURE_REPORT_HTML_SVG_H
#define TENURE_REPORT_HTML_SVG_H

#include <stdint.h>

#include "markup.h"

/* In units of the view box. Fill in all but the last; the axes begin at 0, but for a logarithmic one. */
struct plot {
	struct markup *m;
	double width, height; /* of the whole */
	double left, right, top, bottom; /* margins around the axes */
	double x_from, x_to, y_to;
	bool x_log;
};

struct plot_point {
	double x, y; /* by the axes */
};

/* The element also tells scripts where the axes lie: data-x0, data-y0, data-w, data-h. */
void plot_open(const struct plot *plot, const char *class, const char *label);
void plot_close(const struct plot *plot);

/* Where a value lies, in units of the view box. */
double plot_x(const struct plot *plot, double x);
double plot_y(const struct plot *plot, double y);

void plot_line(const struct plot *plot, const struct plot_point *points, size_t count,
	       const char *class, const char *color);
/* Between two curves over the same x. */
void plot_area(const struct plot *plot, const struct plot_point *lower,
	       const struct plot_point *upper, size_t count, const char *class, const char *color);
void plot_bar(const struct plot *plot, double x, double y, double width, double height,
	      const char *class, const char *color);
void plot_text(const struct plot *plot, double x, double y, const char *anchor, const char *text);

/* A vertical line through an x, with words at its top. */
void plot_mark(const struct plot *plot, double x, const char *text);

/* Lines and labels of axes: time in ns at the bottom, bytes at the left, shares at the left (y_to is 1). */
void plot_axis_time(const struct plot *plot);
void plot_axis_bytes(const struct plot *plot);
void plot_axis_share(const struct plot *plot);

/* Cells of a grid with something in them, so many units wide and high, in one path of one colour. */
struct cells {
	FILE *file;
	char *path;
	size_t bytes;
};

void cells_init(struct cells *cells);
void cells_add(struct cells *cells, double x, double y, double width, double height);
/* Nothing if none was added. */
void cells_put(struct cells *cells, struct markup *m, const char *class, const char *color);

#endif
