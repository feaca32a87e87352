// SPDX-License-Identifier: MIT
//
// interning.cc - a table of interned names, fed with names that clients make up.
//
// Some names come again and again, which is what interning is for; one in three is new. A report
// should call intern growing.
#include <string>
#include <unordered_set>

#include "work.h"

static std::unordered_set<std::string> *names;

static const std::string &intern(const char *name)
{
	return *names->emplace(name).first;
}

static void handle(const char *name)
{
	work_parse();
	intern(name);
	work_defer();
}

int main()
{
	names = new std::unordered_set<std::string>();
	for (int request = 0; request < 9000; request++) {
		char name[64];

		if (roll(3) == 0)
			snprintf(name, sizeof name, "client-supplied-attribute-%d", request);
		else
			snprintf(name, sizeof name, "well-known-attribute-%u", roll(60));
		handle(name);
	}
	work_drain();

	// Of each name a node and its text, and the array of buckets.
	expect("site=intern live_blocks=%zu truth=leak verdict=growing|leak",
	       2 * names->size() + 1);
	return 0;
}
