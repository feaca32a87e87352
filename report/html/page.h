/* SPDX-License-Identifier: MIT */
/*
 * page.h - the sections of the HTML report, private to this folder.
 *
 * One file that needs nothing else: every finding and every number is in its markup, so it reads
 * without scripts and without its style sheet; scripts add views of the data that data.h embeds.
 */
#ifndef TENURE_REPORT_HTML_PAGE_H
#define TENURE_REPORT_HTML_PAGE_H

#include "../../analyzer/util/human.h"
#include "../report.h"
#include "../tables.h"
#include "markup.h"

#define PAGE_CARDS_MAX 30 /* sites with all their evidence */

struct page {
	struct markup m;
	const struct model *model;
	const struct report_options *options;
	const struct model_site *cards[PAGE_CARDS_MAX]; /* most urgent first */
	uint32_t card_count;
	uint32_t more; /* rows that the table under way leaves out */
};

struct human page_bytes(const struct page *p, uint64_t value);
/* With its standard error where everything is an estimate: "12.9 MiB ± 7 %". */
struct human page_estimate(const struct page *p, uint64_t bytes, double error);
struct human page_blocks(uint64_t count); /* "1 block", "1,234 blocks" */

void page_open_section(struct page *p, const char *id, const char *heading);
void page_close_section(struct page *p);

/* What may be wider than the screen, and then scrolls by itself; by the keyboard, too. */
void page_open_wide(struct page *p, const char *label);
void page_close_wide(struct page *p);

struct page_column {
	const char *heading;
	bool number; /* of cells by page_number_cell */
	const char *key; /* of the same numbers in the data, or NULL */
};

/* A paragraph of facts with words of so many bytes in it. Where they are many it is no higher than some
 * lines and scrolls, so that a verdict that follows is in sight. */
void page_open_facts(struct page *p, const char *label, size_t bytes);
void page_close_facts(struct page *p);

/* The headings of a table; one that is "" stands above names that need none. */
void page_put_head(struct page *p, const struct page_column *columns);

/* A table that can be sorted, with its columns, ended by heading NULL; `more` rows are left out. */
void page_open_table(struct page *p, const char *name, const char *caption,
		     const struct page_column *columns, uint32_t more);
void page_close_table(struct page *p);

/* A cell with a number as people read it, and the exact one for what sorts and copies. */
void page_number_cell(struct page *p, uint64_t value, const char *text);
/* "#12", with a link to its card if it has one. */
void page_site_name(struct page *p, const struct model_site *site);
/* "good", "bad", "warn" or "unknown": a class, for colours that stand beside words. */
const char *page_verdict_class(enum verdict verdict);
/* The verdict as a badge. */
void page_put_badge(struct page *p, enum verdict verdict);
/* The innermost frame of the program's own, in few words. */
void page_put_own(struct page *p, const struct model_stack *stack);
/* Who called it: without names, or below a wrapper, it alone says little. */
void page_put_callers(struct page *p, const struct model_stack *stack);
/* Both in a cell of a table. */
void page_own_cell(struct page *p, const struct model_stack *stack);
/* A term and what is said of it, in a <dl>. */
void page_put_fact(struct page *p, const char *term, const char *text, const char *remark);

/* first.c: what was run, the verdict, and what the trace could not see. */
void page_put_header(struct page *p);
/* overview.c: what to look at first, key numbers, memory over time. */
void page_put_overview(struct page *p);
void page_put_memory(struct page *p); /* memory.c */
/* findings.c: errors in releasing, and cards. */
void page_put_findings(struct page *p);
void page_put_savings(struct page *p); /* savings.c */
void page_put_card(struct page *p, const struct model_site *site); /* card.c */
/* The same without its head: all that speaks for and against it, and what to do. */
void page_put_evidence(struct page *p, const struct model_site *site);
void page_put_growth(struct page *p, const struct model_site *site); /* card_charts.c, as are: */
void page_put_survival(struct page *p, const struct model_survival *survival);
void page_put_ages(struct page *p, const struct model_site *site);
/* stack.c: a call stack, with lines of the source. */
void page_put_stack(struct page *p, const struct model_stack *stack);
/* heap.c: what the last snapshot found, and what it says of a site. */
void page_put_heap(struct page *p);
void page_put_holders(struct page *p, const struct model_site *site);
/* generations.c */
void page_put_generations(struct page *p);
void page_put_generation_rows(struct page *p, const struct model_generation *generations);
void page_put_lexis(struct page *p); /* lexis.c */
/* fragmentation.c */
void page_put_fragmentation(struct page *p);
void page_put_regions(struct page *p); /* regions.c */
void page_put_arenas(struct page *p); /* arenas.c */
/* tables.c */
void page_put_tables(struct page *p);
/* about.c: how to read this. */
void page_put_about(struct page *p);

#endif
