/* SPDX-License-Identifier: MIT */
/*
 * history.c - an append-only history in pages of 4 KB, of which none is ever given back.
 *
 * Many events share a page, so a new page is rare: one in about 45 events. A report should call
 * add_page growing.
 */
#include "work.h"

struct page {
	struct page *previous;
	size_t used;
	char text[4080];
};

static struct page *last_page;
static int page_count;

static void add_page(void)
{
	struct page *page = malloc(sizeof *page);

	page->previous = last_page;
	page->used = 0;
	last_page = page;
	page_count++;
}

static void append(const char *text)
{
	size_t length = strlen(text) + 1;

	if (!last_page || last_page->used + length > sizeof last_page->text)
		add_page();
	memcpy(last_page->text + last_page->used, text, length);
	last_page->used += length;
}

int main(void)
{
	for (int event = 0; event < 12000; event++) {
		char text[120];

		snprintf(
			text, sizeof text, "%d: %.*s", event, 30 + (int)roll(60),
			"the quick brown fox jumps over the lazy dog and then the dog sleeps until the evening");
		append(text);
		work_parse();
		if (event % 5 == 0)
			work_defer();
	}
	work_drain();

	expect("site=add_page allocations=%d live_blocks=%d live_bytes=%zu truth=leak verdict=growing|leak",
	       page_count, page_count, page_count * sizeof(struct page));
	expect("live_blocks=%d complete=1", page_count);
	return 0;
}
