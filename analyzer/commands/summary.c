/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* open_memstream */
#include "summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../report/report.h"
#include "../../report/stack.h"
#include "../../report/verdicts.h"
#include "../../report/visible.h"
#include "../../report/words.h"
#include "../../report/wrap.h"
#include "../analysis/build.h"
#include "../util/human.h"
#include "../util/message.h"
#include "open_trace.h"

#define COLUMNS 91 /* what "tenure: " leaves of 100, and one to spare */
#define ROWS 3

static void put_verdict(FILE *file, const struct model *model)
{
	char *sentence = NULL;
	size_t bytes;
	FILE *memory = open_memstream(&sentence, &bytes);

	if (!memory)
		return;
	words_put_verdict(memory, model, false);
	fclose(memory);
	wrap_put(file, sentence, 0, "", COLUMNS, 0);
	free(sentence);
}

static void put_run(FILE *file, const struct model *model)
{
	const struct model_run *run = &model->run;

	fprintf(file, "  allocated    %s in %s block%s, %s released again\n",
		human_bytes(run->allocated_bytes, false).text, human_count(run->allocations).text,
		human_plural(run->allocations), human_count(run->frees).text);
	fprintf(file, "  peak         %s in %s block%s\n", human_bytes(run->peak_bytes, false).text,
		human_count(run->peak_blocks).text, human_plural(run->peak_blocks));
	fprintf(file, "  live at end  %s in %s block%s", human_bytes(run->live_bytes, false).text,
		human_count(run->live_blocks).text, human_plural(run->live_blocks));
	if (run->live_bytes) {
		fputs(": ", file);
		words_put_shares(file, model);
	}
	putc('\n', file);
	if (run->failed_allocations)
		fprintf(file, "  failed       %s allocation%s\n",
			human_count(run->failed_allocations).text,
			human_plural(run->failed_allocations));
	for (uint32_t i = 0; i < run->limit_count; i++) {
		fputs("  ", file);
		wrap_put(file, run->limits[i], 2, "  ", COLUMNS, 0);
	}
}

static void put_site(FILE *file, const struct model_site *site)
{
	int used = fprintf(file, "  #%-2" PRIu32 " %s in %s block%s, %s: ", site->id,
			   human_bytes(site->live_bytes, false).text,
			   human_count(site->live_blocks).text, human_plural(site->live_blocks),
			   verdicts_phrase(site->verdict));

	stack_put_own(file, &site->stack, used < COLUMNS - 20 ? COLUMNS - (unsigned)used : 20);
	fputs("      ", file);
	wrap_put(file, site->why, 6, "      ", COLUMNS, 2);
}

static void put_all(FILE *file, const struct model *model)
{
	const struct model_run *run = &model->run;
	const struct model_site *rows[ROWS];
	uint32_t count = words_urgent(model, rows, ROWS);

	fputs("recorded ", file);
	visible_put(file, human_basename(run->program));
	fprintf(file, " for %s, %s events\n", human_duration(run->duration_ns).text,
		human_count(run->events).text);
	put_verdict(file, model);
	put_run(file, model);
	for (uint32_t i = 0; i < count; i++)
		put_site(file, rows[i]);
	fputs("next: tenure report ", file);
	if (count)
		fprintf(file, "--site=%" PRIu32 " ", rows[0]->id);
	visible_put(file, run->trace_path);
	if (count)
		fprintf(file, " (all about #%" PRIu32 "; without --site: all)", rows[0]->id);
	putc('\n', file);
}

/* Every line is marked as ours: it stands between those of the program. */
static void say_lines(char *lines)
{
	for (char *line = lines, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		hint("%s", line);
	}
}

void summary_print(const char *trace_path)
{
	struct build_options options = {.shown = {.top = ROWS}};
	struct reader *reader = open_trace(trace_path);
	struct build build;
	char *lines = NULL;
	size_t bytes;
	FILE *file;

	if (!reader)
		return;
	build_model(&build, reader, trace_path, &options);
	reader_free(reader);
	file = open_memstream(&lines, &bytes);
	if (file) {
		put_all(file, &build.model);
		fclose(file);
		say_lines(lines);
	}
	free(lines);
	build_release(&build);
}
