/* SPDX-License-Identifier: MIT */
/*
 * real_config_history.c - settings that are reloaded 30 times, with the last five kept to go back.
 *
 * A request holds the settings that were current when it began. The oldest of the five are
 * released on each reload.
 */
#include "work.h"

enum { HISTORY = 5, SETTINGS = 40, REQUESTS = 9000 };

struct config {
	char *values[SETTINGS];
	int generation;
};

static struct config *history[HISTORY + 1];

static char *copy_value(void)
{
	size_t size = 16 + roll(60);

	return memset(malloc(size), 0, size);
}

static struct config *load_config(int generation)
{
	struct config *config = malloc(sizeof *config);

	config->generation = generation;
	for (int i = 0; i < SETTINGS; i++)
		config->values[i] = copy_value();
	return config;
}

static void release_config(struct config *config)
{
	for (int i = 0; config && i < SETTINGS; i++)
		free(config->values[i]);
	free(config);
}

static void reload(int generation)
{
	release_config(history[HISTORY]);
	memmove(history + 1, history, HISTORY * sizeof history[0]);
	history[0] = load_config(generation);
}

int main(void)
{
	for (int request = 0; request < REQUESTS; request++) {
		if (request % 300 == 0)
			reload(request / 300);
		work_parse();
		work_reply();
	}

	expect("site=load_config allocations=30 live_blocks=6 truth=fine");
	expect("site=copy_value allocations=1200 live_blocks=240 truth=fine");
	return 0;
}
