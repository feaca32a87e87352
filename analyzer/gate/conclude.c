/* SPDX-License-Identifier: MIT */
/* What becomes of the findings once all processes are in. */
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "../util/human.h"
#include "gate_parts.h"
#include "identity.h"

/* What the occurrences of a subject say together. */
struct fold {
	uint32_t run; /* under way, */
	struct occurrence most; /* and the most of it so far */
	bool over; /* somebody in it is over the budgets for memory */
	uint32_t runs_over;
};

static bool is_failing(enum gate_state state)
{
	return state == GATE_NEW || state == GATE_GROWN;
}

static bool exceeds(uint64_t now, uint64_t before, uint32_t percent, uint64_t slack)
{
	uint64_t more = now > before ? now - before : 0;

	return more > slack && (unsigned __int128)more * 100 > (unsigned __int128)before * percent;
}

static enum gate_state compare_with_baseline(const struct gate *g,
					     struct model_gate_finding *finding)
{
	const struct gate_options *options = g->options;
	const struct baseline_entry *entry = NULL;

	if (options->baseline)
		entry = baseline_find(options->baseline, finding->rule, finding->key,
				      finding->program);
	if (!entry)
		return GATE_NEW;
	finding->known_blocks = entry->blocks;
	finding->known_bytes = entry->bytes;
	if (exceeds(finding->bytes, entry->bytes, options->tolerance_percent,
		    options->tolerance_bytes))
		return GATE_GROWN;
	/* Errors count by how often they happened. */
	if (!identity_is_memory(finding->rule) &&
	    exceeds(finding->blocks, entry->blocks, options->tolerance_percent, 0))
		return GATE_GROWN;
	return GATE_KNOWN;
}

/* Numbers stand beside it. */
static const char *budget_message(enum gate_rule rule)
{
	switch (rule) {
	case GATE_PEAK:
		return "more bytes were live at the peak than the budget allows";
	case GATE_ALLOCATIONS:
		return "there were more allocations than the budget allows";
	case GATE_TEMPORARY:
		return "there were more temporary allocations than the budget allows";
	default:
		return "more memory was free between live blocks at the end than the budget allows";
	}
}

/* The end of a run: the least of all runs is what can be relied on. */
static void end_run(struct model_gate_finding *finding, struct fold *fold)
{
	const struct occurrence *most = &fold->most;
	bool first = !finding->runs++;

	finding->blocks = first || most->blocks < finding->blocks ? most->blocks : finding->blocks;
	finding->bytes = first || most->bytes < finding->bytes ? most->bytes : finding->bytes;
	finding->value = first || most->value < finding->value ? most->value : finding->value;
	fold->runs_over += fold->over;
	fold->over = false;
	fold->most = (struct occurrence){0};
}

static void add_occurrence(const struct gate *g, struct model_gate_finding *finding,
			   struct fold *fold, const struct occurrence *occurrence, bool over)
{
	uint32_t run = g->processes[occurrence->process].run;
	struct occurrence *most = &fold->most;
	bool larger;

	if (finding->processes && run != fold->run)
		end_run(finding, fold);
	larger = !finding->processes || occurrence->bytes > g->occurrences[finding->process].bytes;
	fold->run = run;
	fold->over |= over;
	finding->processes++;
	most->blocks = occurrence->blocks > most->blocks ? occurrence->blocks : most->blocks;
	most->bytes = occurrence->bytes > most->bytes ? occurrence->bytes : most->bytes;
	most->value = occurrence->value > most->value ? occurrence->value : most->value;
	/* For now of the occurrence; of its process once all are added. */
	if (larger)
		finding->process = (uint32_t)(occurrence - g->occurrences);
}

