// SPDX-License-Identifier: MIT
//
// real_unanswered.cc - requests to a peer, waiting in a map by number until they are answered.
//
// One in 100 is never answered, and nothing takes it out when its time is up.
#include <string>
#include <unordered_map>

#include "work.h"

struct waiting {
	std::string body;
	int tries = 0;
};

static std::unordered_map<int, waiting> *pending;

static void send_request(int number)
{
	(*pending)[number].body.assign(60 + roll(100), 'q');
}

static void on_answer(int number)
{
	pending->erase(number);
}

int main()
{
	int lost = 0;

	pending = new std::unordered_map<int, waiting>();
	pending->reserve(4000);
	for (int number = 0; number < 14000; number++) {
		send_request(number);
		work_scratch();
		work_parse();
		if (number >= 20) {
			if (roll(100) == 0)
				lost++; // the bug: a limit of time would erase it
			else
				on_answer(number - 20);
		}
	}

	expect("site=send_request live_blocks=%d truth=leak verdict=leak|growing", 2 * (lost + 20));
	return 0;
}
