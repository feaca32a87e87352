/* SPDX-License-Identifier: MIT */
/*
 * lost_pointer.c - a renderer that overwrites the pointer to its caption with the next one.
 *
 * A report should show set_caption as a leak: every caption but the last has no owner.
 */
#include "work.h"

static char *caption;

static void set_caption(int frame)
{
	char text[64];

	snprintf(text, sizeof text, "frame %d of the opening scene", frame);
	caption = strdup(text); /* the bug: nobody released the one before */
}

static void draw(int frame)
{
	work_scratch();
	if (frame % 3 == 0)
		work_table();
	work_defer();
}

int main(void)
{
	for (int frame = 0; frame < 8000; frame++) {
		if (frame % 5 == 0)
			set_caption(frame);
		draw(frame);
	}
	work_drain();

	expect("site=set_caption allocations=1600 live_blocks=1600 truth=leak verdict=leak|growing");
	expect("live_blocks=1600 complete=1");
	return 0;
}
