/* SPDX-License-Identifier: MIT */
/*
 * real_header_stays.c - messages whose large payload is released, and whose small header is not.
 *
 * The header is only forgotten for messages that are answered at once, one in four. Payloads make
 * up nearly all the bytes and come and go.
 */
#include "work.h"

struct payload {
	size_t size;
	char bytes[];
};

struct header {
	int kind;
	struct payload *payload;
};

static int lost;

static struct payload *new_payload(size_t size)
{
	struct payload *payload = malloc(sizeof *payload + size);

	memset(payload->bytes, 'p', size);
	payload->size = size;
	return payload;
}

static struct header *new_header(int kind)
{
	struct header *header = malloc(sizeof *header);

	header->kind = kind;
	header->payload = new_payload(500 + roll(6000));
	return header;
}

static void answer_at_once(struct header *header)
{
	free(header->payload); /* the bug: the header is not inside the payload any more */
	lost++;
}

static void answer_later(struct header *header)
{
	work_document(2);
	free(header->payload);
	free(header);
}

int main(void)
{
	for (int i = 0; i < 8000; i++) {
		struct header *header = new_header(i);

		work_parse();
		if (roll(4) == 0)
			answer_at_once(header);
		else
			answer_later(header);
	}

	expect("site=new_header allocations=8000 live_blocks=%d truth=leak verdict=leak|growing",
	       lost);
	expect("site=new_payload allocations=8000 live_blocks=0 truth=fine verdict=balanced");
	return 0;
}
