// SPDX-License-Identifier: MIT
//
// lru_half.cc - a cache of list and hash table that is full at half of the run, and then replaces.
//
// Bound and traffic are such that the cache fills late: 1,000 entries, one new in six requests. It
// is destroyed at the end. A report should not show insert as growing.
#include <list>
#include <string>
#include <unordered_map>

#include "work.h"

static const size_t bound = 1000;

struct cache {
	std::list<std::pair<int, std::string>> entries; // the latest first
	std::unordered_map<int, std::list<std::pair<int, std::string>>::iterator> places;

	void insert(int key);
	void look_up(int key);
};

void cache::insert(int key)
{
	entries.emplace_front(key, std::string(40 + roll(40), 'v'));
	places[key] = entries.begin();
}

void cache::look_up(int key)
{
	auto found = places.find(key);

	if (found != places.end()) {
		entries.splice(entries.begin(), entries, found->second);
		return;
	}
	insert(key);
	if (entries.size() > bound) {
		places.erase(entries.back().first);
		entries.pop_back();
	}
}

static void serve(cache &pages)
{
	int newest_key = 0;

	for (int request = 0; request < 12000; request++) {
		if (request % 6 == 0)
			pages.look_up(++newest_key);
		else
			pages.look_up(newest_key -
				      (int)roll(newest_key < 30 ? (uint32_t)newest_key : 30));
		work_parse();
		work_reply();
	}
}

int main()
{
	{
		cache pages;

		serve(pages);
	}

	expect("site=cache::insert live_blocks=0 truth=fine");
	return 0;
}
