/* SPDX-License-Identifier: MIT */
#include "stamp_step.h"

/* Windows of the stamps that are asked for their step, and differences in each. */
#define WINDOWS 8u
#define WINDOW_EVENTS 16u

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static struct stamp_step make_step(uint64_t value)
{
	struct stamp_step step = {.value = value, .zeros = (unsigned)__builtin_ctzll(value)};
	uint64_t odd = value >> step.zeros;

	/* Right in the lowest 3 bits, and every round doubles them. */
	step.inverse = odd;
	for (int bits = 3; bits < 64; bits *= 2)
		step.inverse *= 2 - odd * step.inverse;
	step.most = value == 1 ? UINT64_MAX - 1 : UINT64_MAX / value;
	return step;
}

/* The largest step that divides all differences of the stamps from begin to end, at least 1. */
static struct stamp_step step_of(const struct event_record *events, uint32_t begin, uint32_t end)
{
	struct stamp_step step = make_step(1);
	bool known = false;

	for (uint32_t i = begin + 1; i < end; i++) {
		uint64_t difference = events[i].stamp - events[i - 1].stamp;

		if (!difference || (known && stamp_step_count(&step, difference) <= step.most))
			continue;
		step = make_step(common_divisor(difference, known ? step.value : 0));
		known = true;
		if (step.value == 1)
			break;
	}
	return step;
}

static uint32_t count_odd(const struct event_record *events, uint32_t count,
			  const struct stamp_step *step)
{
	uint32_t odd = 0;

	for (uint32_t i = 1; i < count; i++)
		odd += stamp_step_count(step, events[i].stamp - events[i - 1].stamp) > step->most;
	return odd;
}

struct stamp_step stamp_step_find(const struct event_record *events, uint32_t count)
{
	struct stamp_step step = step_of(events, 0, count);

	if (step.value > 1 || count < WINDOWS * WINDOW_EVENTS)
		return step;
	for (uint32_t i = 0; i < WINDOWS && step.value == 1; i++) {
		uint32_t begin = i * (count / WINDOWS);

		step = step_of(events, begin, begin + WINDOW_EVENTS);
		if (step.value > 1 && count_odd(events, count, &step) > count / 16)
			step = make_step(1);
	}
	return step;
}
