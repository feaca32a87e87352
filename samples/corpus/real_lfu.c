/* SPDX-License-Identifier: MIT */
/*
 * real_lfu.c - a cache of 350 tiles that drops the one used least often.
 *
 * It is full at about half of the run. From there on newcomers take each other's place, and
 * all that was there before stays, as such caches do.
 */
#include "work.h"

enum { BOUND = 350 };

struct tile {
	int key, uses;
	char pixels[256];
};

static struct tile *tiles[BOUND];
static int tile_count, drawn;

static struct tile *draw_tile(int key)
{
	struct tile *tile = malloc(sizeof *tile);

	memset(tile->pixels, key, sizeof tile->pixels);
	tile->key = key;
	tile->uses = 1;
	drawn++;
	return tile;
}

static void show_tile(int key)
{
	int least = 0;

	for (int i = 0; i < tile_count; i++) {
		if (tiles[i]->key == key) {
			tiles[i]->uses++;
			return;
		}
		if (tiles[i]->uses < tiles[least]->uses)
			least = i;
	}
	if (tile_count == BOUND) {
		free(tiles[least]);
		tiles[least] = draw_tile(key);
	} else {
		tiles[tile_count++] = draw_tile(key);
	}
}

int main(void)
{
	for (int i = 0; i < 10000; i++) {
		show_tile((int)(roll(16) > 0 ? roll(60) : 100 + roll(100000)));
		work_parse();
		work_reply();
	}

	expect("site=draw_tile allocations=%d live_blocks=%d truth=fine", drawn, tile_count);
	return 0;
}
