/* SPDX-License-Identifier: MIT */
#include "frames.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "../util/array.h"
#include "../util/human.h"
#include "../util/origins.h"

/* Recorded stacks have 1024 frames at most unless asked for more; hostile ones may go on. */
#define DEPTH_MAX 16384u

static const char *pseudo_note(uint64_t address)
{
	switch (address) {
	case FRAME_GAP:
		return "frames left out here: deeper than the limit";
	case FRAME_TRUNCATED:
		return "the unwinder could not go on from here";
	case FRAME_TABLE_FULL:
		return "the table of stacks was full";
	case FRAME_CALLER_ONLY:
		return "only the caller was recorded";
	default:
		return address < FRAMES_PSEUDO_END ? "unknown kind of frame"
						   : "code outside any module";
	}
}

static struct model_frame *push(struct frames *frames, size_t *count)
{
	struct model_frame *frame;

	ARRAY_GROW(frames->scratch, *count + 1, frames->scratch_capacity);
	frame = &frames->scratch[(*count)++];
	*frame = (struct model_frame){
		.function = "",
		.file = "",
		.module = "",
		.language = "",
		.note = "",
	};
	return frame;
}

/* Python's code of the trace, as symbols want it. */
static uint32_t add_python(struct frames *frames)
{
	uint32_t count = reader_code_count(frames->reader);

	frames->codes = xcalloc(count + 1, sizeof *frames->codes);
	for (code_id id = 1; id <= count; id++) {
		const struct trace_code *code = reader_code(frames->reader, id);

		frames->codes[id - 1] = (struct symbol_code){code->name, code->file};
	}
	return symbols_add_python(frames->symbols, frames->codes, count);
}

static uint32_t add_module(struct frames *frames, const struct trace_module *module)
{
	if (!strcmp(module->path, TRACE_PYTHON) && !frames->codes)
		return add_python(frames);
	return symbols_add_module(frames->symbols, module->path, module->build_id,
				  module->build_id_bytes);
}

static bool know_module(struct frames *frames, module_id id)
{
	const struct trace_module *module = reader_module(frames->reader, id);

	if (!module)
		return false;
	if (!frames->symbol_modules) {
		size_t modules = (size_t)reader_module_count(frames->reader) + 1;

		frames->symbol_modules = xcalloc(modules, sizeof *frames->symbol_modules);
		frames->paths = xcalloc(modules, sizeof *frames->paths);
	}
	if (!frames->symbol_modules[id]) {
		frames->symbol_modules[id] = add_module(frames, module) + 1;
		frames->paths[id] = arena_strdup(frames->arena, module->path);
	}
	return true;
}

bool frames_symbol_module(struct frames *frames, module_id module, uint32_t *number)
{
	if (!know_module(frames, module))
		return false;
	*number = frames->symbol_modules[module] - 1;
	return true;
}

static void expand(struct frames *frames, const struct trace_frame *from, size_t *count)
{
	const struct symbol_frame *found;
	uint32_t found_count;

	if (!from->module || !know_module(frames, from->module)) {
		push(frames, count)->note = pseudo_note(from->module ? FRAMES_PSEUDO_END
								     : from->address);
		return;
	}
	found = symbols_lookup(frames->symbols, frames->symbol_modules[from->module] - 1,
			       from->address, &found_count);
	for (uint32_t i = 0; i < found_count; i++) {
		struct model_frame *frame = push(frames, count);

		frame->function = found[i].function;
		frame->file = found[i].file;
		frame->line = found[i].line;
		frame->inlined = found[i].inlined;
		frame->language = found[i].language;
		frame->module = frames->paths[from->module];
		frame->offset = from->address;
		/* What is a unit of Python's code to its users, and has to be. */
		if (!strcmp(frame->language, "python") && *frame->file)
			frame->module = frame->file;
	}
}

struct model_stack frames_peek(struct frames *frames, stack_id stack, bool borrowed)
{
	size_t count = 0;

	for (uint32_t depth = 0; stack; depth++) {
		const struct trace_frame *frame = reader_stack(frames->reader, stack);

		if (!frame)
			break;
		if (depth == DEPTH_MAX) {
			push(frames, &count)->note = pseudo_note(FRAME_GAP);
			break;
		}
		expand(frames, frame, &count);
		if (borrowed && depth == 0)
			push(frames, &count)->note =
				"only the caller was recorded; what follows is from another call "
				"at this place";
		stack = frame->parent;
	}
	return (struct model_stack){count ? frames->scratch : NULL, (uint32_t)count};
}

struct model_stack frames_innermost(struct frames *frames, stack_id stack)
{
	const struct trace_frame *frame = reader_stack(frames->reader, stack);
	size_t count = 0;

