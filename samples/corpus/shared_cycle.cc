// SPDX-License-Identifier: MIT
//
// shared_cycle.cc - pages whose parts hold the page by a shared_ptr, as the page holds its parts.
//
// Only pages with a note have the reference back, one in five. A report should show build_page as a
// leak: page, parts and vector of such a page keep each other.
#include <memory>
#include <vector>

#include "work.h"

struct page;

struct part {
	std::shared_ptr<page> owner; // the bug: should be a weak_ptr
	char text[48];
};

struct page {
	std::vector<std::shared_ptr<part>> parts;
};

static std::shared_ptr<page> build_page()
{
	auto built = std::make_shared<page>();

	for (int i = 0; i < 3; i++)
		built->parts.push_back(std::make_shared<part>());
	return built;
}

static void add_note(const std::shared_ptr<page> &to)
{
	to->parts[0]->owner = to;
}

int main()
{
	int notes = 0;

	for (int number = 0; number < 6000; number++) {
		std::shared_ptr<page> shown = build_page();

		work_document(3);
		if (roll(5) == 0) {
			add_note(shown);
			notes++;
		}
		work_scratch();
	}

	expect("site=build_page live_blocks=%d truth=leak verdict=leak|growing", 5 * notes);
	expect("live_blocks=%d..", 5 * notes);
	return 0;
}
