/* SPDX-License-Identifier: MIT */
/*
 * marks.c - a server that says what it is at, so that the report says which requests leave memory
 * behind.
 *
 *	tenure run -- build/samples/marks
 *	tenure report marks.*.tenure
 *
 * The table "By mark" has three rows. Uploads leave 64 bytes each, and those are still there at the
 * end: a leak. Searches leave as much, but each releases what the last one left: a cache. Pages leave
 * nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "../preload/tenure.h" /* once installed: <tenure.h> */
#include "expect.h"

static char *last_result;

static void show_page(void)
{
	char *page = malloc(1000);

	memset(page, ' ', 1000);
	free(page);
}

static void search(void)
{
	free(last_result);
	last_result = malloc(64);
	memset(last_result, '?', 64);
}

static void take_upload(void)
{
	char *name = malloc(64); /* the bug: nobody frees it */
	char *content = malloc(5000);

	strcpy(name, "upload");
	memset(content, 0, 5000);
	free(content);
}

int main(void)
{
	static const struct {
		const char *name;
		void (*answer)(void);
	} requests[] = {
		{"GET /page", show_page}, {"GET /search", search}, {"PUT /upload", take_upload}};

	for (int i = 0; i < 30; i++) {
		tenure_mark(requests[i % 3].name);
		requests[i % 3].answer();
		tenure_mark(NULL);
	}

	expect("mark=GET_/page marks=10 allocations=10 allocated_bytes=10000 left_blocks=0 live_blocks=0");
	expect("mark=GET_/search marks=10 allocations=10 left_blocks=10 left_bytes=640 live_blocks=1 "
	       "live_bytes=64");
	expect("mark=PUT_/upload marks=10 allocations=20 allocated_bytes=50640 left_blocks=10 "
	       "left_bytes=640 live_blocks=10 live_bytes=640");
	expect("site=take_upload live_blocks=10 live_bytes=640");
	return 0;
}
