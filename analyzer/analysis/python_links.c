/* SPDX-License-Identifier: MIT */
#include "python_links.h"

#include <inttypes.h>
#include <string.h>

#include "python_offsets.h"

/* Of a table of keys that instances share: what is in front of the index, and an entry. */
#define KEYS_HEAD 32 /* since 3.11 */
#define KEYS_HEAD_OLD 40
#define ENTRY_BYTES 16 /* key and value */
#define ENTRY_BYTES_OLD 24 /* hash, key and value */
#define SHARED_USABLE 30 /* SHARED_KEYS_MAX_SIZE */

static unsigned minor_version(const struct reachability *r)
{
	const struct trace_python *python = reader_python(r->reader);

	return python ? python->version >> 16 & 0xff : 0;
}

static const char *class_of(const struct reachability *r, uint32_t block)
{
	const struct trace_object_name *class = python_objects_class(&r->python, block);

	return class ? class->text : NULL;
}

static bool is_a(const struct reachability *r, uint32_t block, const char *class)
{
	const char *text = class_of(r, block);

	return text && !strcmp(text, class);
}

static uint64_t head_of(const struct reachability *r, uint32_t object)
{
	unsigned flags = r->blocks[object].flags;

	if (flags & GRAPH_BLOCK_HEAD_SECOND)
		return 2 * PYTHON_HEAD;
	return flags & GRAPH_BLOCK_HEAD_FIRST ? PYTHON_HEAD : 0;
}

static bool leads_to(const struct reachability *r, uint32_t block, uint64_t offset, uint32_t to)
{
	graph_target target;

	return graph_points_to(r->graph, block, offset, &target) && graph_block_of(target) == to;
}

/* Where a class has the names of its slots; 16 bytes behind it are the keys that its instances share. Since
 * 3.12 a class has a word more in front. Include/cpython/object.h: PyHeapTypeObject. */
static uint64_t slots_offset(const struct reachability *r)
{
	unsigned minor = minor_version(r);

	return PYTHON_HEAD + (minor == 9 ? 848 : minor < 12 ? 856 : 864);
}

/* False: it is none that a program made. */
static bool find_class_block(const struct reachability *r, uint32_t object, uint32_t *block)
{
	graph_target target;

	if (!graph_points_to(r->graph, object, head_of(r, object) + PYTHON_CLASS, &target))
		return false;
	*block = graph_block_of(target);
	return true;
}

/* To 3.10, instances without slots have their dictionary in the last word but one. */
static bool is_dictionary_word(const struct reachability *r, uint32_t object, uint64_t offset)
{
	const struct trace_object_name *class = python_objects_class(&r->python, object);
	graph_target slots;
	uint32_t block;

	return minor_version(r) < 11 && !class->item_bytes &&
	       offset + 2 * PYTHON_WORD == head_of(r, object) + class->basic_bytes &&
	       find_class_block(r, object, &block) &&
	       !graph_points_to(r->graph, block, slots_offset(r), &slots);
}

/* Of an instance, not of a variable that happens to have a dictionary. */
static bool is_own_dictionary(const struct reachability *r, uint32_t object, uint64_t offset,
			      uint32_t dictionary)
{
	graph_target values;

	if (is_a(r, object, "module"))
		return true;
	if (r->blocks[object].flags & GRAPH_BLOCK_HEAD_SECOND)
		return offset < PYTHON_HEAD;
	/* To 3.10: only these have values apart from their keys. */
	return !is_a(r, object, "dict") &&
	       (graph_points_to(r->graph, dictionary, PYTHON_DICT_VALUES, &values) ||
		is_dictionary_word(r, object, offset));
}

/* The word of an object that has its values, in 3.12 or else its dictionary. */
static bool is_values_word(const struct reachability *r, uint32_t object, uint64_t offset)
{
	return r->blocks[object].flags & GRAPH_BLOCK_HEAD_SECOND &&
	       ((minor_version(r) == 11 && !offset) ||
		(minor_version(r) == 12 && offset == PYTHON_WORD));
}

/* A word of a list or dictionary that has its items; since 3.13 or else an instance with its values. */
static bool is_table_word(const struct reachability *r, uint32_t object, uint64_t offset)
{
	return (offset == PYTHON_LIST_ITEMS && is_a(r, object, "list")) ||
	       ((offset == PYTHON_DICT_KEYS || offset == PYTHON_DICT_VALUES) &&
		is_a(r, object, "dict"));
}

