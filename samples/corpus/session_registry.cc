// SPDX-License-Identifier: MIT
//
// session_registry.cc - a map of sessions where a logout marks the session and nothing erases it.
//
// The map is reachable to the end. A report should call log_in growing.
#include <map>
#include <string>

#include "work.h"

struct session {
	bool open = true;
	std::string user;
};

static std::map<int, session> *sessions;

static void log_in(int number)
{
	(*sessions)[number].user = "customer number " + std::to_string(100000 + number);
}

static void log_out(int number)
{
	(*sessions)[number].open = false; // the bug: should erase it
}

int main()
{
	int logins = 0;

	sessions = new std::map<int, session>();
	for (int request = 0; request < 10000; request++) {
		if (request % 4 == 0)
			log_in(logins++);
		if (request % 4 == 3 && logins > 10)
			log_out(logins - 10);
		work_parse();
		work_reply();
	}

	expect("site=log_in live_blocks=%d truth=leak verdict=growing|leak", 2 * logins);
	expect("site=main live_blocks=1 truth=fine verdict=startup");
	return 0;
}
