/* SPDX-License-Identifier: MIT */
/*
 * careful.c - checks every allocation, and still has a bug on one error path.
 *
 *	tenure run --fail-alloc=every:10 -- build/samples/careful
 *
 * Error paths hardly ever run. Making allocations fail on purpose shows what they do: here, the
 * first part of a pair is lost when the second cannot be had.
 */
#include <stdlib.h>

#include "expect.h"

struct pair {
	char *key, *value;
};

static int make_pair(struct pair *pair)
{
	pair->key = malloc(30);
	if (!pair->key)
		return -1;
	pair->value = malloc(300);
	if (!pair->value)
		return -1; /* the bug: the key is lost */
	return 0;
}

int main(void)
{
	int made = 0, refused = 0;

	for (int i = 0; i < 100; i++) {
		struct pair pair;

		if (make_pair(&pair) == 0) {
			made++;
			free(pair.value);
			free(pair.key);
		} else {
			refused++;
		}
	}
	say("made %d, refused %d", made, refused);
	expect("site=make_pair failures=%d frees=%d", refused, 2 * made);
	return 0;
}
