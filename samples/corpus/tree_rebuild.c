/* SPDX-License-Identifier: MIT */
/*
 * tree_rebuild.c - an index in the form of a binary tree, built and torn down again and again.
 *
 * 60 trees of up to 700 nodes, each used for a while. A report should show new_node as balanced.
 */
#include "work.h"

struct node {
	struct node *left, *right;
	uint32_t key;
};

static int nodes;

static struct node *new_node(uint32_t key)
{
	struct node *node = calloc(1, sizeof *node);

	node->key = key;
	nodes++;
	return node;
}

static void insert(struct node **root, uint32_t key)
{
	while (*root && (*root)->key != key)
		root = key < (*root)->key ? &(*root)->left : &(*root)->right;
	if (!*root)
		*root = new_node(key);
}

static void destroy(struct node *root)
{
	if (!root)
		return;
	destroy(root->left);
	destroy(root->right);
	free(root);
}

int main(void)
{
	for (int round = 0; round < 60; round++) {
		struct node *root = NULL;
		int size = 300 + (int)roll(400);

		for (int i = 0; i < size; i++) {
			insert(&root, roll(100000));
			if (i % 4 == 0)
				work_scratch();
		}
		for (int use = 0; use < 80; use++)
			work_parse();
		destroy(root);
	}

	expect("site=new_node allocations=%d live_blocks=0 truth=fine verdict=balanced", nodes);
	expect("live_blocks=0 complete=1");
	return 0;
}
