// SPDX-License-Identifier: MIT
//
// exceptions.cc - exceptions thrown through frames that own memory.
//
// The runtime allocates the exception object and frees it when the last handler is done, and the
// unwinding passes through the caller's frames, not through ours: a recorder that patches return
// addresses or lends its own unwinder to the program breaks here first.
#include <memory>

#include "expect.h"

struct failure {
	int depth;
};

static void fail(int depth)
{
	throw failure{depth};
}

static int descend(int depth)
{
	std::unique_ptr<char[]> owned(new char[100]);

	if (depth == 0)
		fail(depth);
	return descend(depth - 1) + owned[0];
}

int main()
{
	const int rounds = 2000, depth = 9;
	int caught = 0;

	for (int i = 0; i < rounds; i++) {
		try {
			descend(depth);
		} catch (const failure &) {
			caught++;
		}
	}
	say("caught %d", caught);
	expect("site=descend allocations=%d live_blocks=0", rounds * (depth + 1));
	expect("site=fail allocations=%d live_blocks=0", rounds);
	expect("finding=mismatched-release occurrences=0");
	return 0;
}
