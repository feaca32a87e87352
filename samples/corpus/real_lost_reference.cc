// SPDX-License-Identifier: MIT
//
// real_lost_reference.cc - pages counted by hand, in a cache of 250 that drops the oldest.
//
// A reader that starts on a page takes a reference and gives it back; one that gives up, one in 70,
// does not. When such a page is dropped from the cache, it stays.
#include <deque>
#include <vector>

#include "work.h"

struct page {
	int key, references;
	std::vector<char> bytes;
};

static std::deque<page *> *cache;
static int live;

static page *read_page(int key)
{
	auto *read = new page{key, 1, std::vector<char>(200 + roll(300))};

	live++;
	return read;
}

static void let_go(page *held)
{
	if (--held->references > 0)
		return;
	delete held;
	live--;
}

static page *find_page(int key)
{
	for (page *one : *cache) {
		if (one->key == key)
			return one;
	}
	cache->push_back(read_page(key));
	if (cache->size() > 250) {
		let_go(cache->front());
		cache->pop_front();
	}
	return cache->back();
}

int main()
{
	cache = new std::deque<page *>();
	for (int i = 0; i < 12000; i++) {
		page *held = find_page(i / 4 - (int)roll(200) + 200);

		held->references++;
		work_scratch();
		work_table();
		if (roll(70) != 0)
			let_go(held); // the bug is the other case
	}

	expect("site=read_page live_blocks=%d truth=leak verdict=leak|growing", 2 * live);
	expect("site=find_page truth=fine");
	return 0;
}
