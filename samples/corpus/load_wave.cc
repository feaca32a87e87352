// SPDX-License-Identifier: MIT
//
// load_wave.cc - calls on a switchboard that follow the hours of the day: four days, up and down.
//
// Between 20 and 300 calls are open. The run ends at a medium level while it rises for the fifth
// time. A report should not show begin_call as growing.
#include <memory>
#include <vector>

#include "work.h"

struct call {
	int number;
	char parties[120];
};

static std::vector<std::unique_ptr<call>> *calls;

static void begin_call(int number)
{
	calls->push_back(std::make_unique<call>());
	calls->back()->number = number;
}

static void end_call()
{
	size_t place = roll((uint32_t)calls->size());

	std::swap((*calls)[place], calls->back());
	calls->pop_back();
}

int main()
{
	enum { DAY = 3000 };

	calls = new std::vector<std::unique_ptr<call>>();
	for (int minute = 0; minute < 4 * DAY + DAY / 4; minute++) {
		int hour = minute % DAY;
		int wanted = 20 + 280 * (hour < DAY / 2 ? hour : DAY - hour) / (DAY / 2);

		if (!calls->empty() && roll(2))
			end_call();
		while ((int)calls->size() < wanted)
			begin_call(minute);
		while ((int)calls->size() > wanted)
			end_call();
		work_parse();
		work_table();
	}

	expect("site=begin_call live_blocks=%zu truth=fine", calls->size() + 1);
	return 0;
}
