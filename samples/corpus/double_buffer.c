/* SPDX-License-Identifier: MIT */
/*
 * double_buffer.c - two frames, one shown and one drawn, replaced when the window changes its size.
 *
 * There are two blocks at any time, of a size that varies. A report should show no growth.
 */
#include "work.h"

static char *shown, *drawn;

static char *new_frame(size_t width, size_t height)
{
	char *frame = malloc(width * height);

	memset(frame, 0, width);
	return frame;
}

static void resize(void)
{
	size_t width = 120 + roll(80), height = 60 + roll(60);

	free(shown);
	free(drawn);
	shown = new_frame(width, height);
	drawn = new_frame(width, height);
}

int main(void)
{
	for (int frame = 0; frame < 9000; frame++) {
		char *swapped = shown;

		if (frame % 100 == 0) {
			resize();
			swapped = shown;
		}
		work_table();
		work_scratch();
		shown = drawn;
		drawn = swapped;
	}

	expect("site=new_frame allocations=180 live_blocks=2 truth=fine");
	expect("live_blocks=2 complete=1");
	return 0;
}
