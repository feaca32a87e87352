/* SPDX-License-Identifier: MIT */
#include "summary.h"

#include "../util/human.h"
#include "../analysis/build.h"
#include "../util/message.h"
#include "open_trace.h"

static void print_run(const struct model_run *run)
{
	hint("recorded %s for %s, %s events", human_basename(run->program),
	     human_duration(run->duration_ns).text, human_count(run->events).text);
	hint("  allocated    %s in %s block%s, %s released again",
	     human_bytes(run->allocated_bytes, false).text, human_count(run->allocations).text,
	     human_plural(run->allocations), human_count(run->frees).text);
	hint("  peak         %s in %s block%s", human_bytes(run->peak_bytes, false).text,
	     human_count(run->peak_blocks).text, human_plural(run->peak_blocks));
	hint("  live at end  %s in %s block%s", human_bytes(run->live_bytes, false).text,
	     human_count(run->live_blocks).text, human_plural(run->live_blocks));
	if (run->failed_allocations)
		hint("  failed       %s allocation%s", human_count(run->failed_allocations).text,
		     human_plural(run->failed_allocations));
	for (uint32_t i = 0; i < run->limit_count; i++)
		hint("  %s", run->limits[i]);
}

void summary_print(const char *trace_path)
{
	struct build_options options = {.run_only = true};
	struct reader *reader = open_trace(trace_path);
	struct build build;

	if (!reader)
		return;
	build_model(&build, reader, trace_path, &options);
	reader_free(reader);
	print_run(&build.model.run);
	build_release(&build);
	hint("next: tenure report %s", trace_path);
}