/* Blocks, bytes, runs and processes of all subjects; over: by occurrence, or NULL. */
static void fold_all(struct gate *g, const bool *over, struct fold *folds)
{
	memset(folds, 0, g->subject_count * sizeof *folds);
	for (size_t i = 0; i < g->subject_count; i++) {
		g->subjects[i].finding.runs = 0;
		g->subjects[i].finding.processes = 0;
	}
	for (size_t i = 0; i < g->occurrence_count; i++) {
		const struct occurrence *occurrence = &g->occurrences[i];

		add_occurrence(g, &g->subjects[occurrence->subject].finding,
			       &folds[occurrence->subject], occurrence, over && over[i]);
	}
	for (size_t i = 0; i < g->subject_count; i++) {
		struct model_gate_finding *finding = &g->subjects[i].finding;
		const struct occurrence *largest = &g->occurrences[finding->process];

		end_run(finding, &folds[i]);
		finding->bytes_per_s = largest->bytes_per_s;
		finding->process = largest->process;
	}
}

static void judge(struct gate *g, struct model_gate_finding *finding)
{
	if (identity_is_budget(finding->rule))
		finding->message = budget_message(finding->rule);
	finding->place = identity_place(
		finding->release.frame_count ? &finding->release : &finding->stack, &g->arena);
	if (*finding->suppression)
		finding->state = GATE_SUPPRESSED;
	else
		finding->state = compare_with_baseline(g, finding);
}

/* What a process keeps that is not accounted for otherwise. */
struct sums {
	uint64_t blocks, bytes;
	double growing_per_s;
};

static bool is_over(const struct budget *budget, uint64_t blocks, uint64_t bytes)
{
	return (budget->unit == BUDGET_COUNT ? blocks : bytes) > budget->limit;
}

/* Whether a process is over one of the budgets that are for such a rule. */
static bool sums_are_over(const struct gate *g, const struct sums *sums, enum gate_rule rule)
{
	const struct budgets *budgets = &g->options->budgets;
	bool growth = budgets->growth.unit && rule == GATE_GROWTH;

	if (!budgets->leaked.unit && !growth)
		return true;
	return (budgets->leaked.unit && is_over(&budgets->leaked, sums->blocks, sums->bytes)) ||
	       (growth && sums->growing_per_s > (double)budgets->growth.limit);
}

/* Marks the occurrences of findings that fail, in processes that are over their budgets. */
static void apply_budgets(const struct gate *g, bool *over)
{
	struct sums *sums = xcalloc(g->process_count + 1, sizeof *sums);

	for (size_t i = 0; i < g->occurrence_count; i++) {
		const struct occurrence *occurrence = &g->occurrences[i];
		const struct model_gate_finding *finding =
			&g->subjects[occurrence->subject].finding;
		struct sums *of = &sums[occurrence->process];

		if (!identity_is_memory(finding->rule) || !is_failing(finding->state))
			continue;
		of->blocks += occurrence->blocks;
		of->bytes += occurrence->bytes;
		if (finding->rule == GATE_GROWTH)
			of->growing_per_s += occurrence->bytes_per_s;
	}
	for (size_t i = 0; i < g->occurrence_count; i++) {
		const struct occurrence *occurrence = &g->occurrences[i];
		enum gate_rule rule = g->subjects[occurrence->subject].finding.rule;

		over[i] = !identity_is_memory(rule) ||
			  sums_are_over(g, &sums[occurrence->process], rule);
	}
	free(sums);
}

static void settle_states(struct gate *g)
{
	struct fold *folds = xcalloc(g->subject_count + 1, sizeof *folds);
	bool *over = xcalloc(g->occurrence_count + 1, sizeof *over);

	fold_all(g, NULL, folds);
	for (size_t i = 0; i < g->subject_count; i++)
		judge(g, &g->subjects[i].finding);
	apply_budgets(g, over);
	fold_all(g, over, folds);
	for (size_t i = 0; i < g->subject_count; i++) {
		struct model_gate_finding *finding = &g->subjects[i].finding;

		if (!is_failing(finding->state))
			continue;
		if (!folds[i].runs_over)
			finding->state = GATE_WITHIN;
		else if (folds[i].runs_over < g->result.runs)
			finding->state = GATE_FLAKY;
	}
	free(over);
	free(folds);
}

