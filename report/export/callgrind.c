/* SPDX-License-Identifier: MIT */
/*
 * Callgrind's profile format, version 1, for KCachegrind and callgrind_annotate. What memory costs, a
 * function has itself where it calls the allocator, and of its callees what passes through it.
 *
 * Readers add up what goes through the calls of a function, so no stack may pass one twice: what calls
 * itself is one call, and a function that comes back further inside has a name of its own there, with
 * the suffix that Callgrind's --separate-recs gives it. All stacks begin in one function, because of
 * a function that is called elsewhere readers do not add what it has without a caller. The number of
 * calls is that of allocations behind them.
 */
#define _GNU_SOURCE /* qsort_r */
#include "export.h"

#include <inttypes.h>
#include <stdlib.h>

#include "../../analyzer/util/array.h"
#include "../stack.h"
#include "../visible.h"
#include "frame_numbers.h"
#include "valgrind.h"

#define NONE UINT32_MAX /* no function is called, or it is the root that calls */

static const struct {
	const char *name, *title;
	enum export_measure measure;
} events[] = {
	{"LiveBytes", "Bytes live at the end", EXPORT_LIVE_BYTES},
	{"LiveBlocks", "Blocks live at the end", EXPORT_LIVE_BLOCKS},
	{"PeakBytes", "Bytes live at the peak", EXPORT_PEAK_BYTES},
	{"AllocatedBytes", "Bytes allocated", EXPORT_ALLOCATED_BYTES},
	{"Allocations", "Allocations", EXPORT_ALLOCATIONS},
	{"Temporary", "Temporary allocations", EXPORT_TEMPORARY},
};

#define EVENTS (sizeof events / sizeof *events)
#define EVENT_ALLOCATIONS 4

struct cost {
	uint64_t of[EVENTS];
};

struct callgrind {
	FILE *file;
	struct frame_numbers functions, files, modules;
	struct numbering levels; /* a function, and how often it came before in its stack */
	struct numbering rows; /* caller and callee, which are levels or NONE, and the line */
	struct cost *costs; /* by row */
	size_t cost_capacity;
	uint32_t *seen; /* by function: how often it came in the stack at hand */
	size_t seen_capacity, seen_count;
	struct cost total;
	bool *named[3]; /* names that were written, by number */
};

static void add(struct cost *to, const struct cost *more)
{
	for (size_t e = 0; e < EVENTS; e++)
		to->of[e] += more->of[e];
}

static void add_row(struct callgrind *c, uint32_t caller, uint32_t line, uint32_t callee,
		    const struct cost *cost)
{
	uint32_t key[] = {caller, callee, line};
	bool fresh;
	uint32_t row = numbering_find(&c->rows, key, sizeof key, &fresh);

	ARRAY_GROW(c->costs, row + 1, c->cost_capacity);
	if (fresh)
		c->costs[row] = (struct cost){{0}};
	add(&c->costs[row], cost);
}

static uint32_t *seen(struct callgrind *c, uint32_t function)
{
	ARRAY_GROW(c->seen, function + 1, c->seen_capacity);
	while (c->seen_count <= function)
		c->seen[c->seen_count++] = 0;
	return &c->seen[function];
}

static void add_stack(struct callgrind *c, const struct model_frame *frames, uint32_t count,
		      const struct cost *cost)
{
	uint32_t level = NONE, function = NONE, line = 0;

	for (uint32_t k = count; k-- > 0;) {
		bool fresh;
		uint32_t inner = frame_numbers_get(&c->functions, &frames[k], &fresh);

		if (inner != function) {
			uint32_t key[] = {inner, (*seen(c, inner))++};
			uint32_t callee = numbering_find(&c->levels, key, sizeof key, &fresh);

			add_row(c, level, line, callee, cost);
			level = callee;
			function = inner;
		}
		line = frames[k].line;
	}
	add_row(c, level, line, NONE, cost);
	for (uint32_t k = 0; k < count; k++) {
		bool fresh;

		*seen(c, frame_numbers_get(&c->functions, &frames[k], &fresh)) = 0;
	}
}

static void add_site(struct callgrind *c, const struct model_site *site, bool all_frames)
{
	struct stack_range range = stack_shown(&site->stack, all_frames);
	struct cost cost;

	for (size_t e = 0; e < EVENTS; e++)
		cost.of[e] = export_measure_of(site, events[e].measure);
	add(&c->total, &cost);
	if (site->stack.frame_count)
		add_stack(c, site->stack.frames + range.first, range.end - range.first, &cost);
	else
		add_stack(c, &export_no_stack, 1, &cost);
}

