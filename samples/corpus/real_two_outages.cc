// SPDX-License-Identifier: MIT
//
// real_two_outages.cc - a client that forgets its connection when the peer ends it during a call.
//
// That happens in two outages of the peer, at 25 % and at 70 % of the run, and never else. A
// connection is used for ten calls and then released.
#include <memory>
#include <vector>

#include "work.h"

struct connection {
	std::vector<char> buffer;
	int calls = 0;
};

static connection *connect_to_peer()
{
	auto *made = new connection;

	made->buffer.resize(300 + roll(200));
	return made;
}

static bool is_outage(int call)
{
	return (call > 5000 && call < 5800) || (call > 14000 && call < 14800);
}

int main()
{
	connection *current = nullptr;
	int lost = 0;

	for (int call = 0; call < 20000; call++) {
		if (!current)
			current = connect_to_peer();
		current->calls++;
		work_table();
		if (is_outage(call) && roll(4) == 0) {
			current = nullptr; // the bug
			lost++;
		} else if (current->calls == 10) {
			delete current;
			current = nullptr;
		}
	}

	expect("site=connect_to_peer live_blocks=%d truth=leak", 2 * (lost + (current != nullptr)));
	return 0;
}