/* The program was judged, so that what is not found in it is not there. */
static bool was_judged(const struct gate *g, const char *program)
{
	struct arena arena = {0};
	bool judged = false;

	for (size_t i = 0; i < g->process_count && !judged; i++)
		judged = !*g->processes[i].skipped &&
			 !strcmp(identity_program(g->processes[i].program, &arena), program);
	arena_release(&arena);
	return judged;
}

static bool is_found(const struct gate *g, const struct baseline_entry *entry)
{
	for (size_t i = 0; i < g->subject_count; i++) {
		const struct model_gate_finding *finding = &g->subjects[i].finding;

		if (baseline_find(&(struct baseline){(struct baseline_entry *)entry, 1, 1},
				  finding->rule, finding->key, finding->program))
			return true;
	}
	return false;
}

static bool is_gone(const struct gate *g, const struct baseline_entry *entry)
{
	return !is_found(g, entry) && was_judged(g, entry->program);
}

static enum gate_rule rule_by_name(const char *name)
{
	for (int rule = 0; rule < GATE_RULES; rule++)
		if (!strcmp(identity_rule((enum gate_rule)rule), name))
			return (enum gate_rule)rule;
	return GATE_LEAK;
}

static size_t list_gone(const struct gate *g, struct model_gate_finding *list)
{
	const struct baseline *baseline = g->options->baseline;
	size_t count = 0;

	/* What could not be seen is not gone. */
	for (size_t i = 0; baseline && !g->missing.count && i < baseline->count; i++) {
		const struct baseline_entry *entry = &baseline->entries[i];

		if (!is_gone(g, entry))
			continue;
		list[count++] = (struct model_gate_finding){
			.rule = rule_by_name(entry->rule),
			.state = GATE_GONE,
			.key = entry->key,
			.program = entry->program,
			.message = "the baseline has it, and it was not found any more",
			.place = entry->place,
			.unit = "",
			.known_blocks = entry->blocks,
			.known_bytes = entry->bytes,
			.suppression = "",
			.reason = "",
		};
	}
	return count;
}

static int compare_findings(const void *a, const void *b)
{
	const struct model_gate_finding *x = a;
	const struct model_gate_finding *y = b;
	int order;

	if (x->fails != y->fails)
		return x->fails ? -1 : 1;
	if (!x->fails && x->state != y->state)
		return x->state < y->state ? -1 : 1;
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	order = strcmp(x->program, y->program);
	if (!order)
		order = strcmp(x->key, y->key);
	return order ? order : (int)x->rule - (int)y->rule;
}

static void list_findings(struct gate *g)
{
	const struct baseline *baseline = g->options->baseline;
	size_t most = g->subject_count + (baseline ? baseline->count : 0);
	struct model_gate_finding *list = arena_alloc(&g->arena, (most + 1) * sizeof *list);
	size_t count = 0;

	for (size_t i = 0; i < g->subject_count; i++)
		list[count++] = g->subjects[i].finding;
	count += list_gone(g, list + count);
	for (size_t i = 0; i < count; i++) {
		list[i].rule_name = identity_rule(list[i].rule);
		list[i].fails = is_failing(list[i].state);
		g->result.counts[list[i].state]++;
	}
	qsort(list, count, sizeof *list, compare_findings);
	g->result.findings = list;
	g->result.finding_count = (uint32_t)count;
}

static void count_processes(struct gate *g)
{
	struct model_gate *result = &g->result;

	for (size_t i = 0; i < g->occurrence_count; i++)
		g->processes[g->occurrences[i].process].failures += is_failing(
			g->subjects[g->occurrences[i].subject].finding.state);
	for (size_t i = 0; i < g->process_count; i++)
		result->skipped += *g->processes[i].skipped != '\0';
	result->processes = g->processes;
	result->process_count = (uint32_t)g->process_count;
	result->judged = result->process_count - result->skipped;
	if (!result->judged)
		gate_miss(g, "no process was judged");
	else if (g->options->budgets.growth.unit && !g->ran_long)
		gate_miss(g, arena_printf(&g->arena,
					  "no process ran for %s, so growth cannot be told "
					  "(--max-growth, --min-run)",
					  human_duration(g->options->growth_run_ns).text));
}

