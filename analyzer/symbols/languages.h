/* SPDX-License-Identifier: MIT */
/*
 * languages.h - source languages as debug information numbers them. Private to symbols/.
 */
#ifndef TENURE_SYMBOLS_LANGUAGES_H
#define TENURE_SYMBOLS_LANGUAGES_H

struct language {
	const char *name; /* as reports print it; "" if unknown */
	const char *separator; /* between a namespace and a name; NULL: names stand alone */
};

/* For a DW_LANG_ constant, or -1. */
struct language languages_find(int dwarf_language);

#endif
