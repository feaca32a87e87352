/* SPDX-License-Identifier: MIT */
#include "snapshot_codec.h"

#include <assert.h>

#include "fields.h"

/* The fewest bytes that an element of a list takes: what bounds the lists of a forged record. */
#define MAPPING_BYTES_MIN 4u
#define THREAD_BYTES_MIN 6u
#define REGISTER_BYTES_MIN 1u
#define KERNEL_ROOT_BYTES_MIN 2u
#define NAME_BYTES_MIN 8u

static uint32_t registers_of(const struct trace_snapshot *snapshot,
			     const struct trace_frozen *thread)
{
	bool sound = thread->first_register <= snapshot->register_count &&
		     thread->register_count <= snapshot->register_count - thread->first_register;

	return sound ? thread->register_count : 0;
}

static void put_mappings(struct bytes *to, const struct trace_snapshot *snapshot)
{
	uint64_t end = 0;

	bytes_put_varint(to, snapshot->mapping_count);
	for (uint32_t i = 0; i < snapshot->mapping_count; i++) {
		const struct trace_mapping *mapping = &snapshot->mappings[i];

		assert(mapping->start >= end && mapping->end > mapping->start);
		bytes_put_varint(to, mapping->start - end);
		bytes_put_varint(to, mapping->end - mapping->start);
		bytes_put_varint(to, mapping->flags);
		fields_put_text(to, mapping->name);
		end = mapping->end;
	}
}

static void put_threads(struct bytes *to, const struct trace_snapshot *snapshot)
{
	uint64_t register_count = 0;

	bytes_put_varint(to, snapshot->thread_count);
	for (uint32_t i = 0; i < snapshot->thread_count; i++) {
		const struct trace_frozen *thread = &snapshot->threads[i];

		fields_put_signed(to, thread->tid);
		bytes_put_varint(to, thread->flags);
		bytes_put_varint(to, thread->stack_pointer);
		bytes_put_varint(to, thread->thread_pointer);
		bytes_put_varint(to, thread->call_address);
		bytes_put_varint(to, registers_of(snapshot, thread));
		register_count += registers_of(snapshot, thread);
	}
	bytes_put_varint(to, register_count);
	for (uint32_t i = 0; i < snapshot->thread_count; i++) {
		const struct trace_frozen *thread = &snapshot->threads[i];

		for (uint32_t k = 0; k < registers_of(snapshot, thread); k++)
			bytes_put_varint(to, snapshot->registers[thread->first_register + k]);
	}
}

static void put_names(struct bytes *to, const struct trace_snapshot *snapshot)
{
	uint64_t last = 0;

	bytes_put_varint(to, snapshot->name_count);
	for (uint32_t i = 0; i < snapshot->name_count; i++) {
		const struct trace_object_name *name = &snapshot->names[i];

		assert(name->address >= last);
		bytes_put_varint(to, name->address - last);
		bytes_put_varint(to, name->kind);
		fields_put_text(to, name->text);
		bytes_put_varint(to, name->basic_bytes);
		bytes_put_varint(to, name->item_bytes);
		bytes_put_varint(to, name->flags);
		bytes_put_varint(to, name->dict_offset);
		bytes_put_varint(to, name->count);
		last = name->address;
	}
}

static void put_collector(struct bytes *to, const struct trace_python_collector *collector)
{
	bytes_put_varint(to, collector->known);
	if (!collector->known)
		return;
	bytes_put_varint(to, collector->enabled);
	for (int i = 0; i < PYTHON_GENERATIONS; i++) {
		bytes_put_varint(to, collector->generations[i].threshold);
		bytes_put_varint(to, collector->generations[i].collections);
		bytes_put_varint(to, collector->generations[i].collected);
		bytes_put_varint(to, collector->generations[i].uncollectable);
	}
}

void snapshot_codec_put(struct bytes *to, const struct trace_snapshot *snapshot,
			uint32_t chunk_count)
{
	bytes_put_varint(to, snapshot->number);
	bytes_put_varint(to, snapshot->cause);
	bytes_put_varint(to, snapshot->flags);
	bytes_put_varint(to, snapshot->stamp);
	bytes_put_varint(to, snapshot->monotonic_ns);
	bytes_put_varint(to, snapshot->pause_ns);
	bytes_put_varint(to, snapshot->read_bytes);
	bytes_put_varint(to, snapshot->unread_bytes);
	bytes_put_varint(to, snapshot->word_count);
	bytes_put_varint(to, chunk_count);
	put_mappings(to, snapshot);
	put_threads(to, snapshot);
	bytes_put_varint(to, snapshot->kernel_root_count);
	for (uint32_t i = 0; i < snapshot->kernel_root_count; i++) {
		bytes_put_varint(to, snapshot->kernel_roots[i].kind);
		bytes_put_varint(to, snapshot->kernel_roots[i].value);
	}
	put_names(to, snapshot);
	put_collector(to, &snapshot->collector);
}

/* The length of a list whose elements take so many bytes each; 0, and a bad cursor, if there are
 * not that many bytes. */
static uint32_t take_count(struct cursor *from, uint32_t element_bytes_min)
{
	uint32_t count = fields_take_u32(from);

	if (count > (size_t)(from->end - from->at) / element_bytes_min)
		from->bad = true;
	return from->bad ? 0 : count;
}

