/* SPDX-License-Identifier: MIT */
#include "members.h"

#include <dwarf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "entries.h"
#include "types.h"

#define DEEPEST 32
/* Members looked at in one search, of all types together. */
#define MOST_MEMBERS 16384

/* How much was found at the offset; more is better. */
enum outcome { NOTHING, PADDING, SCALAR, POINTER, KNOWN_POINTER };

struct search {
	struct definitions *definitions;
	unsigned budget;
	char path[MEMBERS_LONGEST_PATH]; /* to what is being looked at */
	size_t length;
	enum outcome best;
	struct members_place *place; /* of the best outcome so far */
};

static void append(struct search *s, const char *text)
{
	size_t length = strlen(text);

	if (length >= sizeof s->path - s->length)
		return;
	memcpy(s->path + s->length, text, length + 1);
	s->length += length;
}

static void append_index(struct search *s, uint64_t index)
{
	char text[32];

	snprintf(text, sizeof text, "[%" PRIu64 "]", index);
	append(s, text);
}

static void cut(struct search *s, size_t length)
{
	s->length = length;
	s->path[length] = '\0';
}

static void settle(struct search *s, enum outcome outcome, const Dwarf_Die *pointee)
{
	if (outcome <= s->best)
		return;
	s->best = outcome;
	memcpy(s->place->path, s->path, s->length + 1);
	s->place->has_pointee = pointee != NULL;
	if (pointee)
		s->place->pointee = *pointee;
}

static bool has_no_bound(const Dwarf_Die *type)
{
	struct types_array array;
	Dwarf_Die stripped = *type;

	return types_strip(&stripped) && types_array(&stripped, &array) && !array.dimensions[0];
}

/* Byte offset of a member. False for virtual bases: where those are, only the object knows. */
static bool member_start(Dwarf_Die *member, uint64_t *start)
{
	Dwarf_Attribute value;
	Dwarf_Op *ops;
	size_t count;

	*start = 0;
	if (entries_number(member, DW_AT_data_bit_offset, start)) {
		*start /= 8;
		return true;
	}
	if (!dwarf_attr(member, DW_AT_data_member_location, &value) ||
	    entries_number(member, DW_AT_data_member_location, start))
		return true;
	if (dwarf_getlocation(&value, &ops, &count) || count != 1 ||
	    ops[0].atom != DW_OP_plus_uconst)
		return false;
	*start = ops[0].number;
	return true;
}

static uint64_t member_size(Dwarf_Die *member, const Dwarf_Die *type)
{
	uint64_t bits;
	uint64_t first = 0;

	if (!entries_number(member, DW_AT_bit_size, &bits) || bits > UINT32_MAX)
		return types_size(type);
	entries_number(member, DW_AT_data_bit_offset, &first);
	return (first % 8 + bits + 7) / 8;
}

/* Whether a child of a type takes space in it; then also of what type, and where it is. */
static bool covers(Dwarf_Die *child, uint64_t offset, Dwarf_Die *type, uint64_t *start)
{
	int tag = dwarf_tag(child);
	uint64_t size;

	if ((tag != DW_TAG_member && tag != DW_TAG_inheritance) ||
	    dwarf_hasattr(child, DW_AT_declaration) || dwarf_hasattr(child, DW_AT_external) ||
	    !entries_reference(child, DW_AT_type, type) || !member_start(child, start) ||
	    offset < *start)
		return false;
	size = member_size(child, type);
	return size ? offset - *start < size : has_no_bound(type);
}

static void descend(struct search *s, const Dwarf_Die *type, uint64_t offset, unsigned depth);

