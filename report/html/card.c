/* SPDX-License-Identifier: MIT */
/* A site with all that speaks for and against it, where to go on, and how to be silent about it. */
#include "page.h"

#include <inttypes.h>
#include <string.h>

#include "../advice.h"
#include "../stack.h"
#include "../verdicts.h"
#include "../words.h"

/* What is live at the end; of what was released only then, what was live before. */
static void put_amount(struct page *p, const struct model_site *site)
{
	bool torn_down = !site->live_blocks && site->teardown_bytes;

	markup_open(&p->m, "span", "class", "amount", NULL);
	if (torn_down)
		markup_leaf(&p->m, "b", page_bytes(p, site->teardown_bytes).text, NULL);
	else
		markup_leaf(&p->m, "b",
			    page_estimate(p, site->live_bytes, site->sample.live_bytes_error).text,
			    NULL);
	markup_printf(&p->m, " in %s%s",
		      page_blocks(torn_down ? site->teardown_blocks : site->live_blocks).text,
		      torn_down ? " before the end" : "");
	markup_close(&p->m, "span");
}

static void put_title(struct page *p, const struct model_site *site)
{
	char name[16];

	snprintf(name, sizeof name, "#%" PRIu32, site->id);
	markup_open(&p->m, "header", NULL);
	markup_open(&p->m, "h3", NULL);
	markup_leaf(&p->m, "span", name, "class", "id", NULL);
	markup_text(&p->m, " ");
	page_put_own(p, &site->stack);
	markup_close(&p->m, "h3");
	page_put_badge(p, site->verdict);
	if (site->verdict != VERDICT_UNKNOWN) {
		markup_open(&p->m, "span", "class", "confidence", NULL);
		markup_printf(&p->m, "confidence %.0f %%", 100 * site->confidence);
		markup_close(&p->m, "span");
	}
	put_amount(p, site);
	markup_close(&p->m, "header");
}

/* "4 say yes, 1 no, 4 are unknown" */
static void put_evidence_summary(struct page *p, const struct model_site *site)
{
	uint32_t yes = 0, no = 0;

	for (uint32_t i = 0; i < site->evidence_count; i++) {
		yes += site->evidence[i].known && site->evidence[i].leaky;
		no += site->evidence[i].known && !site->evidence[i].leaky;
	}
	markup_open(&p->m, "summary", NULL);
	markup_printf(&p->m,
		      "Does it leak? Of %u pieces of evidence %u say yes, %u no, %u cannot tell",
		      site->evidence_count, yes, no, site->evidence_count - yes - no);
	markup_close(&p->m, "summary");
}

static void put_pieces(struct page *p, const struct model_site *site)
{
	if (!site->evidence_count)
		return;
	markup_open(&p->m, "details", "class", "evidence", NULL);
	put_evidence_summary(p, site);
	markup_open(&p->m, "table", NULL);
	markup_open(&p->m, "tbody", NULL);
	for (uint32_t i = 0; i < site->evidence_count; i++) {
		const struct model_evidence *evidence = &site->evidence[i];
		const char *says = !evidence->known ? "unknown" : evidence->leaky ? "yes" : "no";

		markup_open(&p->m, "tr", NULL);
		markup_leaf(&p->m, "td", says, "class", says, NULL);
		markup_leaf(&p->m, "th", evidence->name, "scope", "row", NULL);
		markup_leaf(&p->m, "td", evidence->sentence, NULL);
		markup_close(&p->m, "tr");
	}
	markup_close(&p->m, "tbody");
	markup_close(&p->m, "table");
	markup_close(&p->m, "details");
}

static void put_reachability(struct page *p, const struct model_reachability *r)
{
	static const char *const names[] = {"Lost", "Held by lost blocks", "Possibly lost",
					    "Reachable"};
	const struct model_amount *amounts[] = {&r->direct, &r->indirect, &r->possible,
						&r->reachable};

	if (!r->known)
		return;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		page_put_fact(p, names[i], page_bytes(p, amounts[i]->bytes).text,
			      page_blocks(amounts[i]->blocks).text);
	if (r->retained.blocks)
		page_put_fact(p, "Held with all behind", page_bytes(p, r->retained.bytes).text,
			      page_blocks(r->retained.blocks).text);
}

