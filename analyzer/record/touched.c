/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "touched.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ENTRIES 4096u /* at a time, of eight bytes each */
#define LOOKS 32u
#define ENTRY_PRESENT (1ull << 63)
#define ENTRY_SWAPPED (1ull << 62)

/* As in linux/fs.h since 6.7, which may be newer than the headers that we are built with. */
#define PAGE_PRESENT (1u << 3)
#define PAGE_SWAPPED (1u << 4)
#define PAGE_ZERO (1u << 5) /* what is there is the page of zeros that all share */
#define MOST_PAGES 16384u

struct scan {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

#define SCAN _IOWR('f', 16, struct scan)

/* The first ranges in [at, end), at most `most`, and how far they are all there are. Returns their
 * number, -1 if it cannot be told. */
static int scan(const struct touched *t, uint64_t at, uint64_t end, struct touched_range *ranges,
		size_t most, uint64_t *seen_to)
{
	struct scan scan = {
		.size = sizeof scan,
		.start = at,
		.end = end,
		.vec = (uint64_t)(uintptr_t)ranges,
		.vec_len = most,
		.max_pages = MOST_PAGES,
		.category_inverted = PAGE_ZERO,
		.category_mask = PAGE_ZERO,
		.category_anyof_mask = PAGE_PRESENT | PAGE_SWAPPED,
	};
	int found = ioctl(t->fd, SCAN, &scan);

	*seen_to = scan.walk_end;
	return found;
}

void touched_open(struct touched *t, const struct process *process, int32_t tid, uint64_t end)
{
	t->fd = process_open_thread_file(process, tid, "pagemap");
	t->scans = t->fd >= 0;
	t->end = end;
	t->seen_from = t->seen_to = 0;
}

void touched_close(struct touched *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}

/* Entry by entry; a run may go on from one piece of the table to the next. */
static bool look(const struct touched *t, uint64_t at, uint64_t end, uint64_t *start,
		 uint64_t *stop)
{
	uint64_t entries[ENTRIES], page = (uint64_t)sysconf(_SC_PAGESIZE);
	bool inside = false;

	for (unsigned looks = 0; looks < LOOKS && at < end; looks++) {
		uint64_t wanted = (end - at) / page < ENTRIES ? (end - at) / page : ENTRIES;
		ssize_t got = pread(t->fd, entries, wanted * 8, (off_t)(at / page * 8));

		if (got < 8)
			return false;
		for (size_t i = 0; i < (size_t)got / 8; i++, at += page) {
			bool is_touched = entries[i] & (ENTRY_PRESENT | ENTRY_SWAPPED);

			if (inside && !is_touched) {
				*stop = at;
				return true;
			}
			if (is_touched && !inside)
				*start = at;
			inside = is_touched;
		}
	}
	*stop = at;
	if (!inside)
		*start = at;
	return true;
}

/* Mappings are many and mostly small: what lies behind `end` will be asked for next. */
static bool see(struct touched *t, uint64_t at)
{
	int found = scan(t, at, t->end, t->seen, TOUCHED_RANGES, &t->seen_to);

	t->scans = found >= 0 && t->seen_to > at;
	t->seen_from = at;
	if (!t->scans)
		t->seen_to = at;
	t->seen_count = t->scans ? (size_t)found : 0;
	return t->scans;
}

static bool scan_next(struct touched *t, uint64_t at, uint64_t end, uint64_t *start, uint64_t *stop)
{
	size_t i = 0;

	if ((at < t->seen_from || at >= t->seen_to) && !see(t, at))
		return false;
	while (i < t->seen_count && t->seen[i].end <= at)
		i++;
	*start = *stop = end < t->seen_to ? end : t->seen_to;
	if (i < t->seen_count && t->seen[i].start < end) {
		*start = t->seen[i].start > at ? t->seen[i].start : at;
		*stop = t->seen[i].end < end ? t->seen[i].end : end;
	}
	return true;
}

bool touched_next(struct touched *t, uint64_t at, uint64_t end, uint64_t *start, uint64_t *stop)
{
	if (t->fd < 0)
		return false;
	return (t->scans && scan_next(t, at, end, start, stop)) || look(t, at, end, start, stop);
}

bool touched_page(const struct touched *t, uint64_t page, uint64_t bytes)
{
	struct touched_range range;
	uint64_t start = page, stop = page + bytes, seen_to;

	if (t->fd < 0)
		return true;
	if (t->scans)
		return scan(t, page, page + bytes, &range, 1, &seen_to) != 0;
	return !look(t, page, page + bytes, &start, &stop) || start < stop;
}
