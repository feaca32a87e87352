// SPDX-License-Identifier: MIT
//
// scoped_results.cc - a tool that keeps all results in a vector until it has printed them, and ends.
//
// The vector is destroyed at the end of main's block, the last thing to happen. A report should say
// cleaned and not growing: the tool is meant to end.
#include <memory>
#include <vector>

#include "work.h"

struct result {
	int line;
	double score;
};

struct results {
	std::vector<std::unique_ptr<result>> all;

	void add(int line);
};

void results::add(int line)
{
	auto added = std::make_unique<result>();

	added->line = line;
	all.push_back(std::move(added));
}

int main()
{
	{
		results found;

		for (int line = 0; line < 15000; line++) {
			work_parse();
			work_table();
			if (line % 30 == 0)
				found.add(line);
		}
		work_reply();
	}

	// The array of pointers grew by doubling, so that some of its blocks went earlier.
	expect("site=results::add live_blocks=0 truth=fine verdict=cleaned");
	return 0;
}