bool python_links_joins(const struct reachability *r, uint32_t object, uint32_t from,
			uint64_t offset, uint32_t to)
{
	const struct trace_object_name *class = python_objects_class(&r->python, to);

	if (!class_of(r, object) || (from != object && !is_a(r, from, "dict")))
		return false;
	/* These are tables, even if what is left over in one looks like an object. */
	if (is_table_word(r, from, offset))
		return !class || !(class->flags & PYTHON_INLINE_VALUES);
	if (from == object && is_values_word(r, object, offset) && !is_a(r, to, "dict"))
		return true;
	if (!class)
		return from == object && head_of(r, object) && !is_a(r, object, "list") &&
		       !is_a(r, object, "dict");
	return from == object && is_a(r, to, "dict") && is_own_dictionary(r, object, offset, to);
}

/* Where the values of an instance begin in a block of them; 3.11 and 3.12 have the order in which they were
 * set in front. */
static uint64_t first_value(const struct reachability *r, uint32_t block)
{
	unsigned minor = minor_version(r);

	if (minor < 11)
		return 0;
	if (minor > 12)
		return PYTHON_WORD;
	return graph_values_offset(&r->blocks[block]);
}

/* Whether a table has values alone: those of an instance. */
static bool has_values_alone(const struct reachability *r, uint32_t via, uint32_t block)
{
	uint64_t offset = minor_version(r) == 11 ? 0 : PYTHON_WORD;

	if (via == block || is_a(r, block, "dict"))
		return false;
	if (is_a(r, via, "dict"))
		return leads_to(r, via, PYTHON_DICT_VALUES, block);
	return is_values_word(r, via, offset) && leads_to(r, via, offset, block);
}

bool python_links_refers(const struct reachability *r, uint32_t via, uint32_t block,
			 uint64_t offset, uint32_t to)
{
	const struct trace_object_name *class = python_objects_class(&r->python, to);

	if (has_values_alone(r, via, block))
		return offset >= first_value(r, block);
	return !(offset == PYTHON_DICT_VALUES && class && class->flags & PYTHON_INLINE_VALUES &&
		 is_a(r, block, "dict"));
}

/* A name that a string of Python's has which the word at an offset of a block points to; NULL: none. */
static const char *name_at(const struct reachability *r, uint32_t block, uint64_t offset)
{
	const char *name = python_objects_label(&r->python, r->blocks[block].address + offset);
	graph_target target;

	if (name || !graph_points_to(r->graph, block, offset, &target))
		return name;
	return python_objects_name(r->snapshot, r->blocks[graph_block_of(target)].address,
				   TRACE_NAME_STRING);
}

/* Where the first entry is in a table of keys, whose index has a power of 2 of bytes and room for two
 * thirds as many entries; 0: it is none. */
static uint64_t first_entry(uint64_t size, uint64_t head, uint64_t entry_bytes)
{
	for (uint64_t index = 8; index <= 128; index *= 2) {
		uint64_t usable = index * 2 / 3;

		if (size == head + index + usable * entry_bytes ||
		    size == head + index + SHARED_USABLE * entry_bytes)
			return head + index;
	}
	return 0;
}

static bool find_cached_keys(const struct reachability *r, uint32_t object, uint32_t *keys)
{
	graph_target table;
	uint32_t class;

	if (!find_class_block(r, object, &class) ||
	    !graph_points_to(r->graph, class, slots_offset(r) + 2 * PYTHON_WORD, &table))
		return false;
	*keys = graph_block_of(table);
	return true;
}

static bool find_keys(const struct reachability *r, uint32_t via, uint32_t *keys)
{
	graph_target table;

	if (!is_a(r, via, "dict"))
		return find_cached_keys(r, via, keys);
	if (!graph_points_to(r->graph, via, PYTHON_DICT_KEYS, &table))
		return false;
	*keys = graph_block_of(table);
	return true;
}

static const char *name_of_value(const struct reachability *r, uint32_t via, uint64_t index,
				 struct arena *arena)
{
	bool old = minor_version(r) < 11;
	uint64_t entry_bytes = old ? ENTRY_BYTES_OLD : ENTRY_BYTES, first;
	const char *name;
	uint32_t keys;

