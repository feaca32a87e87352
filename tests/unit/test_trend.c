/* SPDX-License-Identifier: MIT */
/* Tests of growth against R's numbers, at their edges, and on series made to be told apart. */
#include <check.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "analyzer/analysis/trend.h"
#include "suite.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define N_MAX TREND_POINTS_MAX

static double x[N_MAX], y[N_MAX];
static uint64_t seed;

/* Park and Miller's generator, as in trend_reference.R. */
static int64_t next_random(uint64_t below)
{
	seed = 16807 * seed % 2147483647;
	return (int64_t)(seed % below);
}

/* Nearly normal, with variance 1. */
static double next_normal(void)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += (double)next_random(1u << 30) / (1u << 30);
	return sum;
}

static void setup(void)
{
	seed = 1;
	for (size_t i = 0; i < N_MAX; i++)
		x[i] = (double)i;
}

/* What trend_reference.R prints. */
struct expected {
	struct {
		double s, z, p;
	} plain;
	struct {
		double z, p;
	} corrected;
	struct trend_slope slope;
	size_t records;
	double saturation;
};

enum { LINE, TIES, AUTOREGRESSIVE, WALK, SATURATING, SHORT };

static const struct expected from_r[] = {
	[LINE] = {{350, 5.6625211094, 1.4916501956e-08},
		  {5.6625211094, 1.4916501956e-08},
		  {2.9302884615, 2.4, 3.5},
		  4,
		  -1.7642087},
	[TIES] = {{-38, -0.43900617253, 0.66065706379},
		  {-0.43900617253, 0.66065706379},
		  {0, -0.057142857143, 0.032258064516},
		  0,
		  -2.0025634},
	[AUTOREGRESSIVE] = {{-197, -1.1358104965, 0.25603588317},
			    {-0.68975735698, 0.49034678942},
			    {-0.33630952381, -0.88888888889, 0.2380952381},
			    0,
			    11.419953},
	[WALK] = {{339, 5.2377402567, 1.6255461642e-07},
		  {2.9298837063, 0.0033908888086},
		  {5.3605769231, 4.1851851852, 6.6},
		  10,
		  -3.0689037},
	[SATURATING] = {{486, 7.8649797668, 3.6915711041e-15},
			{3.4051235747, 0.00066134119606},
			{144.14818548, 112.57142857, 191.06779661},
			12,
			96.677591},
	[SHORT] = {{17, 2.4030056367, 0.01626093678},
		   {2.4030056367, 0.01626093678},
		   {1, 0.33333333333, 2},
		   2,
		   -2.1802748},
};

static void compare(size_t n, const struct expected *expected)
{
	struct trend_test plain = trend_mann_kendall(y, n);
	struct trend_test corrected = trend_mann_kendall_autocorrelated(x, y, n);
	struct trend_slope slope = trend_theil_sen(x, y, n);

	ck_assert_double_eq(plain.s, expected->plain.s);
	ck_assert_double_eq_tol(plain.z, expected->plain.z, 1e-9);
	ck_assert_double_eq_tol(plain.p / expected->plain.p, 1, 1e-9);
	ck_assert_double_eq(corrected.s, expected->plain.s);
	ck_assert_double_eq_tol(corrected.z, expected->corrected.z, 1e-9);
	ck_assert_double_eq_tol(corrected.p / expected->corrected.p, 1, 1e-9);
	ck_assert_double_eq_tol(slope.slope, expected->slope.slope, 1e-7);
	ck_assert_double_eq_tol(slope.low, expected->slope.low, 1e-7);
	ck_assert_double_eq_tol(slope.high, expected->slope.high, 1e-7);
	ck_assert_uint_eq(trend_records(y, n), expected->records);
	ck_assert_double_eq_tol(trend_saturation(x, y, n), expected->saturation, 1e-4);
}

static void place_unevenly(void)
{
	double at = 0;

	for (size_t i = 0; i < N_MAX; i++)
		x[i] = at += (double)(1 + (i + 1) % 3);
}

START_TEST(test_line_as_in_r)
{
	for (int i = 0; i < 32; i++)
		y[i] = (double)(3 * (i + 1) + next_random(41));
	compare(32, &from_r[LINE]);
}
END_TEST

START_TEST(test_ties_as_in_r)
{
	seed = 2;
	for (int i = 0; i < 40; i++)
		y[i] = (double)next_random(6);
	compare(40, &from_r[TIES]);
}
END_TEST

