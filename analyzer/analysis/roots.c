/* SPDX-License-Identifier: MIT */
#include "roots.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "../util/origins.h"
#include "python_objects.h"

#define PAGE_BYTES 4096ull
/* Below the stack pointer, functions that call nobody may use so much (x86-64 psABI, 3.2.2). */
#define RED_ZONE_BYTES 128u
/* From the thread pointer up glibc keeps what it knows of a thread, less than this. */
#define DESCRIPTOR_BYTES PAGE_BYTES
/* Arenas of glibc other than the first begin at multiples of this. */
#define ARENA_BYTES (64ull << 20)
/* glibc may map larger blocks one by one. */
#define MAPPED_BLOCK_BYTES (128ull << 10)

/* What ranges are for, while that is being found out; the rest are indices of roots and these. */
enum paint {
	PAINT_NOTHING, /* does not count */
	PAINT_HEAP, /* nor this, but for what the program itself has asked the kernel for */
	PAINT_ANONYMOUS, /* undecided; */
	PAINT_MAPPED, /* so, and one mapping of the program's own */
	PAINT_ROOTS, /* + index of the root */
};

struct painter {
	struct roots *roots;
	const struct roots_from *from;
	struct intervals set;
};

static uint64_t page_down(uint64_t address)
{
	return address & ~(PAGE_BYTES - 1);
}

static uint64_t page_up(uint64_t address)
{
	return page_down(address + PAGE_BYTES - 1);
}

static uint32_t add_root(struct roots *roots, struct root root)
{
	if (!root.name)
		root.name = "";
	ARRAY_GROW(roots->list, roots->count + 1, roots->capacity);
	roots->list[roots->count] = root;
	return (uint32_t)roots->count++;
}

static void paint_root(struct painter *p, uint64_t start, uint64_t end, struct root root)
{
	if (start < end)
		intervals_add(&p->set, start, end, PAINT_ROOTS + add_root(p->roots, root));
}

/* What an address is painted as, with the range around it. */
static enum paint paint_at(const struct painter *p, uint64_t address, struct interval_range *range)
{
	if (!intervals_next(&p->set, address, range) || range->start > address)
		return PAINT_NOTHING;
	return range->number < PAINT_ROOTS ? (enum paint)range->number : PAINT_ROOTS;
}

static bool is_undecided(enum paint paint)
{
	return paint == PAINT_ANONYMOUS || paint == PAINT_MAPPED;
}

