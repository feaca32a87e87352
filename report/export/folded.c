/* SPDX-License-Identifier: MIT */
/*
 * Folded stacks: a line for each call stack, outermost frame first, frames parted by semicolons, then
 * a blank and the number. Read by flamegraph.pl, inferno, speedscope and many more. Within names, what
 * parts frames or lines becomes something else.
 */
#include "export.h"

#include <inttypes.h>
#include <stdlib.h>

#include "../stack.h"
#include "../visible.h"

static void put_frame(FILE *file, const struct model_frame *frame)
{
	char function[4096];
	char *visible;

	stack_function(frame, function, sizeof function);
	visible = visible_copy(function);
	for (const char *p = visible; *p; p++)
		putc(*p == ';' ? ':' : *p, file);
	free(visible);
}

static int write_folded(const struct model *model, const struct export_options *options, FILE *file)
{
	for (uint32_t i = 0; i < model->site_count; i++) {
		const struct model_site *site = &model->sites[i];
		struct stack_range range = stack_shown(&site->stack, options->all_frames);
		uint64_t value = export_measure_of(site, options->measure);

		if (!value)
			continue;
		if (!site->stack.frame_count)
			fputs(export_no_stack.function, file);
		for (uint32_t k = range.end; k > range.first; k--) {
			put_frame(file, &site->stack.frames[k - 1]);
			if (k - 1 > range.first)
				putc(';', file);
		}
		fprintf(file, " %" PRIu64 "\n", value);
	}
	return ferror(file) ? -1 : 0;
}

const struct export_format export_folded = {
	.name = "folded",
	.extension = ".folded",
	.measured = true,
	.write = write_folded,
};
