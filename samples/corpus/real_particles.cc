// SPDX-License-Identifier: MIT
//
// real_particles.cc - a game whose particles live for some frames, with an explosion now and then.
//
// The emitter makes a few in each frame; explosions make hundreds. The last explosion is still
// burning when the game ends.
#include <memory>
#include <vector>

#include "work.h"

struct particle {
	float x, y, dx, dy;
	int dies;
};

static std::vector<std::unique_ptr<particle>> *particles;

static void emit_particle(int frame)
{
	auto one = std::make_unique<particle>();

	one->dies = frame + 30 + (int)roll(90);
	particles->push_back(std::move(one));
}

static void update(int frame)
{
	auto &all = *particles;

	for (size_t i = 0; i < all.size();) {
		if (all[i]->dies > frame) {
			i++;
			continue;
		}
		std::swap(all[i], all.back());
		all.pop_back();
	}
}

int main()
{
	int made = 0;

	particles = new std::vector<std::unique_ptr<particle>>();
	for (int frame = 0; frame < 4030; frame++) {
		int count = (int)roll(3) + (frame % 500 == 0 ? 200 : 0);

		for (int i = 0; i < count; i++)
			emit_particle(frame);
		made += count;
		update(frame);
		work_table();
	}

	expect("site=emit_particle live_blocks=%zu allocations=%d.. truth=fine",
	       particles->size() + 1, made);
	return 0;
}
