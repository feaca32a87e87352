// SPDX-License-Identifier: MIT
//
// missing_virtual.cc - shapes deleted through a base class whose destructor is not virtual.
//
// A circle owns nothing, a polygon a vector of points, which goes with it. A report should show
// polygon::add_point as a leak; the shapes themselves are released.
#include <vector>

#include "work.h"

struct shape {
	int layer = 0;

	~shape() // the bug: not virtual
	{
		layer = -1;
	}
};

struct circle : shape {
	double x = 0, y = 0, radius = 1;
};

struct polygon : shape {
	std::vector<double> points;

	void add_point(double x, double y);
};

void polygon::add_point(double x, double y)
{
	points.push_back(x);
	points.push_back(y);
}

static shape *make_circle()
{
	return new circle();
}

static shape *make_polygon(int corners)
{
	polygon *made = new polygon();

	for (int i = 0; i < corners; i++)
		made->add_point(i, corners - i);
	return made;
}

int main()
{
	int polygons = 0;

	for (int frame = 0; frame < 7000; frame++) {
		bool is_polygon = roll(5) == 0;
		shape *drawn = is_polygon ? make_polygon(3 + (int)roll(6)) : make_circle();

		polygons += is_polygon;
		work_table();
		work_document(2);
		delete drawn;
	}

	expect("site=polygon::add_point live_blocks=%d truth=leak verdict=leak|growing", polygons);
	expect("site=make_polygon allocations=%d live_blocks=0 truth=fine verdict=balanced",
	       polygons);
	expect("site=make_circle allocations=%d live_blocks=0 truth=fine verdict=balanced",
	       7000 - polygons);
	return 0;
}