static const struct graph_block *block_from(const struct roots_from *from, uint64_t address)
{
	size_t low = 0, high = from->block_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (from->blocks[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < from->block_count ? &from->blocks[low] : NULL;
}

/* The live block around an address, NULL if there is none. */
static const struct graph_block *block_around(const struct roots_from *from, uint64_t address)
{
	const struct graph_block *next = block_from(from, address + 1);
	size_t below = next ? (size_t)(next - from->blocks) : from->block_count;
	const struct graph_block *last = below ? &from->blocks[below - 1] : NULL;

	return last && address - last->address < last->size ? last : NULL;
}

module_id roots_module_at(const struct reader *reader, uint64_t address, uint64_t stamp)
{
	for (module_id id = reader_module_count(reader); id; id--) {
		const struct trace_module *module = reader_module(reader, id);

		if (address >= module->start && address < module->end &&
		    module->load_stamp <= stamp)
			return id;
	}
	return 0;
}

/* Memory that the loader zeroes follows the data of its file, and may be followed by other memory. */
static void paint_module(struct painter *p, const struct trace_mapping *m, module_id id,
			 const char *path)
{
	const struct trace_module *module = reader_module(p->from->reader, id);
	uint64_t end = *path || m->end < module->end ? m->end : module->end;

	intervals_add(&p->set, m->start, m->end, PAINT_ANONYMOUS);
	if (origins_of_module(module->path) == ORIGIN_RECORDER)
		intervals_add(&p->set, m->start, end, PAINT_NOTHING);
	else
		paint_root(p, m->start, end, (struct root){.kind = ROOT_DATA, .module = id});
}

static void paint_mapping(struct painter *p, const struct trace_mapping *m)
{
	const char *path = m->name[0] == '/' ? m->name : "";
	module_id module = roots_module_at(p->from->reader, m->start, p->from->snapshot->stamp);

	if (!(m->flags & TRACE_MAPPING_READ) || (m->flags & TRACE_MAPPING_RECORDER))
		return;
	if (module)
		paint_module(p, m, module, path);
	else if (*path || m->flags & TRACE_MAPPING_SHARED)
		paint_root(p, m->start, m->end,
			   (struct root){.kind = ROOT_MAPPING, .name = m->name});
	else if (!strcmp(m->name, "[heap]"))
		intervals_add(&p->set, m->start, m->end, PAINT_HEAP);
	else
		intervals_add(&p->set, m->start, m->end, PAINT_ANONYMOUS);
}

/* The kernel joins neighbouring mappings: what the program has mapped itself is told apart. */
static void paint_mapped(struct painter *p, const struct intervals *by_program, enum paint over)
{
	struct interval_range mapped, piece;

	for (uint64_t at = 0; intervals_next(by_program, at, &mapped); at = mapped.end) {
		for (uint64_t in = mapped.start;
		     intervals_next(&p->set, in, &piece) && piece.start < mapped.end;
		     in = piece.end) {
			uint64_t start = piece.start > mapped.start ? piece.start : mapped.start;
			uint64_t end = piece.end < mapped.end ? piece.end : mapped.end;

			if (piece.number == over)
				intervals_add(&p->set, start, end, PAINT_MAPPED);
		}
	}
}

/* Large blocks have mappings of their own, which may touch others. */
static void paint_large_blocks(struct painter *p)
{
	for (size_t i = 0; i < p->from->block_count; i++) {
		const struct graph_block *block = &p->from->blocks[i];
		struct interval_range piece;
		uint64_t start, end;

		if (block->size < MAPPED_BLOCK_BYTES ||
		    !is_undecided(paint_at(p, block->address, &piece)))
			continue;
		start = page_down(block->address - 1);
		end = page_up(block->address + block->size);
		intervals_add(&p->set, start > piece.start ? start : piece.start,
			      end < piece.end ? end : piece.end, PAINT_NOTHING);
	}
}

static bool is_frozen_pointer(const struct trace_snapshot *s, uint64_t pointer)
{
	for (uint32_t i = 0; i < s->thread_count; i++)
		if (s->threads[i].thread_pointer == pointer)
			return true;
	return false;
}

/* Of a stack that glibc has mapped, the thread pointer is near its upper end. */
static void paint_ended_stack(struct painter *p, const struct thread_stack *stack)
{
	uint64_t end = page_up(stack->pointer + DESCRIPTOR_BYTES);
	struct interval_range piece;

	if (paint_at(p, stack->pointer, &piece) != PAINT_ANONYMOUS)
		return;
	if (end > piece.end)
		end = piece.end;
	if (p->roots->threads_unstopped) { /* it may be one of theirs */
		paint_root(p, piece.start, end, (struct root){.kind = ROOT_STACK, .weak = true});
		return;
	}
	intervals_add(&p->set, piece.start, end, PAINT_NOTHING);
	if (!stack->joined)
		paint_root(p, stack->pointer, end, (struct root){.kind = ROOT_RESULT});
}

static void paint_ended_stacks(struct painter *p)
{
	const struct thread_stacks *stacks = p->from->stacks;

	for (size_t i = 0; i < stacks->slot_count; i++) {
		const struct thread_stack *stack = &stacks->slots[i];

		if (stack->pointer && !is_frozen_pointer(p->from->snapshot, stack->pointer))
			paint_ended_stack(p, stack);
	}
}

static const struct trace_mapping *main_stack(const struct trace_snapshot *s)
{
	for (uint32_t i = 0; i < s->mapping_count; i++)
		if (!strcmp(s->mappings[i].name, "[stack]"))
			return &s->mappings[i];
	return NULL;
}

/* The stack that a thread was made with; false if that lies in a block or cannot be told. */
static bool own_stack(const struct painter *p, const struct trace_frozen *thread,
		      struct interval_range *stack)
{
	const struct trace_mapping *m = main_stack(p->from->snapshot);
	uint64_t end = page_up(thread->thread_pointer + DESCRIPTOR_BYTES);
	enum paint paint;

	if (thread->tid == reader_program(p->from->reader)->pid && m) {
		*stack = (struct interval_range){m->start, m->end, 0};
		return true;
	}
	paint = paint_at(p, thread->thread_pointer, stack);
	if (!is_undecided(paint))
		return false;
	if (stack->end > end)
		stack->end = end;
	/* Of a mapping of the program's own, it may be any part. */
	if (paint == PAINT_MAPPED && thread->stack_pointer >= stack->start &&
	    thread->stack_pointer < stack->end)
		stack->start = thread->stack_pointer - RED_ZONE_BYTES;
	return true;
}

/* A stack elsewhere, of a coroutine or of signal handlers. */
static void paint_foreign_stack(struct painter *p, const struct trace_frozen *thread,
				struct root root)
{
	const struct graph_block *block = block_around(p->from, thread->stack_pointer);
	struct interval_range piece;

	if (block) { /* in use, or it would not be run on */
		ARRAY_GROW(p->roots->words, p->roots->word_count + 1, p->roots->word_capacity);
		p->roots->words[p->roots->word_count++] = (struct root_word){
			block->address, add_root(p->roots, root)};
	} else if (is_undecided(paint_at(p, thread->stack_pointer, &piece))) {
		paint_root(p, thread->stack_pointer - RED_ZONE_BYTES, piece.end, root);
	}
}

/* Who asked was calling a function, and calls leave nothing below; nor do the functions of libc that
 * make system calls keep anything of their callers' there. */
static uint64_t red_zone(const struct painter *p, const struct trace_frozen *thread)
{
	const struct reader *reader = p->from->reader;
	module_id caller = roots_module_at(reader, thread->call_address, p->from->snapshot->stamp);

	if (thread->flags & TRACE_FROZEN_ASKED ||
	    (caller && origins_of_module(reader_module(reader, caller)->path) == ORIGIN_LIBC))
		return 0;
	return RED_ZONE_BYTES;
}

static void paint_stack(struct painter *p, const struct trace_frozen *thread)
{
	struct root root = {.kind = ROOT_STACK, .tid = thread->tid, .weak = true};
	struct interval_range stack;
	bool owned = own_stack(p, thread, &stack);
	uint64_t sp = thread->stack_pointer;

	if (owned && sp > stack.start && sp < stack.end) {
		uint64_t live = sp - red_zone(p, thread);

		if (live < stack.start)
			live = stack.start;

		intervals_add(&p->set, stack.start, live, PAINT_NOTHING);
		paint_root(p, live, stack.end, root);
		return;
	}
	if (owned)
		paint_root(p, stack.start, stack.end, root);
	if (sp)
		paint_foreign_stack(p, thread, root);
}

static void add_registers(struct roots *roots, const struct trace_snapshot *s,
			  const struct trace_frozen *thread)
{
	uint32_t root = add_root(
		roots, (struct root){.kind = ROOT_REGISTER, .tid = thread->tid, .weak = true});

	for (uint32_t i = 0; i < thread->register_count; i++) {
		ARRAY_GROW(roots->words, roots->word_count + 1, roots->word_capacity);
		roots->words[roots->word_count++] = (struct root_word){
			s->registers[thread->first_register + i], root};
	}
}

static void add_kernel(struct roots *roots, const struct trace_kernel_root *held)
{
	uint32_t root = add_root(roots,
				 (struct root){.kind = ROOT_KERNEL, .kernel_kind = held->kind});

	ARRAY_GROW(roots->words, roots->word_count + 1, roots->word_capacity);
	roots->words[roots->word_count++] = (struct root_word){held->value, root};
}

/* Memory that nobody has said anything about is the allocator's if it holds blocks, or looks as glibc
 * makes it; and if it is neither, it counts. */
static void decide(struct painter *p, const struct interval_range *piece, uint64_t main_pointer)
{
	const struct graph_block *block = block_from(p->from, piece->start);
	struct root root = {.kind = ROOT_MAPPING};

	if ((block && block->address < piece->end) ||
	    (piece->number == PAINT_ANONYMOUS && piece->start % ARENA_BYTES == 0)) {
		intervals_add(&p->set, piece->start, piece->end, PAINT_NOTHING);
		return;
	}
	if (main_pointer >= piece->start && main_pointer < piece->end)
		root.kind = ROOT_THREAD_LOCAL;
	paint_root(p, piece->start, piece->end, root);
}

static void decide_all(struct painter *p)
{
	const struct trace_snapshot *s = p->from->snapshot;
	struct interval_range piece;
	uint64_t main_pointer = 0;

	for (uint32_t i = 0; i < s->thread_count; i++)
		if (s->threads[i].tid == reader_program(p->from->reader)->pid)
			main_pointer = s->threads[i].thread_pointer;
	for (uint64_t at = 0; intervals_next(&p->set, at, &piece); at = piece.end)
		if (is_undecided((enum paint)piece.number))
			decide(p, &piece, main_pointer);
}

/* Blocks of the parent may be wherever its allocator keeps blocks, and hold ours. */
static void paint_inherited(struct painter *p)
{
	uint32_t root = add_root(p->roots, (struct root){.kind = ROOT_INHERITED});
	const struct trace_snapshot *s = p->from->snapshot;
	struct interval_range piece;

	for (uint64_t at = 0; intervals_next(&p->set, at, &piece); at = piece.end)
		if (is_undecided((enum paint)piece.number))
			intervals_add(&p->set, piece.start, piece.end, PAINT_ROOTS + root);
	for (uint32_t i = 0; i < s->mapping_count; i++)
		if (!strcmp(s->mappings[i].name, "[heap]"))
			intervals_add(&p->set, s->mappings[i].start, s->mappings[i].end,
				      PAINT_ROOTS + root);
}

static void list_ranges(struct painter *p)
{
	struct roots *roots = p->roots;
	struct interval_range piece;

	for (uint64_t at = 0; intervals_next(&p->set, at, &piece); at = piece.end) {
		uint32_t number = piece.number - PAINT_ROOTS;
		const struct trace_module *module;

		if (piece.number < PAINT_ROOTS)
			continue;
		module = reader_module(p->from->reader, roots->list[number].module);
		ARRAY_GROW(roots->ranges, roots->range_count + 1, roots->range_capacity);
		roots->ranges[roots->range_count++] = (struct root_range){
			.start = piece.start,
			.end = piece.end,
			.root = number,
			.allocator_data = module && origins_of_module(module->path) == ORIGIN_LIBC,
		};
	}
}

void roots_find(struct roots *roots, const struct roots_from *from)
{
	const struct trace_snapshot *s = from->snapshot;
	struct painter p = {.roots = roots, .from = from};

	for (uint32_t i = 0; i < s->thread_count; i++)
		roots->threads_unstopped += !(s->threads[i].flags &
					      (TRACE_FROZEN_STOPPED | TRACE_FROZEN_ASKED));
	for (uint32_t i = 0; i < s->mapping_count; i++)
		paint_mapping(&p, &s->mappings[i]);
	paint_mapped(&p, from->mapped, PAINT_ANONYMOUS);
	paint_mapped(&p, from->breaks, PAINT_HEAP);
	for (uint32_t i = 0; i < s->thread_count; i++)
		paint_stack(&p, &s->threads[i]);
	paint_ended_stacks(&p);
	if (from->forked)
		paint_inherited(&p);
	paint_large_blocks(&p);
	decide_all(&p);
	list_ranges(&p);
	for (uint32_t i = 0; i < s->thread_count; i++)
		add_registers(roots, s, &s->threads[i]);
	for (uint32_t i = 0; i < s->kernel_root_count; i++)
		add_kernel(roots, &s->kernel_roots[i]);
	intervals_release(&p.set);
}

void roots_add_python(struct roots *roots, const struct roots_from *from,
		      const struct python_objects *objects)
{
	module_id interpreter = roots_module_at(from->reader, python_objects_interpreter(objects),
						from->snapshot->stamp);

	for (size_t i = 0; i < roots->count; i++) {
		struct root *root = &roots->list[i];

		/* Lists of unused objects, caches, stacks of functions that have returned. */
		if ((root->kind == ROOT_DATA && interpreter && root->module == interpreter) ||
		    root->kind == ROOT_THREAD_LOCAL || (root->kind == ROOT_MAPPING && !*root->name))
			root->last = true;
	}
	for (size_t i = 0; i < objects->module_count; i++) {
		uint32_t root = add_root(roots, (struct root){.kind = ROOT_PYTHON_MODULE,
							      .name = objects->modules[i].name});

		ARRAY_GROW(roots->words, roots->word_count + 1, roots->word_capacity);
		roots->words[roots->word_count++] = (struct root_word){objects->modules[i].address,
								       root};
	}
}

void roots_release(struct roots *roots)
{
	free(roots->list);
	free(roots->ranges);
	free(roots->words);
	memset(roots, 0, sizeof *roots);
}