	if (!find_keys(r, via, &keys))
		return "";
	first = first_entry(r->blocks[keys].size, old ? KEYS_HEAD_OLD : KEYS_HEAD, entry_bytes);
	if (!first)
		return "";
	name = name_at(r, keys, first + index * entry_bytes + (old ? PYTHON_WORD : 0));
	return name ? arena_printf(arena, "['%s']", name) : "";
}

/* Words of objects that the interpreter itself makes, from the start of the object. */
static const struct own_word {
	const char *class, *name;
	uint32_t offset;
	uint32_t first_minor, last_minor; /* of versions */
} own_words[] = {
	{"cell", ".cell_contents", 16, 8, UINT32_MAX},
	{"function", ".__closure__", 48, 8, 9},
	{"function", ".__closure__", 72, 10, UINT32_MAX},
	{"method", ".__func__", 16, 8, UINT32_MAX},
	{"method", ".__self__", 24, 8, UINT32_MAX},
	{"builtin_function_or_method", ".__self__", 24, 8, UINT32_MAX},
};

static const char *name_of_own_word(const struct reachability *r, const char *class,
				    uint64_t offset)
{
	unsigned minor = minor_version(r);

	for (size_t i = 0; i < sizeof own_words / sizeof *own_words; i++) {
		const struct own_word *word = &own_words[i];

		if (word->offset == offset && minor >= word->first_minor &&
		    minor <= word->last_minor && !strcmp(word->class, class))
			return word->name;
	}
	return "";
}

/* Slots are the last words of an instance, in the order of their names. */
static const char *name_of_slot(const struct reachability *r, uint32_t object, uint64_t offset,
				struct arena *arena)
{
	const struct trace_object_name *class = python_objects_class(&r->python, object);
	uint64_t count, end = class->basic_bytes;
	graph_target names;
	uint32_t block;
	const char *name;

	if (!find_class_block(r, object, &block) ||
	    !graph_points_to(r->graph, block, slots_offset(r), &names) ||
	    r->blocks[graph_block_of(names)].size < PYTHON_TUPLE_ITEMS)
		return "";
	count = (r->blocks[graph_block_of(names)].size - PYTHON_TUPLE_ITEMS) / PYTHON_WORD;
	if (offset >= end || offset + count * PYTHON_WORD < end)
		return "";
	name = name_at(r, graph_block_of(names),
		       PYTHON_TUPLE_ITEMS + offset + count * PYTHON_WORD - end);
	return name ? arena_printf(arena, ".%s", name) : "";
}

/* Of a word in the object itself. */
static const char *name_of_own(const struct reachability *r, uint32_t object, uint64_t offset,
			       struct arena *arena)
{
	const struct trace_object_name *class = python_objects_class(&r->python, object);
	uint64_t head = head_of(r, object);
	uint64_t values = head + (uint64_t) class->basic_bytes + PYTHON_WORD;
	const char *name;

	if (!strcmp(class->text, "tuple") && offset >= PYTHON_TUPLE_ITEMS)
		return arena_printf(arena, "[%" PRIu64 "]",
				    (offset - PYTHON_TUPLE_ITEMS) / PYTHON_WORD);
	if (offset < head)
		return "";
	if (class->flags & PYTHON_INLINE_VALUES && offset >= values)
		return name_of_value(r, object, (offset - values) / PYTHON_WORD, arena);
	name = name_of_own_word(r, class->text, offset - head);
	return *name ? name : name_of_slot(r, object, offset - head, arena);
}

const char *python_links_name(const struct reachability *r, uint32_t object, uint32_t via,
			      uint32_t block, uint64_t offset, struct arena *arena)
{
	const char *name;

	if (!class_of(r, object))
		return "";
	if (block == object)
		return name_of_own(r, object, offset, arena);
	if (has_values_alone(r, via, block)) {
		uint64_t first = first_value(r, block);

		return offset < first
			       ? ""
			       : name_of_value(r, via, (offset - first) / PYTHON_WORD, arena);
	}
	if (is_a(r, object, "list"))
		return arena_printf(arena, "[%" PRIu64 "]", offset / PYTHON_WORD);
	if (is_a(r, block, "dict"))
		return "";
	name = offset >= PYTHON_WORD ? name_at(r, block, offset - PYTHON_WORD) : NULL;
	if (name)
		return arena_printf(arena, "['%s']", name);
	return is_a(r, via, "dict") ? "[...]" : "";
}