static void note_suppression(struct sentences *notes, const struct suppression *s)
{
	if (s->expired)
		sentences_say(notes, "the suppression %s (%s:%u) ended on %s%s%s%s", s->text,
			      s->file, s->line, s->until, *s->reason ? ", with the reason: " : "",
			      s->reason, s->used ? "; it would have met a finding" : "");
	else if (!s->used)
		sentences_say(notes, "the suppression %s (%s:%u) met nothing", s->text, s->file,
			      s->line);
}

/* Evidence that nobody asked for, but what these executed was not recorded either. */
static void note_passed_over(struct sentences *notes, const struct gate *g)
{
	for (size_t i = 0; i < g->unrecorded_count; i++)
		if (g->unrecorded[i].passed_over)
			sentences_say(notes,
				      "%s, a program of the system, was executed and could not be "
				      "recorded (%s), nor what it executed itself",
				      g->unrecorded[i].path, g->unrecorded[i].reason);
}

static void list_notes(struct gate *g)
{
	const struct suppressions *suppressions = g->options->suppressions;
	struct sentences notes = {.arena = &g->arena};
	uint32_t weak = 0;

	for (uint32_t i = 0; suppressions && i < suppressions->count; i++)
		note_suppression(&notes, &suppressions->list[i]);
	for (uint32_t i = 0; i < g->result.finding_count; i++)
		weak += g->result.findings[i].weak;
	if (weak && g->options->baseline)
		sentences_say(&notes,
			      "%s finding%s in code without names, which a baseline knows again in "
			      "the same build only",
			      human_count(weak).text, weak == 1 ? " is" : "s are");
	note_passed_over(&notes, g);
	g->result.notes = notes.list;
	g->result.note_count = notes.count;
}

const struct model_gate *gate_conclude(struct gate *g)
{
	struct model_gate *result = &g->result;

	result->command = g->options->command;
	result->runs = g->run + 1;
	result->program_failed = *g->program_end;
	result->program_end = g->program_end;
	result->baseline = g->options->baseline_path;
	result->root = g->options->root;
	result->unsure = g->unsure;
	settle_states(g);
	count_processes(g);
	list_findings(g);
	list_notes(g);
	result->missing = g->missing.list;
	result->missing_count = g->missing.count;
	if (result->counts[GATE_NEW] || result->counts[GATE_GROWN])
		result->verdict = GATE_FAILS;
	else if (result->missing_count)
		result->verdict = GATE_NO_VERDICT;
	return result;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void keep(struct baseline *updated, const struct model_gate_finding *finding,
		 const struct baseline_entry *known, bool grow)
{
	baseline_add(
		updated,
		&(struct baseline_entry){
			.rule = identity_rule(finding->rule),
			.key = finding->key,
			.program = finding->program,
			.place = finding->place,
			.blocks = grow ? finding->blocks : lesser(finding->blocks, known->blocks),
			.bytes = grow ? finding->bytes : lesser(finding->bytes, known->bytes),
		});
}

void gate_update_baseline(const struct gate *g, bool grow, struct baseline *updated)
{
	const struct baseline *old = g->options->baseline;

	for (uint32_t i = 0; i < g->result.finding_count; i++) {
		const struct model_gate_finding *finding = &g->result.findings[i];
		bool lasting = is_failing(finding->state) || finding->state == GATE_KNOWN;
		const struct baseline_entry *known =
			old ? baseline_find(old, finding->rule, finding->key, finding->program)
			    : NULL;

		if (finding->state == GATE_GONE || finding->state == GATE_SUPPRESSED)
			continue;
		if (known || (lasting && grow && *finding->key))
			keep(updated, finding, known, lasting && grow);
	}
	for (size_t i = 0; old && i < old->count; i++)
		if (!is_found(g, &old->entries[i]) && !was_judged(g, old->entries[i].program))
			baseline_add(updated, &old->entries[i]);
}
