/* SPDX-License-Identifier: MIT */
#include "entries.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

const char *entries_string(Dwarf_Die *die, unsigned attribute)
{
	Dwarf_Attribute value;

	return dwarf_attr(die, attribute, &value) ? dwarf_formstring(&value) : NULL;
}

bool entries_number(Dwarf_Die *die, unsigned attribute, uint64_t *number)
{
	Dwarf_Attribute value;
	Dwarf_Word word;

	if (!dwarf_attr(die, attribute, &value) || dwarf_formudata(&value, &word))
		return false;
	*number = word;
	return true;
}

bool entries_reference(Dwarf_Die *die, unsigned attribute, Dwarf_Die *target)
{
	Dwarf_Attribute value;
	Dwarf_Die found;

	if (!dwarf_attr(die, attribute, &value) || !dwarf_formref_die(&value, &found))
		return false;
	*target = found;
	return true;
}

bool entries_follow_origin(Dwarf_Die *die)
{
	return entries_reference(die, DW_AT_abstract_origin, die) ||
	       entries_reference(die, DW_AT_specification, die);
}

bool entries_root(const Dwarf_Die *die, Dwarf_Die *root)
{
	return die->cu && dwarf_cu_info(die->cu, NULL, NULL, root, NULL, NULL, NULL, NULL) == 0 &&
	       root->addr;
}

/* The last child that starts at or before an address: the one that holds what is there. */
static bool child_at(Dwarf_Die *parent, const char *address, Dwarf_Die *child)
{
	Dwarf_Die next;

	if (dwarf_child(parent, child) || (const char *)child->addr > address)
		return false;
	while (dwarf_siblingof(child, &next) == 0) {
		/* A damaged tree can lead back to where it came from. */
		if ((const char *)next.addr > address || next.addr <= child->addr)
			break;
		*child = next;
	}
	return true;
}

size_t entries_around(const Dwarf_Die *die, Dwarf_Die around[ENTRIES_DEEPEST])
{
	Dwarf_Die parent, child;

	if (!entries_root(die, &parent))
		return 0;
	for (size_t depth = 0; child_at(&parent, die->addr, &child); depth++) {
		if (child.addr == die->addr)
			return depth;
		if (depth == ENTRIES_DEEPEST || child.addr <= parent.addr)
			break;
		parent = around[depth] = child;
	}
	return 0;
}

bool entries_next_root(Dwarf *dwarf, Dwarf_CU **unit, Dwarf_Die *root)
{
	Dwarf_Die split;
	uint8_t type;

	while (dwarf_get_units(dwarf, *unit, unit, NULL, &type, root, &split) == 0) {
		if (type == DW_UT_skeleton && split.addr)
			*root = split;
		if (root->addr)
			return true;
	}
	return false;
}

/* libdw has joined some relative names with the folder of the compiler. */
const char *entries_source(struct names *names, Dwarf_Die *root, const char *file)
{
	const char *directory = entries_string(root, DW_AT_comp_dir);
	size_t length = directory ? strlen(directory) : 0;
	const char *path;
	char *joined;

	if (*file == '/' || !length ||
	    (*directory != '/' && strncmp(file, directory, length) == 0 && file[length] == '/'))
		return names_path(names, file);
	joined = xmalloc(length + strlen(file) + 2);
	sprintf(joined, "%s/%s", directory, file);
	path = names_path(names, joined);
	free(joined);
	return path;
}
