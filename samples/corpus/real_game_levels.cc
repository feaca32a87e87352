// SPDX-License-Identifier: MIT
//
// real_game_levels.cc - a game of five levels, each larger than the one before.
//
// A level is loaded while the player is still in the one before, and that one is released soon
// after. Textures are made as they are first seen.
#include <memory>
#include <string>
#include <vector>

#include "work.h"

struct level {
	std::vector<std::unique_ptr<std::string>> things, textures;
};

static void load_things(level &loaded, int count)
{
	for (int i = 0; i < count; i++)
		loaded.things.push_back(std::make_unique<std::string>(30 + roll(80), 't'));
}

static void show_texture(level &shown, size_t number)
{
	if (shown.textures.size() <= number)
		shown.textures.resize(number + 1);
	if (!shown.textures[number])
		shown.textures[number] = std::make_unique<std::string>(400, 'x');
}

static std::unique_ptr<level> *current;

int main()
{
	std::unique_ptr<level> last;

	current = new std::unique_ptr<level>();
	for (int frame = 0; frame < 10000; frame++) {
		int number = frame / 2000;

		if (frame % 2000 == 0) {
			last = std::move(*current);
			*current = std::make_unique<level>();
		}
		if (frame % 2000 < 20)
			load_things(**current, 5 + number * 5);
		if (frame % 2000 == 100)
			last.reset();
		show_texture(**current, roll((uint32_t)(20 + number * 20)));
		work_scratch();
		work_table();
	}

	expect("site=load_things truth=fine");
	expect("site=show_texture truth=fine");
	expect("site=main truth=fine");
	return 0;
}
