/* SPDX-License-Identifier: MIT */
#include "python_codes.h"

#include <stddef.h>
#include <string.h>

#include "lock.h"
#include "region.h"
#include "syscalls.h"

#define SLOTS (2u * PYTHON_CODES) /* a power of two */
#define NUMBER_BITS 20
#define NUMBER_MASK ((1ull << NUMBER_BITS) - 1)
#define REMOVED NUMBER_MASK /* a slot that is passed over, and may be used again */
#define NAME_BYTES_MOST 1000u
#define FILE_BYTES_MOST 4000u
#define LINES_BYTES_MOST (1u << 20)

_Static_assert(PYTHON_CODES <= REMOVED, "numbers fit");
_Static_assert((SLOTS & (SLOTS - 1)) == 0, "power of two");

_Atomic uint32_t python_codes_generation;
_Atomic uint8_t python_codes_filter[PYTHON_CODES_FILTER];

/* Address, a multiple of 16, and number of each; 0: empty. */
static _Atomic uint64_t *slots;
/* The same by what they are called: code that is compiled anew each time is one. */
static uint32_t *contents;
static struct lock lock; /* of those who add to the tables */

static struct python_layout layout;
static struct python_types types;

/* The file of the code object that came last: those of a module have one text. */
static struct {
	const void *object;
	uint32_t generation; /* later another text may lie there */
	uint32_t offset;
	uint16_t bytes;
} last_file;

bool python_codes_start(const struct python_layout *known, const struct python_types *found)
{
	layout = *known;
	types = *found;
	/* Programs without an interpreter shall not have them. */
	if (!slots)
		slots = sys_map_private(SLOTS * sizeof *slots);
	if (slots && !contents)
		contents = sys_map_private(SLOTS * sizeof *contents);
	return contents;
}

void python_codes_reset(void)
{
	lock_reset(&lock);
	if (contents) {
		memset((void *)slots, 0, SLOTS * sizeof *slots);
		memset(contents, 0, SLOTS * sizeof *contents);
	}
	last_file.object = NULL;
	add_relaxed(&python_codes_generation, 1);
}

void python_codes_forget(void)
{
	uint64_t mask = lock_acquire(&lock);

	for (uint32_t i = 0; i < SLOTS; i++)
		store_relaxed(&slots[i], 0);
	last_file.object = NULL;
	add_release(&python_codes_generation, 1);
	lock_release(&lock, mask);
}

static uint32_t first_slot(uint64_t address)
{
	return (uint32_t)(((address >> 4) * 0x9e3779b97f4a7c15ull) >> 40) & (SLOTS - 1);
}

static uint64_t slot_of(uint64_t address, uint64_t number)
{
	return address >> 4 << NUMBER_BITS | number;
}

static bool is_removed(uint64_t value)
{
	return (value & NUMBER_MASK) == REMOVED;
}

/* The slot of an address, else the first that it may take; NULL if there is neither. */
static _Atomic uint64_t *find(uint64_t address, uint32_t *number)
{
	uint32_t at = first_slot(address);
	_Atomic uint64_t *usable = NULL;

	*number = 0;
	for (uint32_t probes = 0; probes < SLOTS; probes++) {
		uint64_t value = load_acquire(&slots[at]);

		if (value >> NUMBER_BITS == address >> 4 && value && !is_removed(value)) {
			*number = (uint32_t)(value & NUMBER_MASK);
			return &slots[at];
		}
		if (!usable && (!value || is_removed(value)))
			usable = &slots[at];
		if (!value)
			break;
		at = (at + 1) & (SLOTS - 1);
	}
	return usable;
}

static const char *pointer_at(const char *object, unsigned offset)
{
	return *(const char *const *)(object + offset);
}

static uint32_t int_at(const char *object, unsigned offset)
{
	return *(const uint32_t *)(object + offset);
}

/* Room in the region's text; NULL if there is none. */
static char *reserve(uint32_t bytes, uint32_t *offset)
{
	uint32_t used = load_relaxed(&region.header->python_text_used);

	if (bytes > PYTHON_TEXT_BYTES - used)
		return NULL;
	*offset = used;
	return region.python_text + used;
}

