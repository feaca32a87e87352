// SPDX-License-Identifier: MIT
//
// real_tenants.cc - the catalogues of four tenants, each loaded when the tenant first signs in.
//
// That is at the start, and at 22, 41 and 63 % of the run. A catalogue has 300 items and stays;
// there are four tenants.
#include <memory>
#include <string>
#include <vector>

#include "work.h"

struct item {
	std::string name;
	int price;
};

static std::vector<std::unique_ptr<item>> *catalogues; // of four tenants

static std::unique_ptr<item> load_item(int number)
{
	auto loaded = std::make_unique<item>();

	loaded->name.assign(20 + roll(60), 'n');
	loaded->price = number;
	return loaded;
}

static void sign_in(int tenant)
{
	catalogues[tenant].reserve(300);
	for (int i = 0; i < 300; i++)
		catalogues[tenant].push_back(load_item(i));
}

int main()
{
	static const int first_seen[] = {0, 2200, 4100, 6300};
	int tenants = 0;

	catalogues = new std::vector<std::unique_ptr<item>>[4];
	for (int request = 0; request < 10000; request++) {
		if (tenants < 4 && request == first_seen[tenants])
			sign_in(tenants++);
		work_parse();
		work_reply();
	}

	expect("site=load_item allocations=2400 live_blocks=2400 truth=fine");
	expect("site=sign_in allocations=4 live_blocks=4 truth=fine");
	return 0;
}
