/* SPDX-License-Identifier: MIT */
/* shapes.c - what hangs on what: trees, lists and circles, lost and kept. */
#include "heap.h"

struct node {
	struct node *next, *other;
	long value[2];
};

static struct node *new_node(struct node *next, struct node *other)
{
	struct node *made = calloc(1, sizeof *made);

	made->next = next;
	made->other = other;
	return made;
}

static struct node *new_tree(int depth)
{
	return depth == 0 ? NULL : new_node(new_tree(depth - 1), new_tree(depth - 1));
}

static struct node *new_list(int length, struct node *end)
{
	while (length-- > 0)
		end = new_node(end, NULL);
	return end;
}

static struct node *new_cycle(int length)
{
	struct node *last = new_node(NULL, NULL);

	last->next = new_list(length - 1, last);
	return last;
}

/* Nothing points to the root, which alone is to be looked for: the rest is lost with it. */
CASE(lost_tree, "direct 1 32, indirect 6 192")
{
	new_tree(3);
}

CASE(lost_list, "direct 1 32, indirect 9 288")
{
	new_list(10, NULL);
}

CASE(kept_tree, "reachable 7 224")
{
	kept = new_tree(3);
}

/* Of a list that is kept the second half is cut off. */
CASE(cut_list, "direct 1 32, indirect 4 128, reachable 5 160")
{
	struct node *middle = new_list(6, NULL);

	kept = new_list(4, middle);
	middle->next = NULL;
}

/* Each block of a circle is held by another one, and all are lost: one of them stands for them. */
CASE(cycle_of_2, "direct 1 32, indirect 1 32")
{
	new_cycle(2);
}

CASE(cycle_of_1000, "direct 1 32, indirect 999 31968")
{
	new_cycle(1000);
}

CASE(kept_cycle, "reachable 10 320")
{
	kept = new_cycle(10);
}

/* A circle of one. */
CASE(self_pointing, "direct 1 32")
{
	struct node *node = new_node(NULL, NULL);

	node->next = node;
}

CASE(cycle_with_tail, "direct 1 32, indirect 4 128")
{
	new_cycle(3)->other = new_list(2, NULL);
}

/* The circle has a holder, so the one to look for is the first of the list. */
CASE(tail_into_cycle, "direct 1 32, indirect 4 128")
{
	new_list(2, new_cycle(3));
}

/* From one circle a way leads to the other one and not back. */
CASE(cycle_holds_cycle, "direct 1 32, indirect 5 160")
{
	new_cycle(3)->other = new_cycle(3);
}

/* The child was allocated first, its two holders later. */
CASE(shared_child, "direct 2 64, indirect 1 32")
{
	struct node *child = new_node(NULL, NULL);

	new_node(child, NULL);
	new_node(child, NULL);
}

/* What a lost block points to is not lost as long as somebody else holds it. */
CASE(lost_holder_of_kept, "direct 1 32, reachable 1 32")
{
	kept = new_node(NULL, NULL);
	new_node(kept, NULL);
}

/* A lost block with a pointer into the middle of another one: both are lost, and the first is to be
 * looked for. */
CASE(lost_holder_of_middle, "direct 1 32, indirect 1 32")
{
	new_node((struct node *)&new_node(NULL, NULL)->value[0], NULL);
}

/* What hangs on a block that is held by a pointer into its middle is as sure as that block. */
CASE(child_of_possible, "possible 2 64")
{
	kept = &new_node(new_node(NULL, NULL), NULL)->value[0];
}

/* Two ways lead to the block, and one of them has no doubtful step. */
CASE(child_of_possible_and_kept, "possible 1 32, reachable 2 64")
{
	static struct node *volatile middle;

	kept = new_node(new_node(NULL, NULL), NULL);
	middle = (struct node *)&new_node(((struct node *)kept)->next, NULL)->value[0];
}

struct link {
	struct link *next;
};

/* Links in the middle of what they link, as in kernels. All are in use, and none is sure: from outside
 * a cursor into a block looks the same. That is why possible is not lost. */
CASE(intrusive_list, "possible 3 96")
{
	struct item {
		long value[2];
		struct link link;
		long more;
	};
	static struct link first;

	for (int i = 0; i < 3; i++) {
		struct item *item = calloc(1, sizeof *item);

		item->link = first;
		first.next = &item->link;
	}
}

/* So long that one call per block would exhaust any stack. Here too memcheck meets some number that
 * looks like a pointer into the middle of a block, and all blocks after that one are possible. */
CASE(deep_list, "direct 1 32, indirect 999999 31999968")
{
	new_list(1000000, NULL);
}

CASE(deep_kept_list, "reachable 1000000 32000000")
{
	kept = new_list(1000000, NULL);
}

CASE(deep_cycle, "direct 1 32, indirect 999999 31999968")
{
	new_cycle(1000000);
}
