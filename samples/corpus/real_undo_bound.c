/* SPDX-License-Identifier: MIT */
/*
 * real_undo_bound.c - an editor whose undo history is bounded by bytes, and full late in the
 * session.
 *
 * The bound is met after about two thirds of the run; from there on the oldest edits are dropped.
 * Nobody would fix record_edit.
 */
#include "work.h"

enum { MOST_BYTES = 360000, EVENTS = 12000 };

struct edit {
	struct edit *newer, *older;
	size_t size;
	char text[];
};

static struct edit history = {&history, &history, 0};
static size_t history_bytes;
static int edit_count, made;

static struct edit *record_edit(size_t size)
{
	struct edit *edit = malloc(sizeof *edit + size);

	memset(edit->text, 'e', size);
	edit->size = size;
	made++;
	return edit;
}

static void forget(struct edit *edit)
{
	edit->newer->older = edit->older;
	edit->older->newer = edit->newer;
	history_bytes -= edit->size;
	edit_count--;
	free(edit);
}

static void type(void)
{
	struct edit *edit = record_edit(20 + roll(400));

	edit->older = history.older;
	edit->newer = &history;
	edit->older->newer = edit;
	history.older = edit;
	history_bytes += edit->size;
	edit_count++;
	while (history_bytes > MOST_BYTES)
		forget(history.newer);
}

int main(void)
{
	for (int event = 0; event < EVENTS; event++) {
		work_scratch();
		work_parse();
		if (event % 5 == 0)
			type();
		if (roll(300) == 0) {
			for (int i = (int)roll(6); i > 0 && edit_count > 0; i--)
				forget(history.older);
		}
	}

	expect("site=record_edit allocations=%d live_blocks=%d truth=fine", made, edit_count);
	return 0;
}
