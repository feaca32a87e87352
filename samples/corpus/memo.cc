// SPDX-License-Identifier: MIT
//
// memo.cc - results by a pair of small numbers, computed once each: 30 times 30 at most.
//
// Half of the pairs come often, the others rarely: most are known at a third of the run, the rest
// come ever more seldom. A report should call remember a cache.
#include <map>
#include <utility>

#include "work.h"

static std::map<std::pair<int, int>, double> *results;

static void remember(const std::pair<int, int> &pair, double result)
{
	(*results)[pair] = result;
}

static double distance(int from, int to)
{
	std::pair<int, int> pair(from, to);
	auto known = results->find(pair);

	if (known != results->end())
		return known->second;
	work_document(2);
	remember(pair, from * 1.5 + to);
	return distance(from, to);
}

int main()
{
	double sum = 0;

	results = new std::map<std::pair<int, int>, double>();
	for (int request = 0; request < 14000; request++) {
		int from = (int)(roll(3) ? roll(15) : roll(30));

		sum += distance(from, (int)roll(30));
		work_parse();
	}

	expect("site=remember allocations=%zu live_blocks=%zu truth=fine verdict=cache",
	       results->size(), results->size());
	expect("site=main live_blocks=1 truth=fine verdict=startup");
	return sum < 0;
}
