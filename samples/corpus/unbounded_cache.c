/* SPDX-License-Identifier: MIT */
/*
 * unbounded_cache.c - a cache of results by query text, without a bound, where most texts are new.
 *
 * Hits happen, so it does look like a cache; but it grows with the number of queries. A report
 * should call both the entries and their texts growing.
 */
#include "work.h"

enum { BUCKETS = 1024 };

struct entry {
	struct entry *next;
	char *text;
	int result;
};

static struct entry *buckets[BUCKETS];
static int entry_count;

static char *keep_text(const char *text)
{
	return strdup(text);
}

static struct entry *add_entry(struct entry **bucket, const char *text)
{
	struct entry *entry = malloc(sizeof *entry);

	entry->text = keep_text(text);
	entry->result = (int)strlen(text);
	entry->next = *bucket;
	*bucket = entry;
	entry_count++;
	return entry;
}

static int query(const char *text)
{
	unsigned int hash = 5381;
	struct entry *entry;

	for (const char *c = text; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	for (entry = buckets[hash % BUCKETS]; entry && strcmp(entry->text, text);
	     entry = entry->next)
		;
	if (!entry) {
		work_document(2);
		entry = add_entry(&buckets[hash % BUCKETS], text);
	}
	return entry->result;
}

int main(void)
{
	for (int i = 0; i < 7000; i++) {
		char text[64];

		snprintf(text, sizeof text, "price of item %u",
			 roll(4) == 0 ? roll(50) : 1000 + (unsigned int)i);
		query(text);
		work_scratch();
		work_parse();
	}

	expect("site=add_entry live_blocks=%d truth=leak verdict=leak|growing", entry_count);
	expect("site=keep_text live_blocks=%d truth=leak verdict=leak|growing", entry_count);
	expect("live_blocks=%d complete=1", 2 * entry_count);
	return 0;
}
