/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "object_names.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "../util/array.h"

/* Of objects: the type is the second word. Include/cpython/unicodeobject.h, object.h. */
#define TYPE_OFFSET 8
#define HEADER_BYTES 56 /* and the first characters, wherever they begin */
#define STRING_BYTES (ASCII_DATA_OLD + TEXT_BYTES_MOST) /* of which most have all that is wanted */
#define LENGTH_OFFSET 16
#define STATE_OFFSET 32
#define STATE_INTERNED 3u /* these bits: the string names something; */
#define OWN_NAMES "__" /* so do those of the interpreter's own */
#define STATE_COMPACT (1u << 5)
#define STATE_ASCII (1u << 6)
#define ASCII_DATA_OLD 48 /* to 3.11 */
#define ASCII_DATA 40
#define MINOR_ASCII_DATA 12
#define CLASS_BYTES 296
#define CLASS_NAME_OFFSET 24 /* a pointer to characters */
#define CLASS_BASIC_OFFSET 32
#define CLASS_ITEM_OFFSET 40
#define CLASS_FLAGS_OFFSET 168
#define CLASS_DICT_OFFSET 288

#define TEXT_BYTES_MOST 80u
#define NAMES_MOST 200000u
#define EQUAL_LEAST 1000u /* strings of one text that are worth a word */
#define BATCH 512u /* objects that one call reads: below IOV_MAX */
#define PAGE_BYTES 4096u

void object_names_init(struct object_names *n, const struct object_names_source *source,
		       pid_t memory_tid)
{
	*n = (struct object_names){.source = *source, .memory_tid = memory_tid};
	if (!source->class_type)
		return;
	n->classes = xcalloc(BATCH, sizeof *n->classes);
	n->strings = xcalloc(BATCH, sizeof *n->strings);
}

void object_names_release(struct object_names *n)
{
	free(n->classes);
	free(n->strings);
	free(n->list);
	equal_strings_release(&n->equal);
	arena_release(&n->arena);
	*n = (struct object_names){0};
}

static void add(struct object_names *n, struct trace_object_name name, size_t text_bytes)
{
	if (n->count == NAMES_MOST)
		return;
	name.text = arena_strndup(&n->arena, name.text, text_bytes);
	ARRAY_GROW(n->list, n->count + 1, n->capacity);
	n->list[n->count++] = name;
}

/* One piece of memory for each address, one behind the other; what cannot be read is all 0. */
static void read_pieces(const struct object_names *n, const uint64_t *addresses,
			const size_t *sizes, size_t count, char *to)
{
	struct iovec there[BATCH];
	size_t done = 0, offset = 0;

	for (size_t i = 0; i < count; i++)
		there[i] = (struct iovec){(void *)(uintptr_t)addresses[i], sizes[i]};
	while (done < count) {
		size_t wanted = 0;
		struct iovec here;
		ssize_t got;

		for (size_t i = done; i < count; i++)
			wanted += sizes[i];
		memset(to + offset, 0, wanted);
		here = (struct iovec){to + offset, wanted};
		got = process_vm_readv(n->memory_tid, &here, 1, there + done, count - done, 0);
		while (done < count && got >= (ssize_t)sizes[done]) {
			got -= (ssize_t)sizes[done];
			offset += sizes[done++];
		}
		if (done < count) { /* the one that stopped it */
			memset(to + offset, 0, sizes[done]);
			offset += sizes[done++];
		}
	}
}

/* A name of printable ASCII, as identifiers and paths of modules are. */
static bool is_name(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return bytes;
}

static unsigned text_offset(const struct object_names *n)
{
	return (n->source.version >> 16 & 0xff) < MINOR_ASCII_DATA ? ASCII_DATA_OLD : ASCII_DATA;
}

/* 0: it has characters that take more than a byte, or more than are wanted, or none. */
static size_t text_bytes_of(const char *header)
{
	uint64_t length;
	uint32_t state;

	memcpy(&length, header + LENGTH_OFFSET, sizeof length);
	memcpy(&state, header + STATE_OFFSET, sizeof state);
	if (!(state & STATE_COMPACT) || !(state & STATE_ASCII) || length > TEXT_BYTES_MOST)
		return 0;
	return length;
}

static bool is_interned(const char *header)
{
	uint32_t state;

	memcpy(&state, header + STATE_OFFSET, sizeof state);
	return state & STATE_INTERNED;
}

static void see_string(struct object_names *n, uint64_t address, const char *header,
		       const char *text, size_t text_bytes)
{
	bool names = is_interned(header) || !strncmp(text, OWN_NAMES, sizeof OWN_NAMES - 1);

	if (!names)
		equal_strings_see(&n->equal, address, text, text_bytes);
	else if (is_name(text, text_bytes))
		add(n,
		    (struct trace_object_name){
			    .address = address, .kind = TRACE_NAME_STRING, .text = text},
		    text_bytes);
}

