// SPDX-License-Identifier: MIT
//
// masked_leak.cc - a slow leak beside a busy cache that holds a thousand times as much.
//
// The cache of images fills to 400 and is then replaced block by block; its bytes wander. A report
// should show lose_ticket as a leak, small as it is, and load_image as a cache.
#include <memory>
#include <vector>

#include "work.h"

struct ticket {
	int request;
};

static void lose_ticket(int request)
{
	ticket *lost = new ticket();

	lost->request = request; // the bug: it was to be redeemed later
}

static std::unique_ptr<char[]> load_image()
{
	return std::make_unique<char[]>(2000 + roll(8000));
}

int main()
{
	static auto *images = new std::vector<std::unique_ptr<char[]>>(400);

	for (int request = 0; request < 12000; request++) {
		if (roll(3) == 0)
			(*images)[roll(400)] = load_image();
		if (request % 150 == 149)
			lose_ticket(request);
		work_parse();
	}

	expect("site=lose_ticket allocations=80 live_blocks=80 live_bytes=320 truth=leak "
	       "verdict=leak|growing");
	expect("site=load_image live_blocks=400 truth=fine verdict=cache");
	return 0;
}
