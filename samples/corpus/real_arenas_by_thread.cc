// SPDX-License-Identifier: MIT
//
// real_arenas_by_thread.cc - nodes that change the thread, and a list of released nodes in each.
//
// Two threads make nodes, two others release them, into a list of their own of at most 300; when it
// is full, two thirds of it are given back to the heap.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "work.h"

struct node {
	char bytes[120];
};

class exchange
{
      public:
	void put(node *given)
	{
		std::unique_lock<std::mutex> held(lock);

		changed.wait(held, [this] { return nodes.size() < 50; });
		nodes.push_back(given);
		changed.notify_all();
	}
	node *take()
	{
		std::unique_lock<std::mutex> held(lock);

		changed.wait(held, [this] { return !nodes.empty(); });
		node *taken = nodes.front();
		nodes.pop_front();
		changed.notify_all();
		return taken;
	}

      private:
	std::mutex lock;
	std::condition_variable changed;
	std::deque<node *> nodes;
};

enum { NODES = 5000, KEPT = 300 };

static exchange lanes[2];
static std::vector<node *> *kept; // of each of the two that release

static node *new_node()
{
	return new node;
}

static void make(int lane)
{
	for (int i = 0; i < NODES; i++) {
		work_table();
		lanes[lane].put(new_node());
	}
}

static void release(int lane)
{
	for (int i = 0; i < NODES; i++) {
		kept[lane].push_back(lanes[lane].take());
		work_scratch();
		while (kept[lane].size() >= KEPT) {
			while (kept[lane].size() > KEPT / 3) {
				delete kept[lane].back();
				kept[lane].pop_back();
			}
		}
	}
}

int main()
{
	std::vector<std::thread> threads;

	kept = new std::vector<node *>[2];
	for (int lane = 0; lane < 2; lane++) {
		threads.emplace_back(make, lane);
		threads.emplace_back(release, lane);
	}
	for (std::thread &thread : threads)
		thread.join();

	expect("site=new_node allocations=%d live_blocks=%zu truth=fine", 2 * NODES,
	       kept[0].size() + kept[1].size());
	return 0;
}
