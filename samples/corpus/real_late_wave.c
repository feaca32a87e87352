/* SPDX-License-Identifier: MIT */
/*
 * real_late_wave.c - a pool of frames that grows to its size in one wave of load, late in the run.
 *
 * Up to 76 % of the run 30 frames are enough. Then 400 are in use at once, for a moment, and stay
 * in the free list from there on, where they are taken from. Nobody would fix take_frame.
 */
#include "work.h"

enum { TICKS = 15000, WAVE_BEGINS = 11400, WAVE_ENDS = 12000, MOST = 500 };

struct frame {
	struct frame *next;
	char pixels[300];
};

static struct frame *released, *used[MOST];
static int used_count, made;

static struct frame *take_frame(void)
{
	struct frame *frame = released;

	if (frame) {
		released = frame->next;
		return frame;
	}
	made++;
	return calloc(1, sizeof *frame);
}

static void give_back(int place)
{
	used[place]->next = released;
	released = used[place];
	used[place] = used[--used_count];
}

int main(void)
{
	for (int tick = 0; tick < TICKS; tick++) {
		int wanted = tick >= WAVE_BEGINS && tick < WAVE_ENDS ? 400 : 10 + (int)roll(20);

		for (int i = 0; i < 4; i++) {
			if (used_count < wanted)
				used[used_count++] = take_frame();
			else if (used_count > 0)
				give_back((int)roll((uint32_t)used_count));
		}
		work_parse();
		work_reply();
	}

	expect("site=take_frame allocations=%d live_blocks=%d truth=fine", made, made);
	return 0;
}
