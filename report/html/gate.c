/* SPDX-License-Identifier: MIT */
/* The result of a gate as a page: what fails with all its evidence, then everything else in tables. */
#include "../gate/gate.h"

#include <inttypes.h>
#include <string.h>

#include "../gate/phrases.h"
#include "../gate/rules.h"
#include "document.h"
#include "page.h"

#define CARDS_MAX 30 /* findings with all their evidence */
#define ROWS_MAX 1000 /* of a table: some 1 MB, which opens at once; data formats have all */
#define LIST_MAX 20 /* sentences: what was found is to be near the top */

struct gate_page {
	struct arena arena; /* of phrases */
	struct page page;
	const struct model_gate *gate;
};

static void put_command(struct gate_page *g)
{
	static const char *const none[] = {NULL};
	const struct model_gate *gate = g->gate;
	const char *const *words = gate->command ? gate->command : none;
	size_t bytes = strlen(gate->baseline);
	struct markup *m = &g->page.m;

	if (!*words && !*gate->baseline)
		return;
	for (const char *const *word = words; *word; word++)
		bytes += strlen(*word);
	page_open_facts(&g->page, "Command", bytes);
	if (*words)
		markup_open(m, "code", NULL);
	for (const char *const *word = words; *word; word++) {
		if (word != words)
			markup_text(m, " ");
		markup_text(m, *word);
	}
	if (*words)
		markup_close(m, "code");
	if (*gate->baseline) {
		markup_text(m, *words ? ", baseline " : "Baseline ");
		markup_leaf(m, "code", gate->baseline, NULL);
	}
	page_close_facts(&g->page);
}

static void put_verdict(struct gate_page *g)
{
	static const char *const classes[] = {[GATE_CLEAN] = "verdict good",
					      [GATE_FAILS] = "verdict bad",
					      [GATE_NO_VERDICT] = "verdict unknown"};
	const struct model_gate *gate = g->gate;
	struct markup *m = &g->page.m;

	if (gate->program_failed) {
		markup_open(m, "p", "class", "verdict bad", NULL);
		markup_printf(m, "The program failed (%s), and that counts.", gate->program_end);
		markup_close(m, "p");
	}
	markup_open(m, "p", "class", classes[gate->verdict], NULL);
	markup_printf(m, "%s %s ", phrases_sentence(&g->arena, gate),
		      phrases_counts(&g->arena, gate));
	markup_text(m, phrases_uncounted(&g->arena, gate, g->page.options->exact_bytes));
	markup_close(m, "p");
}

static void put_list(struct gate_page *g, const char *heading, const char *const *list,
		     uint32_t count)
{
	struct markup *m = &g->page.m;

	if (!count)
		return;
	markup_open(m, "div", "class", "limits", NULL);
	markup_leaf(m, "h2", heading, NULL);
	markup_open(m, "ul", NULL);
	for (uint32_t i = 0; i < count && i < LIST_MAX; i++)
		markup_leaf(m, "li", list[i], NULL);
	if (count > LIST_MAX) {
		markup_open(m, "li", NULL);
		markup_printf(m, "%s more %s not shown; --json=FILE has them all.",
			      human_count(count - LIST_MAX).text,
			      count - LIST_MAX == 1 ? "is" : "are");
		markup_close(m, "li");
	}
	markup_close(m, "ul");
	markup_close(m, "div");
}

static void put_header(struct gate_page *g)
{
	struct markup *m = &g->page.m;

	markup_open(m, "header", "id", "top", NULL);
	markup_leaf(m, "h1", "Memory gate", NULL);
	put_command(g);
	put_verdict(g);
	put_list(g, "Missing evidence", g->gate->missing, g->gate->missing_count);
	put_list(g, "Mind that", g->gate->notes, g->gate->note_count);
	markup_close(m, "header");
}

static const char *state_class(enum gate_state state)
{
	switch (state) {
	case GATE_NEW:
	case GATE_GROWN:
		return "bad";
	case GATE_KNOWN:
	case GATE_FLAKY:
		return "warn";
	case GATE_GONE:
		return "good";
	default:
		return "unknown";
	}
}

static void put_state(struct gate_page *g, const struct model_gate_finding *finding)
{
	char class[24];

	snprintf(class, sizeof class, "badge %s", state_class(finding->state));
	markup_leaf(&g->page.m, "span",
		    finding->state == GATE_WITHIN ? "within budget" : phrases_state(finding->state),
		    "class", class, NULL);
}

static void put_amount(struct gate_page *g, const struct model_gate_finding *finding)
{
	markup_leaf(&g->page.m, "span",
		    phrases_amount(&g->arena, g->gate, finding, g->page.options->exact_bytes),
		    "class", "amount", NULL);
}