static void use(uint32_t bytes)
{
	store_release(&region.header->python_text_used,
		      load_relaxed(&region.header->python_text_used) + bytes);
}

/* A byte of a path that is no UTF-8 has a surrogate of its own in strings. */
static bool is_escaped_byte(uint32_t c)
{
	return c >= 0xdc80 && c <= 0xdcff;
}

static unsigned put_utf8(char *to, uint32_t c)
{
	if (c < 0x80 || is_escaped_byte(c)) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | (c >> 18 & 7));
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static uint32_t character(const char *data, unsigned kind, uint64_t i)
{
	switch (kind) {
	case 1:
		return ((const uint8_t *)data)[i];
	case 2:
		return ((const uint16_t *)data)[i];
	default:
		return ((const uint32_t *)data)[i];
	}
}

/* Copies a string, as far as `most` bytes hold it. False if there is no room or it is no such string. */
static bool copy_string(const char *object, uint32_t most, uint32_t *offset, uint16_t *bytes)
{
	uint32_t state = int_at(object, PYTHON_STRING_STATE), used = 0;
	unsigned kind = state >> 2 & 7;
	bool compact = state & 1u << 5, ascii = state & 1u << 6;
	uint64_t length = *(const uint64_t *)(object + PYTHON_SIZE);
	const char *data = object + (ascii ? layout.ascii : layout.wide);
	char *to = reserve(most + 4, offset);

	if (!to || !compact || (kind != 1 && kind != 2 && kind != 4))
		return false;
	for (uint64_t i = 0; i < length && used < most; i++)
		used += put_utf8(to + used, character(data, kind, i));
	*bytes = (uint16_t)used;
	use(used);
	return true;
}

static bool copy_file(const char *object, struct python_code *code)
{
	uint32_t generation = load_relaxed(&python_codes_generation);

	if (object != last_file.object || generation != last_file.generation) {
		if (!copy_string(object, FILE_BYTES_MOST, &last_file.offset, &last_file.bytes))
			return false;
		last_file.object = object;
		last_file.generation = generation;
	}
	code->file_offset = last_file.offset;
	code->file_bytes = last_file.bytes;
	return true;
}

static bool copy_lines(const char *object, struct python_code *code)
{
	uint64_t bytes = *(const uint64_t *)(object + PYTHON_SIZE);
	char *to;

	if (bytes > LINES_BYTES_MOST)
		return true; /* a function without lines is better than none */
	to = reserve((uint32_t)bytes, &code->lines_offset);
	if (!to)
		return false;
	memcpy(to, object + PYTHON_BYTES_DATA, bytes);
	use((uint32_t)bytes);
	code->lines_bytes = (uint32_t)bytes;
	code->lines = layout.lines;
	return true;
}

static bool describe(const char *object, struct python_code *code)
{
	code->first_line = (int32_t)int_at(object, layout.first_line);
	return copy_string(pointer_at(object, layout.name), NAME_BYTES_MOST, &code->name_offset,
			   &code->name_bytes) &&
	       copy_file(pointer_at(object, layout.file), code) &&
	       copy_lines(pointer_at(object, layout.line_table), code);
}

static bool is_code(const char *object)
{
	return object && ((uint64_t)object & 7) == 0 &&
	       pointer_at(object, PYTHON_TYPE) == types.code &&
	       pointer_at(pointer_at(object, layout.name), PYTHON_TYPE) == types.string &&
	       pointer_at(pointer_at(object, layout.file), PYTHON_TYPE) == types.string &&
	       pointer_at(pointer_at(object, layout.line_table), PYTHON_TYPE) == types.bytes;
}

static uint64_t hash_bytes(uint64_t hash, uint32_t offset, uint32_t bytes)
{
	const char *at = region.python_text + offset;

	for (uint32_t i = 0; i < bytes; i++) /* FNV-1a */
		hash = (hash ^ (uint8_t)at[i]) * 0x100000001b3ull;
	return hash ^ bytes;
}

