/* SPDX-License-Identifier: MIT */
/*
 * long_lived.c - long-lived objects among short-lived ones, in a bounded number.
 *
 * Accounts are opened while there are fewer than 250, which is so for the first 40 % of the run. Now
 * and then one is closed, and another is opened. A report should not show open_account as growing.
 */
#include "work.h"

enum { MOST = 250 };

static char *accounts[MOST];
static int open_count, opened;

static char *open_account(int number)
{
	char *account = calloc(1, 320);

	account[0] = (char)number;
	opened++;
	return account;
}

static void close_account(int place)
{
	free(accounts[place]);
	accounts[place] = accounts[--open_count];
}

int main(void)
{
	for (int tick = 0; tick < 10000; tick++) {
		if (tick % 16 == 0 && open_count < MOST) {
			accounts[open_count] = open_account(tick);
			open_count++;
		}
		if (tick % 300 == 299)
			close_account((int)roll((uint32_t)open_count));
		work_parse();
		work_scratch();
		work_defer();
	}
	work_drain();

	expect("site=open_account allocations=%d live_blocks=%d truth=fine", opened, open_count);
	expect("live_blocks=%d complete=1", open_count);
	return 0;
}
