/* SPDX-License-Identifier: MIT */
/*
 * For the summary of a job or a comment, both of which render Markdown with GitHub's extensions, and
 * refuse what is larger than 1 MiB: parts of the text have shares of that, and each says what it left
 * out. What comes from the program stands in indented code as in ../markdown.c, or within a line in
 * <code>, where every character that Markdown or HTML might take for something is a reference.
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
#include "../wrap.h"
#include "location.h"
#include "phrases.h"
#include "rules.h"

/* Where each part ends at the latest, in bytes from the start. */
#define MISSING_END (96u << 10)
#define TABLE_END (512u << 10)
#define STACKS_END (896u << 10)
#define NOTES_END (928u << 10)
#define PROCESSES_END (1000u << 10)

#define CELL_COLUMNS 160u
#define SENTENCE_COLUMNS 600u
#define STACK_BYTES 32768u

struct markdown {
	const struct model_gate *gate;
	const struct report_options *options;
	FILE *file;
	size_t used; /* bytes written */

	/* What is being made, to be written as a whole or not at all. */
	FILE *item;
	char *text;
	size_t bytes;
};

static void begin(struct markdown *m)
{
	m->item = open_memstream(&m->text, &m->bytes);
	if (!m->item)
		die("out of memory");
}

/* Whether it was written: it is not if it ends behind `end`. */
static bool finish(struct markdown *m, size_t end)
{
	bool fits;

	fclose(m->item);
	m->item = NULL;
	fits = m->used + m->bytes <= end;
	if (fits) {
		fwrite(m->text, 1, m->bytes, m->file);
		m->used += m->bytes;
	}
	free(m->text);
	m->text = NULL;
	return fits;
}

/* Own words, which are short enough to be always in. */
static void put_words(struct markdown *m, const char *words)
{
	fputs(words, m->file);
	m->used += strlen(words);
}

static void put_left_out(struct markdown *m, uint32_t count, const char *what)
{
	struct arena arena = {0};

	if (count)
		put_words(m, arena_printf(&arena, "\n%s more %s left out: the text is limited.\n",
					  human_count(count).text, what));
	arena_release(&arena);
}

/* Letters, digits and what means nothing anywhere stay; all else becomes a reference. A dot begins an
 * address behind "www". */
