// SPDX-License-Identifier: MIT
// The C++ part of what test_symbols_variables.c compiles.
#include <string>
#include <vector>

struct place {
	const char *name, *path;
	bool in_thread;
	const void *address, *start;
};

typedef void tell_function(const struct place *place);

#define TELL(text, variable, rest) \
	do { \
		place told = {text, #rest, false, &variable rest, &variable}; \
		tell(&told); \
	} while (0)

namespace
{
int hidden; // at hidden
}

namespace shop
{
struct item {
	virtual ~item()
	{
	}
	item *next;
};

struct shelf : item {
	static item *first; // declared first
	template <typename T> struct box {
		static T *content; // declared content
	};
	std::vector<item *> items;
	class inner;
	inner *opaque;
};

class shelf::inner
{
      public:
	int number;
	item *thing;
};

item *shelf::first; // at first
template <typename T> T *shelf::box<T>::content; // at content
static long total; // at total
static shelf shelves[2]; // at shelves

__attribute__((noinline)) void count(tell_function *tell, int)
{
	static item *last_one; // at last_one

	TELL("shop::count(void (*)(place const*), int)::last_one", last_one, );
	__asm__ volatile("" ::: "memory");
}
} // namespace shop

extern "C" void fixture_run(tell_function *tell)
{
	shop::shelf::inner used = {};

	TELL("(anonymous namespace)::hidden", hidden, );
	TELL("shop::shelf::first", shop::shelf::first, );
	TELL("shop::shelf::box<int>::content", shop::shelf::box<int>::content, );
	TELL("shop::total", shop::total, );
	TELL("shop::shelves", shop::shelves, [1].next);
	TELL("shop::shelves", shop::shelves, [1].opaque);
	shop::count(tell, used.number);
}
