/* SPDX-License-Identifier: MIT */
#include "tables.h"

#include "fields.h"

void tables_put_program(struct bytes *to, const struct trace_program *program)
{
	uint32_t argv_bytes = program->argv ? program->argv_bytes : 0;

	fields_put_text(to, program->exe);
	fields_put_text(to, program->cwd);
	fields_put_text(to, program->host);
	bytes_put_string(to, program->argv,
			 argv_bytes < ARGV_BYTES_MAX ? argv_bytes : ARGV_BYTES_MAX);
	fields_put_signed(to, program->pid);
	fields_put_signed(to, program->parent_pid);
	bytes_put_varint(to, program->clock_kind);
	bytes_put_varint(to, program->flags);
	bytes_put_varint(to, program->start_stamp);
	bytes_put_varint(to, program->start_monotonic_ns);
	bytes_put_varint(to, program->start_realtime_ns);
	bytes_put_varint(to, program->sample_interval_bytes);
}

bool tables_take_program(struct cursor *from, struct arena *arena, struct trace_program *program)
{
	const uint8_t *argv;
	size_t argv_bytes;

	program->exe = fields_take_text(from, arena);
	program->cwd = fields_take_text(from, arena);
	program->host = fields_take_text(from, arena);
	argv = cursor_string(from, &argv_bytes);
	if (!argv || argv_bytes > ARGV_BYTES_MAX)
		return false;
	program->argv = arena_strndup(arena, (const char *)argv, argv_bytes);
	program->argv_bytes = (uint32_t)argv_bytes;
	program->pid = fields_take_signed(from);
	program->parent_pid = fields_take_signed(from);
	program->clock_kind = fields_take_u32(from);
	program->flags = fields_take_u32(from);
	program->start_stamp = cursor_varint(from);
	program->start_monotonic_ns = cursor_varint(from);
	program->start_realtime_ns = cursor_varint(from);
	program->sample_interval_bytes = cursor_varint(from);
	return !from->bad;
}

void tables_put_module(struct bytes *to, const struct trace_module *module)
{
	size_t build_id_bytes = module->build_id_bytes < sizeof module->build_id
					? module->build_id_bytes
					: sizeof module->build_id;

	fields_put_text(to, module->path);
	bytes_put_varint(to, module->bias);
	bytes_put_varint(to, module->start);
	bytes_put_varint(to, module->end - module->start);
	bytes_put_varint(to, module->load_stamp);
	bytes_put_string(to, module->build_id, build_id_bytes);
}

bool tables_take_module(struct cursor *from, struct arena *arena, struct trace_module *module)
{
	const uint8_t *build_id;
	size_t build_id_bytes;

	*module = (struct trace_module){.path = fields_take_text(from, arena)};
	module->bias = cursor_varint(from);
	module->start = cursor_varint(from);
	module->end = module->start + cursor_varint(from);
	module->load_stamp = cursor_varint(from);
	build_id = cursor_string(from, &build_id_bytes);
	if (!build_id || build_id_bytes > sizeof module->build_id)
		return false;
	memcpy(module->build_id, build_id, build_id_bytes);
	module->build_id_bytes = (uint8_t)build_id_bytes;
	return !from->bad;
}

void tables_put_code(struct bytes *to, const struct trace_code *code)
{
	fields_put_text(to, code->name);
	fields_put_text(to, code->file);
	bytes_put_varint(to, code->first_line);
}

bool tables_take_code(struct cursor *from, struct arena *arena, struct trace_code *code)
{
	code->name = fields_take_text(from, arena);
	code->file = fields_take_text(from, arena);
	code->first_line = fields_take_u32(from);
	return !from->bad;
}

void tables_put_python(struct bytes *to, const struct trace_python *python)
{
	bytes_put_varint(to, python->version);
	bytes_put_varint(to, python->state);
	bytes_put_varint(to, python->allocator);
	bytes_put_varint(to, python->teardown_stamp);
	bytes_put_varint(to, python->codes_lost);
}

bool tables_take_python(struct cursor *from, struct trace_python *python)
{
	python->version = fields_take_u32(from);
	python->state = fields_take_u32(from);
	python->allocator = fields_take_u32(from);
	python->teardown_stamp = cursor_varint(from);
	python->codes_lost = cursor_varint(from);
	return !from->bad && cursor_at_end(from);
}

void tables_put_thread(struct bytes *to, const struct trace_thread *thread)
{
	bytes_put_varint(to, thread->id);
	fields_put_signed(to, thread->tid);
	bytes_put_varint(to, thread->begin_stamp);
	bytes_put_varint(to, thread->end_stamp);
	bytes_append(to, thread->name, sizeof thread->name);
}

