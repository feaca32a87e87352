/* SPDX-License-Identifier: MIT */
#include "trend.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "../util/array.h"

#define NORMAL_975 1.9599639845400543 /* of the standard normal distribution */
#define PAIRS_MAX (TREND_POINTS_MAX * (TREND_POINTS_MAX - 1) / 2)
#define LARGEST 1e300 /* so that differences of two are finite */

static double tame(double value)
{
	if (isnan(value))
		return 0;
	return fmin(fmax(value, -LARGEST), LARGEST);
}

static int compare_doubles(double a, double b)
{
	return (a > b) - (a < b);
}

/* Kendall's S and 18 times its variance. */
static void kendall(const double *values, size_t n, double *s, double *variance18)
{
	double sum = 0, ties = 0;

	for (size_t i = 0; i < n; i++) {
		double value = tame(values[i]), equal = 1;

		for (size_t j = 0; j < n; j++) {
			int order = compare_doubles(tame(values[j]), value);

			if (j > i)
				sum += order;
			equal += j != i && !order;
		}
		/* t(t-1)(2t+5) of a group of t, in t parts. */
		ties += (equal - 1) * (2 * equal + 5);
	}
	*s = sum;
	*variance18 = (double)n * ((double)n - 1) * (2 * (double)n + 5) - ties;
}

static struct trend_test kendall_test(const double *values, size_t n, double factor)
{
	struct trend_test test = {0, 0, 1};
	double variance18;

	if (n < 3)
		return test;
	kendall(values, n, &test.s, &variance18);
	if (variance18 <= 0 || !test.s)
		return test;
	test.z = (test.s - copysign(1, test.s)) / sqrt(variance18 / 18 * factor);
	test.p = erfc(fabs(test.z) * M_SQRT1_2);
	return test;
}

struct trend_test trend_mann_kendall(const double *values, size_t n)
{
	return kendall_test(values, n, 1);
}

/* Wirth's form of Hoare's selection: a[k] becomes what sorting would put there. */
static double select_nth(double *a, size_t count, size_t k)
{
	ptrdiff_t low = 0, high = (ptrdiff_t)count - 1, at = (ptrdiff_t)k;

	while (low < high) {
		double pivot = a[at];
		ptrdiff_t i = low, j = high;

		while (i <= j) {
			while (a[i] < pivot)
				i++;
			while (a[j] > pivot)
				j--;
			if (i <= j) {
				double swapped = a[i];

				a[i++] = a[j];
				a[j--] = swapped;
			}
		}
		if (j < at)
			low = i;
		if (at < i)
			high = j;
	}
	return a[k];
}

static double median(double *a, size_t count)
{
	double upper = select_nth(a, count, count / 2);

	return count % 2 ? upper : upper / 2 + select_nth(a, count, count / 2 - 1) / 2;
}

/* Returns how many pairs have a slope. */
static size_t pair_slopes(const double *x, const double *values, size_t n, double *slopes)
{
	size_t count = 0;

	assert(n <= TREND_POINTS_MAX);
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++) {
			double run = tame(x[j]) - tame(x[i]);
			double rise = tame(values[j]) - tame(values[i]);

			if (run)
				slopes[count++] = fmin(fmax(rise / run, -DBL_MAX), DBL_MAX);
		}
	return count;
}

struct trend_slope trend_theil_sen(const double *x, const double *values, size_t n)
{
	double slopes[PAIRS_MAX], s, variance18, below;
	size_t count = pair_slopes(x, values, n, slopes);
	struct trend_slope result = {0, 0, 0};

	if (!count)
		return result;
	result.slope = median(slopes, count);
	kendall(values, n, &s, &variance18);
	/* How many of the smallest slopes are left out, and how many of the largest: one less. */
	below = floor(((double)count - NORMAL_975 * sqrt(variance18 / 18)) / 2);
	if (below < 1) {
		result.low = -INFINITY;
		result.high = INFINITY;
		return result;
	}
	result.low = select_nth(slopes, count, (size_t)below - 1);
	result.high = select_nth(slopes, count, count - (size_t)below);
	return result;
}

