/* SPDX-License-Identifier: MIT */
/*
 * second_half.c - a feature that is switched on at half of the run and leaks from there on.
 *
 * Before, compress makes no block at all. A report should show it as a leak, and not take the
 * quiet first half for a sign that all is well.
 */
#include "work.h"

static int compressing;
static int compressed;

static char *compress(const char *text)
{
	size_t length = strlen(text);
	char *packed = malloc(length / 2 + 24);

	memcpy(packed, text, length / 2);
	compressed++;
	return packed;
}

static void reply_to(int request)
{
	char text[400];

	memset(text, 'r', sizeof text);
	text[100 + roll(299)] = 0;
	if (compressing && request % 3 == 0)
		compress(text); /* the bug: the caller of compress() owns the block */
	work_reply();
}

int main(void)
{
	for (int request = 0; request < 10000; request++) {
		compressing = request >= 5000;
		work_parse();
		reply_to(request);
	}

	expect("site=compress allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       compressed, compressed);
	expect("live_blocks=%d complete=1", compressed);
	return 0;
}