static uint32_t content_slot(const struct python_code *code)
{
	uint64_t hash = 0xcbf29ce484222325ull ^ (uint32_t)code->first_line;

	hash = hash_bytes(hash, code->name_offset, code->name_bytes);
	hash = hash_bytes(hash, code->file_offset, code->file_bytes);
	hash = hash_bytes(hash, code->lines_offset, code->lines_bytes);
	return (uint32_t)(hash ^ hash >> 32) & (SLOTS - 1);
}

static bool same_text(uint32_t a, uint32_t b, uint32_t bytes)
{
	return a == b || !memcmp(region.python_text + a, region.python_text + b, bytes);
}

static bool same_content(const struct python_code *a, const struct python_code *b)
{
	return a->first_line == b->first_line && a->name_bytes == b->name_bytes &&
	       a->file_bytes == b->file_bytes && a->lines_bytes == b->lines_bytes &&
	       same_text(a->name_offset, b->name_offset, a->name_bytes) &&
	       same_text(a->file_offset, b->file_offset, a->file_bytes) &&
	       same_text(a->lines_offset, b->lines_offset, a->lines_bytes);
}

/* Gives back text that was added since. */
static void forget_text(uint32_t used)
{
	if (last_file.offset >= used)
		last_file.object = NULL;
	store_relaxed(&region.header->python_text_used, used);
}

/* The number of code that is called so; from 1 on. 0: there is no room. Lock is held. */
static uint32_t number_of(const struct python_code *code)
{
	uint32_t used = load_relaxed(&region.header->python_codes_used);
	uint32_t at = content_slot(code);

	for (; contents[at]; at = (at + 1) & (SLOTS - 1))
		if (same_content(&region.python_codes[contents[at] - 1], code))
			return contents[at];
	if (used + 1 >= PYTHON_CODES)
		return 0;
	region.python_codes[used] = *code;
	store_release(&region.header->python_codes_used, used + 1);
	contents[at] = used + 1;
	return used + 1;
}

/* Lock is held. */
static uint32_t add(const char *object, _Atomic uint64_t *slot)
{
	uint32_t codes = load_relaxed(&region.header->python_codes_used);
	uint32_t text = load_relaxed(&region.header->python_text_used);
	struct python_code code = {0};
	uint32_t number = slot && describe(object, &code) ? number_of(&code) : 0;

	if (load_relaxed(&region.header->python_codes_used) == codes)
		forget_text(text);
	if (!number) {
		add_relaxed(&region.header->python_codes_lost, 1);
		return 0;
	}
	store_relaxed(&python_codes_filter[((uint64_t)object >> 12) % PYTHON_CODES_FILTER], 1);
	store_release(slot, slot_of((uint64_t)object, number));
	return number;
}

uint32_t python_codes_number(const char *code, bool *wrong)
{
	_Atomic uint64_t *slot;
	uint32_t number;
	uint64_t mask;

	find((uint64_t)code, &number);
	if (number)
		return number;
	if (!is_code(code)) {
		*wrong = true;
		return 0;
	}
	mask = lock_acquire(&lock);
	slot = find((uint64_t)code, &number);
	if (!number)
		number = add(code, slot);
	lock_release(&lock, mask);
	return number;
}

/* From a removed slot backwards: where nothing follows nothing need be passed over. Lock is held. */
static void tidy(uint32_t at)
{
	if (load_relaxed(&slots[(at + 1) & (SLOTS - 1)]))
		return;
	for (; load_relaxed(&slots[at]) && is_removed(load_relaxed(&slots[at]));
	     at = (at - 1) & (SLOTS - 1))
		store_release(&slots[at], 0);
}

void python_codes_remove(const void *block)
{
	_Atomic uint64_t *slot;
	uint32_t number;
	uint64_t mask;

	find((uint64_t)block, &number);
	if (!number)
		return;
	mask = lock_acquire(&lock);
	slot = find((uint64_t)block, &number);
	if (number) {
		store_release(slot, slot_of((uint64_t)block, REMOVED));
		tidy((uint32_t)(slot - slots));
		add_release(&python_codes_generation, 1);
	}
	lock_release(&lock, mask);
}
