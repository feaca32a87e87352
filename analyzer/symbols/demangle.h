/* SPDX-License-Identifier: MIT */
/*
 * demangle.h - symbol names of C++, Rust, D and Fortran compilers turned into source names.
 *
 * Time, memory and output are bounded for any input: mangled names can be made that expand without
 * end. Private to symbols/; names.h keeps the results.
 */
#ifndef TENURE_SYMBOLS_DEMANGLE_H
#define TENURE_SYMBOLS_DEMANGLE_H

#include <stddef.h>

/* The caller frees the result; NULL if the name is not a mangled one. *language is set always. */
char *demangle_symbol(const char *symbol, const char **language);

/*
 * Takes versions of the ABI out of names of the C++ standard libraries, in place: they say nothing
 * about the source.
 */
void demangle_shorten(char *text);

/* Length of a plain name without symbol version and the suffixes of a compiler's clones. */
size_t demangle_base_length(const char *symbol);

#endif