static void put_references(FILE *file, const char *visible)
{
	for (const char *p = visible; *p; p++) {
		bool address = *p == '.' && p >= visible + 3 && !strncasecmp(p - 3, "www", 3);

		if (((unsigned char)*p & 0x80) || (strchr(" ()+,-./;=?%", *p) && !address) ||
		    (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
		    (*p >= 'A' && *p <= 'Z'))
			putc(*p, file);
		else
			fprintf(file, "&#%d;", *p);
	}
}

/* Cut to `columns`; without <code> in headings of <details>, which is HTML. */
static void put_inline(FILE *file, const char *text, unsigned columns, bool code)
{
	char *visible = NULL;
	size_t bytes;
	FILE *cut = open_memstream(&visible, &bytes);

	if (!cut)
		die("out of memory");
	wrap_put_cut(cut, text, columns);
	fclose(cut);
	fputs(code ? "<code>" : "", file);
	put_references(file, visible);
	fputs(code ? "</code>" : "", file);
	free(visible);
}

static void put_head(struct markdown *m)
{
	struct arena arena = {0};

	put_words(m, "# ");
	put_words(m, phrases_sentence(&arena, m->gate));
	put_words(m, "\n\n");
	put_words(m, phrases_counts(&arena, m->gate));
	put_words(m, "\n");
	if (m->gate->unsure || m->gate->unfreed) {
		put_words(m, phrases_uncounted(&arena, m->gate, m->options->exact_bytes));
		put_words(m, "\n");
	}
	if (m->gate->program_failed) {
		begin(m);
		fputs("\n**The program itself failed:** ", m->item);
		put_inline(m->item, m->gate->program_end, SENTENCE_COLUMNS, true);
		putc('\n', m->item);
		finish(m, MISSING_END);
	}
	arena_release(&arena);
}

static void put_sentences(struct markdown *m, const char *heading, const char *const *sentences,
			  uint32_t count, size_t end, const char *what)
{
	uint32_t i;

	if (!count)
		return;
	put_words(m, heading);
	for (i = 0; i < count; i++) {
		begin(m);
		fputs("- ", m->item);
		put_inline(m->item, sentences[i], SENTENCE_COLUMNS, true);
		putc('\n', m->item);
		if (!finish(m, end))
			break;
	}
	put_left_out(m, count - i, what);
}

static void put_place(struct markdown *m, const struct model_gate_finding *finding,
		      struct arena *arena)
{
	const char *place = phrases_place(arena, finding);
	struct location location;

	if (!*place) {
		fputs("the process", m->item);
		return;
	}
	put_inline(m->item, place, CELL_COLUMNS, true);
	location_find(&location, m->gate, finding);
	if (location.path) {
		fputs("<br>", m->item);
		put_inline(m->item,
			   location.line ? arena_printf(arena, "%s:%" PRIu32, location.path,
							location.line)
					 : location.path,
			   CELL_COLUMNS, true);
	}
	location_release(&location);
}

static void put_row(struct markdown *m, const struct model_gate_finding *finding)
{
	struct arena arena = {0};

	fprintf(m->item, "| %s%s%s | %s | ", finding->fails ? "**" : "",
		phrases_state(finding->state), finding->fails ? "**" : "", finding->rule_name);
	put_references(m->item, phrases_amount(&arena, m->gate, finding, m->options->exact_bytes));
	fputs(" | ", m->item);
	put_place(m, finding, &arena);
	fputs(" | ", m->item);
	put_inline(m->item, finding->program, CELL_COLUMNS, true);
	fputs(phrases_spread(&arena, m->gate, finding), m->item);
	fputs(" |\n", m->item);
	arena_release(&arena);
}

static void put_table(struct markdown *m)
{
	uint32_t count = m->gate->finding_count;
	uint32_t i;

	if (!count)
		return;
	put_words(m, "\n## Findings\n\n| state | rule | amount | where | program |\n"
		     "|---|---|---|---|---|\n");
	for (i = 0; i < count; i++) {
		begin(m);
		put_row(m, &m->gate->findings[i]);
		if (!finish(m, TABLE_END))
			break;
	}
	put_left_out(m, count - i, "findings are");
}

static const struct stack_style in_code = {
	.indent = "    ",
	.dim = "",
	.plain = "",
	.columns = 100,
};

/* Cut at a line. */
static void put_stack(struct markdown *m, const char *heading, const struct model_stack *stack)
{
	char *text = NULL;
	size_t bytes;
	FILE *file;

	if (!stack->frame_count)
		return;
	file = open_memstream(&text, &bytes);
	if (!file)
		die("out of memory");
	stack_put(file, stack, &in_code);
	fclose(file);
	fprintf(m->item, "    %s at\n", heading);
	if (bytes > STACK_BYTES) {
		char *end = memrchr(text, '\n', STACK_BYTES);

		strcpy(end ? end + 1 : text, "");
		fprintf(m->item, "%s    ... and more that is too long\n", text);
	} else {
		fputs(text, m->item);
	}
	free(text);
}

static void put_details(struct markdown *m, const struct model_gate_finding *finding)
{
	bool alone = rules_is_release(finding->rule) && !finding->release.frame_count;
	struct arena arena = {0};

	fprintf(m->item, "\n<details>\n<summary>%s: ", phrases_state(finding->state));
	put_inline(m->item, phrases_title(&arena, finding), CELL_COLUMNS, false);
	fputs(", ", m->item);
	put_inline(m->item, phrases_place(&arena, finding), CELL_COLUMNS, false);
	fputs("</summary>\n\n    ", m->item);
	visible_put(m->item, phrases_cut(&arena, finding->message, SENTENCE_COLUMNS));
	putc('\n', m->item);
	put_stack(m, "released", &finding->release);
	put_stack(m, alone ? "released" : "allocated", &finding->stack);
	fputs("\n</details>\n", m->item);
	arena_release(&arena);
}

/* Of what fails and of what is in the baseline. */
static bool has_details(const struct model_gate_finding *finding)
{
	return finding->state != GATE_SUPPRESSED && finding->state != GATE_GONE &&
	       (finding->stack.frame_count || finding->release.frame_count);
}

static void put_stacks(struct markdown *m)
{
	uint32_t left_out = 0;
	bool begun = false;

	for (uint32_t i = 0; i < m->gate->finding_count; i++) {
		if (!has_details(&m->gate->findings[i]))
			continue;
		if (left_out) {
			left_out++;
			continue;
		}
		if (!begun)
			put_words(m, "\n## Call stacks\n");
		begun = true;
		begin(m);
		put_details(m, &m->gate->findings[i]);
		left_out += !finish(m, STACKS_END);
	}
	put_left_out(m, left_out, "call stacks are");
}

static void put_process(struct markdown *m, const struct model_gate_process *process)
{
	struct arena arena = {0};

	fputs("| ", m->item);
	put_inline(m->item, process->program, CELL_COLUMNS, true);
	fprintf(m->item, " | %" PRId32 " | ", process->pid);
	put_references(m->item, phrases_end(&arena, process));
	fprintf(m->item, " | %s | %s | %s | ", human_count(process->allocations).text,
		human_bytes(process->peak_bytes, m->options->exact_bytes).text,
		human_bytes(process->live_bytes, m->options->exact_bytes).text);
	if (*process->skipped) {
		fputs("skipped: ", m->item);
		put_inline(m->item, process->skipped, CELL_COLUMNS, true);
	} else if (process->failures) {
		fprintf(m->item, "%s finding%s", human_count(process->failures).text,
			human_plural(process->failures));
	} else {
		fputs(process->missing_count ? "no verdict" : "clean", m->item);
	}
	fputs(" |\n", m->item);
	arena_release(&arena);
}

static void put_processes(struct markdown *m)
{
	uint32_t count = m->gate->process_count;
	uint32_t i;

	if (!count)
		return;
	put_words(m, "\n<details>\n<summary>Processes</summary>\n\n"
		     "| program | pid | end | allocations | peak | live at the end | result |\n"
		     "|---|---|---|---|---|---|---|\n");
	for (i = 0; i < count; i++) {
		begin(m);
		put_process(m, &m->gate->processes[i]);
		if (!finish(m, PROCESSES_END))
			break;
	}
	put_left_out(m, count - i, "processes are");
	put_words(m, "\n</details>\n");
}

static int write_markdown(const struct model_gate *gate, const struct report_options *options,
			  FILE *file)
{
	struct markdown m = {.gate = gate, .options = options, .file = file};

	put_head(&m);
	put_sentences(&m, "\n## Missing evidence\n\n", gate->missing, gate->missing_count,
		      MISSING_END, "sentences are");
	put_table(&m);
	put_stacks(&m);
	put_sentences(&m, "\n## Notes\n\n", gate->notes, gate->note_count, NOTES_END,
		      "sentences are");
	put_processes(&m);
	return ferror(file) ? -1 : 0;
}

const struct gate_format gate_markdown = {"markdown", write_markdown};
