/* SPDX-License-Identifier: MIT */
/* annotations.c - what a program says of its own blocks, by tenure.h or as LeakSanitizer has it. */
#include "../../preload/tenure.h"
#include "heap.h"

/* As sanitizer/lsan_interface.h declares them; where nobody is there, they are NULL. */
extern void __lsan_disable(void) __attribute__((weak));
extern void __lsan_enable(void) __attribute__((weak));
extern void __lsan_ignore_object(const void *block) __attribute__((weak));
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

/* memcheck: direct, since it knows of no such word. */
CASE(ignored, "reachable 1 64")
{
	tenure_ignore(new_block());
}

/* What it holds is meant to stay with it. */
CASE(ignored_holder, "reachable 2 128")
{
	void **holder = new_block();

	holder[0] = new_block();
	tenure_ignore(holder);
}

/* The word was about a block that is gone; this is another one, likely at the same address. */
CASE(ignored_before, "direct 1 64")
{
	void *block = new_block();

	tenure_ignore(block);
	free(block);
	new_block();
}

CASE(disabled, "direct 1 64, reachable 1 64")
{
	if (__lsan_disable)
		__lsan_disable();
	new_block();
	if (__lsan_enable)
		__lsan_enable();
	new_block();
}

CASE(object_of_lsan, "reachable 1 64")
{
	if (__lsan_ignore_object)
		__lsan_ignore_object(new_block());
}

/* The last snapshot counts: that at the end. */
CASE(lost_after_check, "direct 2 128")
{
	new_block();
	if (__lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check())
		abort();
	tenure_snapshot();
	new_block();
}