static const char *take_mappings(struct cursor *from, struct arena *arena,
				 struct trace_snapshot *snapshot)
{
	uint32_t count = take_count(from, MAPPING_BYTES_MIN);
	struct trace_mapping *mappings = arena_alloc(arena, count * sizeof *mappings);
	uint64_t end = 0;

	for (uint32_t i = 0; i < count && !from->bad; i++) {
		struct trace_mapping *mapping = &mappings[i];

		if (__builtin_add_overflow(end, cursor_varint(from), &mapping->start) ||
		    __builtin_add_overflow(mapping->start, cursor_varint(from), &mapping->end) ||
		    (mapping->start == mapping->end && !from->bad))
			return "impossible mapping";
		mapping->flags = fields_take_u32(from);
		mapping->name = fields_take_text(from, arena);
		end = mapping->end;
	}
	snapshot->mappings = mappings;
	snapshot->mapping_count = count;
	return NULL;
}

static const char *take_threads(struct cursor *from, struct arena *arena,
				struct trace_snapshot *snapshot)
{
	uint32_t count = take_count(from, THREAD_BYTES_MIN);
	struct trace_frozen *threads = arena_alloc(arena, count * sizeof *threads);
	uint64_t register_count = 0;
	uint64_t *registers;

	for (uint32_t i = 0; i < count && !from->bad; i++) {
		threads[i].tid = fields_take_signed(from);
		threads[i].flags = fields_take_u32(from);
		threads[i].stack_pointer = cursor_varint(from);
		threads[i].thread_pointer = cursor_varint(from);
		threads[i].call_address = cursor_varint(from);
		threads[i].first_register = (uint32_t)register_count;
		threads[i].register_count = fields_take_u32(from);
		register_count += threads[i].register_count;
	}
	snapshot->register_count = take_count(from, REGISTER_BYTES_MIN);
	if (!from->bad && register_count != snapshot->register_count)
		return "registers of no thread";
	registers = arena_alloc(arena, snapshot->register_count * sizeof *registers);
	for (uint32_t i = 0; i < snapshot->register_count; i++)
		registers[i] = cursor_varint(from);
	snapshot->threads = threads;
	snapshot->thread_count = count;
	snapshot->registers = registers;
	return NULL;
}

static void take_kernel_roots(struct cursor *from, struct arena *arena,
			      struct trace_snapshot *snapshot)
{
	uint32_t count = take_count(from, KERNEL_ROOT_BYTES_MIN);
	struct trace_kernel_root *roots = arena_alloc(arena, count * sizeof *roots);

	for (uint32_t i = 0; i < count; i++) {
		roots[i].kind = fields_take_u32(from);
		roots[i].value = cursor_varint(from);
	}
	snapshot->kernel_roots = roots;
	snapshot->kernel_root_count = count;
}

static const char *take_names(struct cursor *from, struct arena *arena,
			      struct trace_snapshot *snapshot)
{
	uint32_t count = take_count(from, NAME_BYTES_MIN);
	struct trace_object_name *names = arena_alloc(arena, count * sizeof *names);
	uint64_t last = 0;

	for (uint32_t i = 0; i < count && !from->bad; i++) {
		if (__builtin_add_overflow(last, cursor_varint(from), &names[i].address))
			return "impossible name";
		names[i].kind = fields_take_u32(from);
		names[i].text = fields_take_text(from, arena);
		names[i].basic_bytes = fields_take_u32(from);
		names[i].item_bytes = fields_take_u32(from);
		names[i].flags = fields_take_u32(from);
		names[i].dict_offset = fields_take_u32(from);
		names[i].count = fields_take_u32(from);
		last = names[i].address;
	}
	snapshot->names = names;
	snapshot->name_count = count;
	return NULL;
}

static void take_collector(struct cursor *from, struct trace_python_collector *collector)
{
	collector->known = fields_take_u32(from) != 0;
	if (!collector->known)
		return;
	collector->enabled = fields_take_u32(from) != 0;
	for (int i = 0; i < PYTHON_GENERATIONS; i++) {
		collector->generations[i].threshold = fields_take_u32(from);
		collector->generations[i].collections = cursor_varint(from);
		collector->generations[i].collected = cursor_varint(from);
		collector->generations[i].uncollectable = cursor_varint(from);
	}
}

const char *snapshot_codec_take(struct cursor *from, struct arena *arena,
				struct trace_snapshot *snapshot, uint32_t *chunk_count)
{
	const char *problem;

	*snapshot = (struct trace_snapshot){.number = fields_take_u32(from)};
	snapshot->cause = fields_take_u32(from);
	snapshot->flags = fields_take_u32(from);
	snapshot->stamp = cursor_varint(from);
	snapshot->monotonic_ns = cursor_varint(from);
	snapshot->pause_ns = cursor_varint(from);
	snapshot->read_bytes = cursor_varint(from);
	snapshot->unread_bytes = cursor_varint(from);
	snapshot->word_count = cursor_varint(from);
	*chunk_count = fields_take_u32(from);
	problem = take_mappings(from, arena, snapshot);
	if (!problem)
		problem = take_threads(from, arena, snapshot);
	if (problem)
		return problem;
	take_kernel_roots(from, arena, snapshot);
	problem = take_names(from, arena, snapshot);
	if (problem)
		return problem;
	take_collector(from, &snapshot->collector);
	return from->bad || !cursor_at_end(from) ? "damaged record" : NULL;
}
