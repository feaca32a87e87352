/* SPDX-License-Identifier: MIT */
/*
 * data.h - what the scripts of a report draw from: columns.h of all sites, and
 *
 *   lexis      birth_ns, end_ns, ages, age_unit, cells: birth, age, alive, blocks, bytes,
 *              site less that of the cell before
 *   series     ns, live, young, middle, old; resident: ns, bytes
 *   run        duration_ns, peak_ns, peak_bytes, live_bytes, generation_ages, age_unit, exact
 *   regions    start, pages, occupied, live, pinned, site
 *
 * as in the model. Nothing is in it that the markup does not say, too, at least in sum: it is there so
 * that it can be drawn otherwise.
 */
#ifndef TENURE_REPORT_HTML_DATA_H
#define TENURE_REPORT_HTML_DATA_H

#include <stdio.h>

#include "../report.h"

/* Embeds it, see embed.h. Returns how many sites are folded. */
uint32_t data_put(FILE *file, const struct model *model, const struct report_options *options,
		  size_t most_bytes);

#endif
