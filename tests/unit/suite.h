/* SPDX-License-Identifier: MIT */
/*
 * suite.h - how the program of a Check suite ends.
 */
#ifndef TENURE_SUITE_H
#define TENURE_SUITE_H

#include <check.h>

/* Runs all tests of the suite, frees it, and returns the exit status of main. */
static inline int suite_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

#endif
