/* SPDX-License-Identifier: MIT */
/*
 * tenure_check.h - a mark for each test of a program that uses Check, https://libcheck.github.io.
 *
 * For the programs, like tenure.h. TENURE_START_TEST and TENURE_END_TEST take the place of START_TEST
 * and END_TEST; tests are added as always. A mark of the test's name is set when the test begins and
 * taken back when it returns, so that what fixtures allocate is not the test's. One that fails does
 * not return: its epoch ends with the next test's, or with its process where tests are forked. All
 * passes of a loop test are marks of one name.
 *
 * Fixtures could not do this: Check tells the name of a test only after they have run.
 */
#ifndef TENURE_CHECK_H
#define TENURE_CHECK_H

#include <check.h>

#include "tenure.h"

#define TENURE_START_TEST(test) \
	static void test##_marked(int _i); \
	START_TEST(test) \
	{ \
		tenure_mark(#test); \
		test##_marked(_i); \
		tenure_mark(0); \
	} \
	END_TEST \
	static void test##_marked(int _i __attribute__((unused)))

#define TENURE_END_TEST

#endif
