/* SPDX-License-Identifier: MIT */
#include "reasons.h"

#include "epochs.h"
#include "../util/human.h"

/* What the sentences about one site are made from. */
struct subject {
	const struct model_site *site;
	const struct judgement *judgement;
	const struct model_run *run;
	struct arena *arena;
};

#define SAY(subject, ...) arena_printf((subject)->arena, __VA_ARGS__)

static const char *count(const struct subject *s, uint64_t value)
{
	return SAY(s, "%s", human_count(value).text);
}

/* Numbers of blocks in evidence are of those that were recorded. */
static const char *blocks(const struct subject *s, uint64_t value)
{
	return SAY(s, "%s %sblock%s", human_count(value).text, s->run->sampled ? "sampled " : "",
		   human_plural(value));
}

static uint64_t all_recorded(const struct subject *s)
{
	return s->run->sampled ? s->site->sample.blocks : s->site->allocations;
}

static uint64_t live_recorded(const struct subject *s)
{
	return s->run->sampled ? s->site->sample.live_blocks : s->site->live_blocks;
}

static const char *bytes(const struct subject *s, uint64_t value)
{
	return SAY(s, "%s", human_bytes(value, false).text);
}

static const char *duration(const struct subject *s, uint64_t ns)
{
	return SAY(s, "%s", human_duration(ns).text);
}

static const char *age(const struct subject *s, uint64_t value)
{
	switch (s->run->age_clock) {
	case AGE_ALLOCATIONS:
		return SAY(s, "%s allocations", human_count(value).text);
	case AGE_NS:
		return duration(s, value);
	default:
		return SAY(s, "%s of allocations", human_bytes(value, false).text);
	}
}

/* " by 2.1 MiB a minute", or "" in a run too short for rates. */
static const char *by_rate(const struct subject *s, double bytes_per_s)
{
	uint64_t run_ns = s->run->duration_ns;

	if (run_ns < HUMAN_RATE_RUN_NS)
		return "";
	return SAY(s, " by %s", human_rate(bytes_per_s, run_ns, false).text);
}

/* How the live blocks stand to all that there were. */
static const char *still_live(const struct subject *s)
{
	const char *at = s->run->complete ? "at the end" : "where this trace stops";
	uint64_t live = live_recorded(s), all = all_recorded(s);

	if (all == 1)
		return SAY(s, "the only %sblock from here is still allocated %s",
			   s->run->sampled ? "sampled " : "", at);
	if (live == all)
		return SAY(s, "all %s from here are still allocated %s", blocks(s, live), at);
	return SAY(s, "%s of %s from here %s still allocated %s", count(s, live), blocks(s, all),
		   live == 1 ? "is" : "are", at);
}

static const char *last_release(const struct subject *s)
{
	const struct model_site *site = s->site;
	uint64_t end = s->run->duration_ns;

	if (!site->frees)
		return "none was ever released";
	return SAY(s, "none was released in the last %s",
		   duration(s, end > site->last_release_ns ? end - site->last_release_ns : 0));
}

/* What the others lived to, and the old age that follows from it. */
static const char *died_young(const struct subject *s)
{
	const struct evidence *e = &s->judgement->evidence;

	return e->old_age <= 4 ? "at once" : SAY(s, "before %s", age(s, e->old_age / 4));
}

static const char *reached_old(const struct subject *s)
{
	const struct evidence *e = &s->judgement->evidence;

	return SAY(s, "%s that %s", blocks(s, e->reached_old),
		   e->old_age <= 4 ? "lived on" : "reached four times that age");
}

/* "any of them", of blocks that were live at the snapshot. */
static const char *lost(const struct subject *s)
{
	const struct evidence *e = &s->judgement->evidence;

	if (e->lost_blocks == 1 && e->looked_at_blocks == 1)
		return "it";
	if (e->lost_blocks == e->looked_at_blocks)
		return e->lost_blocks == 2 ? "either of them" : "any of them";
	return SAY(s, "%s of them", count(s, e->lost_blocks));
}

