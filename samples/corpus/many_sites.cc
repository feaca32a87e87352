// SPDX-License-Identifier: MIT
//
// many_sites.cc - 24 kinds of objects with sizes and lifetimes of their own, mixed on the same pages.
//
// Every kind has a bounded number of objects, a small kind up to 40, a large one 8; when its turn
// comes, one of them is replaced. Fragmentation, and no leak.
#include "work.h"

enum { KINDS = 24, MOST = 40 };

static char *objects[KINDS][MOST];

template <int KIND> static char *make_object()
{
	char *object = new char[16 + 20 * KIND + roll(8)];

	object[0] = (char)KIND;
	return object;
}

template <int KIND> static void replace_one()
{
	char *&place = objects[KIND][roll(KIND < 12 ? MOST : 8)];

	delete[] place;
	place = make_object<KIND>();
}

static void (*const replace[KINDS])() = {
	replace_one<0>,	 replace_one<1>,  replace_one<2>,  replace_one<3>,  replace_one<4>,
	replace_one<5>,	 replace_one<6>,  replace_one<7>,  replace_one<8>,  replace_one<9>,
	replace_one<10>, replace_one<11>, replace_one<12>, replace_one<13>, replace_one<14>,
	replace_one<15>, replace_one<16>, replace_one<17>, replace_one<18>, replace_one<19>,
	replace_one<20>, replace_one<21>, replace_one<22>, replace_one<23>,
};

static char *note_total()
{
	return new char[32];
}

int main()
{
	static char *total = note_total();

	for (int i = 0; i < 40000; i++) {
		replace[roll(KINDS)]();
		if (i % 4 == 0)
			work_parse();
	}

	// Long enough for every place to have been taken.
	expect("site=note_total live_blocks=1 truth=fine verdict=startup");
	expect("site=make_object<3> live_blocks=40 truth=fine verdict=cache");
	expect("site=make_object<20> live_blocks=8 truth=fine verdict=cache");
	return total == nullptr;
}
