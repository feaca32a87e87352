/* SPDX-License-Identifier: MIT */
#include "chunks.h"

#include <stddef.h>
#include <string.h>

#include "apis.h"
#include "pages.h"

#define GLIBC_WORD 8u
#define GLIBC_ALIGNMENT 16u
#define GLIBC_MIN_CHUNK 32u

static bool has_other_allocator(const struct reader *reader)
{
	static const char *const others[] = {"jemalloc", "tcmalloc", "mimalloc", "hoard",
					     "snmalloc"};
	const struct trace_end *end = reader_end(reader);

	if ((reader_program(reader)->flags | (end ? end->flags : 0)) & REGION_OWN_ALLOCATOR)
		return true;
	for (module_id id = 1; id <= reader_module_count(reader); id++)
		for (size_t i = 0; i < sizeof others / sizeof *others; i++)
			if (strstr(reader_module(reader, id)->path, others[i]))
				return true;
	return false;
}

struct chunk_rules chunks_of_trace(const struct reader *reader)
{
	const struct trace_python *python = reader_python(reader);
	uint32_t allocator = python ? python->allocator : PYTHON_ALLOCATOR_OTHER;
	struct chunk_rules rules = {
		.glibc = !has_other_allocator(reader),
		.pymalloc = allocator == PYTHON_ALLOCATOR_PYMALLOC ||
			    allocator == PYTHON_ALLOCATOR_PYMALLOC_DEBUG,
		.python_debug = allocator == PYTHON_ALLOCATOR_PYMALLOC_DEBUG,
		.python_unknown = allocator == PYTHON_ALLOCATOR_MIMALLOC,
	};

	return rules;
}

static uint64_t round_up(uint64_t bytes, uint64_t unit)
{
	return (bytes + unit - 1) & ~(unit - 1);
}

uint64_t chunks_glibc_usable(uint64_t size_bytes, bool direct)
{
	uint64_t chunk;

	if (size_bytes > PTRDIFF_MAX)
		return size_bytes;
	chunk = round_up(size_bytes + GLIBC_WORD, GLIBC_ALIGNMENT);
	if (chunk < GLIBC_MIN_CHUNK)
		chunk = GLIBC_MIN_CHUNK;
	if (direct)
		chunk = round_up(chunk + GLIBC_WORD, PAGES_BYTES);
	return chunk - chunks_glibc_header(direct);
}

uint64_t chunks_glibc_header(bool direct)
{
	return direct ? 2 * GLIBC_WORD : GLIBC_WORD;
}

/* What debug hooks of Python's put around a block. */
static uint64_t debug_bytes(const struct chunk_rules *rules, uint8_t api)
{
	return rules->python_debug && apis_is_of_interpreter(api)
		       ? CHUNKS_PYTHON_DEBUG_HEADER + CHUNKS_PYTHON_DEBUG_TRAILER
		       : 0;
}

bool chunks_in_pool(const struct chunk_rules *rules, uint8_t api, uint64_t size_bytes,
		    uint32_t *bytes)
{
	uint64_t debug = debug_bytes(rules, api), wanted = size_bytes + debug;

	if (!rules->pymalloc || !apis_is_python(api) || size_bytes > CHUNKS_PYMALLOC_MAX ||
	    wanted > CHUNKS_PYMALLOC_MAX || !wanted)
		return false;
	*bytes = (uint32_t)round_up(wanted, CHUNKS_PYMALLOC_ALIGNMENT);
	return true;
}

struct chunk_overhead chunks_around(const struct chunk_rules *rules, uint8_t api,
				    uint64_t size_bytes, bool direct)
{
	uint64_t debug = debug_bytes(rules, api);
	struct chunk_overhead around = {0, debug};
	uint32_t pool_bytes;

	if (!rules->glibc || size_bytes > PTRDIFF_MAX ||
	    (rules->python_unknown && apis_is_python(api)))
		return (struct chunk_overhead){0, 0};
	if (chunks_in_pool(rules, api, size_bytes, &pool_bytes)) {
		around.rounding = pool_bytes - size_bytes - debug;
		return around;
	}
	around.rounding = chunks_glibc_usable(size_bytes + debug, direct) - size_bytes - debug;
	around.headers += chunks_glibc_header(direct);
	return around;
}
