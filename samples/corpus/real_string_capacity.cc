// SPDX-License-Identifier: MIT
//
// real_string_capacity.cc - eight formatters that reuse one string each, whose capacity only grows.
//
// Long lines are rare, so new lengths still turn up late in the run. The longest line there can be
// bounds it all.
#include <string>
#include <vector>

#include "work.h"

static std::string *formatted; // eight of them

static void format_line(std::string &line, size_t length)
{
	line.clear();
	while (line.size() < length)
		line.append("some field, ");
}

static size_t line_length()
{
	if (roll(150) != 0)
		return 100 + roll(300);
	return 100 + roll(1u << (8 + roll(7)));
}

int main()
{
	formatted = new std::string[8];
	for (int i = 0; i < 16000; i++) {
		format_line(formatted[roll(8)], line_length());
		work_scratch();
		work_parse();
	}

	expect("site=format_line live_blocks=8 truth=fine");
	return 0;
}
