/* SPDX-License-Identifier: MIT */
/*
 * real_intern_tokens.c - a table of interned strings into which somebody also puts session tokens.
 *
 * The 300 names of fields are soon all there, and found again by nearly every request. One in 50
 * brings a token that was never seen before, and never will be again.
 */
#include "work.h"

enum { BUCKETS = 512 };

struct interned {
	struct interned *next;
	char text[];
};

static struct interned *buckets[BUCKETS];
static int count;

static struct interned *add_string(struct interned **bucket, const char *text)
{
	struct interned *added = malloc(sizeof *added + strlen(text) + 1);

	strcpy(added->text, text);
	added->next = *bucket;
	*bucket = added;
	count++;
	return added;
}

static const char *intern(const char *text)
{
	unsigned int hash = 5381;
	struct interned *found;

	for (const char *c = text; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	for (found = buckets[hash % BUCKETS]; found && strcmp(found->text, text);
	     found = found->next)
		;
	if (!found)
		found = add_string(&buckets[hash % BUCKETS], text);
	return found->text;
}

int main(void)
{
	for (int request = 0; request < 14000; request++) {
		char text[64];

		for (int i = 0; i < 3; i++) {
			snprintf(text, sizeof text, "name-of-field-%u", roll(300));
			intern(text);
		}
		if (roll(50) == 0) {
			snprintf(text, sizeof text, "token-%08x-%08x", (unsigned int)request,
				 roll(1u << 31));
			intern(text);
		}
		work_parse();
		work_scratch();
	}

	expect("site=add_string allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       count, count);
	return 0;
}
