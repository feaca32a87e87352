/* SPDX-License-Identifier: MIT */
/* Who holds what: what the last snapshot found in all, and what keeps the blocks of a site. */
#include "page.h"

#include <inttypes.h>

#include "../circles.h"
#include "../holding.h"

#define CLASS_ROWS 50u

static void put_link(struct page *p, const struct model_link *link, bool last)
{
	markup_open(&p->m, "li", NULL);
	if (link->site && link->site <= p->model->site_count) {
		page_site_name(p, &p->model->sites[link->site - 1]);
		markup_text(&p->m, " ");
	}
	holding_put_block(markup_words(&p->m), p->model, link);
	markup_words_end(&p->m);
	if (link->interior)
		markup_leaf(&p->m, "small", " pointed into", NULL);
	if (!last) {
		markup_text(&p->m, " ");
		markup_open(&p->m, "code", NULL);
		holding_put_word(markup_words(&p->m), link);
		markup_words_end(&p->m);
		markup_close(&p->m, "code");
	}
	markup_close(&p->m, "li");
}

static void put_chain(struct page *p, const struct model_holder *holder)
{
	uint32_t missing, gap = holding_gap(holder, &missing);

	markup_open(&p->m, "ol", "class", "chain", NULL);
	for (uint32_t i = 0; i < holder->chain_count; i++) {
		put_link(p, &holder->chain[i], i + 1 == holder->chain_count);
		if (i != gap)
			continue;
		markup_open(&p->m, "li", "class", "gap", NULL);
		markup_printf(&p->m, "%s more", human_count(missing).text);
		markup_close(&p->m, "li");
	}
	markup_close(&p->m, "ol");
}

void page_put_holders(struct page *p, const struct model_site *site)
{
	if (!site->holder_count)
		return;
	markup_leaf(&p->m, "h4", "Held by", NULL);
	markup_open(&p->m, "ul", "class", "holders", NULL);
	for (uint32_t i = 0; i < site->holder_count; i++) {
		const struct model_holder *holder = &site->holders[i];

		markup_open(&p->m, "li", NULL);
		markup_open(&p->m, "b", NULL);
		holding_put_root(markup_words(&p->m), holder);
		markup_words_end(&p->m);
		markup_close(&p->m, "b");
		markup_printf(&p->m, ": %s, %s%s", page_blocks(holder->amount.blocks).text,
			      page_bytes(p, holder->amount.bytes).text,
			      holder->weak ? ", maybe left over from an earlier call" : "");
		put_chain(p, holder);
		markup_close(&p->m, "li");
	}
	markup_close(&p->m, "ul");
}

static void put_kind(struct page *p, const char *name, struct model_amount amount,
		     const char *meaning)
{
	markup_open(&p->m, "tr", NULL);
	markup_leaf(&p->m, "th", name, "scope", "row", NULL);
	page_number_cell(p, amount.blocks, human_count(amount.blocks).text);
	page_number_cell(p, amount.bytes, page_bytes(p, amount.bytes).text);
	markup_leaf(&p->m, "td", meaning, NULL);
	markup_close(&p->m, "tr");
}

static void put_kinds(struct page *p, const struct model_snapshot *s)
{
	static const struct page_column columns[] = {
		{"", false, NULL},     {"blocks", true, NULL},
		{"bytes", true, NULL}, {"what it means", false, NULL},
		{NULL, false, NULL},
	};

	page_open_wide(p, "Blocks by who holds them");
	markup_open(&p->m, "table", "class", "kinds", NULL);
	markup_leaf(&p->m, "caption", "Blocks by who holds them", NULL);
	page_put_head(p, columns);
	markup_open(&p->m, "tbody", NULL);
	put_kind(p, "Lost", s->direct, "Nothing points to them.");
	put_kind(p, "Held by lost blocks", s->indirect, "They go when those go.");
	put_kind(p, "Possibly lost", s->possible, "Only pointers into the middle lead there.");
	put_kind(p, "Reachable", s->reachable, "The program can still release them.");
	if (s->weak.blocks)
		put_kind(
			p, "Of these, weakly", s->weak,
			"One word of a stack or register alone leads there, which may be left over "
			"from a call that has returned.");
	if (s->garbage.blocks)
		put_kind(
			p, "Garbage", s->garbage,
			"Objects of Python that wait for its garbage collector: nothing else holds "
			"them.");
	if (s->hidden.blocks)
		put_kind(p, "Released unseen", s->hidden,
			 "Nothing seemed to point to them, yet they were released later: there are "
			 "pointers in a form that is not recognised.");
	markup_close(&p->m, "tbody");
	markup_close(&p->m, "table");
	page_close_wide(p);
}

static void put_end(struct page *p, uint32_t id)
{
	const struct model_site *site = id && id <= p->model->site_count ? &p->model->sites[id - 1]
									 : NULL;

	markup_open(&p->m, "td", "class", "site", NULL);
	if (!site)
		markup_text(&p->m, "places outside of this report");
	else
		page_site_name(p, site);
	if (site && site->stack.frame_count) {
		markup_text(&p->m, " ");
		page_put_own(p, &site->stack);
	}
	if (site && *site->type)
		markup_printf(&p->m, " %s", site->type);
	markup_close(&p->m, "td");
}

