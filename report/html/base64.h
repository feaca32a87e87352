/* SPDX-License-Identifier: MIT */
/*
 * base64.h - bytes as text (RFC 4648, section 4), in one line.
 */
#ifndef TENURE_REPORT_HTML_BASE64_H
#define TENURE_REPORT_HTML_BASE64_H

#include <stddef.h>
#include <stdio.h>

/* Characters that so many bytes take. */
size_t base64_bytes(size_t bytes);

void base64_put(FILE *file, const unsigned char *data, size_t bytes);

#endif
