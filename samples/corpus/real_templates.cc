// SPDX-License-Identifier: MIT
//
// real_templates.cc - page templates that are compiled when first used; drafts are compiled each
// time.
//
// Both go through the same function. There are 150 templates, some of them seldom used; a draft is
// released after it was shown.
#include <memory>
#include <string>
#include <vector>

#include "work.h"

struct compiled {
	std::vector<std::string> parts;
};

static std::unique_ptr<compiled> *templates; // 150

static std::unique_ptr<compiled> compile(int parts)
{
	auto made = std::make_unique<compiled>();

	for (int i = 0; i < parts; i++)
		made->parts.emplace_back(20 + roll(60), 'c');
	return made;
}

static void show(int number)
{
	if (!templates[number])
		templates[number] = compile(6);
	work_reply();
}

int main()
{
	int live = 0;

	templates = new std::unique_ptr<compiled>[150];
	for (int request = 0; request < 8000; request++) {
		if (roll(3) == 0)
			compile(6);
		else
			show((int)roll(1 + roll(150)));
		work_parse();
	}
	for (int i = 0; i < 150; i++)
		live += templates[i] != nullptr;

	expect("site=compile live_blocks=%d.. truth=fine", 8 * live);
	return 0;
}