static void put_holdings(struct page *p, const struct model_snapshot *s)
{
	static const struct page_column columns[] = {
		{"bytes", true, NULL}, {"blocks", true, NULL},
		{"of", false, NULL},   {"are pointed to by blocks of", false, NULL},
		{NULL, false, NULL},
	};

	if (!s->holding_count)
		return;
	page_open_table(p, "holdings", "Which blocks point to which", columns, 0);
	for (uint32_t i = 0; i < s->holding_count; i++) {
		const struct model_holding *holding = &s->holdings[i];

		markup_open(&p->m, "tr", NULL);
		page_number_cell(p, holding->amount.bytes,
				 page_bytes(p, holding->amount.bytes).text);
		page_number_cell(p, holding->amount.blocks,
				 human_count(holding->amount.blocks).text);
		put_end(p, holding->to);
		put_end(p, holding->from);
		markup_close(&p->m, "tr");
	}
	page_close_table(p);
}

static void put_cycle(struct page *p, const struct model_cycle *cycle)
{
	markup_open(&p->m, "li", NULL);
	circles_put_amount(markup_words(&p->m), cycle, p->options->exact_bytes);
	markup_words_end(&p->m);
	markup_text(&p->m, ". Allocated at ");
	for (uint32_t i = 0; i < cycle->site_count; i++) {
		const struct model_cycle_site *part = &cycle->sites[i];

		if (i)
			markup_text(&p->m, ", ");
		if (!part->site || part->site > p->model->site_count) {
			markup_text(&p->m, "places outside of this report");
			continue;
		}
		page_site_name(p, &p->model->sites[part->site - 1]);
		markup_text(&p->m, " ");
		if (p->model->sites[part->site - 1].stack.frame_count)
			page_put_own(p, &p->model->sites[part->site - 1].stack);
	}
	if (cycle->sites_in_all > cycle->site_count)
		markup_printf(&p->m, " and %" PRIu32 " more places",
			      cycle->sites_in_all - cycle->site_count);
	if (cycle->walk_count) {
		markup_open(&p->m, "code", "class", "walk", NULL);
		circles_put_walk(markup_words(&p->m), cycle);
		markup_words_end(&p->m);
		markup_close(&p->m, "code");
	}
	markup_close(&p->m, "li");
}

static void put_cycles(struct page *p, const struct model_snapshot *s)
{
	if (!s->cycle_count)
		return;
	markup_leaf(&p->m, "h3", "Blocks that hold each other", NULL);
	markup_leaf(&p->m, "p",
		    "Nothing else holds them, and counting references never frees them. Each walk "
		    "leads around one circle, by the words that point from one block to the next.",
		    NULL);
	markup_open(&p->m, "ul", "class", "cycles", NULL);
	for (uint32_t i = 0; i < s->cycle_count; i++)
		put_cycle(p, &s->cycles[i]);
	markup_close(&p->m, "ul");
	if (s->cycles_in_all > s->cycles_told) {
		markup_open(&p->m, "p", "class", "remark", NULL);
		markup_printf(&p->m, "%s more of less memory are not shown.",
			      human_count(s->cycles_in_all - s->cycles_told).text);
		markup_close(&p->m, "p");
	}
}

static void put_classes(struct page *p, const struct model_snapshot *s)
{
	static const struct page_column columns[] = {
		{"bytes", true, NULL},	     {"objects", true, NULL}, {"new bytes", true, NULL},
		{"new objects", true, NULL}, {"class", false, NULL},  {NULL, false, NULL},
	};
	uint32_t rows = s->class_count < CLASS_ROWS ? s->class_count : CLASS_ROWS;

	if (!rows)
		return;
	page_open_table(p, "classes", "Objects of Python by class, with what is theirs alone",
			columns, s->class_count - rows);
	for (uint32_t i = 0; i < rows; i++) {
		const struct model_class *class = &s->classes[i];

		markup_open(&p->m, "tr", NULL);
		page_number_cell(p, class->bytes, page_bytes(p, class->bytes).text);
		page_number_cell(p, class->objects, human_count(class->objects).text);
		page_number_cell(p, class->recent_bytes, page_bytes(p, class->recent_bytes).text);
		page_number_cell(p, class->recent_objects, human_count(class->recent_objects).text);
		markup_leaf(&p->m, "td", class->name, NULL);
		markup_close(&p->m, "tr");
	}
	page_close_table(p);
	markup_open(&p->m, "p", "class", "remark", NULL);
	markup_printf(&p->m, "New is what was made from %s on, %s.",
		      human_duration(s->recent_ns).text,
		      s->count > 1 ? "when the snapshot before was taken" : "half of the time");
	markup_close(&p->m, "p");
}

void page_put_heap(struct page *p)
{
	const struct model_snapshot *s = &p->model->snapshot;

	page_open_section(p, "held", "Who holds what");
	markup_open(&p->m, "p", NULL);
	holding_put_snapshot(markup_words(&p->m), p->model, p->options->exact_bytes);
	markup_words_end(&p->m);
	markup_close(&p->m, "p");
	if (s->known) {
		put_kinds(p, s);
		put_cycles(p, s);
		put_classes(p, s);
		put_holdings(p, s);
	}
	page_close_section(p);
}
