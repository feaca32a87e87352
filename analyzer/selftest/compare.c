/* SPDX-License-Identifier: MIT */
#include "compare.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "../util/human.h"

#define ERRORS_MOST 5.0 /* chance takes an estimate that far once in two million runs */

static const char *const mistrusted = "what a report says of this machine's programs may be wrong";

/* The function that allocated, if that is one of ours; "" otherwise. */
static const char *own_function(const struct model_run *run, const struct model_site *site)
{
	const struct model_frame *frame = site->stack.frames;

	if (!site->stack.frame_count || *frame->note)
		return "an unknown function";
	if (strcmp(frame->module, run->program) != 0)
		return "";
	return *frame->function ? frame->function : "a function without a name";
}

static bool is_planted(const char *function, enum planted_role role)
{
	for (size_t i = 0; i < planted_count; i++)
		if (planted[i].role == role && !strcmp(planted[i].function, function))
			return true;
	return false;
}

/* What is live at the end of all processes of a role. function NULL: whatever is ours and was not
 * planted, with one name for it in *name. */
static struct model_amount live(const struct recordings *r, enum planted_role role,
				const char *function, const char **name)
{
	struct model_amount sum = {0};

	for (size_t i = 0; i < r->count; i++) {
		const struct model *model = &r->list[i].build.model;

		for (uint32_t k = 0; k < model->site_count && r->list[i].role == role; k++) {
			const struct model_site *site = &model->sites[k];
			const char *own = own_function(&model->run, site);

			if (!site->live_blocks || (function ? strcmp(own, function) != 0
							    : !*own || is_planted(own, role)))
				continue;
			*name = own;
			sum.blocks += site->live_blocks;
			sum.bytes += site->live_bytes;
		}
	}
	return sum;
}

/* All that a role lost and nothing else was found. */
static void check_role(struct checks *c, const struct recordings *r, const char *check,
		       enum planted_role role, const char *where)
{
	struct model_amount all = {0}, found;
	uint32_t functions = 0;
	const char *name = "";

	for (size_t i = 0; i < planted_count; i++) {
		const struct planted *p = &planted[i];
		uint64_t bytes = (uint64_t)p->blocks * p->bytes;

		if (p->role != role)
			continue;
		found = live(r, role, p->function, &name);
		if (found.blocks != p->blocks || found.bytes != bytes) {
			checks_add(c, check, CHECK_FAILED, mistrusted,
				   "%s: %s lost %" PRIu32 " blocks of %" PRIu64
				   " B, found are %" PRIu64 " of %" PRIu64 " B",
				   where, p->function, p->blocks, bytes, found.blocks, found.bytes);
			return;
		}
		all.blocks += found.blocks;
		all.bytes += found.bytes;
		functions += p->blocks > 0;
	}
	found = live(r, role, NULL, &name);
	if (found.blocks)
		checks_add(c, check, CHECK_FAILED, mistrusted,
			   "%s: %" PRIu64 " block%s of %" PRIu64 " B that nobody lost, by %s",
			   where, found.blocks, human_plural(found.blocks), found.bytes, name);
	else
		checks_add(c, check, CHECK_OK, mistrusted,
			   "%s: the %" PRIu64 " blocks of %s B that %" PRIu32
			   " function%s lost, and no other",
			   where, all.blocks, human_count(all.bytes).text, functions,
			   human_plural(functions));
}

/* The site of a function, NULL if there is none. */
static const struct model_site *site_of(const struct recording *recording, const char *function)
{
	const struct model *model = &recording->build.model;

	for (uint32_t i = 0; i < model->site_count; i++)
		if (!strcmp(own_function(&model->run, &model->sites[i]), function))
			return &model->sites[i];
	return NULL;
}

static bool is_known_stack(const struct model_stack *stack)
{
	static const char *const calls[] = {PLANTED_INNERMOST, PLANTED_BETWEEN, PLANTED_OUTERMOST};
	const uint32_t known = sizeof calls / sizeof *calls;

	if (stack->frame_count <= known)
		return false;
	for (uint32_t i = 0; i < known; i++)
		if (strcmp(stack->frames[i].function, calls[i]) != 0)
			return false;
	for (uint32_t i = known; i < stack->frame_count; i++)
		if (*stack->frames[i].note)
			return false;
	return true;
}

