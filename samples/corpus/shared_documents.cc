// SPDX-License-Identifier: MIT
//
// shared_documents.cc - documents held by shared_ptr in several places, all of which let go.
//
// A document is in a list of recent ones (20), perhaps in a print queue, and open in a window for a
// while. The parent pointers are weak. A report should not show load_document as growing.
#include <deque>
#include <memory>
#include <vector>

#include "work.h"

struct document {
	std::weak_ptr<document> parent;
	std::vector<std::shared_ptr<document>> attachments;
	char text[100];
};

static std::shared_ptr<document> load_document()
{
	auto loaded = std::make_shared<document>();
	int count = (int)roll(4);

	for (int i = 0; i < count; i++) {
		loaded->attachments.push_back(std::make_shared<document>());
		loaded->attachments.back()->parent = loaded;
	}
	return loaded;
}

static void edit_documents()
{
	std::deque<std::shared_ptr<document>> recent, printing;
	std::shared_ptr<document> window;

	for (int event = 0; event < 8000; event++) {
		if (event % 3 == 0) {
			recent.push_back(load_document());
			if (recent.size() > 20)
				recent.pop_front();
			if (roll(5) == 0)
				printing.push_back(recent.back());
		}
		if (event % 40 == 0)
			window = recent.front();
		if (!printing.empty() && roll(4) == 0)
			printing.pop_front();
		work_parse();
		work_scratch();
	}
}

int main()
{
	edit_documents();

	expect("site=load_document live_blocks=0 truth=fine");
	expect("site=edit_documents live_blocks=0 truth=fine");
	return 0;
}
