/* SPDX-License-Identifier: MIT */
#include "vtables.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

#define WORD 8
#define ADDRESS_POINT (2 * WORD)
/* No object is larger; addresses as link-time addresses are may be smaller. */
#define MOST_BYTES_TO_TOP (1 << 24)
/* Only tables for construction lead upwards. Smaller than the address of any data. */
#define MOST_BYTES_UPWARDS 0x1000
#define LONGEST_NAME 4096

struct class_found {
	const char *name; /* NULL: it is no table */
	int64_t offset_to_top;
};

void vtables_init(struct vtables *v, const struct image *image, const struct symtab *symtab,
		  struct names *names)
{
	*v = (struct vtables){.image = image, .symtab = symtab, .names = names};
}

/* What a demangled name says behind a phrase; NULL if that is not how it begins. */
static const char *demangled_behind(struct vtables *v, const char *symbol, const char *phrase)
{
	struct name name = names_function(v->names, symbol);
	size_t length = strlen(phrase);

	if (!name.demangled || strncmp(name.text, phrase, length) != 0)
		return NULL;
	return name.text + length;
}

/* The name of a class in type information begins with a length, a scope or a substitution. */
static const char *class_of_name(struct vtables *v, const char *mangled)
{
	char symbol[LONGEST_NAME + sizeof "_ZTI"];

	/* Classes of which other files may have another one of the same name. */
	if (*mangled == '*')
		mangled++;
	if (!isdigit((unsigned char)*mangled) && !strchr("NSZ", *mangled))
		return NULL;
	for (const char *c = mangled; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_$.", *c))
			return NULL;
	if (!*mangled || strlen(mangled) >= LONGEST_NAME)
		return NULL;
	strcpy(symbol, "_ZTI");
	strcat(symbol, mangled);
	return demangled_behind(v, symbol, "typeinfo for ");
}

static bool begins(const char *symbol, const char *prefix)
{
	return symbol && strncmp(symbol, prefix, strlen(prefix)) == 0;
}

/* The name of what lies at an address and begins there; NULL if it is unknown. */
static const char *symbol_at(const struct vtables *v, uint64_t address)
{
	const struct symbol *symbol = symtab_find_variable(v->symtab, false, address);

	return symbol && symbol->low == address ? symbol->name : NULL;
}

/* Type information of another file has the name in its own, and so has a copy that is made of it. */
static const char *class_of_typeinfo(struct vtables *v, const struct word *typeinfo)
{
	const char *symbol = typeinfo->symbol;
	struct word kind, name;
	const char *text;

	if (!begins(symbol, "_ZTI") && !typeinfo->elsewhere)
		symbol = symbol_at(v, typeinfo->value);
	if (begins(symbol, "_ZTI"))
		return demangled_behind(v, symbol, "typeinfo for ");
	/* The first word is the table of the class that type information is an object of. */
	if (typeinfo->elsewhere || typeinfo->value % WORD ||
	    !words_read(&v->words, typeinfo->value, &kind) ||
	    (!kind.relocated && kind.value <= ADDRESS_POINT) ||
	    !words_read(&v->words, typeinfo->value + WORD, &name))
		return NULL;
	if (begins(name.symbol, "_ZTS"))
		return class_of_name(v, name.symbol + strlen("_ZTS"));
	text = name.elsewhere ? NULL : words_string(&v->words, name.value, LONGEST_NAME);
	return text ? class_of_name(v, text) : NULL;
}

static bool is_function(const struct vtables *v, uint64_t address)
{
	struct word word;
	uint64_t low, high;

	if (!words_read(&v->words, address, &word))
		return false;
	if (word.elsewhere)
		return word.symbol && !begins(word.symbol, "_ZT");
	low = word.value;
	high = low + 1;
	return image_clip(v->image, &low, &high);
}

/* Classes with virtual bases and without virtual functions have nothing at the address itself. */
static bool read_offset(const struct vtables *v, uint64_t address, int64_t *offset_to_top)
{
	struct word word;

	if (!words_read(&v->words, address - ADDRESS_POINT, &word) || word.relocated)
		return false;
	*offset_to_top = (int64_t)word.value;
	return *offset_to_top >= -MOST_BYTES_TO_TOP &&
	       (*offset_to_top <= 0 ||
		(*offset_to_top < MOST_BYTES_UPWARDS && is_function(v, address)));
}

/*
 * By a symbol. Objects tell where in a table their part begins; if the loader copies the table from
 * another file, how far that is from their start is not to be known.
 */
static const char *class_of_symbol(struct vtables *v, uint64_t address, int64_t *offset_to_top)
{
	const struct symbol *symbol = symtab_find_variable(v->symtab, false, address);
	struct word first, typeinfo;

	if (!symbol || !begins(symbol->name, "_ZTV") || address - symbol->low < ADDRESS_POINT ||
	    !words_read(&v->words, symbol->low, &first))
		return NULL;
	if (first.copied)
		*offset_to_top = 0;
	else if (!words_read(&v->words, address - WORD, &typeinfo) || typeinfo.relocated ||
		 typeinfo.value || !read_offset(v, address, offset_to_top) ||
		 (address - symbol->low != ADDRESS_POINT && !is_function(v, address)))
		return NULL;
	return demangled_behind(v, symbol->name, "vtable for ");
}

static struct class_found look_up(struct vtables *v, uint64_t address)
{
	struct class_found found = {0};
	struct word typeinfo;

	if (address % WORD || address < ADDRESS_POINT)
		return found;
	if (read_offset(v, address, &found.offset_to_top) &&
	    words_read(&v->words, address - WORD, &typeinfo) && (typeinfo.value || typeinfo.symbol))
		found.name = class_of_typeinfo(v, &typeinfo);
	if (!found.name)
		found.name = class_of_symbol(v, address, &found.offset_to_top);
	return found;
}

const char *vtables_find(struct vtables *v, uint64_t address, int64_t *offset_to_top)
{
	const struct class_found *cached = cache_find(&v->found, address, 0);
	struct class_found *found;

	if (!cached) {
		if (!v->loaded)
			words_load(&v->words, v->image);
		v->loaded = true;
		found = arena_alloc(&v->results, sizeof *found);
		*found = look_up(v, address);
		cache_add(&v->found, address, 0, found);
		cached = found;
	}
	*offset_to_top = cached->name ? cached->offset_to_top : 0;
	return cached->name;
}

void vtables_release(struct vtables *v)
{
	words_release(&v->words);
	cache_release(&v->found);
	arena_release(&v->results);
	*v = (struct vtables){0};
}
