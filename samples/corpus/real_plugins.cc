// SPDX-License-Identifier: MIT
//
// real_plugins.cc - a registry of filters that is filled when the program starts.
//
// Each request makes a few filters by name and drops them. The registry itself lives as long as the
// program, by intent.
#include <map>
#include <memory>
#include <string>

#include "work.h"

struct filter {
	virtual ~filter() = default;
	virtual size_t apply(size_t length) = 0;
};

struct scaling_filter : filter {
	explicit scaling_filter(size_t factor) : table(new size_t[factor + 1])
	{
		table[0] = factor;
	}
	size_t apply(size_t length) override
	{
		return length * table[0];
	}
	std::unique_ptr<size_t[]> table;
};

struct plugin {
	std::string description;
	size_t factor;
};

static std::map<std::string, std::unique_ptr<plugin>> *registry;

static void register_plugin(const std::string &name, size_t factor)
{
	auto added = std::make_unique<plugin>();

	added->description = "multiplies everything it is given by a constant: " + name;
	added->factor = factor;
	(*registry)[name] = std::move(added);
}

static std::unique_ptr<filter> make_filter(const std::string &name)
{
	return std::make_unique<scaling_filter>(registry->at(name)->factor);
}

static std::string plugin_name(unsigned int number)
{
	return "filter-with-a-long-name-" + std::to_string(number);
}

int main()
{
	registry = new std::map<std::string, std::unique_ptr<plugin>>();
	for (unsigned int i = 0; i < 60; i++)
		register_plugin(plugin_name(i), 1 + i % 20);
	for (int request = 0; request < 8000; request++) {
		size_t length = 1;

		for (int i = 0; i < 3; i++)
			length = make_filter(plugin_name(roll(60)))->apply(length) % 1000;
		work_parse();
	}

	expect("site=register_plugin live_blocks=%d truth=fine verdict=startup", 4 * 60);
	expect("site=make_filter live_blocks=0 truth=fine verdict=balanced");
	return 0;
}
