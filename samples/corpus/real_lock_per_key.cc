// SPDX-License-Identifier: MIT
//
// real_lock_per_key.cc - a lock for each document, made when it is first locked, and never removed.
//
// Most work is done on a few documents; new ones are opened at a steady rate, and closed for good.
#include <map>
#include <memory>
#include <mutex>

#include "work.h"

static std::map<int, std::unique_ptr<std::mutex>> *locks;

static std::mutex &lock_of(int document)
{
	std::unique_ptr<std::mutex> &place = (*locks)[document]; // the bug: nobody takes it out

	if (!place)
		place = std::make_unique<std::mutex>();
	return *place;
}

int main()
{
	int newest = 0;

	locks = new std::map<int, std::unique_ptr<std::mutex>>();
	for (int request = 0; request < 10000; request++) {
		newest += roll(25) == 0;
		std::lock_guard<std::mutex> held(lock_of(newest - (int)roll(8)));

		work_parse();
		work_table();
	}

	expect("site=lock_of live_blocks=%zu truth=leak verdict=leak|growing", 2 * locks->size());
	return 0;
}
