/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <time.h>

#include "process.h"

#define TRIES 5
#define RATE_INTERVAL_NS 20000000

static uint64_t read_counter(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	uint64_t ticks;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
#else
	return process_now_ns();
#endif
}

struct trace_clock clock_read(uint32_t kind)
{
	struct trace_clock best = {0, 0};
	uint64_t best_width_ns = UINT64_MAX;

	if (kind != CLOCK_STAMP_TSC) {
		best.stamp = best.monotonic_ns = process_now_ns();
		return best;
	}
	for (int i = 0; i < TRIES; i++) {
		uint64_t before_ns = process_now_ns();
		uint64_t stamp = read_counter();
		uint64_t width_ns = process_now_ns() - before_ns;

		if (width_ns < best_width_ns) {
			best_width_ns = width_ns;
			best.stamp = stamp;
			best.monotonic_ns = before_ns + width_ns / 2;
		}
	}
	return best;
}

double clock_ns_per_stamp(uint32_t kind)
{
	const struct timespec pause = {0, RATE_INTERVAL_NS};
	struct trace_clock from, to;

	if (kind != CLOCK_STAMP_TSC)
		return 1;
	from = clock_read(kind);
	nanosleep(&pause, NULL);
	to = clock_read(kind);
	if (to.stamp <= from.stamp)
		return 1;
	return (double)(to.monotonic_ns - from.monotonic_ns) / (double)(to.stamp - from.stamp);
}
