// SPDX-License-Identifier: MIT
//
// observers.cc - dialogs that listen to a model, and do not end their listening when they close.
//
// The dialogs themselves are released. A report should call subscribe growing and open_dialog
// balanced.
#include <list>
#include <memory>

#include "work.h"

struct listener {
	int dialog;
	char filter[40];
};

struct dialog {
	int number;
	char title[100];
};

static std::list<std::unique_ptr<listener>> *listeners;

static void subscribe(int number)
{
	listeners->push_back(std::make_unique<listener>());
	listeners->back()->dialog = number;
}

static dialog *open_dialog(int number)
{
	dialog *opened = new dialog();

	opened->number = number;
	subscribe(number);
	return opened;
}

static void close_dialog(dialog *opened)
{
	delete opened; // the bug: its listener stays subscribed
}

int main()
{
	dialog *current = nullptr;
	int dialogs = 0;

	listeners = new std::list<std::unique_ptr<listener>>();
	for (int event = 0; event < 15000; event++) {
		if (event % 20 == 5)
			current = open_dialog(dialogs++);
		if (event % 20 == 17)
			close_dialog(current);
		work_scratch();
		work_table();
	}

	expect("site=subscribe live_blocks=%d truth=leak verdict=growing|leak", 2 * dialogs);
	expect("site=open_dialog allocations=%d live_blocks=0 truth=fine verdict=balanced",
	       dialogs);
	return 0;
}
