/* SPDX-License-Identifier: MIT */
#include "names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "../util/array.h"
#include "demangle.h"

#define FIRST_SLOTS 256

struct name_entry {
	const char *raw; /* NULL: free slot */
	struct name result;
};

static struct name_entry *find_slot(const struct name_table *t, const char *raw)
{
	size_t i = XXH3_64bits(raw, strlen(raw));

	for (;; i++) {
		struct name_entry *entry = &t->slots[i & (t->slot_count - 1)];

		if (!entry->raw || strcmp(entry->raw, raw) == 0)
			return entry;
	}
}

static void grow(struct name_table *t)
{
	struct name_table grown = {.count = t->count};

	grown.slot_count = t->slot_count ? 2 * t->slot_count : FIRST_SLOTS;
	grown.slots = xcalloc(grown.slot_count, sizeof *grown.slots);
	for (size_t i = 0; i < t->slot_count; i++)
		if (t->slots[i].raw)
			*find_slot(&grown, t->slots[i].raw) = t->slots[i];
	free(t->slots);
	*t = grown;
}

/* The entry of a name; a new one has an empty result text of NULL. */
static struct name_entry *look_up(struct names *n, struct name_table *t, const char *raw)
{
	struct name_entry *entry;

	if (2 * (t->count + 1) > t->slot_count)
		grow(t);
	entry = find_slot(t, raw);
	if (!entry->raw) {
		entry->raw = arena_strdup(&n->text, raw);
		t->count++;
	}
	return entry;
}

struct name names_function(struct names *n, const char *raw)
{
	struct name_entry *entry = look_up(n, &n->functions, raw);

	if (!entry->result.text) {
		char *text = demangle_symbol(raw, &entry->result.language);

		entry->result.demangled = text != NULL;
		entry->result.text = text ? arena_strdup(&n->text, text)
					  : arena_strndup(&n->text, raw, demangle_base_length(raw));
		free(text);
	}
	return entry->result;
}

/* Length of the path so far without its last component, if that may be taken back by "..". */
static size_t parent_length(const char *path, size_t length)
{
	size_t start = length;

	if (!length)
		return SIZE_MAX;
	while (start && path[start - 1] != '/')
		start--;
	if (length - start == 2 && memcmp(path + start, "..", 2) == 0)
		return SIZE_MAX;
	return start > 1 ? start - 1 : start;
}

static void normalise(char *out, const char *path)
{
	size_t length = 0;

	if (*path == '/')
		out[length++] = '/';
	while (*path) {
		size_t part = strcspn(path, "/");
		size_t parent;

		if (part == 2 && memcmp(path, "..", 2) == 0 && length == 1 && *out == '/') {
			/* The root is its own parent. */
		} else if (part == 2 && memcmp(path, "..", 2) == 0 &&
			   (parent = parent_length(out, length)) != SIZE_MAX) {
			length = parent;
		} else if (part && !(part == 1 && *path == '.')) {
			if (length && out[length - 1] != '/')
				out[length++] = '/';
			memcpy(out + length, path, part);
			length += part;
		}
		path += part;
		path += *path == '/';
	}
	out[length] = '\0';
}

const char *names_path(struct names *n, const char *raw)
{
	struct name_entry *entry = look_up(n, &n->paths, raw);

	if (!entry->result.text) {
		char *text = arena_alloc(&n->text, strlen(raw) + 1);

		normalise(text, raw);
		entry->result.text = text;
	}
	return entry->result.text;
}

void names_release(struct names *n)
{
	free(n->functions.slots);
	free(n->paths.slots);
	arena_release(&n->text);
	*n = (struct names){0};
}