/* A copy moved and stretched to [0, 1]; false, and all 0, if it is a single value. */
static bool scale(const double *values, size_t n, double *scaled)
{
	double smallest = LARGEST, largest = -LARGEST;

	for (size_t i = 0; i < n; i++) {
		smallest = fmin(smallest, tame(values[i]));
		largest = fmax(largest, tame(values[i]));
	}
	for (size_t i = 0; i < n; i++)
		scaled[i] = smallest < largest ? (tame(values[i]) - smallest) / (largest - smallest)
					       : 0;
	return smallest < largest;
}

/* Ranks of what the Theil-Sen line leaves, their mean taken off; ties have their middle rank. */
static void residual_ranks(const double *x, const double *values, size_t n, double *ranks)
{
	double places[TREND_POINTS_MAX], residuals[TREND_POINTS_MAX], sorted[TREND_POINTS_MAX];
	double slopes[PAIRS_MAX], slope = 0, middle;
	size_t count;

	scale(x, n, places);
	scale(values, n, residuals);
	count = pair_slopes(places, residuals, n, slopes);
	if (count)
		slope = median(slopes, count);
	for (size_t i = 0; i < n; i++)
		sorted[i] = residuals[i] -= slope * places[i];
	middle = median(sorted, n);
	/* What is left of a straight line is rounding, and must not get ranks. */
	for (size_t i = 0; i < n; i++)
		residuals[i] = rint((residuals[i] - middle) * 0x1p30);
	for (size_t i = 0; i < n; i++) {
		ranks[i] = 0;
		for (size_t j = 0; j < n; j++)
			ranks[i] += compare_doubles(residuals[i], residuals[j]) / 2.0;
	}
}

/*
 * n / n* of Hamed and Rao. The sum ends before the first lag that is not significant: taking the
 * line off pushes the later ones below 0 (all of them add up to -1/2), and with those the factor
 * comes out far too small.
 */
static double variance_factor(const double *ranks, size_t n)
{
	double squares = 0, sum = 0, count = (double)n;

	for (size_t i = 0; i < n; i++)
		squares += ranks[i] * ranks[i];
	for (size_t lag = 1; lag < n; lag++) {
		double products = 0, left = (double)(n - lag);

		for (size_t i = lag; i < n; i++)
			products += ranks[i] * ranks[i - lag];
		if (products <= squares * NORMAL_975 / sqrt(count))
			break;
		sum += left * (left - 1) * (left - 2) * products / squares;
	}
	return 1 + 2 * sum / (count * (count - 1) * (count - 2));
}

struct trend_test trend_mann_kendall_autocorrelated(const double *x, const double *values, size_t n)
{
	double ranks[TREND_POINTS_MAX];

	assert(n <= TREND_POINTS_MAX);
	if (n < 3)
		return kendall_test(values, n, 1);
	residual_ranks(x, values, n, ranks);
	return kendall_test(values, n, variance_factor(ranks, n));
}

size_t trend_records(const double *values, size_t n)
{
	double most = -INFINITY;
	size_t records = 0;

	for (size_t i = 0; i < n; i++) {
		double value = tame(values[i]);

		if (value <= most)
			continue;
		most = value;
		records += i >= n - n / 2;
	}
	return records;
}

