/* SPDX-License-Identifier: MIT */
#include "python_codes.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "python_lines.h"

#define LINES_BYTES_MOST (1u << 20) /* more than the recorder copies is no table */

void python_codes_init(struct python_codes *p, const struct region *region, struct writer *writer)
{
	*p = (struct python_codes){.region = region, .writer = writer};
}

void python_codes_release(struct python_codes *p)
{
	free(p->known);
	*p = (struct python_codes){0};
}

static char *copy_text(const struct region *r, uint32_t offset, uint32_t bytes)
{
	const char *text = region_python_text(r, offset, bytes);
	char *copy = xmalloc((size_t)bytes + 1);

	if (text)
		memcpy(copy, text, bytes);
	copy[text ? bytes : 0] = '\0';
	return copy;
}

static code_id define(struct python_codes *p, uint32_t number)
{
	struct python_code code;
	struct trace_code defined = {0};
	char *name, *file;
	code_id id;

	if (!region_python_code(p->region, number, &code))
		return 0;
	name = copy_text(p->region, code.name_offset, code.name_bytes);
	file = copy_text(p->region, code.file_offset, code.file_bytes);
	defined.name = name;
	defined.file = file;
	defined.first_line = code.first_line > 0 ? (uint32_t)code.first_line : 0;
	id = writer_code(p->writer, &defined);
	free(name);
	free(file);
	return id;
}

static uint32_t line_at(const struct python_codes *p, uint32_t number, uint32_t position)
{
	struct python_code code;
	const char *table;

	if (!region_python_code(p->region, number, &code))
		return 0;
	table = region_python_text(p->region, code.lines_offset, code.lines_bytes);
	if (!table || code.lines_bytes > LINES_BYTES_MOST)
		code.lines_bytes = 0;
	return python_lines_find(&code, (const uint8_t *)table, position);
}

module_id python_codes_resolve(struct python_codes *p, uint64_t frame, uint64_t *address)
{
	uint32_t number = (uint32_t)(frame >> FRAME_PYTHON_CODE_SHIFT & FRAME_PYTHON_CODE_MASK);

	if (!p->module)
		p->module = writer_module(p->writer, &(struct trace_module){.path = TRACE_PYTHON});
	if (!p->known)
		p->known = xcalloc((size_t)p->region->once.python_codes + 1, sizeof *p->known);
	if (number > p->region->once.python_codes)
		number = 0;
	if (number && !p->known[number])
		p->known[number] = define(p, number);
	*address = trace_code_address(
		p->known[number],
		line_at(p, number, (uint32_t)(frame & FRAME_PYTHON_POSITION_MASK)));
	return p->module;
}