START_TEST(test_autoregressive_as_in_r)
{
	int64_t value = 0;

	seed = 3;
	for (int i = 0; i < 64; i++)
		y[i] = (double)(value = 7 * value / 10 + next_random(101));
	compare(64, &from_r[AUTOREGRESSIVE]);
}
END_TEST

START_TEST(test_walk_as_in_r)
{
	int64_t value = 0;

	seed = 4;
	place_unevenly();
	for (int i = 0; i < 33; i++)
		y[i] = (double)(value += next_random(101) - 50);
	compare(33, &from_r[WALK]);
}
END_TEST

START_TEST(test_saturating_as_in_r)
{
	seed = 5;
	place_unevenly();
	for (int i = 0; i < 32; i++)
		y[i] = (double)(20000 - 100000 / (i + 5) + next_random(500));
	compare(32, &from_r[SATURATING]);
}
END_TEST

START_TEST(test_short_as_in_r)
{
	static const double values[] = {1, 3, 2, 5, 4, 6, 8};

	for (size_t i = 0; i < COUNT(values); i++)
		y[i] = values[i];
	compare(COUNT(values), &from_r[SHORT]);
}
END_TEST

START_TEST(test_benjamini_hochberg_as_in_r)
{
	static const double p[] = {0.01, 0.5, 0.04, 0.0001, 0.03, 0.9, 0.03, 0.2, 1, 0.049};
	static const double expected[] = {0.05,	 0.625,
					  0.08,	 0.001,
					  0.075, 1,
					  0.075, 0.285714285714286,
					  1,	 0.0816666666666667};
	double q[COUNT(p)];

	trend_benjamini_hochberg(p, COUNT(p), q);
	for (size_t i = 0; i < COUNT(p); i++)
		ck_assert_double_eq_tol(q[i], expected[i], 1e-12);
	/* In place, with what is no probability. */
	q[0] = NAN;
	q[1] = -1;
	q[2] = 2;
	trend_benjamini_hochberg(q, 3, q);
	ck_assert_double_eq(q[0], 1);
	ck_assert_double_eq(q[1], 0);
	ck_assert_double_eq(q[2], 1);
	trend_benjamini_hochberg(NULL, 0, NULL);
}
END_TEST

/* Every result of one series is a number, and in its range. */
static void check_numbers(size_t n)
{
	struct trend_test plain = trend_mann_kendall(y, n);
	struct trend_test corrected = trend_mann_kendall_autocorrelated(x, y, n);
	struct trend_slope slope = trend_theil_sen(x, y, n);

	ck_assert(isfinite(plain.z) && plain.p >= 0 && plain.p <= 1);
	ck_assert(isfinite(corrected.z) && corrected.p >= plain.p && corrected.p <= 1);
	ck_assert(fabs(corrected.z) <= fabs(plain.z));
	ck_assert(isfinite(slope.slope));
	ck_assert(slope.low <= slope.slope && slope.slope <= slope.high);
	ck_assert(isfinite(trend_saturation(x, y, n)));
	ck_assert_uint_le(trend_records(y, n), n / 2);
}

START_TEST(test_constant_series)
{
	for (size_t n = 0; n <= N_MAX; n++) {
		for (size_t i = 0; i < n; i++)
			y[i] = 7;
		check_numbers(n);
		ck_assert_double_eq(trend_mann_kendall(y, n).p, 1);
		ck_assert_double_eq(trend_mann_kendall_autocorrelated(x, y, n).z, 0);
		ck_assert_double_eq(trend_theil_sen(x, y, n).slope, 0);
		ck_assert_uint_eq(trend_records(y, n), 0);
		ck_assert_double_eq(trend_saturation(x, y, n), 0);
	}
	ck_assert_double_eq(trend_theil_sen(x, y, N_MAX).low, 0);
	ck_assert_double_eq(trend_theil_sen(x, y, N_MAX).high, 0);
}
END_TEST

START_TEST(test_few_points)
{
	struct trend_slope slope;

	for (size_t i = 0; i < 6; i++)
		y[i] = (double)(10 * i);
	ck_assert_double_eq(trend_mann_kendall(y, 2).p, 1);
	ck_assert_double_eq(trend_mann_kendall(y, 3).s, 3);
	slope = trend_theil_sen(x, y, 1);
	ck_assert(slope.slope == 0 && slope.low == 0 && slope.high == 0);
	slope = trend_theil_sen(x, y, 4);
	ck_assert_double_eq(slope.slope, 10);
	ck_assert(isinf(slope.low) && slope.low < 0 && isinf(slope.high) && slope.high > 0);
	slope = trend_theil_sen(x, y, 6);
	ck_assert(slope.low == 10 && slope.high == 10);
	ck_assert_double_eq(trend_saturation(x, y, 4), 0);
	for (size_t n = 0; n <= 6; n++)
		check_numbers(n);
}
END_TEST

