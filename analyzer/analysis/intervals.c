/* SPDX-License-Identifier: MIT */
#include "intervals.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

/* Heap-ordered by priority: expected depth is logarithmic whatever the order of insertion. */
struct interval {
	uint64_t start, end;
	uint64_t priority;
	struct interval *left, *right;
	uint32_t number;
};

/* xorshift64 (Marsaglia, 2003), from a fixed seed so that a report is reproducible. */
static uint64_t next_priority(struct intervals *set)
{
	uint64_t x = set->random ? set->random : 0x2545f4914f6cdd1dull;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return set->random = x;
}

static struct interval *new_interval(struct intervals *set, uint64_t start, uint64_t end,
				     uint32_t number)
{
	struct interval *node = xcalloc(1, sizeof *node);

	node->start = start;
	node->end = end;
	node->number = number;
	node->priority = next_priority(set);
	return node;
}

/* Left gets the ranges that start below the key. */
static void split(struct interval *root, uint64_t key, struct interval **left,
		  struct interval **right)
{
	while (root) {
		if (root->start < key) {
			*left = root;
			left = &root->right;
			root = root->right;
		} else {
			*right = root;
			right = &root->left;
			root = root->left;
		}
	}
	*left = *right = NULL;
}

/* All of left lies below all of right. */
static struct interval *merge(struct interval *left, struct interval *right)
{
	struct interval *root = NULL;
	struct interval **link = &root;

	while (left && right) {
		if (left->priority > right->priority) {
			*link = left;
			link = &left->right;
			left = left->right;
		} else {
			*link = right;
			link = &right->left;
			right = right->left;
		}
	}
	*link = left ? left : right;
	return root;
}

/* Splits so that no range reaches across the key. */
static void split_at(struct intervals *set, struct interval *root, uint64_t key,
		     struct interval **left, struct interval **right)
{
	struct interval *last;

	split(root, key, left, right);
	last = *left;
	while (last && last->right)
		last = last->right;
	if (last && last->end > key) {
		*right = merge(new_interval(set, key, last->end, last->number), *right);
		last->end = key;
		set->count++;
	}
}

/* Visits every range once, unlinking it; constant memory however deep a treap is. */
static struct interval *pop_any(struct interval **root)
{
	struct interval *node = *root;

	while (node && node->left) {
		struct interval *child = node->left;

		node->left = child->right;
		child->right = node;
		node = child;
	}
	if (node)
		*root = node->right;
	return node;
}

struct interval *intervals_cut(struct intervals *set, uint64_t start, uint64_t end)
{
	struct interval *below, *middle, *above, *rest;

	if (start >= end)
		return NULL;
	split_at(set, set->root, start, &below, &rest);
	split_at(set, rest, end, &middle, &above);
	set->root = merge(below, above);

	rest = middle;
	middle = NULL;
	for (struct interval *node; (node = pop_any(&rest)) != NULL;) {
		set->count--;
		set->bytes -= node->end - node->start;
		node->left = NULL;
		node->right = middle;
		middle = node;
	}
	return middle;
}

static void insert(struct intervals *set, struct interval *node)
{
	struct interval *below, *above;

	split(set->root, node->start, &below, &above);
	node->left = node->right = NULL;
	set->root = merge(merge(below, node), above);
	set->count++;
	set->bytes += node->end - node->start;
}

void intervals_add(struct intervals *set, uint64_t start, uint64_t end, uint32_t number)
{
	if (start >= end)
		return;
	intervals_drop(intervals_cut(set, start, end));
	insert(set, new_interval(set, start, end, number));
}

bool intervals_next(const struct intervals *set, uint64_t above, struct interval_range *range)
{
	const struct interval *best = NULL;

	for (const struct interval *node = set->root; node;) {
		if (node->end > above) {
			best = node;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	if (best)
		*range = (struct interval_range){best->start, best->end, best->number};
	return best != NULL;
}

void intervals_restore(struct intervals *set, struct interval *pieces)
{
	for (struct interval *node; (node = pop_any(&pieces)) != NULL;) {
		intervals_drop(intervals_cut(set, node->start, node->end));
		insert(set, node);
	}
}

void intervals_drop(struct interval *pieces)
{
	for (struct interval *node; (node = pop_any(&pieces)) != NULL;)
		free(node);
}

void intervals_release(struct intervals *set)
{
	intervals_drop(set->root);
	memset(set, 0, sizeof *set);
}
