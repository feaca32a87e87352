/* SPDX-License-Identifier: MIT */
/*
 * mangled.h - mangled names of C++ and Rust in which wildcards stand, as what they say of the name in
 * the source.
 *
 * Valgrind's suppressions name functions as the linker does, stacks of a model as the source does, and
 * what is mangled only in part cannot be demangled. It can be read up to its first *, though, since
 * the parts of a qualified name are written out (Itanium C++ ABI, 5.1): _ZN3foo3bar* is foo::bar and
 * what may follow there. Read are names that are plain but for ? and a last part that may break off,
 * constructors and destructors, std::, anonymous namespaces, and the hashes of Rust. Not read, so never
 * met: what needs to know more than the name (_ZN3foo3barEi*, _ZN3fooIi*, substitutions other than St
 * and Ss), operators, and a * with anything but the end of the name behind it. Const is not told apart,
 * nor what is local to a function from the function.
 */
#ifndef TENURE_MANGLED_H
#define TENURE_MANGLED_H

#include <stdbool.h>

#include "../util/arena.h"

struct mangled {
	const char *name; /* qualified, ? for one byte of an identifier; in the arena */
	unsigned follows; /* what may stand behind it, own */
};

/* False if the pattern is not to be read. */
bool mangled_read(struct arena *arena, const char *pattern, struct mangled *mangled);

/* Whether a function as it is named in a model can be meant. */
bool mangled_matches(const struct mangled *mangled, const char *function);

#endif
