/* SPDX-License-Identifier: MIT */
/*
 * pinned_pages.c - small blocks that stay, made among many large ones that go: holes everywhere.
 *
 * An index is built in the first fifth of the run; an entry per document stays, what it was made
 * from does not. The heap keeps pages with one entry each. Fragmentation, and no leak.
 */
#include "work.h"

enum { DOCUMENTS = 400, PARTS = 12 };

static char *entries[DOCUMENTS];

static char *read_part(void)
{
	char *part = malloc(300 + roll(1500));

	part[0] = 'p';
	return part;
}

static char *keep_entry(const char *part)
{
	char *entry = malloc(48);

	entry[0] = part[0];
	return entry;
}

static void index_document(int number)
{
	char *parts[PARTS];

	for (int i = 0; i < PARTS; i++) {
		parts[i] = read_part();
		if (i == PARTS / 2)
			entries[number] = keep_entry(parts[i]);
	}
	for (int i = 0; i < PARTS; i++)
		free(parts[i]);
	for (int i = 0; i < 20; i++)
		work_defer();
}

int main(void)
{
	for (int number = 0; number < DOCUMENTS; number++)
		index_document(number);
	for (int query = 0; query < 8000; query++) {
		work_parse();
		work_defer();
	}
	work_drain();

	expect("site=keep_entry allocations=400 live_blocks=400 live_bytes=19200 truth=fine");
	expect("site=read_part allocations=4800 live_blocks=0 truth=fine verdict=balanced");
	expect("live_blocks=400 complete=1");
	return 0;
}
