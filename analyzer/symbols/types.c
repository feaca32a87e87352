/* SPDX-License-Identifier: MIT */
#include "types.h"

#include <dwarf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "entries.h"
#include "qualified.h"

/* Names of names, arrays of arrays: more steps are a circle. */
#define LONGEST_CHAIN 64
/* Children of an array: its dimensions. */
#define MOST_CHILDREN 16
#define MOST_SUFFIXES 8

static bool is_named_or_qualified(int tag)
{
	switch (tag) {
	case DW_TAG_typedef:
	case DW_TAG_const_type:
	case DW_TAG_volatile_type:
	case DW_TAG_restrict_type:
	case DW_TAG_atomic_type:
	case DW_TAG_immutable_type:
	case DW_TAG_packed_type:
	case DW_TAG_shared_type:
		return true;
	default:
		return false;
	}
}

bool types_strip(Dwarf_Die *type)
{
	for (unsigned i = 0; i < LONGEST_CHAIN; i++) {
		if (!is_named_or_qualified(dwarf_tag(type))) {
			/* A type can have a unit of its own, and be no more than a reference here. */
			entries_reference(type, DW_AT_signature, type);
			return true;
		}
		if (!entries_reference(type, DW_AT_type, type))
			return false;
	}
	return false;
}

bool types_is_pointer(Dwarf_Die *type)
{
	int tag = dwarf_tag(type);

	return tag == DW_TAG_pointer_type || tag == DW_TAG_reference_type ||
	       tag == DW_TAG_rvalue_reference_type;
}

bool types_pointee(Dwarf_Die *type, Dwarf_Die *pointee)
{
	Dwarf_Die stripped;

	if (!types_is_pointer(type) || !entries_reference(type, DW_AT_type, pointee))
		return false;
	stripped = *pointee;
	return types_strip(&stripped) && dwarf_tag(&stripped) != DW_TAG_subroutine_type;
}

bool types_is_aggregate(Dwarf_Die *type)
{
	switch (dwarf_tag(type)) {
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_interface_type:
	case DW_TAG_union_type:
		return true;
	default:
		return false;
	}
}

/* 0 if there is no bound. Lower bounds other than 0 belong to languages without pointers to follow. */
static uint64_t dimension(Dwarf_Die *range)
{
	uint64_t number;
	uint64_t low = 0;

	if (entries_number(range, DW_AT_count, &number))
		return number;
	entries_number(range, DW_AT_lower_bound, &low);
	if (!entries_number(range, DW_AT_upper_bound, &number) || number < low ||
	    number - low == UINT64_MAX)
		return 0;
	return number - low + 1;
}

static void read_dimensions(Dwarf_Die *type, struct types_array *array)
{
	Dwarf_Die child;

	array->dimension_count = 0;
	if (dwarf_child(type, &child))
		return;
	for (unsigned i = 0; i < MOST_CHILDREN; i++) {
		if (dwarf_tag(&child) == DW_TAG_subrange_type &&
		    array->dimension_count < TYPES_MOST_DIMENSIONS)
			array->dimensions[array->dimension_count++] = dimension(&child);
		if (dwarf_siblingof(&child, &child))
			break;
	}
}

/* 0 where a product is unknown or too large to be one. */
static uint64_t multiply(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? 0 : product;
}

uint64_t types_size(const Dwarf_Die *type)
{
	struct types_array array;
	Dwarf_Die die = *type;
	uint64_t factor = 1;
	uint64_t bytes;
	uint8_t address_bytes;

	for (unsigned i = 0; i < LONGEST_CHAIN && factor; i++) {
		if (!types_strip(&die))
			return 0;
		if (entries_number(&die, DW_AT_byte_size, &bytes))
			return multiply(factor, bytes);
		if (types_is_pointer(&die))
			return die.cu && !dwarf_cu_info(die.cu, NULL, NULL, NULL, NULL, NULL,
							&address_bytes, NULL)
				       ? multiply(factor, address_bytes)
				       : 0;
		if (dwarf_tag(&die) != DW_TAG_array_type)
			return 0;
		read_dimensions(&die, &array);
		for (unsigned j = 0; j < array.dimension_count; j++)
			factor = multiply(factor, array.dimensions[j]);
		if (!array.dimension_count || !entries_reference(&die, DW_AT_type, &die))
			return 0;
	}
	return 0;
}

bool types_array(Dwarf_Die *type, struct types_array *array)
{
	if (dwarf_tag(type) != DW_TAG_array_type ||
	    !entries_reference(type, DW_AT_type, &array->element))
		return false;
	read_dimensions(type, array);
	array->element_bytes = types_size(&array->element);
	for (unsigned i = 1; i < array->dimension_count; i++)
		if (!array->dimensions[i])
			return false;
	return array->dimension_count && array->element_bytes;
}

/* What stands behind the name of the element: " *", " [3][4]". Written from the end of the buffer. */
struct suffix {
	char text[256];
	size_t start;
};

static void prepend(struct suffix *s, const char *text)
{
	size_t length = strlen(text);

	if (length > s->start)
		return;
	s->start -= length;
	memcpy(s->text + s->start, text, length);
}

static void prepend_dimensions(struct suffix *s, Dwarf_Die *type)
{
	struct types_array array;
	char number[32];

	read_dimensions(type, &array);
	for (unsigned i = array.dimension_count; i-- > 0;) {
		snprintf(number, sizeof number, "[%" PRIu64 "]", array.dimensions[i]);
		prepend(s, array.dimensions[i] ? number : "[]");
	}
}

/* The name that a type goes by: its own, or if it has none that of a typedef. */
static const char *base_name(const Dwarf_Die *type, struct names *names)
{
	Dwarf_Die die = *type;
	Dwarf_Die stripped = *type;
	const char *name = types_strip(&stripped) ? qualified_type(&stripped, names) : "void";

	for (unsigned i = 0; i < LONGEST_CHAIN && !*name; i++) {
		if (dwarf_tag(&die) == DW_TAG_typedef)
			name = qualified_type(&die, names);
		if (!is_named_or_qualified(dwarf_tag(&die)) ||
		    !entries_reference(&die, DW_AT_type, &die))
			break;
	}
	return name;
}

const char *types_name(const Dwarf_Die *type, struct names *names)
{
	struct suffix suffix = {.start = sizeof suffix.text - 1};
	Dwarf_Die die = *type;
	const char *name;

	for (unsigned i = 0; i < MOST_SUFFIXES; i++) {
		Dwarf_Die stripped = die;

		if (!types_strip(&stripped))
			break;
		if (types_is_pointer(&stripped))
			prepend(&suffix, dwarf_tag(&stripped) == DW_TAG_pointer_type ? "*" : "&");
		else if (dwarf_tag(&stripped) == DW_TAG_array_type)
			prepend_dimensions(&suffix, &stripped);
		else
			break;
		if (!entries_reference(&stripped, DW_AT_type, &die)) {
			prepend(&suffix, " ");
			return arena_printf(&names->text, "void%s", suffix.text + suffix.start);
		}
	}
	name = base_name(&die, names);
	if (!*name || suffix.start == sizeof suffix.text - 1)
		return name;
	return arena_printf(&names->text, "%s %s", name, suffix.text + suffix.start);
}
