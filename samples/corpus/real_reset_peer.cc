// SPDX-License-Identifier: MIT
//
// real_reset_peer.cc - a session whose cipher state is released by a farewell, which resets skip.
//
// Three closes in 100 are resets. Sessions overlap, and a few are open when the program ends.
#include <memory>
#include <vector>

#include "work.h"

struct cipher {
	std::vector<char> key;
	char *state;
};

struct session {
	cipher *secured;
	int id;
};

static cipher *new_cipher()
{
	auto *made = new cipher;

	made->key.resize(48);
	made->state = new char[400 + roll(100)];
	return made;
}

static std::unique_ptr<session> open_session(int id)
{
	auto opened = std::make_unique<session>();

	opened->secured = new_cipher();
	opened->id = id;
	return opened;
}

static void say_farewell(session &closing)
{
	delete[] closing.secured->state;
	delete closing.secured;
}

int main()
{
	std::vector<std::unique_ptr<session>> slots(50);
	int opened = 0, resets = 0, live = 0;

	for (int event = 0; event < 16000; event++) {
		std::unique_ptr<session> &slot = slots[roll(50)];

		work_table();
		if (!slot) {
			slot = open_session(opened++);
			live++;
			continue;
		}
		if (roll(100) < 3)
			resets++; // the bug: the destructor of session does not know of the cipher
		else
			say_farewell(*slot);
		slot.reset();
		live--;
	}

	expect("site=new_cipher allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       3 * opened, 3 * (resets + live));
	expect("site=open_session allocations=%d truth=fine", opened);
	return 0;
}
