/* SPDX-License-Identifier: MIT */
/* fixture_compared.c - two runs that never were, compared. */
#include "analyzer/analysis/diff.h"
#include "fixture.h"
#include "report/diff_format.h"

/* Some sites of the new run become others, so that some appear and some vanish. */
static void rename_sites(struct model *model)
{
	struct model_site *sites = (struct model_site *)(uintptr_t)model->sites;

	for (uint32_t i = 0; i < model->site_count; i++)
		if (sites[i].fingerprint % 3 == 0)
			sites[i].fingerprint += model->site_count;
}

int fixture_write_compared(const struct shape *shape, const struct diff_format *format, FILE *file)
{
	/* As the diff command has them for HTML, but for the tolerance: with so much of it there are
	 * sites that are the same and yet judged otherwise. */
	static const struct diff_options diff_options = {.tolerance_percent = 60};
	static const struct report_options options = {.unicode = true, .top = 50};
	static struct model old_model, new_model;
	static struct arena arena;
	struct model_diff diff;

	fixture_build(&old_model, shape);
	fixture_build(&new_model, shape);
	rename_sites(&new_model);
	diff_build(&diff, &old_model, &new_model, &diff_options, &arena);
	return format->write(&diff, &options, file);
}
