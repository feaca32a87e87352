// SPDX-License-Identifier: MIT
//
// real_subscriptions.cc - three workers that subscribe to a topic for the length of a request.
//
// When a request fails, one of 60, the subscription stays. The bus is shared and has a lock.
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "work.h"

struct subscription {
	std::string topic;
	int worker;
};

static std::list<subscription> *bus;
static std::mutex bus_lock;
static int failures[3];

static std::list<subscription>::iterator subscribe(int worker)
{
	std::lock_guard<std::mutex> held(bus_lock);

	return bus->insert(bus->end(), subscription{std::string(40 + roll(40), 't'), worker});
}

static void unsubscribe(std::list<subscription>::iterator ended)
{
	std::lock_guard<std::mutex> held(bus_lock);

	bus->erase(ended);
}

static void serve(int worker)
{
	for (int i = 0; i < 4000; i++) {
		auto subscribed = subscribe(worker);

		work_parse();
		if (roll(60) == 0) {
			failures[worker]++; // the bug: comes back without going past the end
			continue;
		}
		work_reply();
		unsubscribe(subscribed);
	}
}

int main()
{
	std::vector<std::thread> workers;

	bus = new std::list<subscription>();
	for (int i = 0; i < 3; i++)
		workers.emplace_back(serve, i);
	for (std::thread &worker : workers)
		worker.join();

	expect("site=subscribe live_blocks=%d truth=leak verdict=leak|growing",
	       2 * (failures[0] + failures[1] + failures[2]));
	return 0;
}
