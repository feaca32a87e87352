// SPDX-License-Identifier: MIT
//
// real_lru_ttl.cc - 600 results at most, the least recently used dropped first, and the old ones.
//
// 200 keys are hot and looked up again and again, but even they are fetched anew after 4,000
// requests. The rest passes through.
#include <list>
#include <string>
#include <unordered_map>

#include "work.h"

struct result {
	int key, fetched;
	std::string body;
};

static std::list<result> *results; // the most recently used first
static std::unordered_map<int, std::list<result>::iterator> *index_of;

static void fetch(int key, int now)
{
	results->push_front(result{key, now, std::string(60 + roll(400), 'b')});
	(*index_of)[key] = results->begin();
}

static void drop(std::list<result>::iterator dropped)
{
	index_of->erase(dropped->key);
	results->erase(dropped);
}

static void look_up(int key, int now)
{
	auto found = index_of->find(key);

	if (found != index_of->end() && now - found->second->fetched < 4000) {
		results->splice(results->begin(), *results, found->second);
		return;
	}
	if (found != index_of->end())
		drop(found->second);
	fetch(key, now);
	if (results->size() > 600)
		drop(std::prev(results->end()));
}

int main()
{
	results = new std::list<result>();
	index_of = new std::unordered_map<int, std::list<result>::iterator>();
	for (int now = 0; now < 14000; now++) {
		look_up((int)(roll(3) > 0 ? roll(200) : 200 + roll(5000)), now);
		work_scratch();
		work_table();
	}

	expect("site=fetch live_blocks=%zu.. truth=fine", 3 * results->size());
	return 0;
}
