/* SPDX-License-Identifier: MIT */
/*
 * graph.c - builds a trie of random words whose nodes stay live, then walks it and frees it.
 *
 * Usage: graph WORDS
 *
 * Nodes are allocated while words are inserted recursively, so stacks are as deep as words are long;
 * a list of words hangs at each node, so blocks of several sizes lie side by side.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
	struct word *next;
	char text[];
};

struct node {
	struct node *children[4];
	struct word *words;
};

static uint64_t state = 1;
static unsigned long nodes, words;

static unsigned next_random(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33);
}

static __attribute__((noinline)) struct word *new_word(const char *text)
{
	struct word *word = malloc(sizeof *word + strlen(text) + 1);

	if (!word)
		abort();
	strcpy(word->text, text);
	words++;
	return word;
}

static __attribute__((noinline)) void insert(struct node **link, const char *rest, const char *text)
{
	if (!*link) {
		*link = calloc(1, sizeof **link);
		if (!*link)
			abort();
		nodes++;
	}
	if (*rest) {
		insert(&(*link)->children[*rest - 'a'], rest + 1, text);
	} else {
		struct word *word = new_word(text);

		word->next = (*link)->words;
		(*link)->words = word;
	}
}

static void drop(struct node *node)
{
	if (!node)
		return;
	for (int i = 0; i < 4; i++)
		drop(node->children[i]);
	while (node->words) {
		struct word *word = node->words;

		node->words = word->next;
		free(word);
	}
	free(node);
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
	struct node *root = NULL;

	while (count--) {
		char text[24];
		unsigned length = 4 + next_random() % 12;

		for (unsigned i = 0; i < length; i++)
			text[i] = (char)('a' + next_random() % 4);
		text[length] = '\0';
		insert(&root, text, text);
	}
	printf("%lu nodes, %lu words\n", nodes, words);
	drop(root);
	return 0;
}
