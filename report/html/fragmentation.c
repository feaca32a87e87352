/* SPDX-License-Identifier: MIT */
/* Where the memory goes that is resident and not live, and whose blocks keep it. */
#include "page.h"

#include <inttypes.h>

#include "../stack.h"
#include "colors.h"
#include "svg.h"

#define BLAME_ROWS 20
#define MIXTURE_ROWS 10

static void put_parts_row(struct page *p, const char *when, const struct model_memory_parts *parts,
			  bool glibc)
{
	const uint64_t values[] = {parts->resident, parts->live,   parts->rounding,
				   parts->headers,  parts->pinned, parts->retained,
				   parts->other};

	markup_open(&p->m, "tr", NULL);
	markup_leaf(&p->m, "th", when, "scope", "row", NULL);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		if ((i == 2 || i == 3) && !glibc)
			markup_leaf(&p->m, "td", "unknown", "class", "n", NULL);
		else
			page_number_cell(p, values[i], page_bytes(p, values[i]).text);
	}
	markup_close(&p->m, "tr");
}

static void put_parts(struct page *p, const struct model_fragmentation *f)
{
	static const struct page_column columns[] = {
		{"", false, NULL},	  {"resident", true, NULL}, {"live", true, NULL},
		{"rounding", true, NULL}, {"headers", true, NULL},  {"pinned", true, NULL},
		{"retained", true, NULL}, {"other", true, NULL},    {NULL, false, NULL},
	};

	if (!f->end.known)
		return;
	page_open_wide(p, "Resident memory taken apart");
	markup_open(&p->m, "table", "class", "parts", NULL);
	markup_leaf(&p->m, "caption", "Resident memory taken apart", NULL);
	page_put_head(p, columns);
	markup_open(&p->m, "tbody", NULL);
	if (f->peak.known)
		put_parts_row(p, "at the peak", &f->peak, f->glibc);
	put_parts_row(p, "at the end", &f->end, f->glibc);
	markup_close(&p->m, "tbody");
	markup_close(&p->m, "table");
	page_close_wide(p);
	markup_leaf(
		&p->m, "p",
		"Pinned: free bytes on pages that hold a live block; other lifetimes or another "
		"layout would free them. Retained: whole free pages that the allocator keeps; "
		"trimming (malloc_trim) would give them back.",
		"class", "remark", NULL);
}

static void put_pages(struct page *p, const char *name, const struct model_pages *pages)
{
	char remark[200];

	if (!pages->occupied)
		return;
	snprintf(remark, sizeof remark,
		 "with live blocks, %s of them with just one; %s free on them",
		 human_count(pages->single_block).text, page_bytes(p, pages->pinned_bytes).text);
	page_put_fact(p, name, human_count(pages->occupied).text, remark);
}

static void put_numbers(struct page *p, const struct model_fragmentation *f)
{
	char remark[200];

	markup_open(&p->m, "dl", "class", "numbers", NULL);
	put_pages(p, "Pages of 4 KiB at the end", &f->pages_end);
	put_pages(p, "Pages of 2 MiB at the end", &f->huge_end);
	put_pages(p, "Pages of 4 KiB at the peak", &f->pages_peak);
	snprintf(remark, sizeof remark, "%s in all, the largest %s",
		 page_bytes(p, f->hole_bytes).text, page_bytes(p, f->largest_hole).text);
	page_put_fact(p, "Holes between blocks", human_count(f->hole_count).text, remark);
	markup_close(&p->m, "dl");
}

static void put_tenths_bars(struct page *p, const struct model_pages *pages)
{
	struct plot plot = {&p->m, 520, 150, 44, 8, 14, 22, 0, 10, 1, false};
	double most = 0, width = (plot.width - plot.left - plot.right) / 10;

	for (int i = 0; i < 10; i++)
		if ((double)pages->tenths[i] > most)
			most = (double)pages->tenths[i];
	plot_open(&plot, "plot narrow",
		  "How full pages are: share of pages by share of live bytes on them");
	for (int i = 0; i < 10; i++) {
		double top = plot_y(&plot, (double)pages->tenths[i] / most);
		double left = plot.left + width * i;
		char text[16];

		plot_bar(&plot, left + 2, top, width - 4, plot.height - plot.bottom - top, "fill",
			 color_of_fill[i / 2]);
		plot_text(&plot, left + width / 2, top - 3, "middle",
			  human_share(pages->tenths[i], pages->occupied).text);
		snprintf(text, sizeof text, "%d %%", 10 * (i + 1));
		plot_text(&plot, left + width / 2, plot.height - 7, "middle", text);
	}
	plot_close(&plot);
}

