/* SPDX-License-Identifier: MIT */
/* Findings as they come in with the models. */
#include "gate.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "../util/human.h"
#include "gate_parts.h"
#include "identity.h"

struct gate *gate_new(const struct gate_options *options)
{
	struct gate *g = xcalloc(1, sizeof *g);

	g->options = options;
	g->missing.arena = &g->arena;
	g->program_end = "";
	return g;
}

void gate_free(struct gate *g)
{
	free(g->processes);
	free(g->subjects);
	free(g->occurrences);
	free(g->unrecorded);
	arena_release(&g->arena);
	free(g);
}

void gate_next_run(struct gate *g)
{
	g->run++;
}

void gate_miss(struct gate *g, const char *sentence)
{
	sentences_add(&g->missing, arena_strdup(&g->arena, sentence));
}

void gate_program_failed(struct gate *g, const char *how)
{
	if (!*g->program_end)
		g->program_end = arena_strdup(&g->arena, how);
}

/* A model on its way in. */
struct arrival {
	struct gate *g;
	const struct model *model;
	const char *program; /* its name in findings */
	uint32_t process;
	bool ran_long; /* enough for growth to count */
};

static bool is_same(const struct subject *subject, const struct arrival *a, enum gate_rule rule,
		    uint64_t fingerprint)
{
	enum gate_rule other = subject->finding.rule;

	return subject->fingerprint == fingerprint &&
	       (other == rule ||
		(fingerprint && identity_is_memory(rule) && identity_is_memory(other))) &&
	       !strcmp(subject->finding.program, a->program);
}

static struct subject *find_subject(const struct arrival *a, enum gate_rule rule,
				    uint64_t fingerprint)
{
	struct gate *g = a->g;
	struct subject *subject;

	for (size_t i = 0; i < g->subject_count; i++)
		if (is_same(&g->subjects[i], a, rule, fingerprint))
			return &g->subjects[i];
	ARRAY_GROW(g->subjects, g->subject_count + 1, g->subject_capacity);
	subject = &g->subjects[g->subject_count++];
	*subject = (struct subject){
		.fingerprint = fingerprint,
		.finding = {.rule = rule,
			    .key = identity_key(fingerprint, &g->arena),
			    .program = a->program,
			    .message = "",
			    .place = "",
			    .unit = "",
			    .suppression = "",
			    .reason = ""},
	};
	return subject;
}

/* What the process under way has of a subject; what several of its sites have adds up. */
static struct occurrence *find_occurrence(const struct arrival *a, struct subject *subject)
{
	struct gate *g = a->g;

	if (!subject->last_occurrence ||
	    g->occurrences[subject->last_occurrence - 1].process != a->process) {
		ARRAY_GROW(g->occurrences, g->occurrence_count + 1, g->occurrence_capacity);
		g->occurrences[g->occurrence_count++] = (struct occurrence){
			.subject = (uint32_t)(subject - g->subjects),
			.process = a->process,
		};
		subject->last_occurrence = (uint32_t)g->occurrence_count;
	}
	return &g->occurrences[subject->last_occurrence - 1];
}

/* Whether this is the occurrence that the subject is told by. */
static bool is_largest(struct subject *subject, uint64_t bytes)
{
	if (subject->finding.model && bytes <= subject->largest_bytes)
		return false;
	subject->largest_bytes = bytes;
	return true;
}

static void suppress(const struct arrival *a, struct subject *subject, const char *api,
		     const struct model_stack *stack)
{
	const struct suppression *by;

	if (!a->g->options->suppressions || *subject->finding.suppression)
		return;
	by = suppressions_match(a->g->options->suppressions, api, stack);
	if (!by)
		return;
	subject->finding.suppression = arena_printf(&a->g->arena, "%s (%s:%u)", by->text, by->file,
						    by->line);
	subject->finding.reason = by->reason;
}

/* Blocks of a site that are old enough to count. */
static struct model_amount counted(const struct gate *g, const struct model_site *site)
{
	struct model_amount amount = {0};

	if (!g->options->generation)
		return (struct model_amount){site->live_blocks, site->live_bytes};
	for (int i = g->options->generation; i < GENERATIONS; i++) {
		amount.blocks += site->generations[i].survivors;
		amount.bytes += site->generations[i].bytes;
	}
	return amount;
}

static void add_memory(const struct arrival *a, const struct model_site *site, enum gate_rule rule,
		       struct model_amount amount)
{
	struct subject *subject = find_subject(a, rule, site->fingerprint);
	struct model_gate_finding *finding = &subject->finding;
	struct occurrence *occurrence = find_occurrence(a, subject);

