/* SPDX-License-Identifier: MIT */
/*
 * sqlite_parts.h - the parts of a database, private to the files sqlite*.c.
 *
 * Names are promised in man/tenure-sqlite.5: add, never rename.
 */
#ifndef TENURE_REPORT_SQLITE_PARTS_H
#define TENURE_REPORT_SQLITE_PARTS_H

#include "frame_numbers.h"
#include "sqlite_rows.h"

/* sqlite_schema.c: tables; indices and views, which come after the rows. */
extern const char sqlite_tables[], sqlite_indices[];

/* sqlite_stack.c: frames are written when they first come up. */
struct sqlite_stacks {
	struct database *database;
	struct frame_numbers numbers;
	struct rows frames;
	bool all_frames;
};

/* Returns its number. */
uint32_t sqlite_put_frame(struct sqlite_stacks *stacks, const struct model_frame *frame);
/* Into a table whose rows begin with what the stack is of, `role` unless NULL, and the depth. */
void sqlite_put_stack(struct sqlite_stacks *stacks, struct rows *r, uint32_t of, const char *role,
		      const struct model_stack *stack);

/* sqlite_site.c, sqlite_group.c */
void sqlite_put_sites(struct sqlite_stacks *stacks, const struct model *model);
void sqlite_put_groups(struct database *d, const struct model *model);

/* Columns of a row, as the schema names them. */
void sqlite_put_site_columns(struct rows *r, const struct model_site *site);
void sqlite_put_survival_columns(struct rows *r, const struct model_survival *survival);
void sqlite_put_sample_columns(struct rows *r, const struct model_sample *sample);
/* Into tables whose rows begin with what they are about, if `of` is not 0. */
void sqlite_put_generations(struct rows *r, uint32_t of, const struct model_generation *from);
void sqlite_put_survival(struct rows *r, uint32_t of, const struct model_survival *survival);

/* sqlite_run.c: what is about the whole run. */
void sqlite_put_run(struct database *d, const struct model *model);

/* sqlite_heap.c: pages and the parts of memory. */
void sqlite_put_heap(struct database *d, const struct model_fragmentation *f);

#endif
