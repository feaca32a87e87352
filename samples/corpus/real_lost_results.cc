// SPDX-License-Identifier: MIT
//
// real_lost_results.cc - two workers that hand their results to the main thread, which prints them.
//
// A result whose job was cancelled while it was worked on, one in 80, is taken from the queue and
// not released. The queue has at most 20 places.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "work.h"

struct result {
	int job;
	std::vector<int> numbers;
};

static std::deque<result *> queue;
static std::mutex lock;
static std::condition_variable changed;

static result *compute(int job)
{
	auto *computed = new result;

	computed->job = job;
	computed->numbers.resize(20 + roll(40), job);
	return computed;
}

static void work_off(int first)
{
	for (int job = first; job < 8000; job += 2) {
		work_table();
		result *computed = compute(job);
		std::unique_lock<std::mutex> held(lock);

		changed.wait(held, [] { return queue.size() < 20; });
		queue.push_back(computed);
		changed.notify_all();
	}
}

static result *next_result()
{
	std::unique_lock<std::mutex> held(lock);

	changed.wait(held, [] { return !queue.empty(); });
	result *taken = queue.front();
	queue.pop_front();
	changed.notify_all();
	return taken;
}

int main()
{
	std::thread even(work_off, 0), odd(work_off, 1);
	int cancelled = 0;

	for (int i = 0; i < 8000; i++) {
		result *taken = next_result();

		work_reply();
		if (taken->job / 2 % 80 == 7)
			cancelled++; // the bug
		else
			delete taken;
	}
	even.join();
	odd.join();

	expect("site=compute allocations=16000 live_blocks=%d truth=leak verdict=leak|growing",
	       2 * cancelled);
	return 0;
}
