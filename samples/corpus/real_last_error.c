/* SPDX-License-Identifier: MIT */
/*
 * real_last_error.c - each of 12 modules keeps the text of its last error until it has another.
 *
 * Modules fail for the first time one after the other, the last of them near the end. There can
 * never be more than 12 texts.
 */
#include "work.h"

enum { MODULES = 12, TICKS = 12000 };

static char *last_error[MODULES];
static int errors;

static void set_last_error(int module, int code)
{
	char *text = malloc(200);

	snprintf(text, 200, "module %d: operation failed with code %d (%*s)", module, code,
		 (int)roll(100), "");
	free(last_error[module]);
	last_error[module] = text;
	errors++;
}

int main(void)
{
	int failing = 0;

	for (int tick = 0; tick < TICKS; tick++) {
		int module = (int)roll(MODULES);

		work_parse();
		work_table();
		if (tick % 950 == 0 && failing < MODULES)
			set_last_error(failing++, tick);
		if (roll(40) == 0 && last_error[module])
			set_last_error(module, tick);
	}

	expect("site=set_last_error allocations=%d live_blocks=%d truth=fine", errors, failing);
	return 0;
}
