// SPDX-License-Identifier: MIT
//
// real_late_client.cc - answers that are released when the client has read them, or does not ask.
//
// At 62 % of the run a client of a new kind turns up that leaves without reading to the end. One in
// 20 of all answers is for it from there on, and stays.
#include <deque>
#include <string>

#include "work.h"

struct answer {
	std::string text;
	bool reads = true;
};

static std::deque<answer *> *unread;
static int live;

static answer *make_answer()
{
	auto *made = new answer;

	made->text.assign(40 + roll(200), 'a');
	live++;
	return made;
}

static void read_oldest()
{
	answer *oldest = unread->front();

	unread->pop_front();
	if (!oldest->reads)
		return; // the bug
	delete oldest;
	live--;
}

int main()
{
	unread = new std::deque<answer *>();
	for (int request = 0; request < 13000; request++) {
		answer *made = make_answer();

		made->reads = request < 8060 || roll(20) != 0;
		unread->push_back(made);
		if (unread->size() > 30)
			read_oldest();
		work_scratch();
		work_table();
	}

	expect("site=make_answer allocations=26000 live_blocks=%d truth=leak verdict=leak|growing",
	       2 * live);
	expect("site=main truth=fine");
	return 0;
}