static void put_tenths(struct page *p, const struct model_fragmentation *f)
{
	if (!f->pages_end.occupied)
		return;
	markup_open(&p->m, "figure", NULL);
	markup_leaf(&p->m, "h3", "How full the heap's pages are at the end", NULL);
	put_tenths_bars(p, &f->pages_end);
	markup_leaf(
		&p->m, "figcaption",
		"Share of pages by how much of them is live, up to 10 %, 20 %, and so on. Pages at "
		"the left hold little and cannot be given back.",
		NULL);
	markup_close(&p->m, "figure");
}

static void put_own(struct page *p, const struct model_site *site)
{
	markup_open(&p->m, "td", NULL);
	page_site_name(p, site);
	markup_text(&p->m, " ");
	page_put_own(p, &site->stack);
	markup_close(&p->m, "td");
}

static void put_blame_row(struct page *p, const struct model_site *site)
{
	char id[16];

	snprintf(id, sizeof id, "%" PRIu32, site->id);
	markup_open(&p->m, "tr", "data-site", id, NULL);
	page_number_cell(p, site->pinned_bytes, page_bytes(p, site->pinned_bytes).text);
	page_number_cell(p, site->exclusive_bytes, page_bytes(p, site->exclusive_bytes).text);
	page_number_cell(p, site->saved_bytes, page_bytes(p, site->saved_bytes).text);
	page_number_cell(p, site->scattered_pages, human_count(site->scattered_pages).text);
	page_number_cell(p, site->live_bytes, page_bytes(p, site->live_bytes).text);
	put_own(p, site);
	markup_close(&p->m, "tr");
}

static void put_blame(struct page *p)
{
	struct table_rows rows = tables_rows(p->model, tables_by_name("pinned"), BLAME_ROWS, false);

	if (rows.count) {
		page_open_table(p, "blame", "Whose blocks hold free memory at the end",
				(const struct page_column[]){{"pinned", true, "pinned_bytes"},
							     {"pages alone", true, NULL},
							     {"to save", true, NULL},
							     {"scattered pages", true, NULL},
							     {"live", true, NULL},
							     {"site", false, NULL},
							     {NULL, false, NULL}},
				rows.candidates - rows.count);
		for (uint32_t i = 0; i < rows.count; i++)
			put_blame_row(p, rows.sites[i]);
		page_close_table(p);
		markup_leaf(
			&p->m, "p",
			"Pinned: free bytes of each page, shared over the blocks on it. To save: "
			"what would be free if the site's blocks lay together.",
			"class", "remark", NULL);
	}
	tables_free_rows(&rows);
}

static void put_mixtures(struct page *p, const struct model_fragmentation *f)
{
	if (!f->mixture_count)
		return;
	page_open_table(p, "mixtures", "Long-lived blocks among short-lived ones at the peak",
			(const struct page_column[]){{"pages", true, NULL},
						     {"free", true, NULL},
						     {"long-lived", false, NULL},
						     {"short-lived", false, NULL},
						     {NULL, false, NULL}},
			f->mixture_count > MIXTURE_ROWS ? f->mixture_count - MIXTURE_ROWS : 0);
	for (uint32_t i = 0; i < f->mixture_count && i < MIXTURE_ROWS; i++) {
		const struct model_mixture *mixture = &f->mixtures[i];

		if (!mixture->long_lived || !mixture->short_lived)
			continue;
		markup_open(&p->m, "tr", NULL);
		page_number_cell(p, mixture->pages, human_count(mixture->pages).text);
		page_number_cell(p, mixture->pinned_bytes,
				 page_bytes(p, mixture->pinned_bytes).text);
		put_own(p, &p->model->sites[mixture->long_lived - 1]);
		put_own(p, &p->model->sites[mixture->short_lived - 1]);
		markup_close(&p->m, "tr");
	}
	page_close_table(p);
}

void page_put_fragmentation(struct page *p)
{
	const struct model_fragmentation *f = &p->model->fragmentation;

	if (!f->known || !f->pages_end.occupied)
		return;
	page_open_section(p, "fragmentation", "Fragmentation");
	put_parts(p, f);
	put_numbers(p, f);
	put_tenths(p, f);
	page_put_regions(p);
	put_blame(p);
	put_mixtures(p, f);
	page_put_arenas(p);
	page_close_section(p);
}