static void check_stacks(struct checks *c, const struct recording *recording)
{
	const struct model_run *run = &recording->build.model.run;
	const struct model_site *site = site_of(recording, PLANTED_INNERMOST);

	if (!site || !is_known_stack(&site->stack))
		checks_add(c, "stacks", CHECK_FAILED, mistrusted,
			   "the stack of " PLANTED_INNERMOST " < " PLANTED_BETWEEN
			   " < " PLANTED_OUTERMOST " was not found");
	else if (run->stacks_truncated)
		checks_add(c, "stacks", CHECK_FAILED, mistrusted,
			   "%" PRIu64 " stacks were not followed to their end",
			   run->stacks_truncated);
	else
		checks_add(c, "stacks", CHECK_OK, mistrusted,
			   PLANTED_INNERMOST " < " PLANTED_BETWEEN " < " PLANTED_OUTERMOST
					     " and on to the start, %" PRIu32 " frames",
			   site->stack.frame_count);
}

static void check_verdicts(struct checks *c, const struct recording *recording)
{
	const struct model_site *leaky = site_of(recording, PLANTED_LEAKY);
	const struct model_site *released = site_of(recording, PLANTED_RELEASED);

	if (!leaky || leaky->verdict != VERDICT_LEAK)
		checks_add(c, "verdicts", CHECK_FAILED, mistrusted,
			   PLANTED_LEAKY
			   ", which loses each tenth block, does not pass for a leak");
	else if (!released || released->verdict != VERDICT_BALANCED)
		checks_add(c, "verdicts", CHECK_FAILED, mistrusted,
			   PLANTED_RELEASED ", which loses nothing, does not pass for that");
	else
		checks_add(c, "verdicts", CHECK_OK, mistrusted,
			   PLANTED_LEAKY " leaks, " PLANTED_RELEASED " does not");
}

static void check_symbols(struct checks *c, const struct recording *recording)
{
	static const char *const meaning =
		"reports name functions of such programs, but no files and lines";
	const struct model_site *site = site_of(recording, PLANTED_LEAKY);
	const struct model_frame *frame = site ? site->stack.frames : NULL;

	if (frame && *frame->file && frame->line)
		checks_add(c, "symbols", CHECK_OK, meaning, "%s is at %s:%" PRIu32, frame->function,
			   frame->file, frame->line);
	else
		checks_add(c, "symbols", CHECK_MISSING, meaning,
			   "this executable has no debug information, or it cannot be read");
}

static void check_resident(struct checks *c, const struct recording *recording)
{
	static const char *const meaning =
		"reports say what programs asked for, but not what of that was in memory";
	uint64_t bytes = recording->build.model.run.peak_resident_bytes;

	if (bytes)
		checks_add(c, "resident", CHECK_OK, meaning, "%s were resident",
			   human_bytes(bytes, false).text);
	else
		checks_add(c, "resident", CHECK_MISSING, meaning,
			   "the kernel does not tell how much memory a process has");
}

void compare_exact(struct checks *c, const struct recordings *r)
{
	const struct recording *main_one = recordings_of(r, ROLE_LEAKS);
	bool shell = recordings_of(r, ROLE_OTHER) != NULL;

	check_stacks(c, main_one);
	check_role(c, r, "leaks", ROLE_LEAKS, "in the process itself");
	check_verdicts(c, main_one);
	check_role(c, r, "fork", ROLE_FORKED, "in its child");
	check_role(c, r, "exec", ROLE_EXECUTED,
		   shell ? "in a program that sh executed" : "in an executed program");
	check_symbols(c, main_one);
	check_resident(c, main_one);
}

void compare_sampled(struct checks *c, const struct recording *recording)
{
	static const char *const meaning = "do not use --sample here";
	const double truth = (double)PLANTED_SAMPLED_BLOCKS * PLANTED_SAMPLED_BYTES;
	const struct model_site *site = site_of(recording, PLANTED_SAMPLED);
	double off;

	if (!site || !recording->build.model.run.sampled ||
	    site->sample.live_blocks >= PLANTED_SAMPLED_BLOCKS) {
		checks_add(c, "sampling", CHECK_FAILED, meaning, "nothing was sampled");
		return;
	}
	off = fabs((double)site->live_bytes - truth) / fmax(site->sample.live_bytes_error, 1);
	checks_add(c, "sampling", off <= ERRORS_MOST ? CHECK_OK : CHECK_FAILED, meaning,
		   "%" PRIu64 " blocks stand for %s where %s were lost: %.1f standard errors off",
		   site->sample.live_blocks, human_bytes(site->live_bytes, false).text,
		   human_bytes((uint64_t)truth, false).text, off);
}
