/* SPDX-License-Identifier: MIT */
#include "python_tables.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

#define LIST_ITEMS_OFFSET 24 /* ob_item */
#define DICT_KEYS_OFFSET 32 /* ma_keys */
#define DICT_VALUES_OFFSET 40 /* ma_values */
#define OLD_VALUES_OFFSET 0 /* in a block, of 3.11: the values of an instance; or weak references */
#define VALUES_OFFSET 8 /* of 3.12, the lowest bit set; or a dictionary */

/* tp_flags, of Include/object.h. */
#define MANAGED_DICT (1u << 4)
#define LIST_SUBCLASS (1u << 25)
#define DICT_SUBCLASS (1u << 29)

void python_tables_add(struct python_tables *t, uint64_t address)
{
	ARRAY_GROW(t->list, t->count + 1, t->capacity);
	t->list[t->count++] = address;
}

void python_tables_found(struct python_tables *t, uint64_t block, uint64_t head_bytes,
			 const struct trace_object_name *class)
{
	uint64_t object = block + head_bytes;

	t->wanted[0] = t->wanted[1] = 0;
	if (class->flags & LIST_SUBCLASS) {
		t->wanted[0] = object + LIST_ITEMS_OFFSET;
	} else if (class->flags & DICT_SUBCLASS) {
		t->wanted[0] = object + DICT_KEYS_OFFSET;
		t->wanted[1] = object + DICT_VALUES_OFFSET;
	}
	if (!(class->flags & MANAGED_DICT))
		return;
	for (unsigned i = 0; i < PYTHON_TABLES_WORDS; i++) {
		const struct trace_word *word = &t->last[i];

		if (word->address == block + OLD_VALUES_OFFSET ||
		    (word->address == block + VALUES_OFFSET && word->value & 1))
			python_tables_add(t, word->value);
	}
}

void python_tables_release(struct python_tables *t)
{
	free(t->list);
	memset(t, 0, sizeof *t);
}
