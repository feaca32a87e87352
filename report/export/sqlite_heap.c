/* SPDX-License-Identifier: MIT */
#include "sqlite_parts.h"

#define PAGE_BYTES 4096
#define HUGE_PAGE_BYTES (2 << 20)

static void put_if(struct rows *r, uint64_t value, bool known)
{
	if (known)
		rows_put_uint(r, value);
	else
		rows_put_null(r);
}

static void put_memory(struct rows *r, const char *moment, const struct model_memory_parts *parts,
		       bool glibc)
{
	rows_put_text(r, moment);
	rows_put_uint(r, parts->live);
	put_if(r, parts->rounding, glibc);
	put_if(r, parts->headers, glibc);
	rows_put_uint(r, parts->pinned);
	put_if(r, parts->retained, parts->known);
	put_if(r, parts->other, parts->known);
	put_if(r, parts->resident, parts->known);
	rows_put_uint(r, parts->untouched);
	rows_finish_row(r);
}

static void put_pages(struct rows *pages, struct rows *fullness, const char *moment,
		      int64_t page_bytes, const struct model_pages *from)
{
	int tenths = sizeof from->tenths / sizeof *from->tenths;

	rows_put_text(pages, moment);
	rows_put_int(pages, page_bytes);
	rows_put_uint(pages, from->occupied);
	rows_put_uint(pages, from->single_block);
	rows_put_uint(pages, from->pinned_bytes);
	rows_finish_row(pages);
	for (int i = 0; i < tenths; i++) {
		rows_put_text(fullness, moment);
		rows_put_int(fullness, page_bytes);
		rows_put_int(fullness, (i + 1) * 10);
		rows_put_uint(fullness, from->tenths[i]);
		rows_finish_row(fullness);
	}
}

static void put_stretches(struct rows *r, uint32_t number, const struct model_region *region)
{
	uint64_t left = (region->end - 1) / PAGE_BYTES - region->start / PAGE_BYTES + 1;

	for (uint32_t i = 0; i < region->map_count; i++) {
		const struct model_stretch *stretch = &region->map[i];
		uint64_t pages = left < region->map_pages ? left : region->map_pages;

		rows_put_int(r, number);
		rows_put_int(r, i);
		rows_put_uint(r, pages);
		rows_put_int(r, stretch->occupied);
		rows_put_reference(r, stretch->site);
		rows_put_uint(r, stretch->live_bytes);
		rows_put_uint(r, stretch->pinned_bytes);
		rows_finish_row(r);
		left -= pages;
	}
}

static void put_regions(struct database *d, const struct model_fragmentation *f)
{
	struct rows regions, stretches;

	rows_begin(&regions, d, "regions");
	rows_begin(&stretches, d, "stretches");
	for (uint32_t i = 0; i < f->region_count; i++) {
		const struct model_region *region = &f->regions[i];

		rows_put_int(&regions, i + 1);
		rows_put_uint(&regions, region->start);
		rows_put_uint(&regions, region->end);
		rows_put_uint(&regions, region->live_blocks);
		rows_put_uint(&regions, region->live_bytes);
		rows_put_uint(&regions, region->pages);
		rows_put_uint(&regions, region->pinned_bytes);
		rows_finish_row(&regions);
		put_stretches(&stretches, i + 1, region);
	}
	rows_end(&stretches);
	rows_end(&regions);
}

static void put_mixtures(struct database *d, const struct model_fragmentation *f)
{
	struct rows r;

	rows_begin(&r, d, "mixtures");
	for (uint32_t i = 0; i < f->mixture_count; i++) {
		rows_put_reference(&r, f->mixtures[i].long_lived);
		rows_put_reference(&r, f->mixtures[i].short_lived);
		rows_put_uint(&r, f->mixtures[i].pages);
		rows_put_uint(&r, f->mixtures[i].pinned_bytes);
		rows_finish_row(&r);
	}
	rows_end(&r);
}

static void put_arenas(struct database *d, const struct model_arenas *arenas)
{
	const uint64_t totals[] = {arenas->ever,	  arenas->most,	    arenas->bytes,
				   arenas->live,	  arenas->overhead, arenas->free,
				   arenas->unused,	  arenas->other,    arenas->blocks,
				   arenas->outside_blocks};
	struct rows all, list, holders, sizes;

	if (!arenas->ever)
		return;
	rows_begin(&all, d, "arena_totals");
	for (size_t i = 0; i < sizeof totals / sizeof *totals; i++)
		rows_put_uint(&all, totals[i]);
	rows_finish_row(&all);
	rows_end(&all);
	rows_begin(&list, d, "arenas");
	for (uint32_t i = 0; i < arenas->count; i++) {
		const struct model_arena *arena = &arenas->list[i];

		rows_put_uint(&list, arena->start);
		rows_put_uint(&list, arena->end);
		rows_put_uint(&list, arena->live_blocks);
		rows_put_uint(&list, arena->live_bytes);
		rows_put_uint(&list, arena->pools);
		rows_put_uint(&list, arena->site_count);
		rows_put_reference(&list, arena->site);
		rows_finish_row(&list);
	}
	rows_end(&list);
	rows_begin(&holders, d, "arena_holders");
	for (uint32_t i = 0; i < arenas->holder_count; i++) {
		const struct model_arena_holder *holder = &arenas->holders[i];

		rows_put_reference(&holders, holder->site);
		rows_put_uint(&holders, holder->arenas);
		rows_put_uint(&holders, holder->exclusive_arenas);
		rows_put_uint(&holders, holder->blocks);
		rows_put_uint(&holders, holder->bytes);
		rows_finish_row(&holders);
	}
	rows_end(&holders);
	rows_begin(&sizes, d, "pool_sizes");
	for (uint32_t i = 0; i < arenas->size_count; i++) {
		rows_put_int(&sizes, arenas->sizes[i].block_bytes);
		rows_put_uint(&sizes, arenas->sizes[i].pools);
		rows_put_uint(&sizes, arenas->sizes[i].blocks);
		rows_put_uint(&sizes, arenas->sizes[i].free_blocks);
		rows_finish_row(&sizes);
	}
	rows_end(&sizes);
}

void sqlite_put_heap(struct database *d, const struct model_fragmentation *f)
{
	struct rows memory, pages, fullness, holes;

	if (!f->known)
		return;
	rows_begin(&memory, d, "memory");
	put_memory(&memory, "end", &f->end, f->glibc);
	put_memory(&memory, "peak", &f->peak, f->glibc);
	rows_end(&memory);
	rows_begin(&pages, d, "pages");
	rows_begin(&fullness, d, "fullness");
	put_pages(&pages, &fullness, "end", PAGE_BYTES, &f->pages_end);
	put_pages(&pages, &fullness, "peak", PAGE_BYTES, &f->pages_peak);
	put_pages(&pages, &fullness, "end", HUGE_PAGE_BYTES, &f->huge_end);
	rows_end(&fullness);
	rows_end(&pages);
	rows_begin(&holes, d, "holes");
	rows_put_uint(&holes, f->hole_count);
	rows_put_uint(&holes, f->hole_bytes);
	rows_put_uint(&holes, f->largest_hole);
	rows_finish_row(&holes);
	rows_end(&holes);
	put_regions(d, f);
	put_mixtures(d, f);
	put_arenas(d, &f->arenas);
}