/* Most lie in one page; of the others the text is read by itself. */
static void read_strings(struct object_names *n)
{
	char pieces[BATCH * STRING_BYTES], apart[TEXT_BYTES_MOST];
	size_t sizes[BATCH], offset = 0;
	unsigned data = text_offset(n);

	for (size_t i = 0; i < n->string_count; i++) {
		size_t in_page = PAGE_BYTES - n->strings[i] % PAGE_BYTES;

		sizes[i] = in_page < HEADER_BYTES   ? HEADER_BYTES
			   : in_page < STRING_BYTES ? in_page
						    : STRING_BYTES;
	}
	read_pieces(n, n->strings, sizes, n->string_count, pieces);
	for (size_t i = 0; i < n->string_count; i++) {
		const char *header = pieces + offset, *text = header + data;
		size_t text_bytes = text_bytes_of(header);
		uint64_t address = n->strings[i] + data;

		if (data + text_bytes > sizes[i]) {
			read_pieces(n, &address, &text_bytes, 1, apart);
			text = apart;
		}
		if (text_bytes)
			see_string(n, n->strings[i], header, text, text_bytes);
		offset += sizes[i];
	}
	n->string_count = 0;
}

/* Of texts that many strings have, once each. */
static void add_equal(struct object_names *n)
{
	for (size_t i = 0; i < n->equal.room; i++) {
		const struct equal_string *equal = &n->equal.list[i];
		uint64_t address = equal->address + text_offset(n);
		size_t text_bytes = equal->text_bytes;
		char text[TEXT_BYTES_MOST];

		if (equal->count < EQUAL_LEAST)
			continue;
		read_pieces(n, &address, &text_bytes, 1, text);
		add(n,
		    (struct trace_object_name){.address = equal->address,
					       .kind = TRACE_NAME_EQUAL,
					       .text = text,
					       .basic_bytes = text_offset(n) + equal->text_bytes +
							      1,
					       .count = equal->count},
		    text_bytes);
	}
}

static uint64_t word_at(const char *object, unsigned offset)
{
	uint64_t word;

	memcpy(&word, object + offset, sizeof word);
	return word;
}

static void read_classes(struct object_names *n)
{
	char classes[BATCH * CLASS_BYTES], texts[BATCH * TEXT_BYTES_MOST];
	uint64_t pointers[BATCH];
	size_t sizes[BATCH], offset = 0;

	for (size_t i = 0; i < n->class_count; i++)
		sizes[i] = CLASS_BYTES;
	read_pieces(n, n->classes, sizes, n->class_count, classes);
	for (size_t i = 0; i < n->class_count; i++) {
		size_t in_page;

		pointers[i] = word_at(classes + i * CLASS_BYTES, CLASS_NAME_OFFSET);
		in_page = PAGE_BYTES - pointers[i] % PAGE_BYTES;
		sizes[i] = in_page < TEXT_BYTES_MOST ? in_page : TEXT_BYTES_MOST;
	}
	read_pieces(n, pointers, sizes, n->class_count, texts);
	for (size_t i = 0; i < n->class_count; i++) {
		const char *class = classes + i * CLASS_BYTES;
		struct trace_object_name name = {
			.address = n->classes[i],
			.kind = TRACE_NAME_CLASS,
			.text = texts + offset,
			.basic_bytes = (uint32_t)word_at(class, CLASS_BASIC_OFFSET),
			.item_bytes = (uint32_t)word_at(class, CLASS_ITEM_OFFSET),
			.flags = (uint32_t)word_at(class, CLASS_FLAGS_OFFSET),
			.dict_offset = (uint32_t)word_at(class, CLASS_DICT_OFFSET),
		};
		size_t bytes = strnlen(name.text, sizes[i]);

		if (is_name(name.text, bytes))
			add(n, name, bytes);
		offset += sizes[i];
	}
	n->class_count = 0;
}

void object_names_see(struct object_names *n, const struct trace_word *words, size_t count)
{
	if (!n->source.class_type)
		return;
	for (size_t i = 0; i < count; i++) {
		if (words[i].value == n->source.string_type) {
			n->strings[n->string_count++] = words[i].address - TYPE_OFFSET;
			if (n->string_count == BATCH)
				read_strings(n);
		} else if (words[i].value == n->source.class_type) {
			n->classes[n->class_count++] = words[i].address - TYPE_OFFSET;
			if (n->class_count == BATCH)
				read_classes(n);
		}
	}
}

static int compare_names(const void *a, const void *b)
{
	const struct trace_object_name *x = a;
	const struct trace_object_name *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

void object_names_finish(struct object_names *n)
{
	if (n->string_count)
		read_strings(n);
	if (n->class_count)
		read_classes(n);
	add_equal(n);
	if (n->count)
		qsort(n->list, n->count, sizeof *n->list, compare_names);
}
