/* SPDX-License-Identifier: MIT */
/*
 * utf8.h - decodes UTF-8 strictly (Unicode 15, table 3-7): no surrogates, nothing overlong.
 *
 * Names in a model may hold any bytes; every writer decides here what is text and what is not.
 */
#ifndef TENURE_UTF8_H
#define TENURE_UTF8_H

#include <stdint.h>

/* Length in bytes of the character that the NUL-ended string begins with; 0 if these bytes are no
 * character (treat one byte, go on behind it). *code is set on success. */
unsigned utf8_decode(const char *text, uint32_t *code);

#endif
