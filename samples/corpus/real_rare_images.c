/* SPDX-License-Identifier: MIT */
/*
 * real_rare_images.c - previews that are kept for a page which is never left: seven, of 300 KB
 * each.
 *
 * Small images are released with the page that shows them. Large ones go past the list of the page,
 * and there are few of them, but they are most of the memory.
 */
#include "work.h"

enum { PAGES = 4200, IMAGES = 4 };

static int large;

static char *decode(size_t size)
{
	char *pixels = malloc(size);

	memset(pixels, 'i', size);
	return pixels;
}

static void show_page(int number)
{
	char *images[IMAGES];

	for (int i = 0; i < IMAGES; i++)
		images[i] = decode(400 + roll(2000));
	work_document(3);
	if (number % 600 == 299) {
		decode(300000)[0] = 0; /* the bug: in no list */
		large++;
	}
	for (int i = 0; i < IMAGES; i++)
		free(images[i]);
}

int main(void)
{
	for (int number = 0; number < PAGES; number++) {
		show_page(number);
		work_reply();
	}

	expect("site=decode allocations=%d live_blocks=%d truth=leak", IMAGES * PAGES + large,
	       large);
	return 0;
}
