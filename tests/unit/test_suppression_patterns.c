/* SPDX-License-Identifier: MIT */
/* Which stacks the patterns of LeakSanitizer and Valgrind meet. */
#define _GNU_SOURCE
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyzer/gate/glob.h"
#include "suppressions_fixture.h"

/* LeakSanitizer */

static const struct {
	const char *text;
	bool met;
} rules[] = {
	/* A part of a function, a module, a source file of any frame */
	{"leak:serve", true},
	{"leak:erv", true},
	{"leak:server", true},
	{"leak:libplugin.so", true},
	{"leak:libplugin.so.3", false},
	{"leak:main.c", true},
	{"leak:src/cache.cc", true},
	{"leak:cache::grow(int)", true},
	{"leak:fopen", true},
	/* Not a part of two of them, and not the allocating function */
	{"leak:serve*main", false},
	{"leak:malloc", false},
	/* Notes are no names */
	{"leak:deeper than", false},
	/* Anchors */
	{"leak:^serve", true},
	{"leak:^erve", false},
	{"leak:erve$", true},
	{"leak:^serve$", true},
	{"leak:^serv$", false},
	{"leak:^src/cache.cc$", true},
	{"leak:^cache.cc$", false},
	{"leak:^/home/u/", true},
	/* A $ ends the pattern, a ^ elsewhere is itself */
	{"leak:serve$anything", true},
	{"leak:serv$anything", false},
	{"leak:s^erve", false},
	/* Wildcards; a ? is none */
	{"leak:s*ve", true},
	{"leak:^s*ve$", true},
	{"leak:^s*v$", false},
	{"leak:^*erve", true},
	{"leak:^serv*$", true},
	{"leak:*", true},
	{"leak:**serve**", true},
	{"leak:cache::*(*)", true},
	{"leak:serv?", false},
	/* Blanks: in front of the line and at its end they do not count, in the pattern they do */
	{" \t leak:serve \t ", true},
	{"leak: serve", false},
	{"leak:no such", false},
};

START_TEST(test_rules)
{
	ck_assert_msg(meets(rules[_i].text, "malloc", &stack) == rules[_i].met, "%s",
		      rules[_i].text);
}
END_TEST

/* That which is at the end of a text need not be where it stands first. */
START_TEST(test_anchored_end)
{
	struct model_frame frame = {"grow_grow", "", 0, "", 0, false, "", "", NULL};

	ck_assert(meets("leak:grow$", "malloc", &(struct model_stack){&frame, 1}));
}
END_TEST

/* Valgrind */

#define BLOCK(frames_of_it) "{\n   name\n   Memcheck:Leak\n" frames_of_it "\n}\n"

