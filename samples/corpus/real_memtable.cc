// SPDX-License-Identifier: MIT
//
// real_memtable.cc - a store that gathers 500 keys, writes them out, and merges what it wrote.
//
// Of each table written it keeps an index in memory, by blocks of 4 KB. Four tables are merged into
// one of the next level, which supersedes the table that was there: as there are but 6,000 keys,
// the last level is bounded.
#include <memory>
#include <set>
#include <vector>

#include "work.h"

using table_index = std::vector<std::unique_ptr<char[]>>;

struct table {
	std::set<int> keys;
	table_index index;
};

static std::set<int> *memtable;
static std::vector<std::unique_ptr<table>> *levels; // [0, 3]: four each; the last: one

static void put(int key)
{
	memtable->insert(key);
}

static std::unique_ptr<table> write_table(std::set<int> &&keys)
{
	auto written = std::make_unique<table>();

	for (size_t i = 0; i < keys.size(); i += 64)
		written->index.emplace_back(new char[256]);
	written->keys = std::move(keys);
	return written;
}

static void merge(std::vector<std::unique_ptr<table>> &from,
		  std::vector<std::unique_ptr<table>> &to, bool is_last)
{
	std::set<int> keys;

	if (is_last && !to.empty())
		from.push_back(std::move(to[0]));
	for (auto &one : from)
		keys.insert(one->keys.begin(), one->keys.end());
	from.clear();
	if (is_last)
		to.clear();
	to.push_back(write_table(std::move(keys)));
}

static void flush()
{
	levels[0].push_back(write_table(std::move(*memtable)));
	memtable->clear();
	for (int level = 0; level < 2; level++) {
		if (levels[level].size() == 4)
			merge(levels[level], levels[level + 1], level == 1);
	}
}

int main()
{
	memtable = new std::set<int>();
	levels = new std::vector<std::unique_ptr<table>>[3];
	for (int i = 0; i < 26000; i++) {
		put((int)roll(6000));
		if (memtable->size() == 500)
			flush();
		if (i % 3 == 0)
			work_parse();
	}

	expect("site=put truth=fine");
	expect("site=write_table truth=fine");
	expect("site=merge truth=fine");
	return 0;
}
