// SPDX-License-Identifier: MIT
// Compiled by test_symbols_vtables.c, once with OTHER_LIBRARY and once without. It tells the test where
// objects of various classes, and their bases, point to.
#include <cstdio>

namespace far
{
struct base {
	virtual ~base();
	virtual int number();
	long member;
};

struct late : virtual base {
	virtual ~late();
	long more;
};
} // namespace far

#ifdef OTHER_LIBRARY
far::base::~base()
{
}

int far::base::number()
{
	return 1;
}

far::late::~late()
{
}
#else

// What the object says where a pointer to virtual functions is, and how far that is from its start.
typedef void tell_function(const char *name, const void *table, long offset_to_top);

#define TELL(name, object, part) \
	tell(name, *(const void *const *)(const void *)static_cast<part *>(&object), \
	     (const char *)(void *)&object - (const char *)(void *)static_cast<part *>(&object))

namespace
{
struct hidden {
	virtual ~hidden()
	{
	}
	virtual void run()
	{
	}
};
} // namespace

namespace app
{
struct session {
	virtual ~session()
	{
	}
	virtual int kind() = 0;
	long id;
};

struct user {
	virtual void use()
	{
	}
	int count;
};

struct both : session, user {
	int kind() override
	{
		return 2;
	}
};

template <typename T> struct box {
	virtual T *get()
	{
		return &content;
	}
	T content;
};

struct root {
	virtual ~root()
	{
	}
	long place;
};

struct left : virtual root {
	long l;
};

struct right : virtual root {
	virtual void turn()
	{
	}
	long r;
};

struct diamond : left, right {
	long d;
};

// Nothing is virtual but the base, and its table has no functions.
struct plain {
	long p;
};

struct silent : virtual plain {
	long s;
};

struct near : far::base {
	int number() override
	{
		return 3;
	}
};
} // namespace app

extern "C" __attribute__((noinline)) void fixture_run(tell_function *tell)
{
	struct local : app::user {
		void use() override
		{
		}
	};
	static hidden h;
	static app::both both;
	static app::box<app::box<int>> boxes;
	static app::diamond diamond;
	static app::silent silent;
	static app::near near;
	static far::base base;
	static far::late late;
	static local l;

	TELL("(anonymous namespace)::hidden", h, hidden);
	TELL("app::both", both, app::session);
	TELL("app::both", both, app::user);
	TELL("app::box<app::box<int> >", boxes, app::box<app::box<int>>);
	TELL("app::box<int>", boxes.content, app::box<int>);
	TELL("app::diamond", diamond, app::left);
	TELL("app::diamond", diamond, app::right);
	TELL("app::diamond", diamond, app::root);
	TELL("app::silent", silent, app::silent);
	TELL("app::near", near, far::base);
	TELL("far::base", base, far::base);
	TELL("far::late", late, far::late);
	TELL("fixture_run::local", l, app::user);
}

#ifdef PROGRAM
extern "C" const char __ehdr_start[] __attribute__((visibility("hidden")));
extern "C" const char _end[];

// Offsets from where the file is mapped, or addresses where it is not movable. Tables of classes of the
// library may have been copied to the program, or not.
static void print(const char *name, const void *table, long offset_to_top)
{
	unsigned long bias = MOVABLE ? (unsigned long)__ehdr_start : 0;

	if (table >= (const void *)__ehdr_start && table < (const void *)_end)
		printf("%lx %ld %s\n", (unsigned long)table - bias, offset_to_top, name);
}

int main()
{
	fixture_run(print);
}
#endif
#endif
