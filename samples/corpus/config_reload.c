/* SPDX-License-Identifier: MIT */
/*
 * config_reload.c - settings that are read again 20 times; the old ones are released each time.
 *
 * For a moment both are there. A report should not show the settings as growing: 41 blocks live
 * from reload to reload.
 */
#include "work.h"

enum { OPTIONS = 40 };

struct settings {
	char *values[OPTIONS];
};

static struct settings *current;

static char *read_value(int option)
{
	char *value = malloc(16 + roll(80));

	value[0] = (char)option;
	return value;
}

static struct settings *read_settings(void)
{
	struct settings *settings = malloc(sizeof *settings);

	for (int option = 0; option < OPTIONS; option++)
		settings->values[option] = read_value(option);
	return settings;
}

static void release_settings(struct settings *settings)
{
	for (int option = 0; settings && option < OPTIONS; option++)
		free(settings->values[option]);
	free(settings);
}

int main(void)
{
	for (int request = 0; request < 10000; request++) {
		if (request % 500 == 0) {
			struct settings *old = current;

			current = read_settings();
			work_reply();
			release_settings(old);
		}
		work_parse();
		work_defer();
	}
	work_drain();

	expect("site=read_settings allocations=20 live_blocks=1 truth=fine");
	expect("site=read_value allocations=800 live_blocks=40 truth=fine");
	expect("live_blocks=41 complete=1");
	return 0;
}
