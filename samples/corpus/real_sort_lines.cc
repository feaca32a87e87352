// SPDX-License-Identifier: MIT
//
// real_sort_lines.cc - a tool that reads all lines, sorts them, writes them and ends.
//
// hard: the lines grow to the end of the input, which is most of the run. Everything is needed
// until the last one was written, and then the process goes away. Nobody would fix read_line.
#include <algorithm>
#include <string>
#include <vector>

#include "work.h"

static std::vector<std::string> *lines;

static void read_line(int number)
{
	lines->push_back(std::to_string(roll(1u << 31)) + std::string(10 + roll(60), ' ') +
			 std::to_string(number));
}

int main()
{
	size_t written = 0;

	lines = new std::vector<std::string>();
	for (int number = 0; number < 9000; number++) {
		work_scratch();
		work_parse();
		read_line(number);
	}
	std::sort(lines->begin(), lines->end());
	for (const std::string &line : *lines) {
		written += line.size();
		work_scratch();
	}

	expect("site=read_line truth=fine");
	return written == 0;
}
