// SPDX-License-Identifier: MIT
//
// real_cleared_cache.cc - a cache that is emptied when it has 1,500 entries, and starts anew.
//
// It does so three times, and is a bit more than half full again when the program ends.
#include <map>
#include <string>

#include "work.h"

static std::map<int, std::string> *cache;

static void store(int key)
{
	(*cache)[key] = std::string(30 + roll(100), 's');
}

int main()
{
	int stored = 0;

	cache = new std::map<int, std::string>();
	for (int request = 0; request < 10600; request++) {
		work_scratch();
		work_parse();
		if (request % 2 != 0)
			continue;
		if (cache->size() == 1500)
			cache->clear();
		store(request);
		stored++;
	}

	expect("site=store allocations=%d live_blocks=%zu truth=fine", 2 * stored,
	       2 * cache->size());
	return 0;
}