static void put_more(struct page *p, const struct model_site *site)
{
	char text[160];

	markup_open(&p->m, "details", "class", "more", NULL);
	markup_leaf(&p->m, "summary", "All numbers", NULL);
	markup_open(&p->m, "dl", "class", "numbers", NULL);
	page_put_fact(p, "Allocated by", site->api, *site->type ? site->type : NULL);
	page_put_fact(
		p, "Allocations", human_count(site->allocations).text,
		page_estimate(p, site->allocated_bytes, site->sample.allocated_bytes_error).text);
	page_put_fact(p, "Releases", human_count(site->frees).text,
		      human_share(site->frees, site->allocations).text);
	page_put_fact(p, "At the run's peak",
		      page_estimate(p, site->peak_bytes, site->sample.peak_bytes_error).text,
		      page_blocks(site->peak_blocks).text);
	page_put_fact(p, "At most", page_bytes(p, site->own_peak_bytes).text, NULL);
	page_put_fact(p, "Temporary", human_count(site->temporary).text,
		      human_share(site->temporary, site->allocations).text);
	page_put_fact(p, "Reallocated in place", human_count(site->resized).text, NULL);
	page_put_fact(p, "Released by other threads", human_count(site->remote_frees).text, NULL);
	if (site->failures)
		page_put_fact(p, "Failed", human_count(site->failures).text, NULL);
	snprintf(text, sizeof text, "%s to %s", page_bytes(p, site->min_bytes).text,
		 page_bytes(p, site->max_bytes).text);
	page_put_fact(p, "Sizes", text, NULL);
	snprintf(text, sizeof text, "%s to %s", human_duration(site->first_ns).text,
		 human_duration(site->last_ns).text);
	page_put_fact(p, "Allocated", text, "after the start");
	if (site->last_release_ns)
		page_put_fact(p, "Last released", human_duration(site->last_release_ns).text,
			      "after the start");
	if (site->pinned_bytes || site->exclusive_bytes)
		page_put_fact(p, "Pins free bytes", page_bytes(p, site->pinned_bytes).text, NULL);
	put_reachability(p, &site->reachability);
	markup_close(&p->m, "dl");
	markup_close(&p->m, "details");
}

/* The same line of code, whoever called it. */
static bool same_place(const struct model_releaser *a, const struct model_releaser *b)
{
	const struct model_frame *x = stack_own(&a->stack), *y = stack_own(&b->stack);

	return x && y && x->line == y->line && !strcmp(x->function, y->function) &&
	       !strcmp(x->file, y->file) && !strcmp(x->module, y->module);
}

static void put_releaser(struct page *p, const struct model_stack *stack,
			 struct model_amount amount)
{
	markup_open(&p->m, "li", NULL);
	page_put_own(p, stack);
	markup_printf(&p->m, " released %s, %s", page_blocks(amount.blocks).text,
		      page_bytes(p, amount.bytes).text);
	markup_close(&p->m, "li");
}

static void put_releasers(struct page *p, const struct model_site *site)
{
	const struct model_releaser *all = site->releasers;
	struct model_amount amount;

	if (!site->releaser_count)
		return;
	markup_leaf(&p->m, "h4", "Who releases other blocks from here", NULL);
	markup_open(&p->m, "ul", "class", "releasers", NULL);
	for (uint32_t i = 0; i < site->releaser_count; i++) {
		bool seen = false;

		for (uint32_t k = 0; k < i; k++)
			seen |= same_place(&all[i], &all[k]);
		if (seen)
			continue;
		amount = all[i].amount;
		for (uint32_t k = i + 1; k < site->releaser_count; k++)
			if (same_place(&all[i], &all[k])) {
				amount.blocks += all[k].amount.blocks;
				amount.bytes += all[k].amount.bytes;
			}
		put_releaser(p, &all[i].stack, amount);
	}
	markup_close(&p->m, "ul");
}

static void put_advice(struct page *p, const struct model_site *site)
{
	markup_open(&p->m, "p", "class", "next", NULL);
	markup_leaf(&p->m, "b", "Next:", NULL);
	markup_text(&p->m, " ");
	advice_put(markup_words(&p->m), p->model, site);
	markup_words_end(&p->m);
	markup_close(&p->m, "p");
	if (!stack_own(&site->stack))
		return;
	markup_open(&p->m, "details", "class", "suppression", NULL);
	markup_leaf(&p->m, "summary", "It is meant to be so", NULL);
	markup_leaf(&p->m, "p", "A line that suppresses it, in LeakSanitizer's format:", NULL);
	markup_open(&p->m, "pre", "class", "copy", NULL);
	advice_put_suppression(markup_words(&p->m), site);
	markup_words_end(&p->m);
	markup_close(&p->m, "pre");
	markup_close(&p->m, "details");
}

void page_put_evidence(struct page *p, const struct model_site *site)
{
	markup_open(&p->m, "div", "class", "charts", NULL);
	page_put_growth(p, site);
	page_put_survival(p, &site->survival);
	page_put_ages(p, site);
	markup_close(&p->m, "div");
	page_put_holders(p, site);
	markup_leaf(&p->m, "h4", "Allocated at", NULL);
	page_put_stack(p, &site->stack);
	put_pieces(p, site);
	put_releasers(p, site);
	put_advice(p, site);
	put_more(p, site);
}

void page_put_card(struct page *p, const struct model_site *site)
{
	char id[24], class[24], number[16];

	snprintf(id, sizeof id, "site-%" PRIu32, site->id);
	snprintf(number, sizeof number, "%" PRIu32, site->id);
	snprintf(class, sizeof class, "card %s", page_verdict_class(site->verdict));
	markup_open(&p->m, "article", "class", class, "id", id, "data-site", number, NULL);
	put_title(p, site);
	markup_leaf(&p->m, "p", site->why, "class", "why", NULL);
	page_put_evidence(p, site);
	markup_close(&p->m, "article");
}
