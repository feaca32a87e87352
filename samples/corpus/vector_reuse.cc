// SPDX-License-Identifier: MIT
//
// vector_reuse.cc - vectors that are cleared for each frame and keep their capacity.
//
// They reach the size of the largest frame in the beginning. A report should show a handful of
// blocks that stay, and no growth.
#include <vector>

#include "work.h"

struct triangle {
	float x[3], y[3];
};

struct scene {
	std::vector<triangle> triangles;
	std::vector<int> visible;

	void add_triangle(float x);
	void find_visible();
};

void scene::add_triangle(float x)
{
	triangles.push_back(triangle{{x, x, x}, {0, 1, 2}});
}

void scene::find_visible()
{
	visible.clear();
	for (size_t i = 0; i < triangles.size(); i++) {
		if (triangles[i].x[0] > 10)
			visible.push_back((int)i);
	}
}

int main()
{
	static scene *shown = new scene();

	for (int frame = 0; frame < 4000; frame++) {
		int count = 100 + (int)roll(156);

		shown->triangles.clear();
		for (int i = 0; i < count; i++)
			shown->add_triangle((float)i);
		shown->find_visible();
		work_table();
		work_reply();
	}

	expect("site=scene::add_triangle live_blocks=1 truth=fine");
	expect("site=scene::find_visible live_blocks=1 truth=fine");
	return 0;
}
