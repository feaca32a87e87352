/* SPDX-License-Identifier: MIT */
#include "suppressions.h"

#include <string.h>

#include "region.h"

#define TEXT_BYTES_MOST (64u << 10)

/* The program's, if it has one that others may call. */
extern const char *__lsan_default_suppressions(void) __attribute__((weak));

void suppressions_note(void)
{
	const char *text = __lsan_default_suppressions ? __lsan_default_suppressions() : NULL;
	struct region_header *h = region.header;
	uint32_t bytes = text ? (uint32_t)strnlen(text, TEXT_BYTES_MOST) : 0;

	if (bytes && region_add_name(text, bytes, &h->suppressions_offset))
		h->suppressions_bytes = bytes;
}
