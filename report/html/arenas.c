/* SPDX-License-Identifier: MIT */
/* How full the arenas of Python's allocator are, and whose blocks keep them. */
#include "page.h"

#include "../words.h"

#define HOLDER_ROWS 20

static void put_numbers(struct page *p, const struct model_arenas *arenas)
{
	char remark[200];

	markup_open(&p->m, "dl", "class", "numbers", NULL);
	snprintf(remark, sizeof remark, "%s at the end, at most %s at a time",
		 human_count(arenas->count).text, human_count(arenas->most).text);
	page_put_fact(p, "Arenas", page_bytes(p, arenas->bytes).text, remark);
	snprintf(remark, sizeof remark, "asked for; %s around them",
		 page_bytes(p, arenas->overhead).text);
	page_put_fact(p, "Live in them", page_bytes(p, arenas->live).text, remark);
	page_put_fact(p, "Free blocks", page_bytes(p, arenas->free).text,
		      "in pools that serve blocks of one size");
	page_put_fact(p, "Free pools", page_bytes(p, arenas->unused).text,
		      "for blocks of any small size");
	markup_close(&p->m, "dl");
}

static void put_holder(struct page *p, const struct model_arena_holder *holder)
{
	const struct model_site *site = &p->model->sites[holder->site - 1];

	markup_open(&p->m, "tr", NULL);
	page_number_cell(p, holder->exclusive_arenas, human_count(holder->exclusive_arenas).text);
	page_number_cell(p, holder->arenas, human_count(holder->arenas).text);
	page_number_cell(p, holder->blocks, human_count(holder->blocks).text);
	page_number_cell(p, holder->bytes, page_bytes(p, holder->bytes).text);
	markup_leaf(&p->m, "td", site->type, NULL);
	markup_open(&p->m, "td", NULL);
	page_site_name(p, site);
	markup_text(&p->m, " ");
	page_put_own(p, &site->stack);
	markup_close(&p->m, "td");
	markup_close(&p->m, "tr");
}

static void put_holders(struct page *p, const struct model_arenas *arenas)
{
	static const struct page_column columns[] = {
		{"alone", true, NULL}, {"arenas", true, NULL}, {"blocks", true, NULL},
		{"live", true, NULL},  {"type", false, NULL},  {"site", false, NULL},
		{NULL, false, NULL},
	};
	uint32_t rows = arenas->holder_count < HOLDER_ROWS ? arenas->holder_count : HOLDER_ROWS;

	page_open_table(p, "arena-holders", "Whose blocks keep arenas that are nearly empty",
			columns, arenas->holder_count - rows);
	for (uint32_t i = 0; i < rows; i++)
		if (arenas->holders[i].site)
			put_holder(p, &arenas->holders[i]);
	page_close_table(p);
}

static void put_sizes(struct page *p, const struct model_arenas *arenas)
{
	static const struct page_column columns[] = {
		{"block bytes", true, NULL}, {"pools", true, NULL}, {"blocks", true, NULL},
		{"free blocks", true, NULL}, {"free", true, NULL},  {NULL, false, NULL},
	};

	page_open_table(p, "pool-sizes", "Pools by the size of their blocks", columns, 0);
	for (uint32_t i = 0; i < arenas->size_count; i++) {
		const struct model_pool_size *size = &arenas->sizes[i];
		uint64_t free_bytes = size->free_blocks * size->block_bytes;

		markup_open(&p->m, "tr", NULL);
		page_number_cell(p, size->block_bytes, human_count(size->block_bytes).text);
		page_number_cell(p, size->pools, human_count(size->pools).text);
		page_number_cell(p, size->blocks, human_count(size->blocks).text);
		page_number_cell(p, size->free_blocks, human_count(size->free_blocks).text);
		page_number_cell(p, free_bytes, page_bytes(p, free_bytes).text);
		markup_close(&p->m, "tr");
	}
	page_close_table(p);
}

void page_put_arenas(struct page *p)
{
	const struct model_arenas *arenas = &p->model->fragmentation.arenas;
	FILE *words;

	if (!arenas->ever)
		return;
	markup_leaf(&p->m, "h3", "Arenas of Python's allocator at the end", NULL);
	markup_open(&p->m, "p", NULL);
	words = markup_words(&p->m);
	if (words_put_sparse_arenas(words, arenas, p->options->exact_bytes))
		putc(' ', words);
	fputs("An arena goes back to the system when no block is left in it. ", words);
	words_put_arena_keeper(words, arenas, p->options->exact_bytes);
	markup_words_end(&p->m);
	markup_close(&p->m, "p");
	put_numbers(p, arenas);
	if (arenas->holder_count)
		put_holders(p, arenas);
	put_sizes(p, arenas);
}
