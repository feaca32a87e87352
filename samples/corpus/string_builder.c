/* SPDX-License-Identifier: MIT */
/*
 * string_builder.c - a builder of strings that doubles its block and is released every round.
 *
 * The documents get longer during the run, from 1 KB to 16 KB, and none is kept. A report should
 * show append as balanced.
 */
#include "work.h"

struct builder {
	char *text;
	size_t length, capacity;
};

static void append(struct builder *builder, const char *word)
{
	size_t length = strlen(word);

	if (builder->length + length + 1 > builder->capacity) {
		builder->capacity = builder->capacity ? 2 * builder->capacity : 64;
		builder->text = realloc(builder->text, builder->capacity);
	}
	memcpy(builder->text + builder->length, word, length + 1);
	builder->length += length;
}

int main(void)
{
	for (int document = 0; document < 2500; document++) {
		struct builder builder = {NULL, 0, 0};
		size_t length = 1000 + 6 * (size_t)document;

		while (builder.length < length)
			append(&builder, roll(2) ? "a few words of the text, " : "and some more; ");
		work_parse();
		work_table();
		free(builder.text);
	}

	expect("site=append live_blocks=0 truth=fine verdict=balanced");
	expect("live_blocks=0 complete=1");
	return 0;
}
