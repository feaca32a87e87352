// SPDX-License-Identifier: MIT
//
// real_wave_leak.cc - sessions that follow the hours of the day, of which one in 80 is never
// closed.
//
// Three days; at noon there are 300 sessions, at night a handful. A day loses an eighth of those of
// noon.
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "work.h"

struct session {
	std::string user;
	bool hung = false;
};

static std::vector<std::unique_ptr<session>> *sessions, *hung;

static std::unique_ptr<session> open_session()
{
	auto opened = std::make_unique<session>();

	opened->user.assign(30 + roll(50), 'u');
	return opened;
}

static void close_one()
{
	auto &all = *sessions;

	std::swap(all[roll((uint32_t)all.size())], all.back());
	if (roll(80) == 0)
		hung->push_back(std::move(all.back())); // the bug: waits for a farewell
	all.pop_back();
}

int main()
{
	sessions = new std::vector<std::unique_ptr<session>>();
	hung = new std::vector<std::unique_ptr<session>>();
	hung->reserve(1000);
	for (int i = 0; i < 12000; i++) {
		double wanted = 155 - 145 * std::cos(i / 4000.0 * 2 * M_PI);

		if (sessions->size() < wanted)
			sessions->push_back(open_session());
		else
			close_one();
		if (roll(2) && !sessions->empty())
			close_one();
		work_parse();
		work_scratch();
	}

	expect("site=open_session live_blocks=%zu truth=leak verdict=leak|growing",
	       2 * (sessions->size() + hung->size()));
	expect("site=main truth=fine");
	return 0;
}
