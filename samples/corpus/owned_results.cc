// SPDX-License-Identifier: MIT
//
// owned_results.cc - a vector of unique_ptr that takes every result and gives none away.
//
// The results have an owner, the vector, which only grows. A report should call keep_result
// growing.
#include <memory>
#include <vector>

#include "work.h"

struct result {
	int request;
	double values[10];
};

static std::vector<std::unique_ptr<result>> *results;

static void keep_result(int request)
{
	auto kept = std::make_unique<result>();

	kept->request = request;
	results->push_back(std::move(kept));
}

static void compute(int request)
{
	work_document(3);
	work_reply();
	if (request % 4 == 1)
		keep_result(request);
}

int main()
{
	results = new std::vector<std::unique_ptr<result>>();
	for (int request = 0; request < 8000; request++)
		compute(request);

	expect("site=keep_result live_blocks=2001 truth=leak verdict=growing|leak");
	return 0;
}
