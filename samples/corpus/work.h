/* SPDX-License-Identifier: MIT */
/*
 * work.h - what the programs of the corpus share: dice that fall alike in every run, and the
 * everyday allocations of a busy program, among which the interesting ones have to be found.
 *
 * Each program of this folder is a miniature of one pattern, of which we know whether it is a leak.
 * It says so in its EXPECT lines, per function that allocates: truth=leak or truth=fine. All other
 * functions, those of this header too, are fine. tests/e2e/test_corpus.py counts how often a report
 * agrees. Truth is what a careful reader of the allocation events would say: memory that piles up
 * for as long as the program runs is a leak, whether or not something still points to it. The
 * programs are never fitted to an analysis; where one is misjudged, the analysis is to be improved.
 *
 * Everything is deterministic: no clocks, no addresses, no environment. The state of the dice and of
 * the deferred buffers belongs to the thread.
 */
#ifndef SAMPLES_CORPUS_WORK_H
#define SAMPLES_CORPUS_WORK_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../expect.h"

#define WORK __attribute__((noinline, unused)) static

/* 0 to sides - 1; the same sequence in every run and in every thread (Marsaglia's xorshift). */
WORK uint32_t roll(uint32_t sides)
{
	static __thread uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)((state >> 24) % sides);
}

WORK char *work_block(size_t size)
{
	char *block = (char *)malloc(size);

	memset(block, 'w', size);
	return block;
}

/* One block that is gone before the next is asked for. */
WORK void work_scratch(void)
{
	free(work_block(32 + roll(200)));
}

/* Splits a line into fields, each a string of its own. */
WORK void work_parse(void)
{
	char *fields[8];
	char *line = work_block(60 + roll(80));
	int count = 2 + (int)roll(7);

	for (int i = 0; i < count; i++)
		fields[i] = work_block(4 + roll(28));
	free(line);
	for (int i = 0; i < count; i++)
		free(fields[i]);
}

/* Puts a text together that grows as it is written. */
WORK void work_reply(void)
{
	size_t length = 100 + roll(2000), capacity = 64;
	char *text = work_block(capacity);

	while (capacity < length) {
		capacity *= 2;
		text = (char *)realloc(text, capacity);
	}
	text[length - 1] = 0;
	free(text);
}

struct work_node {
	struct work_node *left, *right;
	char name[16];
};

WORK struct work_node *work_grow_tree(int depth)
{
	struct work_node *node = (struct work_node *)calloc(1, sizeof *node);

	if (depth > 0 && roll(8) > 0)
		node->left = work_grow_tree(depth - 1);
	if (depth > 0 && roll(8) > 1)
		node->right = work_grow_tree(depth - 1);
	return node;
}

WORK void work_fell_tree(struct work_node *node)
{
	if (!node)
		return;
	work_fell_tree(node->left);
	work_fell_tree(node->right);
	free(node);
}

/* Reads a nested document and drops it: a few dozen nodes at depth 4. */
WORK void work_document(int depth)
{
	work_fell_tree(work_grow_tree(depth));
}

/* A table of a few chained entries, released in another order than it was made. */
WORK void work_table(void)
{
	struct work_node *buckets[8] = {NULL};
	int count = 3 + (int)roll(12);

	for (int i = 0; i < count; i++) {
		struct work_node **bucket = &buckets[roll(8)];
		struct work_node *node = (struct work_node *)malloc(sizeof *node);

		node->left = *bucket;
		*bucket = node;
	}
	for (int i = 0; i < 8; i++) {
		while (buckets[i]) {
			struct work_node *next = buckets[i]->left;

			free(buckets[i]);
			buckets[i] = next;
		}
	}
}

static __thread char *work_in_flight[32];

/* A buffer on its way out: released when a later one falls on its place. At most 32 live. */
WORK void work_defer(void)
{
	char **place = &work_in_flight[roll(32)];

	free(*place);
	*place = work_block(64 + roll(700));
}

WORK void work_drain(void)
{
	for (int i = 0; i < 32; i++) {
		free(work_in_flight[i]);
		work_in_flight[i] = NULL;
	}
}

#endif