static const struct {
	const char *text, *api;
	bool met;
} blocks[] = {
	/* From the innermost frame on, and no further than the block goes */
	{BLOCK("fun:malloc"), "malloc", true},
	{BLOCK("fun:calloc"), "malloc", false},
	{BLOCK("fun:malloc\nfun:fopen"), "malloc", true},
	{BLOCK("fun:fopen"), "malloc", false},
	{BLOCK("fun:fopen"), "", true},
	{BLOCK("fun:malloc\nfun:serve"), "malloc", false},
	{BLOCK("fun:*alloc\nfun:f?pen\nfun:cache*"), "malloc", true},
	{BLOCK("fun:malloc\nfun:fope"), "malloc", false},
	{BLOCK("fun:malloc\nfun:fopen?"), "malloc", false},
	/* Names inside libc: that of the symbol, too, and without its version */
	{BLOCK("fun:malloc\nfun:_IO_new_fopen"), "malloc", true},
	{BLOCK("fun:malloc\nfun:fopen@@GLIBC_2.2.5"), "malloc", true},
	{BLOCK("fun:malloc\nfun:fopen@@GLIBC*"), "malloc", true},
	/* Objects by the whole path, ??? is what is not known */
	{BLOCK("fun:malloc\nobj:" LIBC "\nobj:" PROGRAM), "malloc", true},
	{BLOCK("fun:malloc\nobj:*/libc.so*\nobj:*server\nobj:*libplugin*"), "malloc", true},
	{BLOCK("fun:malloc\nobj:libc.so.6"), "malloc", false},
	{BLOCK("obj:*\nobj:*\nfun:*\nfun:*"), "malloc", true},
	{BLOCK("obj:*vgpreload_memcheck*"), "malloc", false},
	/* ... */
	{BLOCK("...\nfun:main"), "malloc", true},
	{BLOCK("...\nfun:malloc"), "malloc", true},
	{BLOCK("fun:malloc\n...\nfun:fopen"), "malloc", true},
	{BLOCK("fun:malloc\n...\nobj:*libplugin*\n...\nfun:main"), "malloc", true},
	{BLOCK("fun:malloc\n...\nfun:main\n..."), "malloc", true},
	{BLOCK("fun:malloc\n...\n...\nfun:main"), "malloc", true},
	{BLOCK("...\nfun:main\nfun:*"), "malloc", false},
	{BLOCK("...\nfun:main\n...\nfun:serve"), "malloc", false},
	{BLOCK("...\nfun:*\nfun:main"), "malloc", true},
	/* Frames left out meet nothing, ... goes over them */
	{BLOCK("...\nobj:*libplugin*\nfun:*\nfun:serve"), "malloc", false},
	{BLOCK("...\nobj:*libplugin*\nobj:*\nfun:serve"), "malloc", false},
	{BLOCK("...\nobj:*libplugin*\n...\nfun:serve"), "malloc", true},
	/* Sources by the whole path or its last part, with a line or without */
	{BLOCK("fun:malloc\nfun:*\nsrc:cache.cc"), "malloc", true},
	{BLOCK("...\nsrc:cache.cc:17"), "malloc", true},
	{BLOCK("...\nsrc:cache.cc:18"), "malloc", false},
	{BLOCK("...\nsrc:src/cache.cc:17"), "malloc", true},
	{BLOCK("...\nsrc:*/src/serve.?:230"), "malloc", true},
	{BLOCK("...\nsrc:serve.c:0"), "malloc", true},
	{BLOCK("...\nsrc:ache.cc"), "malloc", false},
	{BLOCK("fun:malloc\nsrc:*"), "malloc", false},
	{BLOCK("src:*"), "malloc", false},
	/* Mangled names */
	{BLOCK("...\nfun:_ZN5cache4growEi"), "malloc", true},
	{BLOCK("...\nfun:_ZN5cache4growEi.part.0"), "malloc", true},
	{BLOCK("...\nfun:_ZN5cache4growEv"), "malloc", false},
	{BLOCK("...\nfun:_ZN5cache4growE*"), "malloc", true},
	{BLOCK("...\nfun:cache::grow*"), "malloc", true},
	/* Which operator new it was is not told, what it is for is */
	{BLOCK("fun:_Znwm"), "operator new", true},
	{BLOCK("fun:_Znwm"), "operator new(unsigned long)", true},
	{BLOCK("fun:_ZnwmRKSt9nothrow_t"), "operator new", true},
	{BLOCK("fun:_Zn?m"), "operator new", true},
	{BLOCK("fun:_Znw*"), "operator new", true},
	{BLOCK("fun:_Zna*"), "operator new", false},
	{BLOCK("fun:_Znam"), "operator new[]", true},
	{BLOCK("fun:_Znwm"), "operator new[]", false},
	{BLOCK("fun:_Znam"), "operator new", false},
	{BLOCK("fun:_ZnwmSt11align_val_t"), "operator new (aligned)", true},
	{BLOCK("fun:_ZnwmSt11align_val_t"), "operator new", false},
	{BLOCK("fun:_ZnamSt11align_val_tRKSt9nothrow_t"), "operator new[] (aligned)", true},
	{BLOCK("fun:operator new(unsigned long)"), "operator new", true},
	{BLOCK("fun:_Znwm"), "malloc", false},
	/* Kinds of leaks are read, but not told apart */
	{BLOCK("match-leak-kinds: possible,reachable\nfun:malloc"), "malloc", true},
	{BLOCK("match-leak-kinds:all\nfun:malloc"), "malloc", true},
	{BLOCK("match-leak-kinds: none\nfun:malloc"), "malloc", false},
	/* Several tools; other tools and other checks, whatever stands in their blocks */
	{"{\nname\nHelgrind,Memcheck,DRD:Leak\nfun:malloc\n}", "malloc", true},
	{"{\nname\nMemcheck:Free\nfun:malloc\n}", "malloc", false},
	{"{\nname\ndrd:Leak\nfun:malloc\n}", "malloc", false},
	{"{\nname\nNotMemcheck:Leak\nfun:malloc\n}", "malloc", false},
	{"{\nname\nMemcheck:Param\nwrite(buf)\nfun:malloc\n}", "malloc", false},
	{"{\nname\nMemcheck:Param\nwrite(buf)\n# until=never\n}\nleak:serve", "malloc", true},
	/* Blanks, comments, and lines that look like something else */
	{"\t{ \n\n  #x\n leak:{ \n#y\n\tMemcheck:Leak\t\n  fun:malloc \n\n }\t", "malloc", true},
};

START_TEST(test_blocks)
{
	ck_assert_msg(meets(blocks[_i].text, blocks[_i].api, &stack) == blocks[_i].met, "%s for %s",
		      blocks[_i].text, blocks[_i].api);
}
END_TEST

