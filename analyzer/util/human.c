/* SPDX-License-Identifier: MIT */
#include "human.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct human human_count(uint64_t value)
{
	struct human result;
	char digits[24];
	int length = snprintf(digits, sizeof digits, "%" PRIu64, value);
	char *out = result.text;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return result;
}

struct human human_bytes(uint64_t bytes, bool exact)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double value = (double)bytes;
	struct human result;
	size_t unit = 0;

	if (exact)
		return human_count(bytes);
	/* 1023.95 would be printed as 1024.0. */
	while (value >= (unit ? 1023.95 : 1024)) {
		value /= 1024;
		unit++;
	}
	snprintf(result.text, sizeof result.text, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
	return result;
}

struct human human_duration(uint64_t ns)
{
	struct human result;
	double seconds = (double)ns / 1e9;

	if (ns < 1000)
		snprintf(result.text, sizeof result.text, "%" PRIu64 " ns", ns);
	else if (ns < 1000000)
		snprintf(result.text, sizeof result.text, "%.1f µs", seconds * 1e6);
	else if (ns < 1000000000)
		snprintf(result.text, sizeof result.text, "%.1f ms", seconds * 1e3);
	else if (seconds < 120)
		snprintf(result.text, sizeof result.text, "%.2f s", seconds);
	else if (seconds < 7200)
		snprintf(result.text, sizeof result.text, "%.0f min %02.0f s",
			 (double)(ns / 60000000000ull), (double)(ns / 1000000000ull % 60));
	else
		snprintf(result.text, sizeof result.text, "%.0f h %02.0f min",
			 (double)(ns / 3600000000000ull), (double)(ns / 60000000000ull % 60));
	return result;
}

struct human human_rate(double bytes_per_s, uint64_t run_ns, bool exact)
{
	double seconds = (double)run_ns / 1e9;
	const char *unit = "a second";
	double bytes = bytes_per_s < 0 ? -bytes_per_s : bytes_per_s;
	struct human result;

	if (seconds >= 7200) {
		unit = "an hour";
		bytes *= 3600;
	} else if (seconds >= 120) {
		unit = "a minute";
		bytes *= 60;
	}
	if (!(bytes < 1.8e19))
		bytes = 1.8e19;
	snprintf(result.text, sizeof result.text, "%s%.40s %s", bytes_per_s < 0 ? "-" : "",
		 human_bytes((uint64_t)bytes, exact).text, unit);
	return result;
}

struct human human_share(uint64_t part, uint64_t whole)
{
	struct human result = {""};
	double percent;

	if (!whole)
		return result;
	percent = 100.0 * (double)part / (double)whole;
	if (part && percent < 1)
		snprintf(result.text, sizeof result.text, "<1 %%");
	else if (part < whole && percent > 99)
		snprintf(result.text, sizeof result.text, ">99 %%");
	else
		snprintf(result.text, sizeof result.text, "%.0f %%", percent);
	return result;
}

struct human human_time(uint64_t realtime_ns)
{
	time_t seconds = (time_t)(realtime_ns / 1000000000ull);
	struct human result = {"at an unknown time"};
	struct tm local;

	if (realtime_ns && localtime_r(&seconds, &local))
		strftime(result.text, sizeof result.text, "%Y-%m-%d %H:%M:%S", &local);
	return result;
}

const char *human_plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

const char *human_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}
