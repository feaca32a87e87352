// SPDX-License-Identifier: MIT
//
// new_handler.cc - what happens when operator new fails is the program's business: its new-handler
// must be called as often as without a recorder, and may make the allocation succeed after all.
#include <cstdlib>
#include <new>

#include "expect.h"

static const std::size_t impossible = std::size_t(1) << 62;
static char *reserve;
static int calls;

static void throw_at_once()
{
	calls++;
	throw std::bad_alloc();
}

static void fail_with_handler()
{
	try {
		delete[] new char[impossible];
	} catch (const std::bad_alloc &) {
		say("caught after %d calls", calls);
	}
	if (!new (std::nothrow) char[impossible])
		say("null after %d calls", calls);
}

static void give_up_reserve()
{
	delete[] reserve;
	reserve = nullptr;
	std::set_new_handler(nullptr);
}

// The handler releases what was set aside; the second attempt fails for good.
static void fail_with_reserve()
{
	reserve = new char[5000];
	std::set_new_handler(give_up_reserve);
	try {
		delete[] new char[impossible];
	} catch (const std::bad_alloc &) {
		say("reserve %s", reserve ? "kept" : "released");
	}
}

static void fail_without_handler()
{
	try {
		delete[] new char[impossible];
	} catch (const std::bad_alloc &) {
		say("caught");
	}
}

int main()
{
	std::set_new_handler(throw_at_once);
	fail_with_handler();
	fail_with_reserve();
	fail_without_handler();
	expect("site=fail_with_reserve live_blocks=0");
	expect("site=fail_without_handler failures=1");
	expect("finding=mismatched-release occurrences=0");
}
