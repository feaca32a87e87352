/* SPDX-License-Identifier: MIT */
#include "qualified.h"

#include <dwarf.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "demangle.h"
#include "entries.h"
#include "languages.h"

#define LONGEST 2048
/* Functions in classes in functions. */
#define MOST_FUNCTIONS 4

struct writer {
	struct names *names;
	const char *separator; /* NULL: types and functions stand alone */
	unsigned function_count; /* that are being written, one in another */
	size_t length;
	char text[LONGEST];
};

static void append(struct writer *w, const char *text)
{
	size_t length = strlen(text);

	if (length >= LONGEST - w->length)
		return;
	memcpy(w->text + w->length, text, length + 1);
	w->length += length;
}

static void append_separator(struct writer *w)
{
	append(w, w->separator ? w->separator : "::");
}

static bool is_function(Dwarf_Die *die)
{
	int tag = dwarf_tag(die);

	return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
}

/* NULL for what adds nothing to the name of what is in it. */
static const char *scope_name(Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);

	switch (dwarf_tag(die)) {
	case DW_TAG_namespace:
		/* Inline namespaces are versions of the ABI if their name is a reserved one. */
		if (name && strncmp(name, "__", 2) == 0 && dwarf_hasattr(die, DW_AT_export_symbols))
			return NULL;
		return name ? name : "(anonymous namespace)";
	case DW_TAG_module:
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_interface_type:
		return name;
	default:
		return NULL;
	}
}

/* What a chain of origins says about a name; *die becomes the entry that declares. */
static const char *find_name(Dwarf_Die *die, const char **linkage_name)
{
	const char *name = NULL;

	*linkage_name = NULL;
	for (unsigned i = 0; i < ENTRIES_LONGEST_CHAIN; i++) {
		if (!*linkage_name && !(*linkage_name = entries_string(die, DW_AT_linkage_name)))
			*linkage_name = entries_string(die, DW_AT_MIPS_linkage_name);
		if (!name)
			name = entries_string(die, DW_AT_name);
		if (!entries_follow_origin(die))
			break;
	}
	return name;
}

static void write_scopes(struct writer *w, const Dwarf_Die *die);

static void write_function(struct writer *w, const Dwarf_Die *die)
{
	Dwarf_Die declaration = *die;
	const char *linkage_name;
	const char *name = find_name(&declaration, &linkage_name);
	struct name demangled = {0};

	if (linkage_name)
		demangled = names_function(w->names, linkage_name);
	if (demangled.demangled) {
		append(w, demangled.text);
		return;
	}
	if (!name)
		return;
	if (w->separator)
		write_scopes(w, &declaration);
	append(w, name);
	append(w, "()");
}

/* The outermost first, each with a separator behind it. */
static void write_scopes(struct writer *w, const Dwarf_Die *die)
{
	Dwarf_Die around[ENTRIES_DEEPEST];
	size_t count = entries_around(die, around);
	size_t i = count;

	while (i && !is_function(&around[i - 1]))
		i--;
	if (i && w->function_count < MOST_FUNCTIONS) {
		size_t length = w->length;

		w->function_count++;
		write_function(w, &around[i - 1]);
		w->function_count--;
		if (w->length > length)
			append_separator(w);
	}
	for (; i < count; i++) {
		const char *name = scope_name(&around[i]);

		if (name && w->separator) {
			append(w, name);
			append_separator(w);
		}
	}
}

static void start(struct writer *w, const Dwarf_Die *die, struct names *names)
{
	Dwarf_Die root;

	w->names = names;
	w->function_count = 0;
	w->length = 0;
	w->text[0] = '\0';
	w->separator = NULL;
	if (entries_root(die, &root))
		w->separator = languages_find(dwarf_srclang(&root)).separator;
}

const char *qualified_variable(const Dwarf_Die *die, struct names *names)
{
	Dwarf_Die declaration = *die;
	const char *linkage_name;
	const char *name = find_name(&declaration, &linkage_name);
	struct writer w;

	if (linkage_name) {
		struct name demangled = names_function(names, linkage_name);

		if (demangled.demangled || !name)
			return demangled.text;
	}
	if (!name)
		return "";
	start(&w, &declaration, names);
	write_scopes(&w, &declaration);
	append(&w, name);
	return arena_strdup(&names->text, w.text);
}

static const char *keyword(int tag)
{
	switch (tag) {
	case DW_TAG_structure_type:
		return "struct ";
	case DW_TAG_union_type:
		return "union ";
	case DW_TAG_enumeration_type:
		return "enum ";
	default:
		return "";
	}
}

const char *qualified_type(const Dwarf_Die *die, struct names *names)
{
	Dwarf_Die declaration = *die;
	const char *linkage_name;
	const char *name = find_name(&declaration, &linkage_name);
	struct writer w;

	if (!name)
		return "";
	start(&w, &declaration, names);
	if (w.separator)
		write_scopes(&w, &declaration);
	else
		append(&w, keyword(dwarf_tag(&declaration)));
	append(&w, name);
	demangle_shorten(w.text);
	return arena_strdup(&names->text, w.text);
}
