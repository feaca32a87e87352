// SPDX-License-Identifier: MIT
//
// callbacks.cc - functions with captures, queued for the next turn of an event loop, then called.
//
// Each capture is an allocation; tasks may queue a task. A report should show post as balanced, and
// the pieces of the queue too.
#include <deque>
#include <functional>
#include <string>

#include "work.h"

struct loop {
	std::deque<std::function<void()>> tasks;

	void post(int number, const std::string &text);
	void turn();
};

static long handled;

void loop::post(int number, const std::string &text)
{
	tasks.push_back([this, number, text] {
		handled += (long)text.size();
		if (number % 4 == 0)
			post(number + 1, text + " again");
		work_scratch();
	});
}

void loop::turn()
{
	std::deque<std::function<void()>> now;

	now.swap(tasks);
	for (auto &task : now)
		task();
}

int main()
{
	{
		loop events;

		for (int number = 0; number < 5000; number++) {
			events.post(number, "a text that does not fit into the string itself");
			if (number % 3 == 0)
				events.turn();
			work_parse();
		}
		while (!events.tasks.empty())
			events.turn();
	}

	expect("site=loop::post live_blocks=0 truth=fine verdict=balanced");
	return handled == 0;
}
