/* SPDX-License-Identifier: MIT */
/* Errors in releasing memory, failed allocations, and the sites to look at. */
#include "page.h"

#define ERRORS_MAX 50 /* more repeat themselves; data formats have them all */

static void put_stack(struct page *p, const char *heading, const struct model_stack *stack)
{
	if (!stack->frame_count)
		return;
	markup_leaf(&p->m, "h4", heading, NULL);
	page_put_stack(p, stack);
}

static void put_error(struct page *p, const struct model_finding *finding)
{
	static const char *const severities[] = {"error", "warning", "note"};
	static const char *const classes[] = {"badge bad", "badge warn", "badge good"};
	bool failure = finding->rule == FINDING_ALLOCATION_FAILURE;

	markup_open(&p->m, "article", "class", "card error", NULL);
	markup_open(&p->m, "header", NULL);
	markup_leaf(&p->m, "h3", finding->rule_name, NULL);
	markup_leaf(&p->m, "span", severities[finding->severity], "class",
		    classes[finding->severity], NULL);
	if (finding->occurrences > 1)
		markup_printf(&p->m, " %s times", human_count(finding->occurrences).text);
	markup_close(&p->m, "header");
	markup_leaf(&p->m, "p", finding->message, "class", "why", NULL);
	put_stack(p, failure ? "Asked for at" : "Released at", &finding->release);
	put_stack(p, "Released before at", &finding->first_release);
	put_stack(p, "Allocated at", &finding->allocation);
	markup_close(&p->m, "article");
}

static void put_errors(struct page *p)
{
	uint32_t count = p->model->finding_count;

	if (!count)
		return;
	markup_leaf(&p->m, "h3", "Errors and failures", "class", "part", NULL);
	for (uint32_t i = 0; i < count && i < ERRORS_MAX; i++)
		put_error(p, &p->model->findings[i]);
	if (count > ERRORS_MAX) {
		markup_open(&p->m, "p", "class", "remark", NULL);
		markup_printf(&p->m, "%s more are not shown; --format=json lists them all.",
			      human_count(count - ERRORS_MAX).text);
		markup_close(&p->m, "p");
	}
}

/* Sites that the cards leave out, of those that ask for a look. */
static void put_rest(struct page *p)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < p->model->site_count; i++) {
		const struct model_site *site = &p->model->sites[i];

		left += site->live_blocks &&
			(site->verdict == VERDICT_LEAK || site->verdict == VERDICT_GROWING ||
			 site->verdict == VERDICT_UNFREED || site->verdict == VERDICT_UNKNOWN);
	}
	if (left <= p->card_count || p->options->site)
		return;
	markup_open(&p->m, "p", "class", "remark", NULL);
	markup_printf(&p->m,
		      "%s more sites were not released or cannot be judged; the table of sites "
		      "below has the largest.",
		      human_count(left - p->card_count).text);
	markup_close(&p->m, "p");
}

void page_put_findings(struct page *p)
{
	page_open_section(p, "findings", "Findings");
	put_errors(p);
	if (p->card_count && !p->options->site)
		markup_leaf(&p->m, "h3", "Memory that was not released in time", "class", "part",
			    NULL);
	for (uint32_t i = 0; i < p->card_count; i++)
		page_put_card(p, p->cards[i]);
	put_rest(p);
	page_put_savings(p);
	if (!p->card_count && !p->model->finding_count && !p->model->saving_count)
		markup_leaf(&p->m, "p", "Nothing to look at.", NULL);
	page_close_section(p);
}
