// SPDX-License-Identifier: MIT
//
// timestamps.cc - samples of a sensor in a map by time, of which only the latest are ever read.
//
// A report should call record_sample growing.
#include <map>

#include "work.h"

static std::map<long, double> *samples;

static void record_sample(long time_ms)
{
	(*samples)[time_ms] = roll(1000) / 10.0;
}

static double mean_of_latest()
{
	double sum = 0;
	int count = 0;

	for (auto i = samples->rbegin(); i != samples->rend() && count < 10; ++i, ++count)
		sum += i->second;
	return sum / count;
}

int main()
{
	long time_ms = 1000000;
	double highest = 0;

	samples = new std::map<long, double>();
	for (int tick = 0; tick < 16000; tick++) {
		time_ms += 90 + roll(20);
		if (tick % 8 == 0) {
			record_sample(time_ms);
			highest = mean_of_latest() > highest ? mean_of_latest() : highest;
		}
		work_scratch();
		if (tick % 2)
			work_table();
	}

	expect("site=record_sample allocations=2000 live_blocks=2000 truth=leak verdict=growing|leak");
	return highest > 100;
}
