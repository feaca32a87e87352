/* SPDX-License-Identifier: MIT */
#include "json_parts.h"

static void put_if(struct json_writer *w, const char *key, uint64_t value, bool known)
{
	if (known)
		json_uint(w, key, value);
	else
		json_null(w, key);
}

/* Into the object that is open. */
static void put_parts(struct json_writer *w, const struct model_memory_parts *parts, bool glibc)
{
	json_uint(w, "live", parts->live);
	put_if(w, "rounding", parts->rounding, glibc);
	put_if(w, "headers", parts->headers, glibc);
	json_uint(w, "pinned", parts->pinned);
	put_if(w, "retained", parts->retained, parts->known);
	put_if(w, "other", parts->other, parts->known);
	put_if(w, "resident", parts->resident, parts->known);
	json_uint(w, "untouched", parts->untouched);
}

static void put_pages(struct json_writer *w, const char *key, const struct model_pages *pages)
{
	json_object_begin(w, key);
	json_uint(w, "occupied", pages->occupied);
	json_uint(w, "single_block", pages->single_block);
	json_uint(w, "pinned_bytes", pages->pinned_bytes);
	json_array_begin(w, "tenths");
	for (size_t i = 0; i < sizeof pages->tenths / sizeof *pages->tenths; i++)
		json_uint(w, NULL, pages->tenths[i]);
	json_end(w);
	json_end(w);
}

static void put_regions(struct json_writer *w, const struct model_fragmentation *f)
{
	json_array_begin(w, "regions");
	for (uint32_t i = 0; i < f->region_count; i++) {
		const struct model_region *region = &f->regions[i];

		json_object_begin(w, NULL);
		json_uint(w, "start", region->start);
		json_uint(w, "end", region->end);
		json_uint(w, "live_blocks", region->live_blocks);
		json_uint(w, "live_bytes", region->live_bytes);
		json_uint(w, "pages", region->pages);
		json_uint(w, "pinned_bytes", region->pinned_bytes);
		json_end(w);
	}
	json_end(w);
}

static void put_mixtures(struct json_writer *w, const struct model_fragmentation *f)
{
	json_array_begin(w, "mixtures");
	for (uint32_t i = 0; i < f->mixture_count; i++) {
		const struct model_mixture *mixture = &f->mixtures[i];

		json_object_begin(w, NULL);
		json_uint(w, "long_lived", mixture->long_lived);
		json_uint(w, "short_lived", mixture->short_lived);
		json_uint(w, "pages", mixture->pages);
		json_uint(w, "pinned_bytes", mixture->pinned_bytes);
		json_end(w);
	}
	json_end(w);
}

static void put_arena_list(struct json_writer *w, const struct model_arenas *arenas)
{
	json_array_begin(w, "list");
	for (uint32_t i = 0; i < arenas->count; i++) {
		const struct model_arena *arena = &arenas->list[i];

		json_object_begin(w, NULL);
		json_uint(w, "start", arena->start);
		json_uint(w, "end", arena->end);
		json_uint(w, "live_blocks", arena->live_blocks);
		json_uint(w, "live_bytes", arena->live_bytes);
		json_uint(w, "pools", arena->pools);
		json_uint(w, "sites", arena->site_count);
		put_if(w, "site", arena->site, arena->site);
		json_end(w);
	}
	json_end(w);
}

static void put_arena_holders(struct json_writer *w, const struct model_arenas *arenas)
{
	json_array_begin(w, "holders");
	for (uint32_t i = 0; i < arenas->holder_count; i++) {
		const struct model_arena_holder *holder = &arenas->holders[i];

		json_object_begin(w, NULL);
		json_uint(w, "site", holder->site);
		json_uint(w, "arenas", holder->arenas);
		json_uint(w, "exclusive_arenas", holder->exclusive_arenas);
		json_uint(w, "blocks", holder->blocks);
		json_uint(w, "bytes", holder->bytes);
		json_end(w);
	}
	json_end(w);
}

static void put_pool_sizes(struct json_writer *w, const struct model_arenas *arenas)
{
	json_array_begin(w, "sizes");
	for (uint32_t i = 0; i < arenas->size_count; i++) {
		const struct model_pool_size *size = &arenas->sizes[i];

		json_object_begin(w, NULL);
		json_uint(w, "block_bytes", size->block_bytes);
		json_uint(w, "pools", size->pools);
		json_uint(w, "blocks", size->blocks);
		json_uint(w, "free_blocks", size->free_blocks);
		json_end(w);
	}
	json_end(w);
}

static void put_arenas(struct json_writer *w, const struct model_arenas *arenas)
{
	if (!arenas->ever) {
		json_null(w, "arenas");
		return;
	}
	json_object_begin(w, "arenas");
	json_uint(w, "ever", arenas->ever);
	json_uint(w, "most", arenas->most);
	json_uint(w, "bytes", arenas->bytes);
	json_uint(w, "live", arenas->live);
	json_uint(w, "overhead", arenas->overhead);
	json_uint(w, "free", arenas->free);
	json_uint(w, "unused", arenas->unused);
	json_uint(w, "other", arenas->other);
	json_uint(w, "blocks", arenas->blocks);
	json_uint(w, "outside_blocks", arenas->outside_blocks);
	json_object_begin(w, "sparse");
	json_uint(w, "arenas", arenas->sparse);
	json_uint(w, "single_block", arenas->sparse_single);
	json_uint(w, "bytes", arenas->sparse_bytes);
	json_uint(w, "blocks", arenas->sparse_blocks);
	json_uint(w, "live", arenas->sparse_live);
	put_arena_holders(w, arenas);
	json_end(w);
	put_pool_sizes(w, arenas);
	put_arena_list(w, arenas);
	json_end(w);
}

void json_put_fragmentation(struct json_writer *w, const struct model_fragmentation *f)
{
	if (!f->known) {
		json_null(w, "fragmentation");
		return;
	}
	json_object_begin(w, "fragmentation");
	put_parts(w, &f->end, f->glibc);
	json_object_begin(w, "peak");
	put_parts(w, &f->peak, f->glibc);
	json_end(w);
	json_object_begin(w, "pages");
	put_pages(w, "end", &f->pages_end);
	put_pages(w, "peak", &f->pages_peak);
	put_pages(w, "huge_end", &f->huge_end);
	json_end(w);
	json_object_begin(w, "holes");
	json_uint(w, "count", f->hole_count);
	json_uint(w, "bytes", f->hole_bytes);
	json_uint(w, "largest", f->largest_hole);
	json_end(w);
	put_regions(w, f);
	put_mixtures(w, f);
	json_uint(w, "mixtures_missing", f->mixtures_missing);
	put_arenas(w, &f->arenas);
	json_end(w);
}