static const struct {
	const char *pattern, *function;
	bool met;
} mangled[] = {
	/* Whole names */
	{"_ZN3foo3barEv", "foo::bar()", true},
	{"_ZNK3foo3barEv", "foo::bar() const", true},
	{"_ZN3FooC1Ev", "Foo::Foo()", true},
	{"_ZN3FooC2Ev", "Foo::Foo()", true},
	{"_ZN3FooD0Ev", "Foo::~Foo()", true},
	{"_ZN12_GLOBAL__N_13fooEv", "(anonymous namespace)::foo()", true},
	{"_Z4pushRNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE", "push(std::string&)",
	 true},
	{"_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "core::fmt::Write::write_fmt", true},
	{"__store_MOD_grab", "store::grab", true},
	{"_Zgarbage", "_Zgarbage", true},
	/* Up to a part and what may follow there */
	{"_ZN3foo3bar*", "foo::bar()", true},
	{"_ZN3foo3bar*", "foo::bar<int>(int)", true},
	{"_ZN3foo3bar*", "foo::bar::baz()", true},
	{"_ZN3foo3bar*", "foo::bar[abi:cxx11]()", true},
	{"_ZN3foo3bar*", "foo::bar", true},
	{"_ZN3foo3bar*", "foo::barn()", false},
	{"_ZN3foo3bar*", "a::foo::bar()", false},
	{"_ZN3foo3bar*", "foo::ba()", false},
	{"_ZN3foo3bar**", "foo::bar()", true},
	{"_ZNK3foo3bar*", "foo::bar() const", true},
	{"_ZN3foo*", "foo::bar()", true},
	{"_ZN3foo*", "foo<int>::bar()", true},
	{"_ZN3foo*", "foo()", false},
	{"_ZN3foo3barE*", "foo::bar(int)", true},
	{"_ZN3foo3barE*", "foo::bar<int>(int)", false},
	{"_ZN3foo3barE*", "foo::bar::baz()", false},
	{"_ZN3foo3barI*", "foo::bar<int>(int)", true},
	{"_ZN3foo3barI*", "foo::bar(int)", false},
	{"_Z3foo*", "foo(int)", true},
	{"_Z3foo*", "foo<int>(int)", true},
	{"_Z3foo*", "foo::bar()", false},
	{"_ZL3foo*", "foo()", true},
	{"_Z3fooI*", "foo<char>()", true},
	{"_ZSt4move*", "std::move<int&>(int&)", true},
	{"_ZSt4move*", "move<int&>(int&)", false},
	{"_ZNSt6vectorI*", "std::vector<int, std::allocator<int> >::push_back(int const&)", true},
	{"_ZNSt*", "std::vector<int>::push_back(int const&)", true},
	{"_ZNSs*", "std::string::append(char const*)", true},
	{"_ZNSs6assign*", "std::string::append(char const*)", false},
	{"_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEC?E*",
	 "std::string::string(char const*)", true},
	{"_ZNSt7__cxx1110moneypunct*", "std::moneypunct<char>::moneypunct()", true},
	{"_ZSt9m*", "std::money_get<int>::get<A<B<int> > >(int)", false},
	{"_ZSt9m*", "std::money_get<A<B<int> > >(int)", true},
	{"_ZNSt9m*", "std::money_get<int>::get<int>(int)", true},
	{"_ZN12_GLOBAL__N_13foo*", "(anonymous namespace)::foo()", true},
	{"_ZN3FooC*", "Foo::Foo(int)", true},
	{"_ZN3FooC1*", "Foo::Foo(int)", true},
	{"_ZN3FooC?E*", "Foo::Foo(int)", true},
	{"_ZN3FooC1E*", "Foo::bar()", false},
	{"_ZN1a3FooD?*", "a::Foo::~Foo()", true},
	{"_ZN3FooD*", "Foo::Foo()", false},
	/* A part that breaks off is as long as it says */
	{"_ZN3foo6bar*", "foo::barrel()", true},
	{"_ZN3foo6bar*", "foo::barn()", false},
	{"_ZN3foo6bar*", "foo::ba(int)", false},
	{"_ZN3foo3b?r*", "foo::ber()", true},
	{"_ZN3foo3b?r*", "foo::bear()", false},
	{"_Z6foo*", "foobar(int)", true},
	/* The hashes of Rust */
	{"_ZN4core3fmt5Write9write_fmt17h*", "core::fmt::Write::write_fmt", true},
	{"_ZN4core3fmt5Write9write_fmt17h*E", "core::fmt::Write::write_fmt", true},
	{"_ZN4core3fmt5Write9write_fmt17h????????????????E", "core::fmt::Write::write_fmt", true},
	{"_ZN4core3fmt5Write9write_fmt*", "core::fmt::Write::write_fmt", true},
	{"_ZN4core3fmt5Write17h*", "core::fmt::Write::write_fmt", false},
	/* Not to be read, so never met */
	{"_ZN3foo3barEi*", "foo::bar(int)", false},
	{"_ZN3fooIiE3bar*", "foo<int>::bar()", false},
	{"_ZN3foo*barEv", "foo::bar()", false},
	{"_ZNSa*", "std::allocator<int>::allocator()", false},
	{"_Z*", "foo()", false},
	{"_ZN*", "foo::bar()", false},
	{"_ZN3foopl*", "foo::operator+(int)", false},
	{"_ZN3foo1*", "foo::bar()", false},
	{"_ZN0*", "foo::bar()", false},
	{"_ZN99999999999999999999foo*", "foo::bar()", false},
	{"_ZN4096f*", "foo::bar()", false},
	/* A plain text with wildcards is compared with the name in the source */
	{"*foo*", "a::foo::bar()", true},
	{"foo::*", "foo::bar()", true},
	/* What compilers append to copies */
	{"quick.constprop.0", "quick", true},
	{"quick.part.*", "quick", true},
	{"quick.*", "quick", true},
	{"qu*.cold", "quick", true},
	{"*.*", "quick", false},
	{"*@@*", "quick", false},
	{"main.main.*", "main.main.func1", true},
};

START_TEST(test_mangled)
{
	struct model_frame frame = {mangled[_i].function, "", 0, PROGRAM, 0, false, "", "", NULL};
	char *text;

	ck_assert(asprintf(&text, "{\nname\nMemcheck:Leak\nfun:%s\n}\n", mangled[_i].pattern) > 0);
	ck_assert_msg(meets(text, "", &(struct model_stack){&frame, 1}) == mangled[_i].met,
		      "%s for %s", mangled[_i].pattern, mangled[_i].function);
	free(text);
}
END_TEST

START_TEST(test_no_stack)
{
	struct model_stack none = {NULL, 0};

	ck_assert(!meets("leak:*", "malloc", &none));
	ck_assert(meets(BLOCK("fun:malloc"), "malloc", &none));
	ck_assert(!meets(BLOCK("fun:malloc\nfun:main"), "malloc", &none));
	ck_assert(!meets(BLOCK("...\nfun:*"), "", &none));
}
END_TEST

/* Against one that tries everything. */
static bool tries_everything(const char *pattern, const char *text)
{
	if (*pattern == '*')
		return tries_everything(pattern + 1, text) ||
		       (*text && tries_everything(pattern, text + 1));
	if (!*pattern || !*text)
		return *pattern == *text;
	return (*pattern == '?' || *pattern == *text) && tries_everything(pattern + 1, text + 1);
}

START_TEST(test_globs)
{
	uint64_t random = (uint64_t)_i + 1;

	for (int round = 0; round < 2000; round++) {
		char pattern[8] = "", text[10] = "";

		for (uint64_t i = next_random(&random) % sizeof pattern; i; i--)
			pattern[i - 1] = "ab*?"[next_random(&random) % 4];
		for (uint64_t i = next_random(&random) % sizeof text; i; i--)
			text[i - 1] = "ab"[next_random(&random) % 2];
		ck_assert_msg(glob_matches(pattern, text, strlen(text), true) ==
				      tries_everything(pattern, text),
			      "%s %s", pattern, text);
	}
}
END_TEST

/* Patterns that take time without end where each * is tried on its own. */
START_TEST(test_time)
{
	char *name = repeated("a", 20000, "", "");
	struct model_frame *deep = malloc(2000 * sizeof *deep);
	struct model_stack of = {deep, 2000};
	clock_t start = clock();
	char *texts[] = {
		repeated("*a", 40, "leak:", "*b"),
		repeated("*a", 40, "{\nname\nMemcheck:Leak\n...\nfun:x", "*b\n}\n"),
		repeated("...\nfun:a\nfun:a\n", 40, "{\nname\nMemcheck:Leak\n", "fun:b\n}\n"),
	};

	for (int i = 0; i < 2000; i++)
		deep[i] = (struct model_frame){i ? "a" : name, "", 0,  PROGRAM, 0,
					       false,	       "", "", NULL};
	for (int i = 0; i < COUNT(texts); i++) {
		ck_assert(!meets(texts[i], "malloc", &of));
		free(texts[i]);
	}
	ck_assert_int_lt(clock() - start, 2 * CLOCKS_PER_SEC);
	free(deep);
	free(name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("suppression patterns");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, test_rules, 0, COUNT(rules));
	tcase_add_test(tests, test_anchored_end);
	tcase_add_loop_test(tests, test_blocks, 0, COUNT(blocks));
	tcase_add_loop_test(tests, test_mangled, 0, COUNT(mangled));
	tcase_add_test(tests, test_no_stack);
	tcase_add_loop_test(tests, test_globs, 0, 10);
	tcase_add_test(tests, test_time);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
