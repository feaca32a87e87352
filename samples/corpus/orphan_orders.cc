// SPDX-License-Identifier: MIT
//
// orphan_orders.cc - an order book from which filled orders are erased, and expired ones are not.
//
// Most orders are filled within 50 ticks and leave; one in 20 expires unfilled and stays in the
// book for good. A report should call place_order growing although its blocks come and go.
#include <map>
#include <string>

#include "work.h"

struct order {
	int expires;
	std::string account;
};

static std::map<int, order> *book;

static void place_order(int number)
{
	order &placed = (*book)[number];

	placed.expires = number + 50;
	placed.account.assign(30 + roll(30), 'a');
}

static void fill_order(int number)
{
	book->erase(number);
}

int main()
{
	enum { ORDERS = 8000 };

	book = new std::map<int, order>();
	for (int number = 0; number < ORDERS; number++) {
		place_order(number);
		if (number >= 50 && number % 20 != 0)
			fill_order(number - 50);
		work_parse();
		work_document(2);
	}

	expect("site=place_order live_blocks=%zu truth=leak verdict=growing|leak",
	       2 * book->size());
	expect("site=main live_blocks=1 truth=fine");
	return 0;
}
