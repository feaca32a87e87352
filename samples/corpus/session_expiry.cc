// SPDX-License-Identifier: MIT
//
// session_expiry.cc - sessions that live for 2,000 requests each and then expire.
//
// The run is seven such lifetimes long: after the first, as many expire as are opened. Some are
// closed earlier. A report should call open_session a cache, and not growing.
#include <deque>
#include <memory>
#include <string>

#include "work.h"

struct session {
	int expires;
	std::string user;
};

static std::deque<std::unique_ptr<session>> *sessions; // the oldest first

static std::unique_ptr<session> open_session(int request)
{
	auto opened = std::make_unique<session>();

	opened->expires = request + 2000;
	opened->user.assign(20 + roll(60), 'u');
	return opened;
}

static void expire(int request)
{
	while (!sessions->empty() && (!sessions->front() || sessions->front()->expires <= request))
		sessions->pop_front();
}

static void close_early()
{
	(*sessions)[roll((uint32_t)sessions->size())].reset();
}

int main()
{
	int live = 0;

	sessions = new std::deque<std::unique_ptr<session>>();
	for (int request = 0; request < 14000; request++) {
		expire(request);
		if (request % 4 == 0)
			sessions->push_back(open_session(request));
		if (request % 40 == 3)
			close_early();
		work_parse();
		work_scratch();
	}
	for (const auto &one : *sessions)
		live += one != nullptr;

	expect("site=open_session live_blocks=%d truth=fine verdict=cache", 2 * live);
	expect("site=main truth=fine");
	return 0;
}
