/* SPDX-License-Identifier: MIT */
/*
 * python_offsets.h - where CPython 3.8 to 3.13 has what in the blocks of its objects, as far as that is the
 * same in all of them. Private to python_*.c.
 *
 * Include/object.h, cpython/object.h, cpython/listobject.h, cpython/dictobject.h and
 * internal/pycore_object.h of CPython.
 */
#ifndef TENURE_PYTHON_OFFSETS_H
#define TENURE_PYTHON_OFFSETS_H

#define PYTHON_WORD 8u /* bytes */
/* Of the garbage collector's links, in front of an object that can be in circles; and of what is in front of
 * these since 3.11: a dictionary or values, weak references. */
#define PYTHON_HEAD 16u

/* In an object. */
#define PYTHON_CLASS 8u
#define PYTHON_OBJECT 16u /* what is behind the references and the class */

/* In a block. */
#define PYTHON_LIST_ITEMS (PYTHON_HEAD + 24)
#define PYTHON_TUPLE_ITEMS (PYTHON_HEAD + 24)
#define PYTHON_DICT_KEYS (PYTHON_HEAD + 32)
#define PYTHON_DICT_VALUES (PYTHON_HEAD + 40) /* 0 if they are beside the keys */

/* tp_flags of a class. */
#define PYTHON_INLINE_VALUES (1u << 2) /* since 3.13: attributes behind the object */
#define PYTHON_MANAGED_WEAKREFS (1u << 3) /* since 3.12 */
#define PYTHON_MANAGED_DICT (1u << 4) /* since 3.11 */
#define PYTHON_HEAP_TYPE (1u << 9) /* made by a class statement, or the like */
#define PYTHON_HAVE_GC (1u << 14)

#endif
