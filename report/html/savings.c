/* SPDX-License-Identifier: MIT */
/* What a program in Python could do to need less memory. */
#include "page.h"

#include "../savings.h"

#define CARDS_MAX 20 /* data formats have them all */

static void put_saving(struct page *p, const struct model_saving *saving)
{
	bool exact = p->options->exact_bytes;

	markup_open(&p->m, "article", "class", "card saving", NULL);
	markup_open(&p->m, "header", NULL);
	markup_open(&p->m, "h4", NULL);
	savings_put_title(markup_words(&p->m), saving, exact);
	markup_words_end(&p->m);
	markup_close(&p->m, "h4");
	markup_close(&p->m, "header");
	markup_open(&p->m, "p", "class", "why", NULL);
	savings_put(markup_words(&p->m), saving, exact);
	markup_words_end(&p->m);
	markup_close(&p->m, "p");
	markup_open(&p->m, "p", "class", "remark", NULL);
	if (saving->site) {
		page_site_name(p, &p->model->sites[saving->site - 1]);
		markup_text(&p->m, " ");
	}
	page_put_own(p, &saving->stack);
	markup_close(&p->m, "p");
	markup_close(&p->m, "article");
}

void page_put_savings(struct page *p)
{
	uint32_t count = p->model->saving_count;

	if (!count || p->options->site)
		return;
	markup_leaf(&p->m, "h3", "What would take less memory", "class", "part", "id", "savings",
		    NULL);
	for (uint32_t i = 0; i < count && i < CARDS_MAX; i++)
		put_saving(p, &p->model->savings[i]);
	if (count > CARDS_MAX) {
		markup_open(&p->m, "p", "class", "remark", NULL);
		markup_printf(&p->m, "%s more are not shown; --format=json lists them all.",
			      human_count(count - CARDS_MAX).text);
		markup_close(&p->m, "p");
	}
}