static const char *why_leak(const struct subject *s)
{
	const struct evidence *e = &s->judgement->evidence;

	if (e->reachability_known && e->lost_blocks)
		return SAY(s, "%s; nothing points to %s any more", still_live(s), lost(s));
	return SAY(
		s,
		"%s, far older than the others got: 90 %% of those released died %s, but of %s %s "
		"did",
		still_live(s), died_young(s), reached_old(s),
		e->died_old ? SAY(s, "only %s", count(s, e->died_old)) : "none");
}

static const char *why_growing(const struct subject *s)
{
	const struct evidence *e = &s->judgement->evidence;

	if (s->judgement->result.by_time)
		return SAY(
			s, "%s; one more came every %s until the end; none was ever released",
			still_live(s),
			duration(s, (e->duration_ns - s->site->first_ns) / s->site->live_blocks));
	return SAY(s, "%s; their bytes grew%s until the end; %s", still_live(s),
		   by_rate(s, e->slope.slope), last_release(s));
}

static const char *why_cache(const struct subject *s)
{
	const struct evidence *e = &s->judgement->evidence;
	const struct model_site *site = s->site;

	if (site->frees > site->resized)
		return SAY(s, "%s, after at %s %s at a time: blocks are released as new ones come",
			   still_live(s), site->stacks > 1 ? "least" : "most",
			   bytes(s, site->own_peak_bytes));
	return SAY(s, "%s, but they have stopped growing: the most, %s, was reached after %s of %s",
		   still_live(s), bytes(s, site->own_peak_bytes), duration(s, e->record_ns),
		   duration(s, e->duration_ns));
}

static const char *why_startup(const struct subject *s)
{
	uint64_t newest_ns = s->judgement->evidence.newest_survivor_ns;

	if (newest_ns > s->run->duration_ns / 2)
		return SAY(s, "%s; none was ever released, and the last came after %s of %s",
			   still_live(s), duration(s, newest_ns), duration(s, s->run->duration_ns));
	return SAY(s, "%s, allocated in the first %s of %s and constant since", still_live(s),
		   duration(s, s->judgement->evidence.newest_survivor_ns),
		   duration(s, s->run->duration_ns));
}

static const char *why_unfreed(const struct subject *s)
{
	return SAY(s, "%s; nothing from here was ever released", still_live(s));
}

static const char *why_cleaned(const struct subject *s)
{
	const struct evidence *e = &s->judgement->evidence;

	if (verdict_grew_to_teardown(e) && e->blocks_at_teardown < all_recorded(s))
		return SAY(
			s,
			"%s, more than ever before, were live when the program began to end, and "
			"released then",
			blocks(s, e->blocks_at_teardown));
	if (all_recorded(s) == 1)
		return "the only block was kept until the last 2 % of the run and released then";
	return SAY(s, "all %s were kept until the last 2 %% of the run and released then",
		   blocks(s, all_recorded(s)));
}

static const char *why_balanced(const struct subject *s)
{
	return all_recorded(s) == 1
		       ? "the only block from here was released"
		       : SAY(s, "all %s from here were released", blocks(s, all_recorded(s)));
}

static const char *missing(const struct subject *s)
{
	switch (s->judgement->result.gap) {
	case VERDICT_GAP_EVENTS:
		return "; releases may be missing from this trace, so this proves nothing";
	case VERDICT_GAP_END:
		return "; what came of it is not in this trace";
	case VERDICT_GAP_STACKS:
		return "; whether they belong together is not known without stacks";
	default:
		return "";
	}
}

static const char *why_unknown(const struct subject *s)
{
	const struct model_site *site = s->site;

	if (!site->allocations)
		return site->failures == 1 ? "the only allocation asked for here failed"
					   : SAY(s, "all %s allocations asked for here failed",
						 count(s, site->failures));
	if (site->live_blocks)
		return SAY(s, "%s%s", still_live(s), missing(s));
	return SAY(s, "%s of %s from here were released%s%s",
		   count(s, evidence_recorded(&s->judgement->evidence, site->frees)),
		   blocks(s, all_recorded(s)),
		   site->frees != site->allocations ? ", the others unseen" : "", missing(s));
}

