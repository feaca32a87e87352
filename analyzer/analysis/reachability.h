/* SPDX-License-Identifier: MIT */
/*
 * reachability.h - who holds what: the blocks that were live when the last snapshot was taken, what
 * pointed to them, and what that makes of every site.
 *
 * Blocks come from the replay, at the moment of the snapshot; words and roots from the snapshot. Of
 * what is lost only that counts which was never released: who releases a block later had a pointer
 * to it that we did not recognise.
 */
#ifndef TENURE_REACHABILITY_H
#define TENURE_REACHABILITY_H

#include "../graph/graph.h"
#include "../graph/mark.h"
#include "../graph/site_graph.h"
#include "../model.h"
#include "../trace/reader.h"
#include "../util/arena.h"
#include "replay.h"
#include "python_objects.h"
#include "roots.h"
#include "types.h"

/* Zero-initialise; end with reachability_release. */
struct reachability {
	bool known;
	const char *missing; /* why it is not */
	const struct trace_snapshot *snapshot;
	uint32_t snapshot_count;
	struct python_objects python;
	struct types types; /* by index in the tally, of blocks that are objects */
	struct model_reachability *sites; /* by index in the tally; one more, of all other blocks */

	/* The caller's to set: when the program's interpreter began to release all; 0: it did not. */
	uint64_t teardown_stamp;

	/* Own; the graph stays for who asks for holders. */
	struct reader *reader;
	uint32_t position; /* of the snapshot */
	bool reached; /* the blocks are there */
	bool moving; /* some were being reallocated */
	uint64_t recent_stamp; /* blocks born from then on are recent */
	uint64_t frees, unseen_releases; /* up to there */
	struct graph_block *blocks;
	uint64_t *births; /* by the age clock, as in livemap; until reachability_follow */
	size_t block_count, block_capacity;
	struct intervals mapped, breaks;
	struct thread_stacks stacks;
	struct ignored ignored;
	struct roots roots;
	uint8_t *root_flags;
	struct graph *graph;
	struct mark mark;
	struct site_graph_edge *holdings; /* sites by index in the tally */
	uint32_t holding_count;
	size_t site_count;
};

/* Looks which snapshot there is, and has the replay stop there. until_stamp: as in replay_options. */
void reachability_watch(struct reachability *r, struct reader *reader,
			struct replay_options *options);

/* After the replay, whose live blocks must still be there. */
void reachability_follow(struct reachability *r, const struct replay *replay);

/* Finds out. Live blocks of the replay are not needed any more. */
void reachability_find(struct reachability *r, const struct replay *replay);

/* Live blocks may be dead: nothing can be said after all. */
void reachability_doubt(struct reachability *r);

/* Reads the words of all snapshots, so that the reader knows of damage in them. */
void reachability_check_words(struct reader *reader);

/* Whether a lost block is garbage, which Python's collector had not come to yet. After reachability_find. */
bool reachability_is_garbage(const struct reachability *r, uint32_t block,
			     const struct tally *tally);

/* Whether a block was not released after the snapshot, in the end of an interpreter neither. */
bool reachability_survived(const struct reachability *r, uint32_t block);

/* Whether a block was born after the snapshot before, or in the second half of the time if there is none. */
bool reachability_is_recent(const struct reachability *r, uint32_t block);

/* Fills in the part of the model that is about the snapshot, in the arena of the frames; ids as heap_build
 * has them. */
void reachability_build(const struct reachability *r, struct model *model, struct frames *frames,
			const struct tally *tally, const uint32_t *ids);

void reachability_release(struct reachability *r);

#endif
