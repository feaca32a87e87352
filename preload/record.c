/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <errno.h>
#include <string.h>

#include "python.h"
#include "region.h"
#include "ring.h"
#include "sample.h"
#include "stamp.h"

/* Fields of a record but for its stamp and stack. */
struct content {
	uint64_t address, size;
	enum event_kind kind;
	enum api api;
	uint16_t detail;
};

/* Nothing keeps a processor from reading its counter for the next event first. */
static inline uint64_t next_stamp(struct thread *t)
{
	uint64_t stamp = stamp_now();

	if (stamp < t->newest_stamp)
		stamp = t->newest_stamp;
	t->newest_stamp = stamp;
	return stamp;
}

/* Writes one record in a section that has been entered. */
static inline __attribute__((always_inline)) void write_record(struct thread *t,
							       const struct section *section,
							       const struct content *content,
							       uint32_t stack)
{
	struct event_record *record = ring_reserve(t);

	if (!record || section->abandoned != t->abandoned)
		return;
	record->address = content->address;
	record->size = content->size;
	record->stack = stack;
	record->api = (uint8_t)content->api;
	record->detail = content->detail;
	record->stamp = next_stamp(t);
	signal_fence();
	record->kind = (uint8_t)content->kind;
}

static inline uint32_t call_stack(struct thread *t, const struct section *section,
				  const struct unwind_start *start, enum api api)
{
	if (__builtin_expect(python_stacks, 0))
		return python_call_stack(t, section->level, start, api);
	return unwind_stack(t, section->level, start);
}

static inline uint32_t release_stack(struct thread *t, const struct section *section,
				     const struct unwind_start *start, enum api api)
{
	if (__builtin_expect(python_stacks, 0))
		return python_release_stack(t, section->level, start, api);
	return unwind_release(t, section->level, start);
}

/* Whether a block allocated now belongs to the sample; it is followed from here on. */
static inline bool is_sampled(const void *block, size_t size)
{
	if (!sample_takes(size))
		return false;
	if (sample_follow(block))
		return true;
	add_relaxed(&region.header->events_unattached, 1);
	return false;
}

void record_allocation(enum api api, const void *block, size_t size, int error,
		       const struct unwind_start *start)
{
	struct content content = {(uint64_t)block, size, EVENT_ALLOC, api,
				  thread_local_state.detail};
	struct section section;
	struct thread *t;

	if (sample_interval && block && !is_sampled(block, size))
		return;
	t = thread_current(recorder_serial);
	if (!t)
		return;
	if (!block) {
		content.kind = EVENT_FAIL;
		content.detail = (uint16_t)(error & EVENT_DETAIL_ERRNO);
	}
	thread_enter(t, &section);
	write_record(t, &section, &content, call_stack(t, &section, start, api));
	thread_leave(t, &section);
}

void record_injected(enum api api, size_t size, const struct unwind_start *start)
{
	record_event(EVENT_FAIL, api, 0, size, ENOMEM | EVENT_DETAIL_INJECTED, start);
}

void record_release(enum api api, const void *block, const struct unwind_start *start)
{
	struct content content = {(uint64_t)block, 0, EVENT_FREE, api, 0};
	struct section section;
	struct thread *t;

	if (__builtin_expect(python_stacks, 0))
		python_look_for_teardown();
	if (sample_interval) {
		if (!sample_release(block))
			return;
		content.detail = sample_is_newest(block) ? EVENT_DETAIL_TEMPORARY : 0;
	}
	t = thread_current(recorder_serial);
	if (!t)
		return;
	thread_enter(t, &section);
	write_record(t, &section, &content, release_stack(t, &section, start, api));
	thread_leave(t, &section);
}

uint32_t record_realloc_begin(enum api api, const void *block, size_t size,
			      const struct unwind_start *start)
{
	struct content content = {(uint64_t)block, size, EVENT_REALLOC_BEGIN, api, 0};
	struct thread *t = thread_current(recorder_serial);
	struct section section;
	uint32_t stack;

	if (!t)
		return 0;
	thread_enter(t, &section);
	stack = call_stack(t, &section, start, api);
	write_record(t, &section, &content, stack);
	thread_leave(t, &section);
	return stack;
}

bool record_realloc_wanted(const void *block)
{
	return !sample_interval || sample_release(block);
}

void record_realloc_end(enum api api, const void *old, const void *block, size_t size,
			unsigned detail, uint32_t stack)
{
	struct content content = {(uint64_t)block, size, EVENT_REALLOC_END, api, (uint16_t)detail};
	struct thread *t = thread_current(recorder_serial);
	struct section section;

	if (!t)
		return;
	if (sample_interval && !block && detail)
		sample_follow(old); /* it lives on */
	if (sample_interval && block && !is_sampled(block, size))
		content.address = content.size = 0;
	if (content.address)
		content.detail |= thread_local_state.detail;
	thread_enter(t, &section);
	write_record(t, &section, &content, stack);
	thread_leave(t, &section);
}

void record_event(enum event_kind kind, enum api api, uint64_t address, uint64_t size,
		  unsigned detail, const struct unwind_start *start)
{
	struct content content = {address, size, kind, api, (uint16_t)detail};
	struct thread *t = thread_current(recorder_serial);
	struct section section;

	if (!t)
		return;
	thread_enter(t, &section);
	write_record(t, &section, &content, start ? call_stack(t, &section, start, api) : 0);
	thread_leave(t, &section);
}

/* Does not cut what is UTF-8 within a character. */
static size_t mark_name_bytes(const char *name)
{
	size_t bytes = strnlen(name, MARK_NAME_BYTES + 1);

	if (bytes <= MARK_NAME_BYTES)
		return bytes;
	bytes = MARK_NAME_BYTES;
	for (unsigned back = 0; back < 3 && ((unsigned char)name[bytes] & 0xc0) == 0x80; back++)
		bytes--;
	return bytes;
}

static void write_mark_name(struct thread *t, const struct section *section, const char *name,
			    size_t bytes, unsigned level)
{
	for (unsigned piece = 0; piece * MARK_PIECE_BYTES < bytes; piece++) {
		struct content content = {.kind = EVENT_MARK_NAME};
		size_t at = piece * MARK_PIECE_BYTES;
		uint64_t words[2] = {0, 0};

		memcpy(words, name + at,
		       bytes - at < MARK_PIECE_BYTES ? bytes - at : MARK_PIECE_BYTES);
		content.address = words[0];
		content.size = words[1];
		content.detail = (uint16_t)(level + piece * MARK_PIECE);
		write_record(t, section, &content, 0);
	}
}

void record_mark(const char *name)
{
	size_t bytes = mark_name_bytes(name);
	struct content content = {.kind = EVENT_MARK, .size = bytes};
	struct thread *t = thread_current(recorder_serial);
	struct section section;
	unsigned level;

	if (!t)
		return;
	thread_enter(t, &section);
	level = section.level < MARK_LEVELS ? section.level : MARK_LEVELS - 1;
	content.detail = (uint16_t)level;
	write_record(t, &section, &content, 0);
	write_mark_name(t, &section, name, bytes, level);
	thread_leave(t, &section);
}
