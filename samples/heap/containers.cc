// SPDX-License-Identifier: MIT
//
// containers.cc - containers of the standard library, lost and kept, and owners that went astray.
//
// Numbers are those of libstdc++. A container that was lost is what to look for; its elements are lost
// with it, even where they point back to it.
#include <list>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "heap.h"

CASE(lost_vector, "direct 1 24, indirect 1 40")
{
	new std::vector<int>(10);
}

CASE(kept_vector, "reachable 2 64")
{
	kept = new std::vector<int>(10);
}

CASE(lost_list_of_ints, "direct 1 24, indirect 3 72")
{
	new std::list<int>{1, 2, 3};
}

// The map and its nodes are a circle: the root of the tree points back to the map, into its middle.
CASE(lost_map, "direct 1 48, indirect 3 120")
{
	new std::map<int, int>{{1, 10}, {2, 20}, {3, 30}};
}

CASE(kept_map, "reachable 4 168")
{
	kept = new std::map<int, int>{{1, 10}, {2, 20}, {3, 30}};
}

CASE(lost_string, "direct 1 32, indirect 1 101")
{
	new std::string(100, 'x');
}

// A short string lies in the object itself, which then points into its own middle.
CASE(lost_short_string, "direct 1 32")
{
	new std::string("short");
}

CASE(kept_string, "reachable 2 133")
{
	kept = new std::string(100, 'x');
}

CASE(lost_hash_table, "direct 1 56, indirect 4 152")
{
	new std::unordered_map<int, int>{{1, 10}, {2, 20}, {3, 30}};
}

CASE(lost_map_of_strings, "direct 1 48, indirect 4 317")
{
	new std::map<int, std::string>{{1, std::string(100, 'x')}, {2, "y"}, {3, "z"}};
}

static std::vector<std::string> global_strings;

// Destroyed after main.
CASE(global_vector, "reachable 0 0")
{
	global_strings.assign(10, std::string(100, 'x'));
}

// exit() destroys globals, but no locals: main's frame still holds them all.
CASE(local_vector_at_exit, "reachable 11 1330")
{
	std::vector<std::string> strings(10, std::string(100, 'x'));

	exit(0);
}

struct partner {
	std::shared_ptr<partner> other;
	char name[16];
};

// Each of the two keeps the other one alive. A weak_ptr would be right.
CASE(shared_cycle, "direct 1 48, indirect 1 48")
{
	auto first = std::make_shared<partner>(), second = std::make_shared<partner>();

	first->other = second;
	second->other = first;
}

// The object is in the middle of one block with its count, and who has a shared_ptr holds both.
CASE(kept_shared, "reachable 2 64")
{
	auto owner = new std::shared_ptr<partner>(std::make_shared<partner>());

	kept = owner;
}

CASE(released_unique, "direct 1 32")
{
	auto owner = std::make_unique<partner>();

	owner.release();
}

struct half_built {
	char *text = new char[100];
	std::string name = std::string(50, 'x');

	half_built()
	{
		throw 1;
	}
	~half_built()
	{
		delete[] text;
	}
};

// The destructor of an object that was never finished does not run, only those of its members.
CASE(throwing_constructor, "direct 1 100")
{
	try {
		half_built();
	} catch (int) {
	}
}

struct base {
	int number = 0;
};

struct derived : base {
	std::string name = std::string(100, 'x');
};

// Without a virtual destructor the members of the derived class stay.
CASE(missing_virtual, "direct 1 101")
{
	base *object = new derived;

	delete object;
}
