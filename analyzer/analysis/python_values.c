/* SPDX-License-Identifier: MIT */
#include "python_values.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "python_offsets.h"

/* In a block: of 3.11 the values, of 3.12 weak references, which are objects; and of 3.12 the values, the
 * lowest bit set, or a dictionary. */
#define FIRST_WORD 0
#define SECOND_WORD PYTHON_WORD

void python_values_found(struct python_values *v, uint64_t block,
			 const struct trace_object_name *class)
{
	if ((class->flags & (PYTHON_MANAGED_DICT | PYTHON_INLINE_VALUES)) != PYTHON_MANAGED_DICT)
		return;
	for (unsigned i = 0; i < PYTHON_VALUES_WORDS; i++) {
		const struct trace_word *word = &v->last[i];

		if (word->address != block + FIRST_WORD &&
		    (word->address != block + SECOND_WORD || !(word->value & 1)))
			continue;
		ARRAY_GROW(v->list, v->count + 1, v->capacity);
		v->list[v->count++] = word->value;
	}
}

void python_values_release(struct python_values *v)
{
	free(v->list);
	memset(v, 0, sizeof *v);
}
