// SPDX-License-Identifier: MIT
//
// objects.cc - C++ holds many of its blocks by pointers behind their start, and still holds them.
#include "heap.h"

struct reader {
	long position = 0;

	virtual ~reader()
	{
	}
};

struct writer {
	long limit = 0;

	virtual ~writer()
	{
	}
};

struct file : reader, writer {
	char name[32] = "";
};

// The pointer to the second base leads 16 bytes into the block.
CASE(second_base, "reachable 1 64")
{
	kept = static_cast<writer *>(new file);
}

struct named {
	long id = 0;

	virtual ~named()
	{
	}
};

struct left : virtual named {
	long a = 0;
};

struct right : virtual named {
	long b = 0;
};

struct diamond : left, right {
	long c = 0;
};

// The virtual base comes last.
CASE(virtual_base, "reachable 1 56")
{
	kept = static_cast<named *>(new diamond);
}

CASE(lost_diamond, "direct 1 56")
{
	new diamond;
}

CASE(kept_array, "reachable 1 80")
{
	kept = new long[10];
}

struct owner {
	long content = 0;

	~owner()
	{
	}
};

// delete[] must know how many destructors to call: their number is in front of the array.
CASE(kept_array_with_count, "reachable 1 88")
{
	kept = new owner[10];
}

CASE(lost_array_with_count, "direct 1 88")
{
	new owner[10];
}

// There is nothing behind the number: the pointer is to the end of the block. memcheck: lost.
CASE(kept_empty_array_with_count, "reachable 1 8")
{
	kept = new owner[0];
}

CASE(lost_empty_array, "direct 1 0")
{
	new char[0];
}

struct alignas(128) wide {
	char content[128] = "";
};

CASE(lost_aligned, "direct 1 128")
{
	new wide;
}

struct node {
	node *parent = nullptr;
	node *children[2] = {nullptr, nullptr};
};

// Children that know their parent, as in every tree of windows.
CASE(lost_tree_with_parents, "direct 1 24, indirect 2 48")
{
	node *root = new node;

	for (node *&child : root->children) {
		child = new node;
		child->parent = root;
	}
}
