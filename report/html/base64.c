/* SPDX-License-Identifier: MIT */
#include "base64.h"

#include <stdint.h>

size_t base64_bytes(size_t bytes)
{
	return (bytes + 2) / 3 * 4;
}

void base64_put(FILE *file, const unsigned char *data, size_t bytes)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < bytes; i += 3) {
		size_t left = bytes - i;
		uint32_t word = (uint32_t)data[i] << 16;

		if (left > 1)
			word |= (uint32_t)data[i + 1] << 8;
		if (left > 2)
			word |= data[i + 2];
		putc(digits[word >> 18], file);
		putc(digits[word >> 12 & 63], file);
		putc(left > 1 ? digits[word >> 6 & 63] : '=', file);
		putc(left > 2 ? digits[word & 63] : '=', file);
	}
}
