/* SPDX-License-Identifier: MIT */
/*
 * holding.h - what holds the blocks of a site, in words that formats for people share.
 *
 * Names come as the model has them: whoever writes them elsewhere than into text escapes them.
 */
#ifndef TENURE_HOLDING_H
#define TENURE_HOLDING_H

#include <stdio.h>

#include "../analyzer/model.h"

/* What holds most of the blocks of a site; NULL if nothing does. */
const struct model_holder *holding_main(const struct model_site *site);

/* "the variable registry.table in server", "the stack of the main thread", ... */
void holding_put_root(FILE *file, const struct model_holder *holder);

/* A block of a chain: "new_session (server.c:40), a struct session"; without a stack, what is known. */
void holding_put_block(FILE *file, const struct model *model, const struct model_link *link);

/* What of a block points on: ".next", "+16". Nothing of the last one. */
void holding_put_word(FILE *file, const struct model_link *link);

/* After which link of a chain some are left out, and how many; chain_count: none are. */
uint32_t holding_gap(const struct model_holder *holder, uint32_t *missing);

/* One to three sentences on what the snapshot found in all: "12 blocks, 1.2 KiB, are lost: ..."; or why
 * there is none. */
void holding_put_snapshot(FILE *file, const struct model *model, bool exact);

#endif
