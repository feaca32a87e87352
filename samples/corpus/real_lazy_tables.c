/* SPDX-License-Identifier: MIT */
/*
 * real_lazy_tables.c - eleven tables of 40 KB, each made when the feature that needs it is first
 * used.
 *
 * The common features are used at once, the seldom ones late, the last of them after 80 % of the
 * run. There is no twelfth.
 */
#include "work.h"

enum { TABLES = 11, REQUESTS = 9900 };

static int *tables[TABLES];
static int made;

static int *make_table(int feature)
{
	int *table = malloc(10000 * sizeof *table);

	for (int i = 0; i < 10000; i++)
		table[i] = feature * i;
	made++;
	return table;
}

static int use_feature(int feature)
{
	if (!tables[feature])
		tables[feature] = make_table(feature);
	return tables[feature][roll(10000)];
}

int main(void)
{
	for (int request = 0; request < REQUESTS; request++) {
		int feature = 0;

		while (feature + 1 < TABLES && (8 << (feature + 1)) <= request)
			feature++;
		use_feature((int)roll((uint32_t)feature + 1));
		work_parse();
		work_reply();
	}

	expect("site=make_table allocations=%d live_blocks=%d truth=fine", made, made);
	return 0;
}
