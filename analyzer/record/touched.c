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

struct scan_region {
	uint64_t start, end, categories;
};

struct scan {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

#define SCAN _IOWR('f', 16, struct scan)

static bool scan(const struct touched *t, uint64_t at, uint64_t end, uint64_t *start,
		 uint64_t *stop)
{
	struct scan_region region = {0};
	struct scan scan = {
		.size = sizeof scan,
		.start = at,
		.end = end,
		.vec = (uint64_t)(uintptr_t)&region,
		.vec_len = 1,
		.max_pages = MOST_PAGES,
		.category_inverted = PAGE_ZERO,
		.category_mask = PAGE_ZERO,
		.category_anyof_mask = PAGE_PRESENT | PAGE_SWAPPED,
	};
	int found = ioctl(t->fd, SCAN, &scan);

	if (found < 0)
		return false;
	*start = found ? region.start : end;
	*stop = found ? region.end : end;
	return true;
}

void touched_open(struct touched *t, const struct process *process, int32_t tid)
{
	uint64_t start, stop;

	t->fd = process_open_thread_file(process, tid, "pagemap");
	t->scans = t->fd >= 0 && scan(t, 0, (uint64_t)sysconf(_SC_PAGESIZE), &start, &stop);
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

bool touched_next(struct touched *t, uint64_t at, uint64_t end, uint64_t *start, uint64_t *stop)
{
	if (t->fd < 0)
		return false;
	return (t->scans && scan(t, at, end, start, stop)) || look(t, at, end, start, stop);
}