START_TEST(test_straight_line)
{
	for (size_t i = 0; i < N_MAX; i++)
		y[i] = 0.1 * (double)i;
	check_numbers(N_MAX);
	ck_assert_double_gt(trend_mann_kendall(y, N_MAX).p, 0);
	ck_assert_double_lt(trend_mann_kendall(y, N_MAX).p, 1e-60);
	ck_assert_uint_eq(trend_records(y, N_MAX), N_MAX / 2);
	ck_assert_double_lt(trend_saturation(x, y, N_MAX), 0);
	for (size_t i = 0; i < N_MAX; i++)
		y[i] = -y[i];
	ck_assert_double_lt(trend_mann_kendall(y, N_MAX).z, -15);
	ck_assert_uint_eq(trend_records(y, N_MAX), 0);
}
END_TEST

START_TEST(test_numbers_of_any_kind)
{
	static const double odd[] = {NAN,     INFINITY, -INFINITY, DBL_MAX, -DBL_MAX, 0, 1,
				     DBL_MIN, 1e300,	-1e300,	   5e-324,  -1,	      3};

	seed = (uint64_t)_i + 1;
	for (size_t n = 0; n <= 20; n++) {
		for (size_t i = 0; i < n; i++) {
			x[i] = _i % 2 ? (double)i : odd[next_random(COUNT(odd))];
			y[i] = odd[next_random(COUNT(odd))];
		}
		check_numbers(n);
	}
}
END_TEST

START_TEST(test_infinite_slope_is_largest)
{
	x[0] = 0;
	x[1] = 5e-324;
	y[0] = 0;
	y[1] = 1e300;
	ck_assert_double_eq(trend_theil_sen(x, y, 2).slope, DBL_MAX);
	/* Pairs at one place have none. */
	x[1] = 0;
	ck_assert_double_eq(trend_theil_sen(x, y, 2).slope, 0);
}
END_TEST

/* What rounding leaves of a straight line is not autocorrelated. */
START_TEST(test_rounding_is_no_pattern)
{
	for (int k = 1; k <= 50; k++) {
		for (size_t i = 0; i < N_MAX; i++)
			y[i] = 1e6 + k / 7.0 * (double)i;
		ck_assert_double_eq(trend_mann_kendall_autocorrelated(x, y, N_MAX).z,
				    trend_mann_kendall(y, N_MAX).z);
	}
}
END_TEST

static int compare_doubles(const void *a, const void *b)
{
	double first = *(const double *)a, second = *(const double *)b;

	return (first > second) - (first < second);
}

/* The selection of ranks against sorting, with many ties and few. */
START_TEST(test_slopes_by_sorting)
{
	double slopes[N_MAX * N_MAX];
	struct trend_slope found;
	size_t n, count = 0, below = 0;

	seed = (uint64_t)_i + 1;
	n = 8 + (size_t)next_random(N_MAX - 7);
	for (size_t i = 0; i < n; i++)
		y[i] = (double)next_random(_i % 2 ? 3 : 1000000);
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			slopes[count++] = (y[j] - y[i]) / (x[j] - x[i]);
	qsort(slopes, count, sizeof *slopes, compare_doubles);
	found = trend_theil_sen(x, y, n);
	ck_assert_double_eq(found.slope, slopes[(count - 1) / 2] / 2 + slopes[count / 2] / 2);
	while (below < count && slopes[below] < found.low)
		below++;
	ck_assert_double_eq(slopes[below], found.low);
	ck_assert(found.low <= found.slope && found.slope <= found.high);
}
END_TEST

START_TEST(test_records_are_strict)
{
	static const double values[] = {5, 1, 5, 2, 9, 5, 6, 9, 10, 11, 10};

	ck_assert_uint_eq(trend_records(values, 11), 2);
	ck_assert_uint_eq(trend_records(values, 9), 1);
	ck_assert_uint_eq(trend_records(values, 8), 1);
	ck_assert_uint_eq(trend_records(values, 4), 0);
	ck_assert_uint_eq(trend_records(values, 1), 0);
	ck_assert_uint_eq(trend_records(values, 0), 0);
}
END_TEST