static void put_title(struct gate_page *g, const struct model_gate_finding *finding)
{
	struct markup *m = &g->page.m;

	markup_open(m, "header", NULL);
	markup_open(m, "h3", NULL);
	markup_leaf(m, "span", finding->rule_name, "class", "id", NULL);
	markup_text(m, " ");
	if (finding->stack.frame_count)
		page_put_own(&g->page, &finding->stack);
	else
		markup_text(m, finding->program);
	markup_close(m, "h3");
	put_state(g, finding);
	if (finding->confidence < 1) {
		markup_open(m, "span", "class", "confidence", NULL);
		markup_printf(m, "confidence %.0f %%", 100 * finding->confidence);
		markup_close(m, "span");
	}
	put_amount(g, finding);
	markup_close(m, "header");
}

static void put_where(struct gate_page *g, const struct model_gate_finding *finding)
{
	const struct model_gate_process *process = &g->gate->processes[finding->process];
	struct markup *m = &g->page.m;

	markup_open(m, "p", "class", "facts", NULL);
	markup_text(m, "In ");
	markup_leaf(m, "code", finding->program, NULL);
	if (finding->processes > 1)
		markup_printf(m, ", %s processes; told by the one with the most",
			      human_count(finding->processes).text);
	if (*finding->key) {
		markup_text(m, ", key ");
		markup_leaf(m, "code", finding->key, NULL);
		if (finding->weak)
			markup_text(m, " (in this build only)");
	}
	if (*process->trace_path) {
		markup_text(m, ", trace ");
		markup_leaf(m, "code", process->trace_path, NULL);
	}
	markup_close(m, "p");
}

/* The card of a site is about its own model, not about the gate. */
static void put_evidence(struct gate_page *g, const struct model_gate_finding *finding)
{
	const struct model *before = g->page.model;

	if (finding->site && finding->rule <= GATE_UNFREED) {
		g->page.model = finding->model;
		page_put_evidence(&g->page, finding->site);
		g->page.model = before;
		return;
	}
	if (finding->stack.frame_count) {
		markup_leaf(&g->page.m, "h4", "At", NULL);
		page_put_stack(&g->page, &finding->stack);
	}
	if (finding->release.frame_count) {
		markup_leaf(&g->page.m, "h4", "Released at", NULL);
		page_put_stack(&g->page, &finding->release);
	}
}

static void put_card(struct gate_page *g, const struct model_gate_finding *finding, uint32_t number)
{
	const char *marks;
	char id[24];

	snprintf(id, sizeof id, "finding-%" PRIu32, number);
	markup_open(&g->page.m, "article", "class", "card bad", "id", id, NULL);
	put_title(g, finding);
	markup_leaf(&g->page.m, "p", finding->message, "class", "why", NULL);
	marks = phrases_marks(&g->arena, finding);
	if (*marks)
		markup_leaf(&g->page.m, "p", marks, "class", "facts", NULL);
	put_where(g, finding);
	put_evidence(g, finding);
	markup_close(&g->page.m, "article");
}

/* What a budget counts is told in its sentence: it may be percent. */
static void put_amount_cells(struct gate_page *g, const struct model_gate_finding *finding)
{
	bool gone = finding->state == GATE_GONE;
	uint64_t bytes = gone ? finding->known_bytes : finding->bytes;
	uint64_t blocks = gone ? finding->known_blocks : finding->blocks;

	if (rules_is_budget(finding->rule)) {
		page_number_cell(&g->page, 0, "");
		page_number_cell(&g->page, 0, "");
		return;
	}
	page_number_cell(&g->page, bytes, page_bytes(&g->page, bytes).text);
	page_number_cell(&g->page, blocks, human_count(blocks).text);
}

static void put_row(struct gate_page *g, const struct model_gate_finding *finding)
{
	struct markup *m = &g->page.m;

	markup_open(m, "tr", NULL);
	markup_open(m, "td", NULL);
	put_state(g, finding);
	markup_close(m, "td");
	markup_leaf(m, "td", finding->rule_name, "class", "word", NULL);
	put_amount_cells(g, finding);
	page_number_cell(&g->page, finding->processes, human_count(finding->processes).text);
	markup_open(m, "td", "class", "site", NULL);
	markup_leaf(m, "code", finding->program, NULL);
	markup_text(m, " ");
	markup_text(m, finding->place);
	markup_close(m, "td");
	markup_open(m, "td", NULL);
	markup_text(m, *finding->suppression ? finding->suppression : finding->message);
	if (*finding->reason) {
		markup_text(m, ": ");
		markup_text(m, finding->reason);
	}
	markup_close(m, "td");
	markup_close(m, "tr");
}

/* All that have no card, those that fail first. */
static void put_others(struct gate_page *g, uint32_t first)
{
	static const struct page_column headings[] = {
		{"state", false, NULL},	  {"rule", false, NULL},     {"bytes", true, NULL},
		{"blocks", true, NULL},	  {"processes", true, NULL}, {"where", false, NULL},
		{"because", false, NULL}, {NULL, false, NULL}};
	const struct model_gate *gate = g->gate;
	uint32_t end = gate->finding_count - first < ROWS_MAX ? gate->finding_count
							      : first + ROWS_MAX;
	uint32_t failing = gate->counts[GATE_NEW] + gate->counts[GATE_GROWN] - first;

	page_open_table(&g->page, "others",
			failing ? arena_printf(&g->arena, "All others, %s of which fail%s",
					       human_count(failing).text, failing == 1 ? "s" : "")
			: first ? "All others, none of which fails"
				: "None of these fails",
			headings, gate->finding_count - end);
	for (uint32_t i = first; i < end; i++)
		put_row(g, &gate->findings[i]);
	page_close_table(&g->page);
}