/* The least sum of squares that values = a + b * basis leaves. */
static double squares_left(const double *basis, const double *values, size_t n)
{
	double basis_mean = 0, value_mean = 0, products = 0, squares = 0, left = 0, slope;

	for (size_t i = 0; i < n; i++) {
		basis_mean += basis[i] / (double)n;
		value_mean += values[i] / (double)n;
	}
	for (size_t i = 0; i < n; i++) {
		products += (basis[i] - basis_mean) * (values[i] - value_mean);
		squares += (basis[i] - basis_mean) * (basis[i] - basis_mean);
	}
	slope = squares > 0 ? products / squares : 0;
	for (size_t i = 0; i < n; i++) {
		double error = values[i] - value_mean - slope * (basis[i] - basis_mean);

		left += error * error;
	}
	return fmax(left, (double)n * 1e-12);
}

struct series {
	double x[TREND_POINTS_MAX], values[TREND_POINTS_MAX];
	size_t n;
};

static double squares_left_by_curve(const struct series *series, double log_c)
{
	double basis[TREND_POINTS_MAX], c = exp(log_c);

	for (size_t i = 0; i < series->n; i++)
		basis[i] = -expm1(-series->x[i] / c);
	return squares_left(basis, series->values, series->n);
}

#define GRID 24
#define FASTEST 0.02 /* c, of the range of x */
#define SLOWEST 10.0
#define GOLDEN_STEPS 20 /* leave 1e-4 of two cells */

/* The grid finds the valley, of which there may be more than one; golden section its bottom. */
static double squares_left_by_best_curve(const struct series *series)
{
	const double golden = (sqrt(5) - 1) / 2;
	const double cell = log(SLOWEST / FASTEST) / GRID;
	double best = INFINITY, at = 0, low, high, inner[2], left[2];

	for (int i = 0; i <= GRID; i++) {
		double log_c = log(FASTEST) + i * cell;
		double squares = squares_left_by_curve(series, log_c);

		if (squares < best) {
			best = squares;
			at = log_c;
		}
	}
	low = fmax(at - cell, log(FASTEST));
	high = fmin(at + cell, log(SLOWEST));
	inner[0] = high - golden * (high - low);
	inner[1] = low + golden * (high - low);
	for (int i = 0; i < 2; i++)
		left[i] = squares_left_by_curve(series, inner[i]);
	for (int step = 0; step < GOLDEN_STEPS; step++) {
		/* The side whose inner point is worse gives way up to there. */
		if (left[0] <= left[1]) {
			high = inner[1];
			inner[1] = inner[0];
			left[1] = left[0];
			inner[0] = high - golden * (high - low);
			left[0] = squares_left_by_curve(series, inner[0]);
		} else {
			low = inner[0];
			inner[0] = inner[1];
			left[0] = left[1];
			inner[1] = low + golden * (high - low);
			left[1] = squares_left_by_curve(series, inner[1]);
		}
	}
	return fmin(best, fmin(left[0], left[1]));
}

double trend_saturation(const double *x, const double *values, size_t n)
{
	struct series series = {.n = n};
	double line, curve;

	assert(n <= TREND_POINTS_MAX);
	if (n < 5 || !scale(x, n, series.x) || !scale(values, n, series.values))
		return 0;
	line = squares_left(series.x, series.values, n);
	curve = squares_left_by_best_curve(&series);
	/* n log(squares / n) + 2 parameters, of which the curve has one more. */
	return (double)n * log(line / curve) - 2;
}

struct ranked {
	double p;
	size_t index;
};

static int by_p(const void *a, const void *b)
{
	return compare_doubles(((const struct ranked *)a)->p, ((const struct ranked *)b)->p);
}

void trend_benjamini_hochberg(const double *p, size_t n, double *q)
{
	struct ranked *ranked = xmalloc(n * sizeof *ranked);
	double least = 1;

	for (size_t i = 0; i < n; i++)
		ranked[i] = (struct ranked){isnan(p[i]) ? 1 : fmin(fmax(p[i], 0), 1), i};
	qsort(ranked, n, sizeof *ranked, by_p);
	for (size_t i = n; i-- > 0;) {
		least = fmin(least, ranked[i].p * (double)n / (double)(i + 1));
		q[ranked[i].index] = least;
	}
	free(ranked);
}
