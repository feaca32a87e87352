/* SPDX-License-Identifier: MIT */
/*
 * suite.h - how the program of a Check suite begins and ends.
 */
#ifndef TENURE_SUITE_H
#define TENURE_SUITE_H

#include <check.h>
#include <stdlib.h>

/* Time decides no test: the 4 s that Check allows are too little for a busy machine or an emulator.
 * Check reads this whenever a test case is made. */
__attribute__((constructor)) static void allow_time(void)
{
	setenv("CK_DEFAULT_TIMEOUT", "120", 0);
}

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
