/* SPDX-License-Identifier: MIT */
/*
 * real_wrong_free_list.c - a pool by size that files one size under another when it is given back.
 *
 * Buffers that are filed right are used again. Those of the one size pile up in a list from which
 * nobody takes as many as are put in: everything is reachable, and nothing is ever released.
 */
#include "work.h"

enum { SIZES = 4 };

struct buffer {
	struct buffer *next;
	int size;
	char bytes[];
};

static struct buffer *released[SIZES];
static int made;

static struct buffer *take_buffer(int size)
{
	struct buffer *buffer = released[size];

	if (buffer) {
		released[size] = buffer->next;
		return buffer;
	}
	buffer = calloc(1, sizeof *buffer + ((size_t)64 << size));
	buffer->size = size;
	made++;
	return buffer;
}

static void give_back(struct buffer *buffer)
{
	int list = buffer->size == 3 ? 2 : buffer->size; /* the bug: an old limit */

	buffer->next = released[list];
	released[list] = buffer;
}

int main(void)
{
	for (int request = 0; request < 12000; request++) {
		struct buffer *used[3];
		int count = 1 + (int)roll(3);

		for (int i = 0; i < count; i++)
			used[i] = take_buffer(roll(40) == 0 ? 3 : (int)roll(3));
		work_parse();
		work_table();
		for (int i = 0; i < count; i++)
			give_back(used[i]);
	}

	expect("site=take_buffer allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       made, made);
	return 0;
}
