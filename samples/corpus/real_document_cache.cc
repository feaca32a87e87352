// SPDX-License-Identifier: MIT
//
// real_document_cache.cc - parsed documents, kept until they are too old to be used again.
//
// A document is good for 1,500 requests; every 500 the expired ones are swept out. Which documents
// are there changes all the time, how many does not.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "work.h"

struct value {
	std::string text;
	std::vector<std::unique_ptr<value>> items;
};

struct cached {
	int expires;
	std::unique_ptr<value> root;
};

static std::map<int, cached> *cache;

static std::unique_ptr<value> parse_value(int depth)
{
	auto parsed = std::make_unique<value>();

	parsed->text.assign(3 + roll(50), 'v');
	for (uint32_t i = depth > 0 ? roll(4) : 0; i > 0; i--)
		parsed->items.push_back(parse_value(depth - 1));
	return parsed;
}

static void store_document(int key, int expires)
{
	cached &place = (*cache)[key];

	place.expires = expires;
	place.root = parse_value(3);
}

static void look_up(int key, int now)
{
	auto found = cache->find(key);

	if (found == cache->end() || found->second.expires <= now)
		store_document(key, now + 1500);
}

static void sweep(int now)
{
	for (auto entry = cache->begin(); entry != cache->end();) {
		if (entry->second.expires <= now)
			entry = cache->erase(entry);
		else
			++entry;
	}
}

int main()
{
	cache = new std::map<int, cached>();
	for (int now = 0; now < 12000; now++) {
		look_up((int)roll(1 + roll(900)), now);
		work_scratch();
		work_parse();
		if (now % 500 == 499)
			sweep(now);
	}

	expect("site=store_document live_blocks=%zu truth=fine", cache->size());
	expect("site=parse_value truth=fine");
	return 0;
}
