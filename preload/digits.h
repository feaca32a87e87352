/* SPDX-License-Identifier: MIT */
/*
 * digits.h - numbers as text, where printf may not be called.
 */
#ifndef TENURE_DIGITS_H
#define TENURE_DIGITS_H

#include <stdint.h>

/* Writes a number in a base from 10 to 16, up to 20 digits, without an end; returns where it ends. */
static inline char *digits_put(char *to, uint64_t number, unsigned base)
{
	char digits[20];
	unsigned count = 0;

	do
		digits[count++] = "0123456789abcdef"[number % base];
	while (number /= base);
	while (count)
		*to++ = digits[--count];
	return to;
}

#endif
