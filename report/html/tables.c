/* SPDX-License-Identifier: MIT */
/* All numbers by site, function, file, module, type, thread and size. */
#include "page.h"

#include <inttypes.h>
#include <string.h>

#include "../stack.h"
#include "../verdicts.h"
#include "../words.h"

/* How many of so many rows are shown. */
static uint32_t rows_of(const struct page *p, uint32_t count)
{
	return p->options->top && p->options->top < count ? p->options->top : count;
}

/* The columns that tables of sites and of groups have in common. */
#define COMMON_COLUMNS \
	{"verdict", false, "verdict"}, {"live", true, "live_bytes"}, \
		{"blocks", true, "live_blocks"}, {"at the peak", true, "peak_bytes"}, \
		{"allocated", true, "allocated_bytes"}, {"allocations", true, "allocations"}, \
		{"temporary", true, "temporary"}, \
	{ \
		"pinned", true, "pinned_bytes" \
	}

static void put_common_cells(struct page *p, const struct model_site *site)
{
	markup_open(&p->m, "td", NULL);
	page_put_badge(p, site->verdict);
	markup_close(&p->m, "td");
	page_number_cell(p, site->live_bytes,
			 page_estimate(p, site->live_bytes, site->sample.live_bytes_error).text);
	page_number_cell(p, site->live_blocks, human_count(site->live_blocks).text);
	page_number_cell(p, site->peak_bytes,
			 page_estimate(p, site->peak_bytes, site->sample.peak_bytes_error).text);
	page_number_cell(
		p, site->allocated_bytes,
		page_estimate(p, site->allocated_bytes, site->sample.allocated_bytes_error).text);
	page_number_cell(p, site->allocations, human_count(site->allocations).text);
	page_number_cell(p, site->temporary, human_count(site->temporary).text);
	page_number_cell(p, site->pinned_bytes, page_bytes(p, site->pinned_bytes).text);
}

static void put_site_row(struct page *p, const struct model_site *site)
{
	char id[16];

	snprintf(id, sizeof id, "%" PRIu32, site->id);
	markup_open(&p->m, "tr", "data-site", id, NULL);
	markup_open(&p->m, "td", "class", "n", "data-v", id, NULL);
	page_site_name(p, site);
	markup_close(&p->m, "td");
	put_common_cells(p, site);
	page_own_cell(p, &site->stack);
	markup_close(&p->m, "tr");
}

static void put_sites(struct page *p)
{
	uint32_t count = p->model->site_count;
	uint32_t shown = rows_of(p, count);

	if (!count)
		return;
	page_open_table(p, "sites", "Sites: call stacks that allocate",
			(const struct page_column[]){{"#", true, "id"},
						     COMMON_COLUMNS,
						     {"site", false, NULL},
						     {NULL, false, NULL}},
			count - shown);
	for (uint32_t i = 0; i < shown; i++)
		put_site_row(p, &p->model->sites[i]);
	page_close_table(p);
}

static void put_group_row(struct page *p, const struct model_group *group)
{
	markup_open(&p->m, "tr", NULL);
	put_common_cells(p, &group->sum);
	page_number_cell(p, group->sum.stacks, human_count(group->sum.stacks).text);
	markup_open(&p->m, "td", NULL);
	markup_leaf(&p->m, "code", *group->name ? group->name : "(unknown)", NULL);
	markup_close(&p->m, "td");
	markup_close(&p->m, "tr");
}

/* Of groups that are all unknown there is nothing to say. */
static bool says_something(const struct model_grouping *grouping)
{
	return grouping->group_count > 1 ||
	       (grouping->group_count && strcmp(grouping->groups[0].name, "unknown") != 0);
}

