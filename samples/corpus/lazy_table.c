/* SPDX-License-Identifier: MIT */
/*
 * lazy_table.c - glyphs that are drawn once, when first used, and kept: the table saturates.
 *
 * Common glyphs come at once, rare ones later; there are 400 and no more. Growth slows down and
 * ends at about half of the run. A report should call draw_glyph a cache.
 */
#include "work.h"

enum { GLYPHS = 400 };

static unsigned char *glyphs[GLYPHS];
static int drawn;

static unsigned char *draw_glyph(int code)
{
	unsigned char *bitmap = malloc(64 + (size_t)(code % 7) * 16);

	bitmap[0] = (unsigned char)code;
	drawn++;
	return bitmap;
}

static void show_text(void)
{
	int length = 1 + (int)roll(3);

	for (int i = 0; i < length; i++) {
		/* One in three of any kind, the others of the common ones. */
		int code = roll(3) == 0 ? (int)roll(GLYPHS) : (int)roll(60);

		if (!glyphs[code])
			glyphs[code] = draw_glyph(code);
	}
}

int main(void)
{
	for (int line = 0; line < 7000; line++) {
		show_text();
		work_parse();
		work_table();
	}

	expect("site=draw_glyph allocations=%d live_blocks=%d truth=fine verdict=cache", drawn,
	       drawn);
	expect("live_blocks=%d complete=1", GLYPHS);
	return 0;
}
