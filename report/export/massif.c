/* SPDX-License-Identifier: MIT */
/*
 * Massif's output, for ms_print and massif-visualizer: live bytes over time, with trees of call stacks
 * at the peak and at the end. What the allocator takes besides (mem_heap_extra_B) is known at neither
 * of the other moments and left out everywhere, so that totals compare. Times are milliseconds with
 * three decimals.
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

/* Of a snapshot: subtrees below one such part become one line, ten times as fine as by Massif. */
#define PARTS 1000

enum moment { MOMENT_PEAK, MOMENT_END, MOMENTS };

/* A beginning of a stack, innermost frame first. */
struct node {
	uint64_t bytes[MOMENTS];
	uint32_t first_child, sibling; /* 0: none */
	uint32_t frame;
};

struct massif {
	FILE *file;
	struct frame_numbers frames;
	struct numbering children; /* a node and a frame: the node below, less 1 */
	struct node *nodes; /* the first is the root */
	size_t capacity;
	uint32_t snapshots;
	enum moment moment; /* of the tree that is written */
};

static uint32_t child_of(struct massif *m, uint32_t parent, const struct model_frame *frame)
{
	bool fresh;
	uint32_t key[] = {parent, frame_numbers_get(&m->frames, frame, &fresh)};
	uint32_t node = numbering_find(&m->children, key, sizeof key, &fresh) + 1;

	if (!fresh)
		return node;
	ARRAY_GROW(m->nodes, node + 1, m->capacity);
	m->nodes[node] = (struct node){
		.sibling = m->nodes[parent].first_child,
		.frame = key[1],
	};
	m->nodes[parent].first_child = node;
	return node;
}

static void add_bytes(struct massif *m, uint32_t node, const struct model_site *site)
{
	m->nodes[node].bytes[MOMENT_PEAK] += site->peak_bytes;
	m->nodes[node].bytes[MOMENT_END] += site->live_bytes;
}

static void add_site(struct massif *m, const struct model_site *site, bool all_frames)
{
	struct stack_range range = stack_shown(&site->stack, all_frames);
	uint32_t node = 0;

	add_bytes(m, node, site);
	if (!site->stack.frame_count)
		add_bytes(m, child_of(m, node, &export_no_stack), site);
	for (uint32_t k = range.first; k < range.end; k++) {
		node = child_of(m, node, &site->stack.frames[k]);
		add_bytes(m, node, site);
	}
}

static void build_tree(struct massif *m, const struct model *model, bool all_frames)
{
	ARRAY_GROW(m->nodes, 1, m->capacity);
	m->nodes[0] = (struct node){0};
	for (uint32_t i = 0; i < model->site_count; i++)
		if (model->sites[i].peak_bytes || model->sites[i].live_bytes)
			add_site(m, &model->sites[i], all_frames);
}

/* In one line; ms_print takes what follows a '#' for a comment. */
static void put_text(FILE *file, char *raw)
{
	char *visible = visible_copy(raw);

	for (const char *p = visible; *p; p++)
		putc(*p == '#' ? '@' : *p, file);
	free(visible);
	free(raw);
}

static int by_bytes(const void *left, const void *right, void *context)
{
	const struct massif *m = context;
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	uint64_t x = m->nodes[a].bytes[m->moment], y = m->nodes[b].bytes[m->moment];

	if (x != y)
		return x < y ? 1 : -1;
	return a < b ? -1 : a > b;
}

struct children {
	uint32_t *nodes; /* those of weight, most bytes first; yours to free */
	uint32_t count;
	uint32_t small; /* the others, and what they have */
	uint64_t small_bytes;
};

static struct children children_of(struct massif *m, uint32_t parent)
{
	uint64_t total = m->nodes[0].bytes[m->moment];
	struct children found = {NULL, 0, 0, 0};
	size_t capacity = 0;

	for (uint32_t i = m->nodes[parent].first_child; i; i = m->nodes[i].sibling) {
		uint64_t bytes = m->nodes[i].bytes[m->moment];

		if (!bytes)
			continue;
		if (bytes < total / PARTS) {
			found.small++;
			found.small_bytes += bytes;
			continue;
		}
		ARRAY_GROW(found.nodes, found.count + 1, capacity);
		found.nodes[found.count++] = i;
	}
	if (found.count)
		qsort_r(found.nodes, found.count, sizeof *found.nodes, by_bytes, m);
	return found;
}

static void put_node(struct massif *m, uint32_t node, uint32_t depth)
{
	struct children children = children_of(m, node);

	fprintf(m->file, "%*sn%" PRIu32 ": %" PRIu64 " ", (int)depth, "",
		children.count + (children.small > 0), m->nodes[node].bytes[m->moment]);
	if (node)
		put_text(m->file, valgrind_describe(m->frames.first[m->nodes[node].frame]));
	else
		fputs("(heap allocation functions) malloc/new/new[], --alloc-fns, etc.", m->file);
	putc('\n', m->file);
	for (uint32_t i = 0; i < children.count; i++)
		put_node(m, children.nodes[i], depth + 1);
	if (children.small)
		fprintf(m->file,
			"%*sn0: %" PRIu64 " in %" PRIu32
			" place%s below massif's threshold (%.2f%%)\n",
			(int)depth + 1, "", children.small_bytes, children.small,
			children.small > 1 ? "s, all" : ",", 100.0 / PARTS);
	free(children.nodes);
}

static void put_snapshot(struct massif *m, uint64_t ns, uint64_t bytes, const char *tree)
{
	fprintf(m->file, "#-----------\nsnapshot=%" PRIu32 "\n#-----------\n", m->snapshots++);
	fprintf(m->file, "time=%" PRIu64 ".%03" PRIu64 "\n", ns / 1000000, ns / 1000 % 1000);
	fprintf(m->file, "mem_heap_B=%" PRIu64 "\nmem_heap_extra_B=0\nmem_stacks_B=0\n", bytes);
	fprintf(m->file, "heap_tree=%s\n", tree);
}

static void put_tree(struct massif *m, uint64_t ns, enum moment moment)
{
	put_snapshot(m, ns, m->nodes[0].bytes[moment], moment == MOMENT_PEAK ? "peak" : "detailed");
	m->moment = moment;
	put_node(m, 0, 0);
}

static void put_snapshots(struct massif *m, const struct model *model)
{
	const struct model_run *run = &model->run;
	uint32_t i = 0;

	put_snapshot(m, 0, 0, "empty");
	for (; i < model->census_count && model->census[i].ns < run->peak_ns; i++)
		put_snapshot(m, model->census[i].ns, model->census[i].live_bytes, "empty");
	put_tree(m, run->peak_ns, MOMENT_PEAK);
	for (; i < model->census_count && model->census[i].ns < run->duration_ns; i++)
		put_snapshot(m, model->census[i].ns, model->census[i].live_bytes, "empty");
	put_tree(m, run->duration_ns, MOMENT_END);
}

static int write_massif(const struct model *model, const struct export_options *options, FILE *file)
{
	struct massif m = {.file = file, .frames = {.by = FRAMES_BY_PLACE}};

	build_tree(&m, model, options->all_frames);
	fputs("desc: (of tenure export)\ncmd: ", file);
	put_text(file, valgrind_command(&model->run));
	fputs("\ntime_unit: ms\n", file);
	put_snapshots(&m, model);
	frame_numbers_release(&m.frames);
	numbering_release(&m.children);
	free(m.nodes);
	return ferror(file) ? -1 : 0;
}

const struct export_format export_massif = {
	.name = "massif",
	.extension = ".massif",
	.write = write_massif,
};
