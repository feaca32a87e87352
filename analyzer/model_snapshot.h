/* SPDX-License-Identifier: MIT */
/*
 * model_snapshot.h - the part of the model about who holds what. Private to model.h, whose rules hold here,
 * too.
 */
#ifndef TENURE_MODEL_SNAPSHOT_H
#define TENURE_MODEL_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "model_stack.h"

struct model_amount {
	uint64_t blocks, bytes;
};

/* What a snapshot of the heap says; nothing without one. */
struct model_reachability {
	bool known;
	struct model_amount direct, indirect, possible, reachable;
	/* What would be released if the blocks were, these included; of reachable and possible ones. */
	struct model_amount retained;
	/* Of the reachable and possible ones, those that are held by one word of a stack or register alone,
	 * which may be left over from a call that has returned. */
	struct model_amount weak;
	/* Nothing pointed to them, and yet the program has released them later: it hides pointers. */
	struct model_amount hidden;
	/* Objects of Python that nothing holds but others of these: its collector would find them, or has
	 * when the interpreter ended. */
	struct model_amount garbage;
};

/* A block on the way from a root to what it holds. */
struct model_link {
	uint32_t site; /* model_site.id; 0: allocated outside of what was asked for */
	uint64_t offset; /* bytes from its start to the word that points on; 0 of the last */
	bool interior; /* what comes before points inside it */
	const char *member; /* the name of that word, ".next"; "" if unknown */
	const char *type; /* of the block; "" if unknown */
};

/* Memory that holds blocks of a site without being held itself, and one chain of pointers from there. */
struct model_holder {
	/* "data", "thread-local", "stack", "register", "result", "mapping", "inherited", "kernel",
	 * "lost": the chain begins with a block that nothing points to */
	const char *kind;
	const char *name; /* of a variable and the part of it, of a thread or file; "" if unknown */
	const char *module; /* path; "" if it is in none */
	uint64_t offset; /* link-time address in the module; without one, the address */
	bool weak; /* a stack or register: it may be left over from a call that has returned */
	struct model_amount amount; /* blocks of the site that are held from there first */
	const struct model_link *chain; /* to one of these; if long, its first and its last links */
	uint32_t chain_count, chain_length;
};

enum cycle_kind {
	CYCLE_LOST, /* nothing else points to them, and nobody released them */
	CYCLE_GARBAGE, /* of Python, whose collector would free them */
	CYCLE_UNCOLLECTED, /* of Python, whose collector did not even when the interpreter ended */
	CYCLE_KINDS /* how many there are */
};

/* A block of a circle, or several of one site and type that are drawn as one. An object of Python is one
 * with the blocks that are a part of it, as in chains. */
struct model_cycle_node {
	uint32_t site; /* model_site.id, or 0 */
	struct model_stack stack; /* of the site, shown or not; frame_count 0: there is none */
	const char *type; /* "" if unknown */
	uint64_t count; /* how many there are, at least 1 */
};

/* A word that points from one to another, or to the same. */
struct model_cycle_edge {
	uint32_t from, to; /* index into the nodes */
	uint64_t offset; /* bytes from the start of its block */
	const char *member; /* the name of that word, ".next"; "" if unknown */
	bool interior; /* it points inside */
	uint64_t skipped; /* nodes that are left out between the two, which it stands for; else 0 */
};

/* Blocks that hold each other and that nothing else holds: circles with so many blocks of the same sites. */
struct model_cycle {
	enum cycle_kind kind;
	uint64_t times; /* how many there are */
	uint64_t blocks; /* in each */
	uint64_t bytes; /* in all of them */
	const struct model_cycle_site {
		uint32_t site; /* model_site.id, or 0 */
		uint64_t blocks;
	} * sites; /* most blocks first, the first few */
	uint32_t site_count, sites_in_all;

	/* One of them as a small graph, in which the first edges are a closed walk from node 0. */
	const struct model_cycle_node *nodes;
	const struct model_cycle_edge *edges; /* each with its name once; the first few */
	uint32_t node_count, edge_count, walk_count;
	uint64_t blocks_hidden; /* that are no part of its nodes */
};

/* Blocks of one site that point to blocks of another, or of the same. */
struct model_holding {
	uint32_t from, to; /* model_site.id, or 0 */
	struct model_amount amount; /* of those pointed to, each once */
};

/* The last look at who held what. */
#define PYTHON_COLLECTOR_GENERATIONS 3

/* Python's garbage collector, as gc.isenabled, gc.get_threshold and gc.get_stats have it. */
struct model_collector {
	bool known; /* else all is 0 */
	bool enabled;
	struct model_collector_generation {
		uint32_t threshold;
		uint64_t collections; /* so far */
		uint64_t collected, uncollectable; /* objects */
	} generations[PYTHON_COLLECTOR_GENERATIONS];
};

/* Objects of Python of one class, with what is theirs alone. */
struct model_class {
	const char *name;
	uint64_t objects, bytes;
	uint64_t recent_objects, recent_bytes; /* of these, made from model_snapshot.recent_ns on */
};

struct model_snapshot {
	bool known;
	const char *missing; /* a sentence: why there is none; "" if there is one. Else: */
	const char *cause; /* "exit", "request", "interval", "call" */
	bool main_returned; /* what only its locals held is lost since then */
	uint64_t ns; /* since the start */
	uint64_t pause_ns; /* for which threads stood still */
	uint32_t count; /* snapshots in the trace, of which this is the last */
	uint64_t read_bytes, unread_bytes;
	struct model_amount direct, indirect, possible, reachable, weak, hidden, garbage;
	/* Pointers inside of blocks that counted as pointers to their starts, by reason. */
	uint64_t tagged, cookies, base_classes, strings, lengths;
	uint32_t threads, threads_unstopped; /* registers of the latter are unknown */
	const struct model_holding *holdings; /* most bytes first, the first few */
	uint32_t holding_count;
	const struct model_cycle *cycles; /* most bytes first, the first few kinds */
	uint32_t cycle_count;
	uint64_t cycles_in_all, cycles_told; /* the latter are in `cycles` */
	struct model_collector collector;
	/* When the snapshot before was taken, or half of the time until this one; since the start. */
	uint64_t recent_ns;
	const struct model_class *classes; /* most bytes first */
	uint32_t class_count;
};

#endif
