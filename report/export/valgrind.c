/* SPDX-License-Identifier: MIT */
#include "valgrind.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../analyzer/util/human.h"
#include "../../analyzer/util/message.h"
#include "../stack.h"

/* Text that is written as to a file. */
struct memory {
	FILE *file;
	char *text;
	size_t bytes;
};

static void begin(struct memory *m)
{
	m->file = open_memstream(&m->text, &m->bytes);
	if (!m->file)
		die("out of memory");
}

static char *end(struct memory *m)
{
	if (fclose(m->file))
		die("out of memory");
	return m->text;
}

char *valgrind_describe(const struct model_frame *frame)
{
	char function[4096];
	struct memory m;

	begin(&m);
	stack_function(frame, function, sizeof function);
	if (*frame->module && !*frame->note)
		fprintf(m.file, "0x%" PRIX64 ": ", frame->offset);
	fputs(function, m.file);
	if (*frame->file && frame->line)
		fprintf(m.file, " (%s:%" PRIu32 ")", human_basename(frame->file), frame->line);
	else if (*frame->file)
		fprintf(m.file, " (%s)", human_basename(frame->file));
	else if (*frame->module)
		fprintf(m.file, " (in %s)", frame->module);
	return end(&m);
}

char *valgrind_command(const struct model_run *run)
{
	struct memory m;

	begin(&m);
	if (!run->argc)
		fputs(run->program, m.file);
	for (uint32_t i = 0; i < run->argc; i++)
		fprintf(m.file, "%s%s", i ? " " : "", run->argv[i]);
	return end(&m);
}
