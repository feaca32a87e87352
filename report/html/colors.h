/* SPDX-License-Identifier: MIT */
/*
 * colors.h - the colours of plots for readers without the style sheet, which has the same by class.
 *
 * Never the only sign of anything. The generations' are told apart with all common kinds of colour
 * blindness (Okabe and Ito, 2008).
 */
#ifndef TENURE_REPORT_HTML_COLORS_H
#define TENURE_REPORT_HTML_COLORS_H

#include "../../analyzer/model.h"

extern const char *const color_of_generation[GENERATIONS];

#define COLOR_RESIDENT "#666666"
#define COLOR_CURVE "#0072b2"
#define COLOR_BAND "#cfe3f0"

/* Shades from little to much, of what was released and of what still lives. */
#define COLOR_SHADES 6
extern const char *const color_of_dead[COLOR_SHADES], *const color_of_alive[COLOR_SHADES];

/* Of pages, from nearly empty to full. */
#define COLOR_FILLS 5
extern const char *const color_of_fill[COLOR_FILLS];

#endif
