/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <inttypes.h>

#include "../stack.h"
#include "../words.h"

#define ROWS_MAX 6

static void put_urgent(struct page *p)
{
	const struct model_site *rows[ROWS_MAX];
	uint32_t count = words_urgent(p->model, rows, ROWS_MAX);

	if (!count)
		return;
	markup_open(&p->m, "div", "class", "urgent", NULL);
	markup_leaf(&p->m, "h3", "Look at first", NULL);
	markup_open(&p->m, "ol", NULL);
	for (uint32_t i = 0; i < count; i++) {
		const struct model_site *site = rows[i];

		markup_open(&p->m, "li", NULL);
		page_site_name(p, site);
		markup_text(&p->m, " ");
		page_put_badge(p, site->verdict);
		markup_printf(
			&p->m, " %s in %s: ",
			page_estimate(p, site->live_bytes, site->sample.live_bytes_error).text,
			page_blocks(site->live_blocks).text);
		page_put_own(p, &site->stack);
		page_put_callers(p, &site->stack);
		markup_close(&p->m, "li");
	}
	markup_close(&p->m, "ol");
	markup_close(&p->m, "div");
}

static void put_lifetimes(struct page *p)
{
	const struct model_run *run = &p->model->run;
	const struct model_survival *survival = &run->survival;
	char remark[96];

	if (!survival->blocks)
		return;
	snprintf(remark, sizeof remark, "of all blocks%s",
		 survival->plateau > 0 && !survival->followed_up ? ", in so short a run" : "");
	page_put_fact(p, "Never die",
		      survival->plateau > 0
			      ? human_share((uint64_t)(survival->plateau * 1e6 + 0.5), 1000000).text
			      : "none",
		      remark);
	if (survival->has_median)
		page_put_fact(p, "Half die within",
			      survival->median_age
				      ? words_age_number(run, survival->median_age).text
				      : "at once",
			      survival->median_age ? words_age_unit(run) : "");
}

static void put_heap(struct page *p)
{
	const struct model_fragmentation *f = &p->model->fragmentation;
	const struct model_memory_parts *parts = &f->end;
	char remark[160];

	if (f->known && f->pages_end.occupied) {
		snprintf(remark, sizeof remark, "%s of the heap's pages, free but held",
			 human_share(f->pages_end.pinned_bytes, f->pages_end.occupied * 4096).text);
		page_put_fact(p, "Pinned at the end", page_bytes(p, f->pages_end.pinned_bytes).text,
			      remark);
	}
	if (f->known && parts->known && parts->untouched <= p->model->run.live_bytes / 2)
		page_put_fact(p, "Resident at the end", page_bytes(p, parts->resident).text,
			      "the whole process");
	else if (p->model->run.peak_resident_bytes)
		page_put_fact(p, "Largest resident",
			      page_bytes(p, p->model->run.peak_resident_bytes).text, "as sampled");
}

static void put_numbers(struct page *p)
{
	const struct model_run *run = &p->model->run;
	char remark[160];

	markup_open(&p->m, "dl", "class", "numbers", NULL);
	snprintf(remark, sizeof remark, "in %s%s", page_blocks(run->peak_blocks).text,
		 words_peak_moment(run).text);
	page_put_fact(p, "Peak",
		      page_estimate(p, run->peak_bytes, run->sample.peak_bytes_error).text, remark);
	snprintf(remark, sizeof remark, "in %s", page_blocks(run->live_blocks).text);
	page_put_fact(p, "Live at the end",
		      page_estimate(p, run->live_bytes, run->sample.live_bytes_error).text, remark);
	snprintf(remark, sizeof remark, "%s in total",
		 page_estimate(p, run->allocated_bytes, run->sample.allocated_bytes_error).text);
	page_put_fact(p, "Allocations", human_count(run->allocations).text, remark);
	page_put_fact(p, "Temporary",
		      run->temporary ? human_share(run->temporary, run->allocations).text : "none",
		      "released at once by the same thread");
	page_put_fact(p, "Releases", human_count(run->frees).text, NULL);
	put_lifetimes(p);
	put_heap(p);
	if (run->mappings)
		page_put_fact(p, "Mapped by mmap", page_bytes(p, run->mapped_bytes).text,
			      "by the program itself");
	if (run->failed_allocations) {
		snprintf(remark, sizeof remark, "%s of them on purpose",
			 human_count(run->injected_failures).text);
		page_put_fact(p, "Failed allocations", human_count(run->failed_allocations).text,
			      remark);
	}
	snprintf(remark, sizeof remark, "%s lost",
		 run->lost_events ? human_count(run->lost_events).text : "none");
	page_put_fact(p, "Events", human_count(run->events).text, remark);
	markup_close(&p->m, "dl");
}

void page_put_overview(struct page *p)
{
	page_open_section(p, "overview", "Overview");
	markup_open(&p->m, "div", "class", "lead", NULL);
	put_urgent(p);
	page_put_memory(p);
	markup_close(&p->m, "div");
	put_numbers(p);
	page_close_section(p);
}
