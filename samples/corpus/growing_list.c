/* SPDX-License-Identifier: MIT */
/*
 * growing_list.c - a server that puts notices on a list and never takes one off.
 *
 * The list is reachable to the end. A report should call add_notice growing.
 */
#include "work.h"

struct notice {
	struct notice *next;
	int request;
	char text[36];
};

static struct notice *notices;
static int notice_count;

static void add_notice(int request)
{
	struct notice *notice = malloc(sizeof *notice);

	notice->request = request;
	snprintf(notice->text, sizeof notice->text, "request %d was slow", request);
	notice->next = notices;
	notices = notice;
	notice_count++;
}

static void serve(int request)
{
	work_parse();
	work_reply();
	if (roll(3) == 0)
		add_notice(request);
}

int main(void)
{
	for (int request = 0; request < 6000; request++)
		serve(request);

	expect("site=add_notice allocations=%d live_blocks=%d live_bytes=%zu truth=leak "
	       "verdict=leak|growing",
	       notice_count, notice_count, notice_count * sizeof(struct notice));
	expect("live_blocks=%d complete=1", notice_count);
	return 0;
}
