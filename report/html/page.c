/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <inttypes.h>

#include "../stack.h"
#include "../verdicts.h"
#include "../words.h"

#define CALLERS 3
#define FACTS_BYTES 600u /* of a paragraph that need not scroll */

struct human page_bytes(const struct page *p, uint64_t value)
{
	return human_bytes(value, p->options->exact_bytes);
}

struct human page_estimate(const struct page *p, uint64_t bytes, double error)
{
	struct human result;

	snprintf(result.text, sizeof result.text, "%.40s%.20s", page_bytes(p, bytes).text,
		 words_error(error, bytes).text);
	return result;
}

struct human page_blocks(uint64_t count)
{
	struct human result;

	snprintf(result.text, sizeof result.text, "%.40s block%s", human_count(count).text,
		 human_plural(count));
	return result;
}

void page_open_section(struct page *p, const char *id, const char *heading)
{
	char heading_id[40];

	snprintf(heading_id, sizeof heading_id, "%s-heading", id);
	markup_open(&p->m, "section", "id", id, "aria-labelledby", heading_id, NULL);
	markup_leaf(&p->m, "h2", heading, "id", heading_id, NULL);
}

void page_close_section(struct page *p)
{
	markup_close(&p->m, "section");
}

void page_open_wide(struct page *p, const char *label)
{
	markup_open(&p->m, "div", "class", "wide", "role", "group", "aria-label", label, "tabindex",
		    "0", NULL);
}

void page_close_wide(struct page *p)
{
	markup_close(&p->m, "div");
}

void page_open_facts(struct page *p, const char *label, size_t bytes)
{
	bool many = bytes > FACTS_BYTES;

	markup_open(&p->m, "div", "class", many ? "facts high" : "facts", "role",
		    many ? "group" : NULL, "aria-label", many ? label : NULL, "tabindex",
		    many ? "0" : NULL, NULL);
}

void page_close_facts(struct page *p)
{
	markup_close(&p->m, "div");
}

void page_put_head(struct page *p, const struct page_column *columns)
{
	markup_open(&p->m, "thead", NULL);
	markup_open(&p->m, "tr", NULL);
	for (; columns->heading; columns++)
		markup_leaf(&p->m, *columns->heading ? "th" : "td", columns->heading, "scope",
			    *columns->heading ? "col" : NULL, "class", columns->number ? "n" : NULL,
			    "data-key", columns->key, NULL);
	markup_close(&p->m, "tr");
	markup_close(&p->m, "thead");
}

void page_open_table(struct page *p, const char *name, const char *caption,
		     const struct page_column *columns, uint32_t more)
{
	char id[48], left[16];

	snprintf(id, sizeof id, "table-%s", name);
	page_open_wide(p, caption);
	snprintf(left, sizeof left, "%" PRIu32, more);
	p->more = more;
	markup_open(&p->m, "table", "class", "sortable", "id", id, "data-name", name, "data-more",
		    more ? left : NULL, NULL);
	markup_leaf(&p->m, "caption", caption, NULL);
	page_put_head(p, columns);
	markup_open(&p->m, "tbody", NULL);
}

void page_close_table(struct page *p)
{
	markup_close(&p->m, "tbody");
	markup_close(&p->m, "table");
	page_close_wide(p);
	if (!p->more)
		return;
	markup_open(&p->m, "p", "class", "remark more", NULL);
	markup_printf(&p->m, "%s more row%s not shown.", human_count(p->more).text,
		      p->more == 1 ? " is" : "s are");
	markup_close(&p->m, "p");
}

void page_number_cell(struct page *p, uint64_t value, const char *text)
{
	char exact[24];

	snprintf(exact, sizeof exact, "%" PRIu64, value);
	markup_leaf(&p->m, "td", text, "class", value ? "n" : "n zero", "data-v", exact, NULL);
}

static bool has_card(const struct page *p, const struct model_site *site)
{
	for (uint32_t i = 0; i < p->card_count; i++)
		if (p->cards[i] == site)
			return true;
	return false;
}

void page_site_name(struct page *p, const struct model_site *site)
{
	char name[16], link[24];

	snprintf(name, sizeof name, "#%" PRIu32, site->id);
	snprintf(link, sizeof link, "#site-%" PRIu32, site->id);
	if (has_card(p, site))
		markup_leaf(&p->m, "a", name, "href", link, NULL);
	else
		markup_leaf(&p->m, "b", name, NULL);
}

const char *page_verdict_class(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_LEAK:
	case VERDICT_GROWING:
		return "bad";
	case VERDICT_UNFREED:
		return "warn";
	case VERDICT_UNKNOWN:
		return "unknown";
	default:
		return "good";
	}
}

void page_put_badge(struct page *p, enum verdict verdict)
{
	char class[24];

	snprintf(class, sizeof class, "badge %s", page_verdict_class(verdict));
	markup_leaf(&p->m, "span", verdicts_phrase(verdict), "class", class, NULL);
}

void page_put_fact(struct page *p, const char *term, const char *text, const char *remark)
{
	markup_open(&p->m, "div", NULL);
	markup_leaf(&p->m, "dt", term, NULL);
	markup_open(&p->m, "dd", NULL);
	markup_text(&p->m, text);
	if (remark && *remark) {
		markup_text(&p->m, " ");
		markup_leaf(&p->m, "small", remark, NULL);
	}
	markup_close(&p->m, "dd");
	markup_close(&p->m, "div");
}

void page_put_own(struct page *p, const struct model_stack *stack)
{
	markup_open(&p->m, "code", NULL);
	stack_put_name(markup_words(&p->m), stack, 0);
	markup_words_end(&p->m);
	markup_close(&p->m, "code");
}

void page_put_callers(struct page *p, const struct model_stack *stack)
{
	struct stack_range range = stack_shown(stack, false);
	const struct model_frame *own = stack_own(stack);
	unsigned count = 0;
	char function[4096];

	if (!own)
		return;
	markup_open(&p->m, "small", "class", "callers", NULL);
	for (uint32_t i = (uint32_t)(own - stack->frames) + 1; i < range.end && count < CALLERS;
	     i++) {
		if (*stack->frames[i].note)
			continue;
		stack_function(&stack->frames[i], function, sizeof function);
		markup_printf(&p->m, " \u2039 %s", function);
		count++;
	}
	markup_close(&p->m, "small");
}

void page_own_cell(struct page *p, const struct model_stack *stack)
{
	markup_open(&p->m, "td", "class", "site", NULL);
	page_put_own(p, stack);
	page_put_callers(p, stack);
	markup_close(&p->m, "td");
}
