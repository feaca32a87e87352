/* SPDX-License-Identifier: MIT */
/*
 * Annotations by GitHub's workflow commands: `::error file=F,line=N,title=T::MESSAGE`, a line each. The
 * runner takes any line for a command that begins with two colons, so nothing of the program's may
 * begin one: its names are made visible first, and what ends a line or a property is escaped as the
 * runner's ActionCommand undoes it. GitHub shows ten annotations of a kind in a step and drops others.
 */
#define _GNU_SOURCE /* open_memstream */
#include "gate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../analyzer/util/human.h"
#include "../../analyzer/util/message.h"
#include "../stack.h"
#include "../visible.h"
#include "location.h"
#include "phrases.h"
#include "rules.h"

#define SHOWN_MAX 9u /* of a kind; the tenth says how many more there are */
#define TITLE_BYTES 200u
#define MESSAGE_BYTES 16000u

struct github {
	const struct model_gate *gate;
	const struct report_options *options;
	FILE *file;
	uint32_t shown, more; /* errors */
};

static void put_escaped(FILE *file, const char *text, const char *reserved)
{
	for (; *text; text++) {
		if (strchr(reserved, *text))
			fprintf(file, "%%%02X", (unsigned)*text);
		else
			putc(*text, file);
	}
}

/* path and line may be NULL and 0. Title and message are visible by now. */
static void put_command(FILE *file, const char *command, const char *path, uint32_t line,
			const char *title, const char *message)
{
	struct arena arena = {0};

	fprintf(file, "::%s ", command);
	if (path) {
		fputs("file=", file);
		put_escaped(file, path, "%\r\n:,");
		if (line)
			fprintf(file, ",line=%" PRIu32, line);
		putc(',', file);
	}
	fputs("title=", file);
	put_escaped(file, phrases_cut(&arena, title, TITLE_BYTES), "%\r\n:,");
	fputs("::", file);
	put_escaped(file, phrases_cut(&arena, message, MESSAGE_BYTES), "%\r\n");
	putc('\n', file);
	arena_release(&arena);
}

static const struct stack_style in_message = {
	.indent = "  ",
	.dim = "",
	.plain = "",
	.columns = 100,
};

static void put_stack(FILE *file, const char *heading, const struct model_stack *stack)
{
	if (!stack->frame_count)
		return;
	fprintf(file, "\n%s at\n", heading);
	stack_put(file, stack, &in_message);
}

/* What an annotation says, visible, in lines of its own, in memory that you own. */
static char *message_of(const struct github *g, struct arena *arena,
			const struct model_gate_finding *finding)
{
	bool alone = rules_is_release(finding->rule) && !finding->release.frame_count;
	char *text = NULL;
	size_t bytes;
	FILE *file = open_memstream(&text, &bytes);

	if (!file)
		die("out of memory");
	visible_put(file, phrases_description(arena, g->gate, finding, g->options->exact_bytes));
	put_stack(file, "released", &finding->release);
	put_stack(file, alone ? "released" : "allocated", &finding->stack);
	fclose(file);
	return text;
}

/* A path that looks otherwise than it is gets no annotation in a file. */
static bool is_plain(const char *path)
{
	char *visible = visible_copy(path);
	bool plain = !strcmp(visible, path);

	free(visible);
	return plain;
}

static void put_finding(struct github *g, const struct model_gate_finding *finding)
{
	struct arena arena = {0};
	struct location location;
	char *message, *title;
	bool has_path;

	if (g->shown == SHOWN_MAX) {
		g->more++;
		return;
	}
	g->shown++;
	location_find(&location, g->gate, finding);
	has_path = location.path && is_plain(location.path);
	message = message_of(g, &arena, finding);
	title = visible_copy(phrases_title(&arena, finding));
	put_command(g->file, "error", has_path ? location.path : NULL, location.line, title,
		    message);
	free(title);
	free(message);
	location_release(&location);
	arena_release(&arena);
}

static void put_program(struct github *g)
{
	char *end;

	if (!g->gate->program_failed)
		return;
	end = visible_copy(*g->gate->program_end ? g->gate->program_end : "It failed.");
	put_command(g->file, "error", NULL, 0, "the program itself failed", end);
	free(end);
	g->shown++;
}

static void put_more(struct github *g)
{
	struct arena arena = {0};

	if (g->more)
		put_command(g->file, "error", NULL, 0, "more findings",
			    arena_printf(&arena,
					 "%s more finding%s: see this step's log and the "
					 "summary of the job, or the other reports of this check.",
					 human_count(g->more).text,
					 g->more == 1 ? " fails" : "s fail"));
	arena_release(&arena);
}

static void put_missing(const struct github *g)
{
	uint32_t count = g->gate->missing_count;
	struct arena arena = {0};

	for (uint32_t i = 0; i < count && i < SHOWN_MAX; i++) {
		char *sentence = visible_copy(g->gate->missing[i]);

		put_command(g->file, "warning", NULL, 0, "evidence is missing", sentence);
		free(sentence);
	}
	if (count > SHOWN_MAX)
		put_command(g->file, "warning", NULL, 0, "more evidence is missing",
			    arena_printf(&arena, "%s more of these: see this step's log.",
					 human_count(count - SHOWN_MAX).text));
	arena_release(&arena);
}

static int write_github(const struct model_gate *gate, const struct report_options *options,
			FILE *file)
{
	struct github g = {.gate = gate, .options = options, .file = file};
	struct arena arena = {0};

	put_program(&g);
	for (uint32_t i = 0; i < gate->finding_count; i++)
		if (gate->findings[i].fails)
			put_finding(&g, &gate->findings[i]);
	put_more(&g);
	put_missing(&g);
	if (gate->verdict == GATE_CLEAN)
		put_command(file, "notice", NULL, 0, phrases_sentence(&arena, gate),
			    phrases_counts(&arena, gate));
	arena_release(&arena);
	return ferror(file) ? -1 : 0;
}

const struct gate_format gate_github = {"github", write_github};