	occurrence->blocks += amount.blocks;
	occurrence->bytes += amount.bytes;
	if (site->growth.known && site->growth.bytes_per_s > 0)
		occurrence->bytes_per_s += site->growth.bytes_per_s;
	if (rule < finding->rule)
		finding->rule = rule;
	suppress(a, subject, site->api, &site->stack);
	if (!is_largest(subject, amount.bytes))
		return;
	finding->model = a->model;
	finding->site = site;
	finding->stack = site->stack;
	finding->message = site->why;
	finding->confidence = site->confidence;
	finding->weak = site->nameless;
}

static void add_site(const struct arrival *a, const struct model_site *site)
{
	struct model_amount amount = counted(a->g, site);
	enum gate_rule rule;

	if (site->teardown_blocks && a->g->options->torn_down) {
		rule = GATE_GROWTH;
		amount = (struct model_amount){site->teardown_blocks, site->teardown_bytes};
	} else if (!identity_of_verdict(site->verdict, &rule)) {
		return;
	}
	if (!amount.blocks || !gate_concerns(a->g, a->model->run.program, &site->stack))
		return;
	if (rule == GATE_UNFREED && !a->g->options->unfreed) {
		a->g->result.unfreed++;
		a->g->result.unfreed_bytes += amount.bytes;
		return;
	}
	if (site->confidence * 100 < a->g->options->confidence_percent ||
	    (rule == GATE_GROWTH && !a->ran_long))
		a->g->unsure++;
	else
		add_memory(a, site, rule, amount);
}

static void add_error(const struct arrival *a, const struct model_finding *error)
{
	const struct model_stack *stack = error->allocation.frame_count ? &error->allocation
									: &error->release;
	struct model_gate_finding *finding;
	struct occurrence *occurrence;
	struct subject *subject;
	enum gate_rule rule;

	if (error->severity != SEVERITY_ERROR || !identity_of_error(error->rule, &rule) ||
	    !gate_concerns(a->g, a->model->run.program,
			   error->release.frame_count ? &error->release : stack))
		return;
	subject = find_subject(a, rule, error->fingerprint);
	occurrence = find_occurrence(a, subject);
	occurrence->blocks += error->occurrences;
	occurrence->bytes += error->bytes;
	suppress(a, subject, "", stack);
	suppress(a, subject, "", &error->release);
	if (!is_largest(subject, error->bytes))
		return;
	finding = &subject->finding;
	finding->model = a->model;
	finding->site = error->site ? &a->model->sites[error->site - 1] : NULL;
	finding->stack = *stack;
	finding->release = error->release;
	finding->message = error->message;
	finding->confidence = 1;
	finding->weak = error->nameless;
}

static void add_budget(const struct arrival *a, enum gate_rule rule)
{
	const struct budget *budget = budgets_of(&a->g->options->budgets, rule);
	struct subject *subject;
	uint64_t value;

	if (budget->unit == BUDGET_NONE || !budgets_measure(a->model, rule, budget, &value) ||
	    value <= budget->limit)
		return;
	subject = find_subject(a, rule, 0);
	subject->finding.limit = budget->limit;
	subject->finding.unit = budgets_unit(rule, budget);
	subject->finding.confidence = 1;
	find_occurrence(a, subject)->value = value;
}

void gate_add(struct gate *g, const struct model *model, enum gate_role role, bool trace_kept)
{
	struct arrival a = {.g = g, .model = model};
	int64_t process = gate_enter(g, model, role, trace_kept);

	if (process < 0)
		return;
	a.process = (uint32_t)process;
	a.ran_long = model->run.duration_ns >= g->options->growth_run_ns;
	g->ran_long |= a.ran_long;
	a.program = identity_program(model->run.program, &g->arena);
	for (uint32_t i = 0; i < model->site_count; i++)
		add_site(&a, &model->sites[i]);
	for (uint32_t i = 0; i < model->finding_count; i++)
		add_error(&a, &model->findings[i]);
	if (g->options->only.count &&
	    !gate_concerns(g, model->run.program, &(struct model_stack){0}))
		return;
	for (enum gate_rule rule = GATE_PEAK; rule < GATE_RULES; rule++)
		add_budget(&a, rule);
}

bool gate_needs(const struct gate *g, const struct model *model)
{
	for (size_t i = 0; i < g->subject_count; i++)
		if (g->subjects[i].finding.model == model)
			return true;
	return false;
}
