// SPDX-License-Identifier: MIT
//
// early_growth.cc - an index that is loaded while the first requests are served, then only used.
//
// It grows through the first third of the run and never again. A report should not show load_entry
// as growing.
#include <memory>
#include <vector>

#include "work.h"

struct entry {
	int key;
	char name[60];
};

static std::vector<std::unique_ptr<entry>> *entries;

static void load_entry(int key)
{
	entries->push_back(std::make_unique<entry>());
	entries->back()->key = key;
}

static bool look_up(int key)
{
	work_parse();
	return key < (int)entries->size() && (*entries)[key]->key == key;
}

int main()
{
	int found = 0;

	entries = new std::vector<std::unique_ptr<entry>>();
	for (int request = 0; request < 9000; request++) {
		if (request < 3000)
			load_entry(request);
		found += look_up((int)roll(3000));
		work_table();
	}

	// The entries and the array of pointers to them.
	expect("site=load_entry live_blocks=3001 truth=fine");
	return found == 0;
}
