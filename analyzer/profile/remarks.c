/* SPDX-License-Identifier: MIT */
#include "remarks.h"

#include <stdio.h>

#include "../analysis/verdict.h"
#include "../util/human.h"
#include "../util/sentences.h"

static const char *const phrases[VERDICTS] = {
	[VERDICT_UNKNOWN] = "cannot be judged",
	[VERDICT_LEAK] = "leaks",
	[VERDICT_GROWING] = "grows",
	[VERDICT_CACHE] = "cache-like",
	[VERDICT_STARTUP] = "start-up",
	[VERDICT_UNFREED] = "never freed",
	[VERDICT_CLEANED] = "freed at exit",
	[VERDICT_BALANCED] = "all freed",
};

static void say_what_it_is(struct sentences *limits, const struct model_run *run,
			   const uint64_t *totals)
{
	if (run->runs == 1)
		sentences_say(limits,
			      "This is the profile of one run: its memory over time, threads, "
			      "fragmentation and where errors were made are in its trace alone.");
	else
		sentences_say(
			limits,
			"These are sums over %s runs: memory over time, threads, fragmentation and "
			"where errors were made are in their traces alone. Peaks are those of each "
			"run, added up; the largest is %s.",
			human_count(run->runs).text,
			human_bytes(totals[TOTAL_LARGEST_PEAK_BYTES], false).text);
}

static void say_losses(struct sentences *limits, const uint64_t *totals, uint64_t skipped)
{
	if (skipped)
		sentences_say(limits, "Files that were damaged and are not part of this: %s.",
			      human_count(skipped).text);
	if (totals[TOTAL_INCOMPLETE])
		sentences_say(
			limits,
			"Runs whose trace has no end record, so that what came after its last event is "
			"missing: %s.",
			human_count(totals[TOTAL_INCOMPLETE]).text);
	if (totals[TOTAL_DETACHED])
		sentences_say(limits, "Runs whose recording ended before the program did: %s.",
			      human_count(totals[TOTAL_DETACHED]).text);
	if (totals[TOTAL_LOST_EVENTS])
		sentences_say(
			limits,
			"Runs that lost events: %s (events: %s). Blocks may be shown as live that were "
			"freed, and blocks may be missing.",
			human_count(totals[TOTAL_LOSSY]).text,
			human_count(totals[TOTAL_LOST_EVENTS]).text);
	if (totals[TOTAL_UNSEEN_RELEASES])
		sentences_say(limits, "Blocks released where the recording could not see it: %s.",
			      human_count(totals[TOTAL_UNSEEN_RELEASES]).text);
	if (totals[TOTAL_UNDECIDED_RELEASES])
		sentences_say(
			limits,
			"Releases that may be wrong, but that evidence is missing for: %s. They are "
			"not reported as errors.",
			human_count(totals[TOTAL_UNDECIDED_RELEASES]).text);
}

static void say_blind_spots(struct sentences *limits, const uint64_t *totals)
{
	if (totals[TOTAL_SAMPLED])
		sentences_say(
			limits,
			"Runs of which only a sample was recorded, an allocation every %s or less on "
			"average: %s. Their numbers of blocks and bytes are estimates, \u00b1 is one "
			"standard error.",
			human_bytes(totals[TOTAL_SAMPLE_INTERVAL_BYTES], false).text,
			human_count(totals[TOTAL_SAMPLED]).text);
	if (totals[TOTAL_STACKS_TRUNCATED])
		sentences_say(
			limits,
			"Call stacks that are not whole: %s (deeper than the limit: %s; not to be "
			"followed to their end: %s).",
			human_count(totals[TOTAL_STACKS_TRUNCATED]).text,
			human_count(totals[TOTAL_STACKS_DEEP]).text,
			human_count(totals[TOTAL_STACKS_UNFINISHED]).text);
	if (totals[TOTAL_WITHOUT_STACKS])
		sentences_say(limits, "Runs without call stacks (--no-stacks): %s.",
			      human_count(totals[TOTAL_WITHOUT_STACKS]).text);
	if (totals[TOTAL_OWN_ALLOCATOR])
		sentences_say(
			limits,
			"Runs whose executable defines its own malloc, which was not recorded: "
			"%s.",
			human_count(totals[TOTAL_OWN_ALLOCATOR]).text);
	if (totals[TOTAL_DEEP_BOUND])
		sentences_say(
			limits,
			"Runs in which a module was loaded with RTLD_DEEPBIND, so that its allocations "
			"may be missing: %s.",
			human_count(totals[TOTAL_DEEP_BOUND]).text);
	if (totals[TOTAL_FORKED])
		sentences_say(
			limits,
			"Runs that began as a fork, without the blocks of their parent: %s (released "
			"there: %s).",
			human_count(totals[TOTAL_FORKED]).text,
			human_count(totals[TOTAL_INHERITED_FREES]).text);
}

void remarks_limits(struct model_run *run, const uint64_t *totals, uint64_t skipped,
		    struct arena *arena)
{
	struct sentences limits = {.arena = arena};

	say_what_it_is(&limits, run, totals);
	say_losses(&limits, totals, skipped);
	say_blind_spots(&limits, totals);
	run->limits = limits.list;
	run->limit_count = limits.count;
}

/* "3 of 300 runs of server", or "the one run of server". */
static const char *part_of_runs(const char *program, uint64_t runs, uint64_t all,
				struct arena *arena)
{
	if (all == 1)
		return arena_printf(arena, "the one run of %s", program);
	return arena_printf(arena, "%s of %s runs of %s", human_count(runs).text,
			    human_count(all).text, program);
}

/* The other verdicts, the gravest first. What a row is, stands before its sentence wherever that is
 * printed; only that it leaks is said again, for who cites the sentence alone. */
static const char *elsewhere(const struct model_site_runs *runs, enum verdict verdict,
			     struct arena *arena)
{
	const char *text = "";

	for (int gravity = VERDICTS; gravity-- > 0;) {
		for (enum verdict v = 0; v < VERDICTS; v++)
			if (verdict_gravity(v) == gravity && v != verdict && runs->verdicts[v])
				text = arena_printf(arena, "%s, %s in %s", text, phrases[v],
						    human_count(runs->verdicts[v]).text);
	}
	return text;
}

const char *remarks_why(const struct model_site *site, struct arena *arena)
{
	const struct model_site_runs *runs = site->runs;
	bool leaky = site->verdict == VERDICT_LEAK || site->verdict == VERDICT_GROWING;
	const char *why = arena_printf(
		arena, "%sin %s%s", leaky ? arena_printf(arena, "%s ", phrases[site->verdict]) : "",
		part_of_runs(runs->program, runs->verdicts[site->verdict], runs->all, arena),
		elsewhere(runs, site->verdict, arena));

	if (runs->present < runs->all)
		why = arena_printf(arena, "%s, not there in %s", why,
				   human_count(runs->all - runs->present).text);
	if (site->live_bytes && runs->all > 1)
		why = arena_printf(arena, "%s; at most %s live at the end of one", why,
				   human_bytes(runs->largest_live_bytes, false).text);
	return why;
}

const char *remarks_finding(const char *program, uint64_t occurrences, uint64_t runs, uint64_t all,
			    struct arena *arena)
{
	return arena_printf(arena, "%s time%s in %s; the traces tell where",
			    human_count(occurrences).text, human_plural(occurrences),
			    part_of_runs(program, runs, all, arena));
}
