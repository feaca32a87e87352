// SPDX-License-Identifier: MIT
//
// leak_new.cc - the same for C++: new, new[], aligned new and a container that outlives its use.
//
// What operator new asks of malloc is one allocation, made by the line with the new expression.
// The buffer of a vector belongs to the template that grew it; the innermost frame of the
// program's own source is the line that pushed.
#include <cstdint>
#include <new>
#include <vector>

#include "expect.h"

struct order {
	std::uint64_t number;
	char customer[56];
};

struct alignas(64) cache_line {
	char bytes[64];
};

static void lose_orders()
{
	for (int i = 0; i < 5; i++)
		new order();
}

static void lose_arrays()
{
	for (int i = 0; i < 3; i++)
		new double[100];
}

static void lose_aligned()
{
	new cache_line();
}

static std::vector<int> *numbers;

static void keep_numbers()
{
	numbers = new std::vector<int>();
	numbers->reserve(1000);
}

static void release_in_kind()
{
	delete new order();
	delete[] new double[100];
	delete new cache_line();
	delete new (std::nothrow) order();
}

int main()
{
	lose_orders();
	lose_arrays();
	lose_aligned();
	keep_numbers();
	release_in_kind();

	expect("site=lose_orders live_blocks=5 live_bytes=320");
	expect("site=lose_arrays live_blocks=3 live_bytes=2400");
	expect("site=lose_aligned live_blocks=1 live_bytes=64");
	expect("site=keep_numbers live_blocks=2 live_bytes=%zu",
	       sizeof(std::vector<int>) + 1000 * sizeof(int));
	expect("site=release_in_kind allocations=4 live_blocks=0");
	expect("finding=mismatched-release occurrences=0");
	return 0;
}
