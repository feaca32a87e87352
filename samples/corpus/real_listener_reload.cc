// SPDX-License-Identifier: MIT
//
// real_listener_reload.cc - a daemon that opens its listeners anew on each reload, 16 times.
//
// The vector that held the old ones is cleared. They were not held by anything that would delete
// them.
#include <string>
#include <vector>

#include "work.h"

struct listener {
	std::string address;
	int port;
};

static std::vector<listener *> *listeners;

static listener *open_listener(int port)
{
	auto *opened = new listener;

	opened->address = "address-of-the-host-number-" + std::to_string(port);
	opened->port = port;
	return opened;
}

static void reload()
{
	listeners->clear(); // the bug
	for (int i = 0; i < 6; i++)
		listeners->push_back(open_listener(8000 + i));
}

int main()
{
	listeners = new std::vector<listener *>();
	for (int request = 0; request < 9600; request++) {
		if (request % 600 == 0)
			reload();
		work_parse();
		work_reply();
		work_scratch();
	}

	expect("site=open_listener allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       16 * 6 * 2, 16 * 6 * 2);
	expect("site=reload truth=fine");
	return 0;
}
