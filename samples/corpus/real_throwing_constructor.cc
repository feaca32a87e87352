// SPDX-License-Identifier: MIT
//
// real_throwing_constructor.cc - a constructor that allocates, and then throws in one of 60 cases.
//
// The destructor is not run for what was never constructed, so that the buffer of the image stays.
#include <stdexcept>
#include <string>

#include "work.h"

static unsigned char *new_pixels(size_t size)
{
	return new unsigned char[size];
}

struct image {
	explicit image(size_t width) : pixels(new_pixels(width * 4))
	{
		if (roll(60) == 0)
			throw std::runtime_error("not an image"); // the bug: pixels is not owned
	}
	~image()
	{
		delete[] pixels;
	}
	unsigned char *pixels;
};

int main()
{
	int failed = 0;

	for (int i = 0; i < 9000; i++) {
		work_parse();
		try {
			image shown(50 + roll(100));

			work_document(2);
		} catch (const std::exception &) {
			failed++;
		}
	}

	expect("site=new_pixels allocations=9000 live_blocks=%d truth=leak verdict=leak|growing",
	       failed);
	return 0;
}