static void put_groups(struct page *p, const struct model_grouping *grouping)
{
	uint32_t count = grouping->group_count;
	uint32_t shown = rows_of(p, count);
	char id[32], caption[64];

	if (!says_something(grouping))
		return;
	snprintf(id, sizeof id, "%.20ss", grouping->name);
	snprintf(caption, sizeof caption, "By %.20s: the program's own code that allocates",
		 grouping->name);
	page_open_table(p, id, strcmp(grouping->name, "type") ? caption : "By type of the objects",
			(const struct page_column[]){COMMON_COLUMNS,
						     {"stacks", true, NULL},
						     {grouping->name, false, NULL},
						     {NULL, false, NULL}},
			count - shown);
	for (uint32_t i = 0; i < shown; i++)
		put_group_row(p, &grouping->groups[i]);
	page_close_table(p);
}

static void put_threads(struct page *p)
{
	uint32_t count = p->model->thread_count;
	uint32_t shown = rows_of(p, count);

	if (!count)
		return;
	page_open_table(p, "threads", "Threads",
			(const struct page_column[]){{"thread", true, NULL},
						     {"name", false, NULL},
						     {"allocations", true, "allocations"},
						     {"allocated", true, "allocated_bytes"},
						     {"releases", true, NULL},
						     {"of others' blocks", true, NULL},
						     {"still live", true, NULL},
						     {"blocks", true, "live_blocks"},
						     {NULL, false, NULL}},
			count - shown);
	for (uint32_t i = 0; i < shown; i++) {
		const struct model_thread *thread = &p->model->threads[i];
		char tid[16];

		snprintf(tid, sizeof tid, "%" PRId32, thread->tid);
		markup_open(&p->m, "tr", NULL);
		page_number_cell(p, (uint64_t)thread->tid, tid);
		markup_leaf(&p->m, "td", thread->name, NULL);
		page_number_cell(p, thread->allocations, human_count(thread->allocations).text);
		page_number_cell(p, thread->allocated_bytes,
				 page_bytes(p, thread->allocated_bytes).text);
		page_number_cell(p, thread->frees, human_count(thread->frees).text);
		page_number_cell(p, thread->remote_frees, human_count(thread->remote_frees).text);
		page_number_cell(p, thread->live_bytes, page_bytes(p, thread->live_bytes).text);
		page_number_cell(p, thread->live_blocks, human_count(thread->live_blocks).text);
		markup_close(&p->m, "tr");
	}
	page_close_table(p);
}

static void put_sizes(struct page *p)
{
	if (!p->model->size_class_count)
		return;
	page_open_table(p, "sizes", "Sizes asked for",
			(const struct page_column[]){{"from a size of", true, NULL},
						     {"allocations", true, "allocations"},
						     {"allocated", true, "allocated_bytes"},
						     {"live blocks", true, NULL},
						     {"still live", true, NULL},
						     {NULL, false, NULL}},
			0);
	for (uint32_t i = 0; i < p->model->size_class_count; i++) {
		const struct model_size_class *class = &p->model->size_classes[i];

		markup_open(&p->m, "tr", NULL);
		page_number_cell(p, class->least, page_bytes(p, class->least).text);
		page_number_cell(p, class->allocations, human_count(class->allocations).text);
		page_number_cell(p, class->allocated_bytes,
				 page_bytes(p, class->allocated_bytes).text);
		page_number_cell(p, class->live_blocks, human_count(class->live_blocks).text);
		page_number_cell(p, class->live_bytes, page_bytes(p, class->live_bytes).text);
		markup_close(&p->m, "tr");
	}
	page_close_table(p);
}

static void put_children(struct page *p)
{
	const struct model_run *run = &p->model->run;

	if (!run->child_count)
		return;
	markup_leaf(&p->m, "h3", "Traces of its child processes", NULL);
	markup_open(&p->m, "ul", NULL);
	for (uint32_t i = 0; i < run->child_count; i++)
		markup_leaf(&p->m, "li", run->children[i], NULL);
	markup_close(&p->m, "ul");
}

void page_put_tables(struct page *p)
{
	page_open_section(p, "tables", "Tables");
	put_sites(p);
	for (uint32_t i = 0; i < p->model->grouping_count; i++)
		put_groups(p, &p->model->groupings[i]);
	put_threads(p);
	put_sizes(p);
	put_children(p);
	page_close_section(p);
}
