/* SPDX-License-Identifier: MIT */
/*
 * real_skip_list.c - an ordered set into which keys are put, and taken out, at random.
 *
 * A key that is in is taken out, one that is out is put in: about half of 1,600 keys are in at any
 * time, each for a while that is now short and now long.
 */
#include "work.h"

enum { LEVELS = 10, KEYS = 1600 };

struct node {
	int key;
	struct node *next[];
};

static struct node *head[LEVELS];
static int node_count, made;

static struct node *new_node(int key, int levels)
{
	struct node *node = malloc(sizeof *node + (size_t)levels * sizeof node->next[0]);

	node->key = key;
	node_count++;
	made++;
	return node;
}

static void toggle(int key)
{
	struct node **links[LEVELS], **row = head;
	struct node *found;
	int levels = 1;

	for (int level = LEVELS - 1; level >= 0; level--) {
		while (row[level] && row[level]->key < key)
			row = row[level]->next;
		links[level] = &row[level];
	}
	found = *links[0];
	if (found && found->key == key) {
		for (int level = 0; level < LEVELS && *links[level] == found; level++)
			*links[level] = found->next[level];
		free(found);
		node_count--;
		return;
	}
	while (levels < LEVELS && roll(2))
		levels++;
	found = new_node(key, levels);
	for (int level = 0; level < levels; level++) {
		found->next[level] = *links[level];
		*links[level] = found;
	}
}

int main(void)
{
	for (int i = 0; i < 20000; i++) {
		toggle((int)roll(KEYS));
		work_scratch();
		if (i % 2 == 0)
			work_parse();
	}

	expect("site=new_node allocations=%d live_blocks=%d truth=fine", made, node_count);
	return 0;
}
