// SPDX-License-Identifier: MIT
// The C++ part of what test_symbols.c compiles: one name of each kind.
#include <string>

typedef void probe(const char *name);

#define STAY __asm__ volatile("" ::: "memory")
#define OUT_OF_LINE __attribute__((noinline))

namespace
{
OUT_OF_LINE void hidden(probe *tell, int)
{
	tell("anonymous"); // at anonymous
	STAY;
}
} // namespace

namespace shop
{
struct shelf {
	void put(probe *tell, const std::string &what);
	template <typename T> T take(probe *tell, T what);
};

OUT_OF_LINE void shelf::put(probe *tell, const std::string &)
{
	tell("method"); // at method
	STAY;
}

template <typename T> OUT_OF_LINE T shelf::take(probe *tell, T what)
{
	tell("template"); // at template
	STAY;
	return what;
}

OUT_OF_LINE void overloaded(probe *tell, char)
{
	tell("overload"); // at overload
	STAY;
}
} // namespace shop

extern "C" void fixture_run(probe *tell)
{
	shop::shelf shelf;
	auto lambda = [](probe * inner) __attribute__((noinline))
	{
		inner("lambda"); // at lambda
		STAY;
	};

	hidden(tell, 1);
	shelf.put(tell, std::string("apple"));
	shelf.take<long>(tell, 3);
	shop::overloaded(tell, 'x');
	lambda(tell);
}
