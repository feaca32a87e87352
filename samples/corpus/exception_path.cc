// SPDX-License-Identifier: MIT
//
// exception_path.cc - a plain new whose delete is jumped over when the work in between throws.
//
// From a fifth of the run on, two orders in a hundred are refused by an exception. A report should
// show price_order as a leak.
#include <stdexcept>
#include <string>

#include "work.h"

struct order {
	int number;
	char customer[72];
};

static void check_credit(const order *checked)
{
	if (checked->number >= 2400 && roll(50) == 0)
		throw std::runtime_error("no credit for order " + std::to_string(checked->number));
}

static void price_order(int number)
{
	order *priced = new order();

	priced->number = number;
	work_parse();
	check_credit(priced); // the bug: the order is nobody's when this throws
	delete priced;
}

int main()
{
	int refused = 0;

	for (int number = 0; number < 12000; number++) {
		try {
			price_order(number);
		} catch (const std::runtime_error &) {
			refused++;
		}
		work_table();
	}

	expect("site=price_order allocations=12000 live_blocks=%d live_bytes=%zu truth=leak "
	       "verdict=leak|growing",
	       refused, refused * sizeof(order));
	return 0;
}
