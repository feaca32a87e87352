// SPDX-License-Identifier: MIT
//
// real_cycle_one_path.cc - requests that hold a function which holds the request.
//
// A request that is answered at once drops the function. One in 12 is answered by somebody else,
// who calls the function and does not drop it: request and function keep each other.
#include <functional>
#include <memory>
#include <string>

#include "work.h"

struct request {
	std::string url;
	std::function<size_t()> on_done;
};

static std::shared_ptr<request> make_request()
{
	auto made = std::make_shared<request>();

	made->url.assign(40 + roll(40), 'u');
	return made;
}

static void attach(const std::shared_ptr<request> &to)
{
	size_t offset = roll(10);

	to->on_done = [to, offset] { return to->url.size() + offset; };
}

int main()
{
	int delegated = 0;
	size_t sum = 0;

	for (int i = 0; i < 9000; i++) {
		std::shared_ptr<request> made = make_request();

		attach(made);
		work_document(2);
		sum += made->on_done();
		if (roll(12) == 0)
			delegated++; // the bug
		else
			made->on_done = nullptr;
		work_scratch();
	}

	expect("site=make_request live_blocks=%d truth=leak verdict=leak|growing", 2 * delegated);
	expect("site=attach live_blocks=%d truth=leak verdict=leak|growing", delegated);
	return sum == 0;
}
