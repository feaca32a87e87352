// SPDX-License-Identifier: MIT
//
// bad_release.cc MODE - releases that are wrong, each in its own way.
//
// Some go unnoticed by the C library, some make it abort. The record decides: the block, where it
// came from, where it was released, and for a double free where it was released before.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "expect.h"

static volatile std::uintptr_t hidden; // keeps the compiler from seeing what we are up to

template <class T> static T *hide(T *pointer)
{
	hidden = reinterpret_cast<std::uintptr_t>(pointer);
	return reinterpret_cast<T *>(hidden);
}

static void malloc_delete()
{
	delete hide(static_cast<char *>(std::malloc(10)));
}

static void new_free()
{
	std::free(hide(new char));
}

static void new_delete_array()
{
	delete[] hide(new int);
}

static void new_array_delete()
{
	delete hide(new int[10]);
}

static void new_array_free()
{
	std::free(hide(new int[10]));
}

// The thread cache notices a block that is released twice in a row, the bins behind it only look
// at their first entry. So fill the cache first, and put another block between the two.
static void double_free_unnoticed()
{
	void *fill[7], *a, *b;

	for (auto &block : fill)
		block = std::malloc(24);
	a = hide(std::malloc(24));
	b = hide(std::malloc(24));
	for (auto &block : fill)
		std::free(block);
	std::free(a);
	std::free(b);
	std::free(a);
}

static void double_free_aborts()
{
	void *block = hide(std::malloc(40));

	std::free(block);
	std::free(block);
}

static void interior_free()
{
	std::free(hide(static_cast<char *>(std::malloc(100))) + 16);
}

static void foreign_free()
{
	static char buffer[64] __attribute__((aligned(16)));

	std::free(hide(buffer + 16));
}

// Nothing is wrong here: the address is the same, the blocks are not.
static void correct_reuse()
{
	for (int i = 0; i < 1000; i++) {
		std::free(std::malloc(32));
		delete new int;
		delete[] new int[4];
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)();
		const char *expectation;
	} modes[] = {
		{"malloc_delete", malloc_delete, "finding=mismatched-release occurrences=1"},
		{"new_free", new_free, "finding=mismatched-release occurrences=1"},
		{"new_delete_array", new_delete_array, "finding=mismatched-release occurrences=1"},
		{"new_array_delete", new_array_delete, "finding=mismatched-release occurrences=1"},
		{"new_array_free", new_array_free, "finding=mismatched-release occurrences=1"},
		{"double_free_unnoticed", double_free_unnoticed,
		 "finding=double-free occurrences=1"},
		{"double_free_aborts", double_free_aborts, "finding=double-free occurrences=1"},
		{"interior_free", interior_free, "finding=interior-free occurrences=1"},
		{"foreign_free", foreign_free, "finding=foreign-free occurrences=1"},
		{"correct_reuse", correct_reuse, "finding=double-free occurrences=0"},
	};

	for (const auto &mode : modes) {
		if (argc > 1 && std::strcmp(argv[1], mode.name) == 0) {
			expect("%s", mode.expectation);
			mode.run();
		}
	}
	return 0;
}