const char *reasons_why(const struct model_site *site, const struct judgement *judgement,
			const struct model_run *run, struct arena *arena)
{
	static const char *(*const sentences[])(const struct subject *) = {
		[VERDICT_UNKNOWN] = why_unknown, [VERDICT_LEAK] = why_leak,
		[VERDICT_GROWING] = why_growing, [VERDICT_CACHE] = why_cache,
		[VERDICT_STARTUP] = why_startup, [VERDICT_UNFREED] = why_unfreed,
		[VERDICT_CLEANED] = why_cleaned, [VERDICT_BALANCED] = why_balanced,
	};
	struct subject s = {site, judgement, run, arena};

	return sentences[site->verdict](&s);
}

/* The pieces of evidence, in the order of enum piece. */

static const char *about_reachability(const struct subject *s)
{
	const struct evidence *e = &s->judgement->evidence;

	if (e->hidden_blocks)
		return SAY(
			s,
			"nothing seemed to point to %s that %s released later: there are pointers "
			"in a form that is not recognised",
			blocks(s, e->hidden_blocks), e->hidden_blocks == 1 ? "was" : "were");
	if (!e->reachability_known)
		return "no snapshot of the heap tells whether anything still points to the blocks";
	if (!e->looked_at_blocks)
		return "no block from here was live when the snapshot was taken";
	if (!e->lost_blocks && e->garbage_blocks)
		return SAY(
			s, "%s of %s wait%s for Python's garbage collector: nothing else holds %s",
			count(s, e->garbage_blocks), blocks(s, e->looked_at_blocks),
			e->garbage_blocks == 1 ? "s" : "", e->garbage_blocks == 1 ? "it" : "them");
	if (!e->lost_blocks)
		return e->looked_at_blocks == 1 ? "the program can still reach the block"
						: SAY(s, "the program can still reach all %s",
						      blocks(s, e->looked_at_blocks));
	return SAY(s, "nothing points to %s of %s any more", count(s, e->lost_blocks),
		   blocks(s, e->looked_at_blocks));
}

static const char *about_trend(const struct subject *s)
{
	const struct judgement *j = s->judgement;
	const struct evidence *e = &j->evidence;
	const struct evidence_rise *rise = &e->by_allocations;

	if (j->result.by_time)
		return SAY(
			s,
			"blocks came in %s of %s equal parts of the time since the first; by chance with "
			"probability %.2g",
			count(s, e->by_time.records), count(s, e->by_time.points), j->p.by_time);
	if (!rise->points)
		return "too few allocations were made to tell a trend";
	if (!rise->tested)
		return SAY(s, "live bytes reached a new maximum in only %s of %s slices of the run",
			   count(s, rise->records), count(s, rise->points));
	return SAY(s,
		   "live bytes reached a new maximum in %s of %s slices of the run; by chance with "
		   "probability %.2g",
		   count(s, rise->records), count(s, rise->points), j->p.by_allocations);
}

static const char *about_persistence(const struct subject *s)
{
	const struct evidence *e = &s->judgement->evidence;
	const struct evidence_rise *rise = s->judgement->result.by_time ? &e->by_time
									: &e->by_allocations;

	if (!rise->points)
		return "too few allocations were made to tell";
	return SAY(s,
		   "%s of the new maxima lie in the third and %s in the fourth quarter of the run; "
		   "the second half has %.0f %% of the rise; the last maximum was after %s of %s",
		   count(s, rise->records_third), count(s, rise->records_fourth),
		   100 * rise->late_share, duration(s, e->record_ns), duration(s, e->duration_ns));
}

