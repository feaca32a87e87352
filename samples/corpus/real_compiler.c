/* SPDX-License-Identifier: MIT */
/*
 * real_compiler.c - a compiler that reads one file, builds its tree, writes it out and ends.
 *
 * hard: the tree and the names grow from the first line of the input to the last, and nothing is
 * released before the end, as the process is about to go away. It is no leak that anybody would
 * fix. Tokens and operand stacks are temporary.
 */
#include "work.h"

struct node {
	struct node *left, *right;
	const char *name;
	int kind;
};

static int node_count, name_count;
static char *names[6000];
static struct node *program;

static struct node *new_node(int kind, struct node *left, struct node *right)
{
	struct node *node = calloc(1, sizeof *node);

	node->kind = kind;
	node->left = left;
	node->right = right;
	node_count++;
	return node;
}

static const char *keep_name(const char *name)
{
	return names[name_count++] = strdup(name);
}

static struct node *parse_expression(int depth)
{
	char *token = work_block(8 + roll(20));
	struct node *parsed;

	if (depth == 0 || roll(3) == 0)
		parsed = new_node(0, NULL, NULL);
	else
		parsed = new_node(1, parse_expression(depth - 1), parse_expression(depth - 1));
	free(token);
	return parsed;
}

static void parse_function(int number)
{
	char name[32];
	struct node *function;

	snprintf(name, sizeof name, "function_%d", number);
	function = new_node(2, program, parse_expression(4));
	function->name = keep_name(name);
	program = function;
	for (int i = (int)roll(6); i > 0; i--)
		work_table();
}

static int emit(const struct node *node)
{
	return node ? 1 + emit(node->left) + emit(node->right) : 0;
}

int main(void)
{
	int emitted;

	for (int number = 0; number < 1500; number++)
		parse_function(number);
	emitted = emit(program);
	for (int i = 0; i < emitted; i += 50)
		work_reply();

	expect("site=new_node allocations=%d live_blocks=%d truth=fine", node_count, node_count);
	expect("site=keep_name allocations=%d live_blocks=%d truth=fine", name_count, name_count);
	return 0;
}
