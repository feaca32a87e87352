// SPDX-License-Identifier: MIT
//
// real_adopted_lru.cc - rows that are decoded for each query, and kept if they were asked for
// twice.
//
// Most rows are released after the query. Those that are kept, one in ten, are in a list of at most
// 150, and leave it at its other end.
#include <deque>
#include <memory>
#include <string>

#include "work.h"

struct row {
	std::string cells;
};

static std::deque<std::unique_ptr<row>> *kept;

static std::unique_ptr<row> decode_row()
{
	auto decoded = std::make_unique<row>();

	decoded->cells.assign(80 + roll(100), 'c');
	return decoded;
}

static void query()
{
	std::unique_ptr<row> decoded = decode_row();

	work_scratch();
	if (roll(10) != 0)
		return;
	kept->push_front(std::move(decoded));
	if (kept->size() > 150)
		kept->pop_back();
}

int main()
{
	kept = new std::deque<std::unique_ptr<row>>();
	for (int i = 0; i < 14000; i++) {
		query();
		work_table();
	}

	expect("site=decode_row allocations=28000 live_blocks=%zu truth=fine", 2 * kept->size());
	expect("site=query truth=fine");
	return 0;
}
