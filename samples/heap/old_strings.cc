// SPDX-License-Identifier: MIT
//
// old_strings.cc - std::string as it was before C++11: a pointer behind a header with length, capacity
// and a count of owners.
#define _GLIBCXX_USE_CXX11_ABI 0
#include <string>
#include <vector>

#include "heap.h"

CASE(kept_old_string, "reachable 2 133")
{
	kept = new std::string(100, 'x');
}

CASE(lost_old_string, "direct 1 8, indirect 1 125")
{
	new std::string(100, 'x');
}

// Ten strings, one text.
CASE(shared_old_string, "reachable 3 229")
{
	kept = new std::vector<std::string>(10, std::string(100, 'x'));
}