static const char *about_retention(const struct subject *s)
{
	const struct evidence *e = &s->judgement->evidence;

	if (s->judgement->result.by_time)
		return "no block from here was ever released";
	if (!e->by_allocations.points)
		return "too few allocations were made to tell";
	return SAY(s, "of %s live at three quarters of the run %s stayed to the end",
		   blocks(s, e->blocks_then), count(s, e->kept_of_them));
}

static const char *about_rate(const struct subject *s)
{
	const struct evidence *e = &s->judgement->evidence;

	if (!e->old_survivors)
		return e->old_age ? "no survivor is that old" : "no survivor is old enough to tell";
	return SAY(
		s,
		"of the last third of the births %.2g times as many survive as of all; %.0f %% of "
		"the births were in the second half of the run",
		e->late_rate, 100 * e->late_births);
}

static const char *about_spread(const struct subject *s)
{
	const struct evidence *e = &s->judgement->evidence;

	if (!e->old_survivors)
		return "no survivor is old enough to tell";
	return SAY(
		s,
		"survivors were born in %s slices of the run, where chance would have it in %.0f",
		count(s, e->filled), e->filled_expected);
}

static const char *about_old_age(const struct subject *s)
{
	const struct evidence *e = &s->judgement->evidence;

	if (!e->old_age)
		return "too few blocks were released to tell what age is old";
	return SAY(s, "90 %% of the released blocks died %s; of %s %s died", died_young(s),
		   reached_old(s), count(s, e->died_old));
}

static const char *about_round_trips(const struct subject *s)
{
	if (!s->run->marks)
		return "the program marked no epochs";
	if (!s->site->epochs) /* a group */
		return "epochs that the program marked are told of single call stacks only";
	if (!s->site->epoch_count)
		return "no block that is live at the end is from an epoch that the program marked";
	return SAY(
		s,
		"of the epochs that the program marked, those of %s%s name%s have blocks that are "
		"live at the end; the verdict does not rest on it",
		count(s, s->site->epoch_count),
		s->site->epoch_count == EPOCHS_OF_SITE ? " or more" : "",
		human_plural(s->site->epoch_count));
}

static const struct {
	const char *name;
	const char *(*sentence)(const struct subject *);
} pieces[PIECE_COUNT] = {
	[PIECE_REACHABILITY] = {"reachability", about_reachability},
	[PIECE_TREND] = {"growth", about_trend},
	[PIECE_PERSISTENCE] = {"persistence", about_persistence},
	[PIECE_RETENTION] = {"retention", about_retention},
	[PIECE_OLD_AGE] = {"old-age", about_old_age},
	[PIECE_RATE] = {"rate", about_rate},
	[PIECE_SPREAD] = {"spread", about_spread},
	[PIECE_ROUND_TRIPS] = {"round-trips", about_round_trips},
};

void reasons_give(struct model_site *site, const struct judgement *judgement)
{
	site->verdict = judgement->result.verdict;
	site->confidence = judgement->result.confidence;
	if (site->verdict == VERDICT_CLEANED && verdict_grew_to_teardown(&judgement->evidence)) {
		site->teardown_blocks = (uint64_t)((double)judgement->evidence.blocks_at_teardown /
						   judgement->evidence.recorded_share);
		site->teardown_bytes = judgement->evidence.bytes_at_teardown;
	}
}

void reasons_list(struct model_site *site, const struct judgement *judgement,
		  const struct model_run *run, struct arena *arena)
{
	struct model_evidence *evidence = arena_alloc(arena, PIECE_COUNT * sizeof *evidence);
	struct subject s = {site, judgement, run, arena};

	for (int i = 0; i < PIECE_COUNT; i++)
		evidence[i] = (struct model_evidence){
			.name = pieces[i].name,
			.known = judgement->result.pieces[i] != ANSWER_UNKNOWN,
			.leaky = judgement->result.pieces[i] == ANSWER_YES,
			.sentence = pieces[i].sentence(&s),
		};
	site->why = reasons_why(site, judgement, run, arena);
	site->evidence = evidence;
	site->evidence_count = PIECE_COUNT;
}
