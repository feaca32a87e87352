/* SPDX-License-Identifier: MIT */
/*
 * real_negative_cache.c - a resolver whose answers expire, but for the answer that there is no such
 * name.
 *
 * Those have no time to live, which somebody took for ever. One question in eight is for such a
 * name, and each time for another one.
 */
#include "work.h"

enum { BUCKETS = 256 };

struct answer {
	struct answer *next;
	unsigned int name;
	int expires; /* 0: never */
	char text[80];
};

static struct answer *buckets[BUCKETS];
static int live;

static struct answer *add_answer(unsigned int name, int expires)
{
	struct answer *answer = calloc(1, sizeof *answer);

	answer->name = name;
	answer->expires = expires;
	live++;
	return answer;
}

static void expire(struct answer **list, int now)
{
	while (*list) {
		struct answer *answer = *list;

		if (answer->expires == 0 || answer->expires > now) {
			list = &answer->next;
			continue;
		}
		*list = answer->next;
		free(answer);
		live--;
	}
}

static void resolve(unsigned int name, int now)
{
	struct answer **list = &buckets[name % BUCKETS], *found;

	expire(list, now);
	for (found = *list; found && found->name != name; found = found->next)
		;
	if (!found) {
		work_reply();
		found = add_answer(name, name < 2000 ? now + 200 + (int)roll(400) : 0);
		found->next = *list;
		*list = found;
	}
}

int main(void)
{
	for (int now = 1; now <= 12000; now++) {
		resolve(roll(8) > 0 ? roll(2000) : 2000 + roll(1u << 30), now);
		work_parse();
		work_scratch();
	}

	expect("site=add_answer live_blocks=%d truth=leak verdict=leak|growing", live);
	return 0;
}
