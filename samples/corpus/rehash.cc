// SPDX-License-Identifier: MIT
//
// rehash.cc - a hash table that grows to its size, rehashing on the way, and is then only updated.
//
// 5,000 keys, all known at 40 % of the run. The array of buckets is replaced by larger ones; the
// entries stay. A report should not show count_word as growing.
#include <unordered_map>

#include "work.h"

static std::unordered_map<int, int> *counts;

static void count_word(int word)
{
	(*counts)[word]++;
}

int main()
{
	enum { WORDS = 5000, LINES = 12500 };

	counts = new std::unordered_map<int, int>();
	for (int line = 0; line < LINES; line++) {
		count_word(line < WORDS ? line * 7 : (int)roll(WORDS) * 7);
		count_word((int)roll((uint32_t)(line < WORDS ? line + 1 : WORDS)) * 7);
		work_parse();
		work_scratch();
	}

	// An entry per word and the array of buckets.
	expect("site=count_word live_blocks=5001 truth=fine");
	return 0;
}