bool tables_take_thread(struct cursor *from, struct trace_thread *thread)
{
	const uint8_t *name;

	thread->id = fields_take_u32(from);
	thread->tid = fields_take_signed(from);
	thread->begin_stamp = cursor_varint(from);
	thread->end_stamp = cursor_varint(from);
	name = cursor_bytes(from, sizeof thread->name);
	if (!name || from->bad)
		return false;
	memcpy(thread->name, name, sizeof thread->name);
	return thread->id && thread->id <= THREAD_ID_MAX;
}

void tables_put_clock(struct bytes *to, const struct trace_clock *clock)
{
	bytes_put_varint(to, clock->stamp);
	bytes_put_varint(to, clock->monotonic_ns);
}

bool tables_take_clock(struct cursor *from, struct trace_clock *clock)
{
	clock->stamp = cursor_varint(from);
	clock->monotonic_ns = cursor_varint(from);
	return !from->bad;
}

void tables_put_memory(struct bytes *to, const struct trace_memory *memory)
{
	bytes_put_varint(to, memory->monotonic_ns);
	bytes_put_varint(to, memory->resident_bytes);
	bytes_put_varint(to, memory->virtual_bytes);
	bytes_put_varint(to, memory->shared_bytes);
}

bool tables_take_memory(struct cursor *from, struct trace_memory *memory)
{
	memory->monotonic_ns = cursor_varint(from);
	memory->resident_bytes = cursor_varint(from);
	memory->virtual_bytes = cursor_varint(from);
	memory->shared_bytes = cursor_varint(from);
	return !from->bad;
}

void tables_put_child(struct bytes *to, const struct trace_child *child)
{
	bytes_put_varint(to, child->monotonic_ns);
	fields_put_signed(to, child->pid);
	fields_put_text(to, child->trace_path);
}

bool tables_take_child(struct cursor *from, struct arena *arena, struct trace_child *child)
{
	child->monotonic_ns = cursor_varint(from);
	child->pid = fields_take_signed(from);
	child->trace_path = fields_take_text(from, arena);
	return !from->bad;
}

void tables_put_unrecorded(struct bytes *to, const struct trace_unrecorded *unrecorded)
{
	bytes_put_varint(to, unrecorded->reason);
	bytes_put_varint(to, unrecorded->times);
	fields_put_text(to, unrecorded->path);
}

bool tables_take_unrecorded(struct cursor *from, struct arena *arena,
			    struct trace_unrecorded *unrecorded)
{
	unrecorded->reason = fields_take_u32(from);
	unrecorded->times = cursor_varint(from);
	unrecorded->path = fields_take_text(from, arena);
	return !from->bad;
}

void tables_put_mark(struct bytes *to, const char *name)
{
	bytes_put_string(to, name, strnlen(name, MARK_NAME_BYTES));
}

bool tables_take_mark(struct cursor *from, struct arena *arena, const char **name)
{
	size_t length;
	const uint8_t *text = cursor_string(from, &length);

	if (!text || !length || length > MARK_NAME_BYTES)
		return false;
	*name = arena_strndup(arena, (const char *)text, length);
	return true;
}

void tables_put_end(struct bytes *to, const struct trace_end *end, uint64_t index_offset)
{
	uint8_t *at = bytes_reserve(to, END_PAYLOAD_BYTES);
	const uint64_t counts[] = {end->stamp,	     end->monotonic_ns,	    end->events,
				   end->events_lost, end->stacks_truncated, end->modules_lost,
				   index_offset};

	bytes_store_u32(at, end->kind);
	bytes_store_u32(at + 4, (uint32_t)end->status);
	bytes_store_u32(at + 8, end->flags);
	bytes_store_u32(at + 12, 0);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		bytes_store_u64(at + 16 + 8 * i, counts[i]);
	to->used += END_PAYLOAD_BYTES;
}

bool tables_take_end(struct cursor *from, struct trace_end *end, uint64_t *index_offset)
{
	const uint8_t *at = cursor_bytes(from, END_PAYLOAD_BYTES);

	if (!at)
		return false;
	end->kind = bytes_load_u32(at);
	end->status = (int32_t)bytes_load_u32(at + 4);
	end->flags = bytes_load_u32(at + 8);
	end->stamp = bytes_load_u64(at + 16);
	end->monotonic_ns = bytes_load_u64(at + 24);
	end->events = bytes_load_u64(at + 32);
	end->events_lost = bytes_load_u64(at + 40);
	end->stacks_truncated = bytes_load_u64(at + 48);
	end->modules_lost = bytes_load_u64(at + 56);
	*index_offset = bytes_load_u64(at + 64);
	return true;
}