/* By caller, what it has itself last, so that no line of it is taken for a call's. */
static int by_caller(const void *left, const void *right, void *context)
{
	const struct callgrind *c = context;
	const uint32_t *a = numbering_content(&c->rows, *(const uint32_t *)left);
	const uint32_t *b = numbering_content(&c->rows, *(const uint32_t *)right);

	for (int i = 0; i < 3; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

/* A number, with its name when it comes first. Readers skip blanks before a name. */
static void put_name(FILE *file, const char *key, bool *named, uint32_t number, const char *raw,
		     uint32_t level)
{
	char *visible;
	const char *name;

	fprintf(file, "%s=(%" PRIu32 ")", key, number + 1);
	if (!*named) {
		visible = visible_copy(raw);
		for (name = visible; *name == ' '; name++)
			;
		fprintf(file, " %s", *name ? name : "???");
		if (level)
			fprintf(file, "'%" PRIu32, level + 1);
		free(visible);
	}
	*named = true;
	putc('\n', file);
}

/* called: "c" if this is who is called. */
static void put_function(struct callgrind *c, const char *called, uint32_t level)
{
	static const struct model_frame root = {
		.function = "(all stacks)", .file = "", .module = "", .language = "", .note = ""};
	const uint32_t *known = level == NONE ? NULL : numbering_content(&c->levels, level);
	const struct model_frame *frame = known ? c->functions.first[known[0]] : &root;
	bool fresh;
	uint32_t file = frame_numbers_get(&c->files, frame, &fresh);
	uint32_t module = frame_numbers_get(&c->modules, frame, &fresh);
	uint32_t number = known ? level : (uint32_t)c->levels.count;
	char function[4096], key[4];

	stack_function(frame, function, sizeof function);
	snprintf(key, sizeof key, "%sob", called);
	put_name(c->file, key, &c->named[0][module], module, frame->module, 0);
	snprintf(key, sizeof key, "%s%s", called, *called ? "fi" : "fl");
	put_name(c->file, key, &c->named[1][file], file, frame->file, 0);
	snprintf(key, sizeof key, "%sfn", called);
	put_name(c->file, key, &c->named[2][number], number, function, known ? known[1] : 0);
}

static void put_cost(FILE *file, const struct cost *cost)
{
	for (size_t e = 0; e < EVENTS; e++)
		fprintf(file, " %" PRIu64, cost->of[e]);
	putc('\n', file);
}

static void put_rows(struct callgrind *c)
{
	uint32_t *order = xcalloc(c->rows.count + 1, sizeof *order);
	const uint32_t *before = NULL;

	for (uint32_t i = 0; i < c->rows.count; i++)
		order[i] = i;
	qsort_r(order, c->rows.count, sizeof *order, by_caller, c);
	for (uint32_t i = 0; i < c->rows.count; i++) {
		const uint32_t *key = numbering_content(&c->rows, order[i]);
		const struct cost *cost = &c->costs[order[i]];
		uint64_t calls = cost->of[EVENT_ALLOCATIONS];

		if (!i || *before != *key) {
			putc('\n', c->file);
			put_function(c, "", key[0]);
		}
		before = key;
		if (key[1] != NONE) {
			put_function(c, "c", key[1]);
			/* Where a function begins is not known. */
			fprintf(c->file, "calls=%" PRIu64 " 0\n", calls ? calls : 1);
		}
		fprintf(c->file, "%" PRIu32, key[2]);
		put_cost(c->file, cost);
	}
	free(order);
}

static void put_head(FILE *file, const struct model_run *run)
{
	char *command = valgrind_command(run), *visible = visible_copy(command);

	fputs("# callgrind format\nversion: 1\ncreator: tenure export\n", file);
	fprintf(file, "pid: %" PRId32 "\ncmd: %s\npart: 1\n\npositions: line\n", run->pid, visible);
	for (size_t e = 0; e < EVENTS; e++)
		fprintf(file, "event: %s : %s\n", events[e].name, events[e].title);
	fputs("events:", file);
	for (size_t e = 0; e < EVENTS; e++)
		fprintf(file, " %s", events[e].name);
	putc('\n', file);
	free(command);
	free(visible);
}

static int write_callgrind(const struct model *model, const struct export_options *options,
			   FILE *file)
{
	struct callgrind c = {
		.file = file,
		.functions = {.by = FRAMES_BY_FUNCTION},
		.files = {.by = FRAMES_BY_FILE},
		.modules = {.by = FRAMES_BY_MODULE},
	};

	for (uint32_t i = 0; i < model->site_count; i++)
		add_site(&c, &model->sites[i], options->all_frames);
	put_head(file, &model->run);
	/* No more files and modules than functions, but for those of the root. */
	for (int i = 0; i < 3; i++)
		c.named[i] = xcalloc(c.levels.count + 2, sizeof *c.named[i]);
	put_rows(&c);
	fputs("\ntotals:", file);
	put_cost(file, &c.total);
	for (int i = 0; i < 3; i++)
		free(c.named[i]);
	frame_numbers_release(&c.functions);
	frame_numbers_release(&c.files);
	frame_numbers_release(&c.modules);
	numbering_release(&c.levels);
	numbering_release(&c.rows);
	free(c.costs);
	free(c.seen);
	return ferror(file) ? -1 : 0;
}

const struct export_format export_callgrind = {
	.name = "callgrind",
	.extension = ".callgrind",
	.write = write_callgrind,
};