START_TEST(test_saturation_is_told_from_lines)
{
	/* The curve itself, rising and falling, anywhere and at any scale. */
	for (double c = 0.05; c < 0.6; c += 0.1)
		for (size_t i = 0; i < 32; i++) {
			x[i] = 1e12 + 1e9 * (double)i;
			y[i] = -1e15 * (1 - exp(-(double)i / 31 / c));
			if (i == 31)
				ck_assert_double_gt(trend_saturation(x, y, 32), 100);
		}
	/* One that grows faster and faster does not level off. */
	for (size_t i = 0; i < 32; i++)
		y[i] = (double)(i * i);
	ck_assert_double_lt(trend_saturation(x, y, 32), 0);
}
END_TEST

#define SERIES 1000

/* x[i] = 0.7 x[i-1] + e[i]: no trend, but the plain test takes its runs for one. */
START_TEST(test_autocorrelation_is_no_trend)
{
	int plain = 0, corrected = 0;

	for (int k = 0; k < SERIES; k++) {
		double value = 0;

		for (int i = -50; i < 64; i++) {
			value = 0.7 * value + next_normal();
			if (i >= 0)
				y[i] = value;
		}
		plain += trend_mann_kendall(y, 64).p < 0.05;
		corrected += trend_mann_kendall_autocorrelated(x, y, 64).p < 0.05;
	}
	/* Seen: 366 and 133, of 50 that the level allows. */
	ck_assert_int_gt(plain, 300);
	ck_assert_int_lt(corrected, 180);
}
END_TEST

START_TEST(test_line_in_noise_is_found)
{
	int plain = 0, corrected = 0, level = 0, inside = 0;

	for (int k = 0; k < SERIES; k++) {
		struct trend_slope slope;

		for (int i = 0; i < 32; i++)
			y[i] = 0.1 * i + next_normal();
		plain += trend_mann_kendall(y, 32).p < 0.05;
		corrected += trend_mann_kendall_autocorrelated(x, y, 32).p < 0.05;
		level += trend_saturation(x, y, 32) > 6;
		slope = trend_theil_sen(x, y, 32);
		inside += slope.low <= 0.1 && slope.high >= 0.1;
	}
	/* Seen: 1000, 1000, 3 and 950. */
	ck_assert_int_gt(plain, 990);
	ck_assert_int_gt(corrected, 990);
	ck_assert_int_lt(level, 20);
	ck_assert_int_gt(inside, 930);
	ck_assert_int_lt(inside, 970);
}
END_TEST

START_TEST(test_noise_is_no_trend)
{
	int plain = 0, corrected = 0, level = 0;
	size_t records = 0;

	for (int k = 0; k < SERIES; k++) {
		for (int i = 0; i < 32; i++)
			y[i] = next_normal();
		plain += trend_mann_kendall(y, 32).p < 0.05;
		corrected += trend_mann_kendall_autocorrelated(x, y, 32).p < 0.05;
		level += trend_saturation(x, y, 32) > 6;
		records += trend_records(y, 32);
	}
	/* Seen: 54, 54, 6 and 650, of which ln 2 in the mean were expected. */
	ck_assert_int_lt(plain, 75);
	ck_assert_int_lt(corrected, 75);
	ck_assert_int_lt(level, 20);
	ck_assert_uint_gt(records, 600);
	ck_assert_uint_lt(records, 790);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trend");
	TCase *tests = tcase_create("trend");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, test_line_as_in_r);
	tcase_add_test(tests, test_ties_as_in_r);
	tcase_add_test(tests, test_autoregressive_as_in_r);
	tcase_add_test(tests, test_walk_as_in_r);
	tcase_add_test(tests, test_saturating_as_in_r);
	tcase_add_test(tests, test_short_as_in_r);
	tcase_add_test(tests, test_benjamini_hochberg_as_in_r);
	tcase_add_test(tests, test_constant_series);
	tcase_add_test(tests, test_few_points);
	tcase_add_test(tests, test_straight_line);
	tcase_add_test(tests, test_rounding_is_no_pattern);
	tcase_add_loop_test(tests, test_numbers_of_any_kind, 0, 200);
	tcase_add_test(tests, test_infinite_slope_is_largest);
	tcase_add_loop_test(tests, test_slopes_by_sorting, 0, 40);
	tcase_add_test(tests, test_records_are_strict);
	tcase_add_test(tests, test_saturation_is_told_from_lines);
	tcase_add_test(tests, test_autocorrelation_is_no_trend);
	tcase_add_test(tests, test_line_in_noise_is_found);
	tcase_add_test(tests, test_noise_is_no_trend);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
