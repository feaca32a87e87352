/* SPDX-License-Identifier: MIT */
#include "text.h"
#include "words.h"

#include <inttypes.h>

static void put_pages(const struct text *t, const char *name, const struct model_pages *pages)
{
	if (!pages->occupied)
		return;
	fprintf(t->file, "  %-24s%s with live blocks, %s of them with just one; %s free on them\n",
		name, human_count(pages->occupied).text, human_count(pages->single_block).text,
		text_bytes(t, pages->pinned_bytes).text);
}

/* How full pages are: each tenth with its share of them. */
static void put_tenths(const struct text *t, const struct model_pages *pages)
{
	fprintf(t->file, "  %-24s", "live on them, up to");
	for (int i = 1; i <= 10; i++)
		fprintf(t->file, "%5d %%", 10 * i);
	fprintf(t->file, "\n  %-24s", "so many of the pages");
	for (int i = 0; i < 10; i++)
		fprintf(t->file, "%7s", human_share(pages->tenths[i], pages->occupied).text);
	putc('\n', t->file);
}

static void put_site(const struct text *t, const char *role, uint32_t id)
{
	const struct model_site *site = id && id <= t->model->site_count ? &t->model->sites[id - 1]
									 : NULL;

	fprintf(t->file, "      %-12s #%" PRIu32 " ", role, id);
	if (site && site->stack.frame_count)
		stack_put_own(t->file, &site->stack, 70);
	else
		fprintf(t->file, "(see --site=%" PRIu32 ")\n", id);
}

/* Stretches of addresses, as arenas of an allocator are. */
static void put_regions(const struct text *t, const struct model_fragmentation *f)
{
	uint32_t rows = t->options->top;

	if (f->region_count < 2)
		return;
	fputs("  Where blocks lie at the end\n", t->file);
	for (uint32_t i = 0; i < f->region_count && (!rows || i < rows); i++) {
		const struct model_region *region = &f->regions[i];

		fprintf(t->file,
			"    %#14" PRIx64 " to %#14" PRIx64
			"  %s live in %s block%s, %s free on %s "
			"page%s\n",
			region->start, region->end, text_bytes(t, region->live_bytes).text,
			human_count(region->live_blocks).text, human_plural(region->live_blocks),
			text_bytes(t, region->pinned_bytes).text, human_count(region->pages).text,
			human_plural(region->pages));
	}
}

static void put_mixtures(const struct text *t, const struct model_fragmentation *f)
{
	uint32_t rows = t->options->top;

	if (f->mixture_count)
		fputs("  Long-lived blocks among short-lived ones at the peak: they keep these pages "
		      "when the others go\n",
		      t->file);
	for (uint32_t i = 0; i < f->mixture_count && (!rows || i < rows); i++) {
		const struct model_mixture *mixture = &f->mixtures[i];

		fprintf(t->file, "    %s page%s, %s free\n", human_count(mixture->pages).text,
			human_plural(mixture->pages), text_bytes(t, mixture->pinned_bytes).text);
		put_site(t, "long-lived", mixture->long_lived);
		put_site(t, "short-lived", mixture->short_lived);
	}
}

static void put_arena_holders(const struct text *t, const struct model_arenas *arenas)
{
	uint32_t rows = t->options->top;

	for (uint32_t i = 0; i < arenas->holder_count && (!rows || i < rows); i++) {
		const struct model_arena_holder *holder = &arenas->holders[i];

		fprintf(t->file, "    %s of them, %s alone, with %s block%s of %s\n",
			human_count(holder->arenas).text,
			holder->exclusive_arenas ? human_count(holder->exclusive_arenas).text
						 : "none",
			human_count(holder->blocks).text, human_plural(holder->blocks),
			text_bytes(t, holder->bytes).text);
		put_site(t, "kept by", holder->site);
	}
}

static void put_pool_sizes(const struct text *t, const struct model_arenas *arenas)
{
	fprintf(t->file, "    %12s%12s%12s%14s\n", "block bytes", "pools", "blocks", "free blocks");
	for (uint32_t i = 0; i < arenas->size_count; i++) {
		const struct model_pool_size *size = &arenas->sizes[i];

		fprintf(t->file, "    %12" PRIu32 "%12s%12s%14s\n", size->block_bytes,
			human_count(size->pools).text, human_count(size->blocks).text,
			human_count(size->free_blocks).text);
	}
}

static void put_arenas(const struct text *t)
{
	const struct model_arenas *arenas = &t->model->fragmentation.arenas;

	if (!arenas->ever)
		return;
	fprintf(t->file,
		"  Arenas of Python's allocator at the end: %s of %s, at most %s at a time\n"
		"    %s live, %s rounding, %s free blocks, %s free pools, %s other\n",
		human_count(arenas->count).text, text_bytes(t, arenas->bytes).text,
		human_count(arenas->most).text, text_bytes(t, arenas->live).text,
		text_bytes(t, arenas->overhead).text, text_bytes(t, arenas->free).text,
		text_bytes(t, arenas->unused).text, text_bytes(t, arenas->other).text);
	if (arenas->sparse) {
		fputs("    ", t->file);
		words_put_sparse_arenas(t->file, arenas, t->options->exact_bytes);
		putc('\n', t->file);
		if (words_arena_keeper(arenas)) {
			fputs("    ", t->file);
			words_put_arena_keeper(t->file, arenas, t->options->exact_bytes);
			putc('\n', t->file);
		}
		put_arena_holders(t, arenas);
	}
	put_pool_sizes(t, arenas);
}

void text_put_fragmentation(const struct text *t)
{
	const struct model_fragmentation *f = &t->model->fragmentation;

	if (!f->known || !f->pages_end.occupied)
		return;
	text_put_heading(t, "Free memory between live blocks at the end");
	put_pages(t, "pages of 4 KiB", &f->pages_end);
	put_tenths(t, &f->pages_end);
	put_pages(t, "pages of 2 MiB", &f->huge_end);
	put_pages(t, "at the peak, of 4 KiB", &f->pages_peak);
	fprintf(t->file, "  %-24s%s in all, %s; the largest %s\n", "holes",
		human_count(f->hole_count).text, text_bytes(t, f->hole_bytes).text,
		text_bytes(t, f->largest_hole).text);
	put_regions(t, f);
	put_mixtures(t, f);
	put_arenas(t);
}
