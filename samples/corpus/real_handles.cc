// SPDX-License-Identifier: MIT
//
// real_handles.cc - a vector of handles into which every opened file is put, for good.
//
// A handle is a number, and the places of closed ones are not used again. There is but one block,
// which doubles now and then, without end.
#include <vector>

#include "work.h"

static std::vector<int> *handles;

static size_t open_handle(int file)
{
	handles->push_back(file); // the bug: closed handles have their places, too
	return handles->size() - 1;
}

static void close_handle(size_t handle)
{
	(*handles)[handle] = -1;
}

int main()
{
	handles = new std::vector<int>();
	for (int request = 0; request < 11000; request++) {
		size_t opened[5];

		for (size_t &handle : opened)
			handle = open_handle(request);
		work_parse();
		work_scratch();
		for (size_t handle : opened)
			close_handle(handle);
	}

	expect("site=open_handle live_blocks=1 truth=leak");
	return 0;
}
