/* SPDX-License-Identifier: MIT */
/*
 * whole_text.h - strings for readers that refuse what is no UTF-8.
 */
#ifndef TENURE_REPORT_WHOLE_TEXT_H
#define TENURE_REPORT_WHOLE_TEXT_H

/* NULL if a text is UTF-8 throughout, else a copy that you own, in which each byte that is not part
 * of any is U+FFFD: as in our JSON. */
char *whole_text_repair(const char *text);

#endif