static void descend_members(struct search *s, Dwarf_Die *aggregate, uint64_t offset, unsigned depth)
{
	size_t length = s->length;
	uint64_t start;
	Dwarf_Die child, type;

	if (dwarf_child(aggregate, &child))
		return;
	do {
		int tag = dwarf_tag(&child);

		if (!s->budget || s->best == KNOWN_POINTER)
			return;
		s->budget--;
		/* What Rust has for unions: their members are one level down, or two. */
		if ((tag == DW_TAG_variant_part || tag == DW_TAG_variant) && depth < DEEPEST)
			descend_members(s, &child, offset, depth + 1);
		if (!covers(&child, offset, &type, &start))
			continue;
		if (tag == DW_TAG_member && dwarf_diename(&child)) {
			append(s, ".");
			append(s, dwarf_diename(&child));
		}
		descend(s, &type, offset - start, depth + 1);
		cut(s, length);
	} while (dwarf_siblingof(&child, &child) == 0);
}

static void descend_array(struct search *s, struct types_array *array, uint64_t offset,
			  unsigned depth)
{
	size_t length = s->length;
	uint64_t index = offset / array->element_bytes;
	uint64_t inner = 1;

	for (unsigned i = 1; i < array->dimension_count; i++)
		if (__builtin_mul_overflow(inner, array->dimensions[i], &inner))
			return;
	if (array->dimensions[0] && index / inner >= array->dimensions[0])
		return;
	append_index(s, index / inner);
	for (unsigned i = 1; i < array->dimension_count; i++) {
		index %= inner;
		inner /= array->dimensions[i];
		append_index(s, index / inner);
	}
	descend(s, &array->element, offset % array->element_bytes, depth + 1);
	cut(s, length);
}

static void descend(struct search *s, const Dwarf_Die *type, uint64_t offset, unsigned depth)
{
	struct types_array array;
	Dwarf_Die stripped = *type;
	Dwarf_Die pointee;

	if (depth > DEEPEST || !types_strip(&stripped)) {
		settle(s, PADDING, NULL);
	} else if (types_is_pointer(&stripped)) {
		if (offset)
			settle(s, SCALAR, NULL);
		else if (types_pointee(&stripped, &pointee))
			settle(s, KNOWN_POINTER, &pointee);
		else
			settle(s, POINTER, NULL);
	} else if (types_array(&stripped, &array)) {
		descend_array(s, &array, offset, depth);
	} else if (types_is_aggregate(&stripped)) {
		settle(s, PADDING, NULL);
		if (definitions_complete(s->definitions, &stripped))
			descend_members(s, &stripped, offset, depth);
	} else {
		settle(s, SCALAR, NULL);
	}
}

static struct search start(struct definitions *d, struct members_place *place)
{
	place->path[0] = '\0';
	place->has_pointee = false;
	return (struct search){.definitions = d, .budget = MOST_MEMBERS, .place = place};
}

void members_find(struct definitions *d, const Dwarf_Die *type, uint64_t offset,
		  struct members_place *place)
{
	struct search s = start(d, place);

	descend(&s, type, offset, 0);
}

/* Whether the last member is an array that goes on behind the end of the type. */
static bool is_open_ended(Dwarf_Die *aggregate)
{
	bool result = false;
	Dwarf_Die child, type;

	if (dwarf_child(aggregate, &child))
		return false;
	for (unsigned i = 0; i < MOST_MEMBERS; i++) {
		if (dwarf_tag(&child) == DW_TAG_member)
			result = entries_reference(&child, DW_AT_type, &type) &&
				 has_no_bound(&type);
		if (dwarf_siblingof(&child, &child))
			return result;
	}
	return false;
}

void members_find_in_block(struct definitions *d, const Dwarf_Die *type, uint64_t offset,
			   struct members_place *place)
{
	struct search s = start(d, place);
	Dwarf_Die stripped = *type;
	bool is_aggregate;
	uint64_t size;

	if (!types_strip(&stripped))
		return;
	is_aggregate = types_is_aggregate(&stripped);
	if (is_aggregate && !definitions_complete(d, &stripped))
		return;
	size = types_size(&stripped);
	if (size && (!is_aggregate || (offset >= size && !is_open_ended(&stripped)))) {
		append_index(&s, offset / size);
		offset %= size;
	}
	descend(&s, &stripped, offset, 0);
}