	if (frame)
		expand(frames, frame, &count);
	return (struct model_stack){count ? frames->scratch : NULL, (uint32_t)count};
}

struct model_stack frames_stack(struct frames *frames, stack_id stack, bool borrowed)
{
	struct model_stack result = frames_peek(frames, stack, borrowed);
	struct model_frame *copy;

	if (!result.frame_count)
		return result;
	copy = arena_alloc(frames->arena, result.frame_count * sizeof *copy);
	memcpy(copy, result.frames, result.frame_count * sizeof *copy);
	for (uint32_t i = 0; frames->sources && i < result.frame_count; i++)
		copy[i].source = sources_find(frames->sources, copy[i].module, copy[i].file,
					      copy[i].line);
	result.frames = copy;
	return result;
}

const char *frames_note(const struct frames *frames, module_id module)
{
	if (!frames->symbol_modules || !frames->symbol_modules[module])
		return "";
	return symbols_module_note(frames->symbols, frames->symbol_modules[module] - 1);
}

void frames_release(struct frames *frames)
{
	free(frames->symbol_modules);
	free(frames->paths);
	free(frames->codes);
	free(frames->scratch);
}

/* A fingerprint under way. */
struct fingerprint {
	XXH64_state_t *state;
	const char *program;
};

static void hash_frame(const struct fingerprint *f, const struct model_frame *frame)
{
	XXH64_state_t *state = f->state;
	/* server-1.2 and server-1.3 are one program. */
	const char *module = strcmp(frame->module, f->program) != 0 ? human_basename(frame->module)
								    : "";
	uint8_t offset[8];

	/* Each part with its NUL, so that parts cannot run into one another. */
	XXH64_update(state, frame->function, strlen(frame->function) + 1);
	XXH64_update(state, module, strlen(module) + 1);
	if (*frame->function)
		return;
	for (int k = 0; k < 8; k++)
		offset[k] = (uint8_t)(frame->offset >> 8 * k);
	XXH64_update(state, offset, sizeof offset);
}

static bool is_own(const struct model_stack *stack, uint32_t index)
{
	const struct model_frame *frame = &stack->frames[index];

	/* Only _start calls into libc's start-up code, whatever its name was before stripping. */
	if (index && index + 1 == stack->frame_count && !*frame->function &&
	    origins_of_module(stack->frames[index - 1].module) == ORIGIN_LIBC)
		return false;
	return origins_is_own(frame->module, frame->function);
}

static bool same_function(const struct model_frame *a, const struct model_frame *b)
{
	return *a->function && !strcmp(a->function, b->function) && !strcmp(a->module, b->module);
}

/* The function of libc that the program asked to allocate, which sets it apart from the program's
 * own allocations there. */
static void hash_libc_entry(const struct fingerprint *f, const struct model_frame *entry)
{
	size_t length;
	const char *name = origins_libc_name(entry->function, &length);

	XXH64_update(f->state, name, length);
	XXH64_update(f->state, "", 1);
}

/* Returns false if the program has no part in it. */
static bool hash_own_frames(const struct fingerprint *f, const struct model_stack *stack)
{
	const struct model_frame *entry = NULL;
	const struct model_frame *last = NULL;

	for (uint32_t i = 0; i < stack->frame_count; i++) {
		const struct model_frame *frame = &stack->frames[i];

		if (!is_own(stack, i)) {
			if (!last && origins_of_module(frame->module) == ORIGIN_LIBC)
				entry = frame;
			continue;
		}
		if (!last && entry)
			hash_libc_entry(f, entry);
		if (!last || !same_function(last, frame))
			hash_frame(f, frame);
		last = frame;
	}
	return last != NULL;
}

uint64_t frames_fingerprint(const struct model_stack *stack, const char *program)
{
	struct fingerprint f = {.program = program};
	uint64_t hash;

	if (!stack->frame_count)
		return 0;
	f.state = XXH64_createState();
	if (!f.state)
		return 1;
	XXH64_reset(f.state, 0);
	if (!hash_own_frames(&f, stack))
		for (uint32_t i = 0; i < stack->frame_count; i++)
			hash_frame(&f, &stack->frames[i]);
	hash = XXH64_digest(f.state);
	XXH64_freeState(f.state);
	return hash ? hash : 1;
}

bool frames_lack_names(const struct model_stack *stack)
{
	for (uint32_t i = 0; i < stack->frame_count; i++) {
		const struct model_frame *frame = &stack->frames[i];
		bool outermost = i + 1 == stack->frame_count;

		if (!*frame->function && !*frame->note && !outermost &&
		    origins_is_own(frame->module, frame->function))
			return true;
	}
	return false;
}
