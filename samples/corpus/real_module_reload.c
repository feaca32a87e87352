/* SPDX-License-Identifier: MIT */
/*
 * real_module_reload.c - a module that is loaded again eleven times, each with a table of symbols.
 *
 * The code of the old module is released, its table of 40 KB is not.
 */
#include "work.h"

enum { REQUESTS = 9900 };

static char *code, *symbols;

static char *load_code(int version)
{
	char *loaded = malloc(20000);

	memset(loaded, version, 20000);
	return loaded;
}

static char *load_symbols(int version)
{
	char *table = malloc(40000);

	memset(table, version, 40000);
	return table;
}

static void reload(int version)
{
	free(code);
	code = load_code(version);
	symbols = load_symbols(version); /* the bug: so had the old one */
}

int main(void)
{
	for (int request = 0; request < REQUESTS; request++) {
		if (request % 900 == 0)
			reload(request / 900);
		work_parse();
		work_reply();
	}

	expect("site=load_symbols allocations=11 live_blocks=11 truth=leak");
	expect("site=load_code allocations=11 live_blocks=1 truth=fine");
	return 0;
}
