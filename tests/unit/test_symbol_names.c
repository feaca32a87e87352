/* SPDX-License-Identifier: MIT */
/* Names and paths as readers want them, and the search for the range that an address is in. */
#define _GNU_SOURCE
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/symbols/names.h"
#include "analyzer/symbols/ranges.h"
#include "suite.h"

static const char *const symbol_names[][3] = {
	/* What a symbol table has, what is shown, the language that it tells. */
	{"main", "main", ""},
	{"", "", ""},
	{"_Znwm", "operator new(unsigned long)", "c++"},
	{"_Znwm@@GLIBCXX_3.4", "operator new(unsigned long)", "c++"},
	{"_ZSt4moveIRiEONSt16remove_referenceIT_E4typeEOS2_", "std::move<int&>(int&)", "c++"},
	{"_Z3fooNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE", "foo(std::string)", "c++"},
	{"_Z3fooSt6vectorINSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEESaIS5_EE",
	 "foo(std::vector<std::string, std::allocator<std::string> >)", "c++"},
	{"_Z3foov.part.0", "foo()", "c++"},
	{"_Zgarbage", "_Zgarbage", ""},
	{"_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "core::fmt::Write::write_fmt", "rust"},
	{"_RNvCs1234_7mycrate3foo", "mycrate::foo", "rust"},
	{"_RNvMs_Cs1234_7mycrateNtB4_3Bar3baz", "<mycrate::Bar>::baz", "rust"},
	{"_D3foo3barFiZv", "foo.bar(int)", "d"},
	{"__store_MOD_grab", "store::grab", "fortran"},
	{"quick.constprop.0.isra.3", "quick", ""},
	{"quick.cold", "quick", ""},
	{"nested.2", "nested", ""},
	{"realloc@@GLIBC_2.2.5", "realloc", ""},
	{"main.main.func1.2", "main.main.func1.2", ""},
	{"a.out", "a.out", ""},
	{".cold", ".cold", ""},
	{"@", "@", ""},
};

START_TEST(test_function_names)
{
	struct names names = {0};
	struct name name = names_function(&names, symbol_names[_i][0]);

	ck_assert_str_eq(name.text, symbol_names[_i][1]);
	ck_assert_str_eq(name.language, symbol_names[_i][2]);
	ck_assert_ptr_eq(names_function(&names, symbol_names[_i][0]).text, name.text);
	names_release(&names);
}
END_TEST

/* Each A<x, x> takes the one before twice: 40 of them stand for a terabyte of text. */
START_TEST(test_expanding_name)
{
	struct names names = {0};
	struct name name;
	char symbol[1024] = "_Z1f1AIiiE";
	unsigned length = (unsigned)strlen(symbol);

	for (unsigned i = 1; i <= 40; i++) {
		char back[8];

		/* Substitutions are numbered S_, S0_ to S9_, SA_ to SZ_, S10_. */
		if (i <= 36)
			sprintf(back, "S%c_", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i - 1]);
		else
			sprintf(back, "S1%c_", "0123456789"[i - 37]);
		length += (unsigned)sprintf(symbol + length, "S_I%s%sE", back, back);
	}
	name = names_function(&names, symbol);
	ck_assert_str_eq(name.text, symbol);
	ck_assert(!name.demangled);
	names_release(&names);
}
END_TEST

static const char *const paths[][2] = {
	{"/usr/src/a.c", "/usr/src/a.c"},
	{"./a.c", "a.c"},
	{"/usr/./src//x/../a.c", "/usr/src/a.c"},
	{"a/../../b.c", "../b.c"},
	{"../../b.c", "../../b.c"},
	{"../a/../b.c", "../b.c"},
	{"/../a.c", "/a.c"},
	{"/a/../b.c", "/b.c"},
	{"a/..", ""},
	{"...", "..."},
	{"/", "/"},
	{"", ""},
};

START_TEST(test_paths)
{
	struct names names = {0};

	ck_assert_str_eq(names_path(&names, paths[_i][0]), paths[_i][1]);
	names_release(&names);
}
END_TEST

static uint64_t next_random(uint64_t *state)
{
	/* Marsaglia, "Xorshift RNGs", 2003. */
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Bisection against looking at every range. */
START_TEST(test_ranges)
{
	uint64_t random = (uint64_t)_i + 1;
	struct ranges ranges = {0};
	uint32_t value;

	for (uint32_t i = 0; i < 60; i++) {
		uint64_t low = next_random(&random) % 100;

		ranges_add(&ranges, low, low + next_random(&random) % 30, 0, i);
	}
	ranges_seal(&ranges);
	for (uint64_t address = 0; address < 140; address++) {
		const struct range *expected = NULL;

		for (size_t i = 0; i < ranges.count; i++) {
			const struct range *r = &ranges.items[i];

			if (r->low <= address && address < r->high &&
			    (!expected || r->low > expected->low ||
			     (r->low == expected->low && r->high <= expected->high)))
				expected = r;
		}
		ck_assert_int_eq(ranges_find(&ranges, address, &value), expected != NULL);
		if (expected)
			ck_assert_uint_eq(value, expected->value);
	}
	ranges_release(&ranges);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

int main(void)
{
	Suite *suite = suite_create("symbol names");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, test_function_names, 0, COUNT(symbol_names));
	tcase_add_test(tests, test_expanding_name);
	tcase_add_loop_test(tests, test_paths, 0, COUNT(paths));
	tcase_add_loop_test(tests, test_ranges, 0, 50);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
