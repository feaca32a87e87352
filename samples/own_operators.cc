// SPDX-License-Identifier: MIT
//
// own_operators.cc - a program that replaces two of the twenty-odd forms of operator new and delete.
//
// The other forms forward to the program's, so what is seen of any block is malloc and free.
// Recording one half of a pair as an operator and the other as malloc would be a false mismatch.
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "expect.h"

void *operator new(std::size_t size)
{
	if (void *block = std::malloc(size ? size : 1))
		return block;
	throw std::bad_alloc();
}

void operator delete(void *block) noexcept
{
	std::free(block);
}

static void release_in_every_form()
{
	int *nothrow = new (std::nothrow) int[24];
	auto shared = std::make_shared<std::string>(100, 'x');
	std::vector<int> numbers(1000);

	delete[] nothrow;
	delete new double;
}

int main()
{
	release_in_every_form();
	expect("frees=5.. failed_allocations=0");
	expect("finding=mismatched-release occurrences=0");
	expect("finding=foreign-free occurrences=0");
}
