// SPDX-License-Identifier: MIT
//
// real_pipeline.cc - three stages in threads of their own, with at most 16 items between two.
//
// A stage that is ahead waits. Each stage makes a new item of the one it gets, so that items are
// released in another thread than the one that made them.
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "work.h"

struct item {
	std::string text;
};

class channel
{
      public:
	void put(std::unique_ptr<item> given)
	{
		std::unique_lock<std::mutex> held(lock);

		changed.wait(held, [this] { return items.size() < 16; });
		items.push_back(std::move(given));
		changed.notify_all();
	}
	std::unique_ptr<item> take()
	{
		std::unique_lock<std::mutex> held(lock);

		changed.wait(held, [this] { return !items.empty(); });
		std::unique_ptr<item> taken = std::move(items.front());
		items.pop_front();
		changed.notify_all();
		return taken;
	}

      private:
	std::mutex lock;
	std::condition_variable changed;
	std::deque<std::unique_ptr<item>> items;
};

enum { ITEMS = 5000 };

static channel raw, parsed;

static std::unique_ptr<item> read_item()
{
	auto made = std::make_unique<item>();

	made->text.assign(40 + roll(200), 'r');
	return made;
}

static std::unique_ptr<item> parse_item(const item &from)
{
	auto made = std::make_unique<item>();

	made->text.assign(from.text.size() / 2 + 16, 'p');
	return made;
}

static void read_all()
{
	for (int i = 0; i < ITEMS; i++) {
		work_scratch();
		raw.put(read_item());
	}
}

static void parse_all()
{
	for (int i = 0; i < ITEMS; i++) {
		std::unique_ptr<item> from = raw.take();

		work_table();
		parsed.put(parse_item(*from));
	}
}

static void write_all()
{
	for (int i = 0; i < ITEMS; i++) {
		parsed.take();
		work_reply();
	}
}

int main()
{
	std::thread reader(read_all), parser(parse_all), writer(write_all);

	reader.join();
	parser.join();
	writer.join();

	expect("site=read_item allocations=%d live_blocks=0 truth=fine verdict=balanced",
	       2 * ITEMS);
	expect("site=parse_item allocations=%d live_blocks=0 truth=fine verdict=balanced",
	       2 * ITEMS);
	return 0;
}
