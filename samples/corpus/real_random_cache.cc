// SPDX-License-Identifier: MIT
//
// real_random_cache.cc - a cache of 500 pages that drops any of them when another is needed.
//
// It is full at a third of the run. Some pages are dropped at once, and some are there from the
// start to the end, by chance.
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "work.h"

struct page {
	int key;
	std::string text;
};

static std::unordered_map<int, std::unique_ptr<page>> *pages;
static std::vector<int> *keys;

static std::unique_ptr<page> load_page(int key)
{
	auto loaded = std::make_unique<page>();

	loaded->key = key;
	loaded->text.assign(100 + roll(200), 'p');
	return loaded;
}

static void look_up(int key)
{
	if (pages->count(key))
		return;
	if (keys->size() == 500) {
		int &dropped = (*keys)[roll(500)];

		pages->erase(dropped);
		dropped = key;
	} else {
		keys->push_back(key);
	}
	(*pages)[key] = load_page(key);
}

int main()
{
	pages = new std::unordered_map<int, std::unique_ptr<page>>();
	keys = new std::vector<int>();
	keys->reserve(500);
	for (int i = 0; i < 13000; i++) {
		look_up((int)(roll(8) > 0 ? roll(30) : 100 + roll(1u << 30)));
		work_parse();
		work_table();
	}

	expect("site=load_page live_blocks=%zu truth=fine", 2 * pages->size());
	expect("site=look_up truth=fine");
	return 0;
}
