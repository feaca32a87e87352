/* SPDX-License-Identifier: MIT */
#include "lexis.h"

#include <stdlib.h>

#include "ages.h"
#include "tally.h"

/* Three quarters of 2^21 slots, less the cells of all columns and rows without a site. */
#define CELLS_MAX 1500000u
#define BUCKETS_PER_ROW 2u

/* A cell's key, in the order of the model: column, row, alive, and the site's number from 1. */
#define KEY_USED (1ull << 63) /* no key is 0 */
#define COLUMN_SHIFT 40
#define ROW_SHIFT 33
#define ALIVE_SHIFT 32

_Static_assert(AGES_BUCKETS / BUCKETS_PER_ROW <= 1u << (COLUMN_SHIFT - ROW_SHIFT), "room for rows");

static uint32_t column_of(uint64_t key)
{
	return key >> COLUMN_SHIFT & (LEXIS_COLUMNS - 1);
}

static uint32_t row_of(uint64_t key)
{
	return key >> ROW_SHIFT & ((1u << (COLUMN_SHIFT - ROW_SHIFT)) - 1);
}

/* As many columns as there are ticks, if these are few. */
void lexis_begin(struct lexis *l, uint32_t first_tick, uint32_t last_tick)
{
	uint64_t ticks = last_tick > first_tick ? (uint64_t)last_tick - first_tick + 1 : 1;

	if (!l->cell_limit)
		l->cell_limit = CELLS_MAX;
	l->first_tick = first_tick;
	l->column_ticks = (uint32_t)((ticks + LEXIS_COLUMNS - 1) / LEXIS_COLUMNS);
	l->column_count = (uint32_t)((ticks + l->column_ticks - 1) / l->column_ticks);
}

void lexis_count(struct lexis *l, uint32_t site, uint32_t birth_tick, uint64_t age, bool alive,
		 uint64_t blocks, uint64_t bytes)
{
	uint32_t tick = birth_tick > l->first_tick ? birth_tick - l->first_tick : 0;
	uint64_t column = tick / l->column_ticks;
	uint64_t place;

	if (column >= l->column_count)
		column = l->column_count - 1;
	place = KEY_USED | column << COLUMN_SHIFT |
		(uint64_t)(ages_bucket(age) / BUCKETS_PER_ROW) << ROW_SHIFT |
		(uint64_t)alive << ALIVE_SHIFT;
	if (!amounts_add(&l->cells, place | (site + 1), blocks, bytes, l->cell_limit))
		amounts_add(&l->cells, place, blocks, bytes, SIZE_MAX);
}

static int compare_keys(const void *a, const void *b)
{
	uint64_t x = ((const struct amount *)a)->key;
	uint64_t y = ((const struct amount *)b)->key;

	return x < y ? -1 : x > y;
}

/* From numbers of the tally's sites to ids of the model's. */
static void rename_site(struct amount *cell, const struct tally *tally, const uint32_t *ids)
{
	uint32_t number = (uint32_t)cell->key;

	if (number)
		cell->key = (cell->key & ~(uint64_t)UINT32_MAX) |
			    ids[tally->sites[number - 1].stack];
}

static void build_axes(const struct lexis *l, struct model_lexis *to, struct arena *arena,
		       const struct reader *reader, const struct tally *tally)
{
	uint64_t *births = arena_alloc(arena, l->column_count * sizeof *births);
	uint64_t *ages = arena_alloc(arena, to->age_count * sizeof *ages);

	for (uint32_t i = 0; i < l->column_count; i++)
		births[i] = reader_elapsed_ns(
			reader, tally_stamp_of_tick(tally, (uint64_t)l->first_tick +
								   (uint64_t)i * l->column_ticks));
	for (uint32_t i = 0; i < to->age_count; i++)
		ages[i] = ages_floor(BUCKETS_PER_ROW * i);
	to->birth_ns = births;
	to->birth_count = l->column_count;
	to->ages = ages;
}

void lexis_build(struct lexis *l, struct model *model, struct arena *arena,
		 const struct reader *reader, const struct tally *tally, const uint32_t *ids)
{
	struct model_lexis *to = &model->lexis;
	struct model_lexis_cell *cells = arena_alloc(arena, l->cells.count * sizeof *cells);
	struct amount *list = amounts_list(&l->cells);

	for (size_t i = 0; i < l->cells.count; i++)
		rename_site(&list[i], tally, ids);
	if (l->cells.count)
		qsort(list, l->cells.count, sizeof *list, compare_keys);
	for (size_t i = 0; i < l->cells.count; i++) {
		cells[i] = (struct model_lexis_cell){
			.site = (uint32_t)list[i].key,
			.birth = (uint16_t)column_of(list[i].key),
			.age = (uint16_t)row_of(list[i].key),
			.alive = list[i].key >> ALIVE_SHIFT & 1,
			.blocks = list[i].blocks,
			.bytes = list[i].bytes,
		};
		if (cells[i].age >= to->age_count)
			to->age_count = cells[i].age + 1u;
	}
	to->cells = cells;
	to->cell_count = (uint32_t)l->cells.count;
	build_axes(l, to, arena, reader, tally);
}

void lexis_release(struct lexis *l)
{
	amounts_release(&l->cells);
}
