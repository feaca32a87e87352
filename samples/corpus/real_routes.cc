// SPDX-License-Identifier: MIT
//
// real_routes.cc - statistics per route, made when the route is first asked for.
//
// There are 20 routes in the program. The unusual ones are asked for late, the last one at 90 % of
// the run.
#include <map>
#include <memory>
#include <string>

#include "work.h"

struct statistics {
	std::string route;
	long histogram[64];
};

static std::map<int, std::unique_ptr<statistics>> *routes;

static void add_route(int route)
{
	auto added = std::make_unique<statistics>();

	added->route = "/a/path/with/many/parts/" + std::to_string(route);
	(*routes)[route] = std::move(added);
}

static void count_request(int route, int bucket)
{
	if (routes->find(route) == routes->end())
		add_route(route);
	routes->at(route)->histogram[bucket]++;
}

int main()
{
	routes = new std::map<int, std::unique_ptr<statistics>>();
	for (int request = 0; request < 10000; request++) {
		int known = 0;

		while (known < 19 && (known + 1) * (known + 1) * 25 <= request)
			known++;
		count_request((int)roll((uint32_t)known + 1), (int)roll(64));
		work_parse();
		work_reply();
	}

	expect("site=add_route live_blocks=%zu truth=fine", 3 * routes->size());
	return 0;
}