static void put_findings(struct gate_page *g)
{
	const struct model_gate *gate = g->gate;
	uint32_t cards = 0;

	page_open_section(&g->page, "findings", "Findings");
	for (; cards < gate->finding_count && gate->findings[cards].fails && cards < CARDS_MAX;
	     cards++)
		put_card(g, &gate->findings[cards], cards + 1);
	if (!gate->finding_count)
		markup_leaf(&g->page.m, "p", "There are none.", NULL);
	if (cards < gate->finding_count)
		put_others(g, cards);
	page_close_section(&g->page);
}

static void put_result(struct gate_page *g, const struct model_gate_process *process)
{
	bool skipped = *process->skipped, fails = process->failures;
	bool missing = process->missing_count;

	markup_open(&g->page.m, "td", NULL);
	markup_leaf(&g->page.m, "span",
		    skipped   ? "skipped"
		    : fails   ? "fails"
		    : missing ? "no verdict"
			      : "clean",
		    "class",
		    skipped || (missing && !fails) ? "badge unknown"
		    : fails			   ? "badge bad"
						   : "badge good",
		    NULL);
	markup_close(&g->page.m, "td");
}

/* Whether a table that cannot have all is to have this one. */
static bool is_remarkable(const struct model_gate_process *process)
{
	return process->failures || process->missing_count;
}

static void put_process(struct gate_page *g, const struct model_gate_process *process)
{
	struct markup *m = &g->page.m;
	char pid[16];

	snprintf(pid, sizeof pid, "%" PRId32, process->pid);
	markup_open(m, "tr", NULL);
	markup_open(m, "td", "class", "program", NULL);
	markup_leaf(m, "code", process->program, NULL);
	markup_close(m, "td");
	page_number_cell(&g->page, (uint64_t)process->pid, pid);
	markup_leaf(m, "td", phrases_end(&g->arena, process), "class", "word", NULL);
	put_result(g, process);
	page_number_cell(&g->page, process->failures, human_count(process->failures).text);
	page_number_cell(&g->page, process->allocations, human_count(process->allocations).text);
	page_number_cell(&g->page, process->peak_bytes,
			 page_bytes(&g->page, process->peak_bytes).text);
	page_number_cell(&g->page, process->live_bytes,
			 page_bytes(&g->page, process->live_bytes).text);
	markup_open(m, "td", NULL);
	markup_text(m, process->skipped);
	for (uint32_t i = 0; i < process->missing_count; i++)
		markup_printf(m, "%s%s", i || *process->skipped ? "; " : "", process->missing[i]);
	markup_close(m, "td");
	markup_close(m, "tr");
}

static void put_processes(struct gate_page *g)
{
	static const struct page_column headings[] = {
		{"program", false, NULL}, {"pid", true, NULL},
		{"end", false, NULL},	  {"result", false, NULL},
		{"failures", true, NULL}, {"allocations", true, NULL},
		{"peak", true, NULL},	  {"live at the end", true, NULL},
		{"because", false, NULL}, {NULL, false, NULL}};
	uint32_t count = g->gate->process_count;
	uint32_t remarkable = 0, left;

	page_open_section(&g->page, "processes", "Processes");
	if (!count) {
		markup_leaf(&g->page.m, "p", "None was recorded.", NULL);
		page_close_section(&g->page);
		return;
	}
	for (uint32_t i = 0; i < count; i++)
		remarkable += is_remarkable(&g->gate->processes[i]);
	/* In their order, but without so many of the others that there are too many. */
	remarkable = remarkable < ROWS_MAX ? remarkable : ROWS_MAX;
	left = ROWS_MAX - remarkable;
	page_open_table(&g->page, "processes", "All that were recorded", headings,
			count < ROWS_MAX ? 0 : count - ROWS_MAX);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t *room = is_remarkable(&g->gate->processes[i]) ? &remarkable : &left;

		if (!*room)
			continue;
		--*room;
		put_process(g, &g->gate->processes[i]);
	}
	page_close_table(&g->page);
	page_close_section(&g->page);
}

static int write_html(const struct model_gate *gate, const struct report_options *options,
		      FILE *file)
{
	static const struct document_link links[] = {{"findings", "Findings", false},
						     {"processes", "Processes", false},
						     {NULL, NULL, false}};
	struct gate_page g = {.page = {.options = options}, .gate = gate};
	struct document d;

	document_begin(&d, &g.page.m, "Memory gate");
	put_header(&g);
	document_put_navigation(&d, links);
	markup_open(&g.page.m, "main", NULL);
	put_findings(&g);
	put_processes(&g);
	markup_close(&g.page.m, "main");
	document_end(&d, file, options->most_bytes, NULL, NULL);
	arena_release(&g.arena);
	return ferror(file) ? -1 : 0;
}

const struct gate_format gate_html = {"html", write_html};
