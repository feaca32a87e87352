/* SPDX-License-Identifier: MIT */
#include "build.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "findings.h"
#include "frames.h"
#include "heap.h"
#include "modules.h"
#include "overview.h"
#include "reachability.h"
#include "replay.h"
#include "run.h"
#include "savings.h"
#include "sites.h"

/* How long an interpreter may take to take itself apart: so long, or such a part of the time before. */
#define TEARDOWN_NS 1000000000ull
#define TEARDOWN_SHARE 10

static int compare_findings(const void *a, const void *b)
{
	const struct model_finding *x = a;
	const struct model_finding *y = b;

	if (x->severity != y->severity)
		return x->severity < y->severity ? -1 : 1;
	if (x->occurrences != y->occurrences)
		return x->occurrences < y->occurrences ? 1 : -1;
	return x->first_ns < y->first_ns ? -1 : x->first_ns > y->first_ns;
}

/* By where it went wrong; or, if that was not recorded, by where the block came from. */
static void identify(struct model_finding *finding, const char *program)
{
	const struct model_stack *stack = finding->release.frame_count ? &finding->release
								       : &finding->allocation;

	finding->fingerprint = frames_fingerprint(stack, program);
	if (finding->fingerprint)
		finding->fingerprint += finding->rule;
	finding->nameless = frames_lack_names(stack);
}

static void build_findings(struct build *b, struct frames *frames, const struct findings *findings,
			   const struct reader *reader, const uint32_t *ids)
{
	struct model_finding *list = arena_alloc(&b->arena, findings->count * sizeof *list);

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *from = &findings->list[i];
		stack_id site = from->rule == FINDING_ALLOCATION_FAILURE ? from->release
									 : from->allocation;

		explain_finding(&list[i], from, &b->arena);
		list[i].site = site ? ids[site] : 0;
		list[i].first_ns = reader_elapsed_ns(reader, from->first_stamp);
		list[i].allocation = frames_stack(frames, from->allocation, false);
		list[i].release = frames_stack(frames, from->release, from->release_borrowed);
		list[i].first_release = frames_stack(frames, from->first_release,
						     from->first_release_borrowed);
		identify(&list[i], b->model.run.program);
	}
	qsort(list, findings->count, sizeof *list, compare_findings);
	b->model.findings = list;
	b->model.finding_count = (uint32_t)findings->count;
}

static void build_notes(struct build *b, const struct frames *frames)
{
	uint32_t modules = reader_module_count(frames->reader);

	b->notes = arena_alloc(&b->arena, modules * sizeof *b->notes);
	for (module_id id = 1; id <= modules; id++) {
		const char *note = frames_note(frames, id);

		if (*note)
			b->notes[b->note_count++] = arena_printf(
				&b->arena, "%s: %s", reader_module(frames->reader, id)->path, note);
	}
}

/* Where one release of so many passed us by, what is live is anybody's guess at every site; where
 * fewer did, at the sites whose blocks were seen to come back. */
#define UNSEEN_PART 1000

/* At the end of a trace that is still being written some threads are ahead of others: who takes a block
 * that one of these has released takes one that still seems to be in use. Up to the last snapshot
 * there is everything. */
static bool lacks_releases(const struct model_run *run, const struct reachability *reachability)
{
	if (!run->complete && reachability->reached)
		return reachability->unseen_releases > reachability->frees / UNSEEN_PART;
	return run->unseen_releases > run->frees / UNSEEN_PART;
}

static enum verdict_gap find_gap(const struct build *b, const struct reader *reader,
				 const struct build_options *options,
				 const struct reachability *reachability)
{
	const struct model_run *run = &b->model.run;
	const struct trace_end *end = reader_end(reader);
	uint32_t flags = reader_program(reader)->flags | (end ? end->flags : 0);

	if (run->lost_events || lacks_releases(run, reachability) ||
	    flags & (REGION_OWN_ALLOCATOR | REGION_DEEPBIND))
		return VERDICT_GAP_EVENTS;
	if (flags & REGION_NO_STACKS)
		return VERDICT_GAP_STACKS;
	if (!run->complete || end->kind == TRACE_END_DETACHED || options->until_stamp)
		return VERDICT_GAP_END;
	return VERDICT_GAP_NONE;
}

static const char *explain_gap(enum verdict_gap gap)
{
	switch (gap) {
	case VERDICT_GAP_EVENTS:
		return "releases may be missing from the trace, so what is live may be dead";
	case VERDICT_GAP_STACKS:
		return "call stacks were not recorded, so nothing tells the sites apart";
	case VERDICT_GAP_END:
		return "the trace ends before its program did, so what was live then may have been "
		       "released";
	default:
		return "";
	}
}

/* What the readings of a trace bring. */
struct readings {
	struct replay replay;
	struct findings findings;
	struct heap heap;
	struct lexis lexis;
	struct releasers releasers;
	struct site_threads threads;
	struct buffers buffers;
	struct reachability reachability;
};

/* What is known of every site and of what they do to the heap, and findings. */
static void build_details(struct build *b, struct reader *reader, struct readings *readings,
			  const struct build_options *options)
{
	struct frames frames = {.reader = reader, .arena = &b->arena};
	const struct replay *replay = &readings->replay;
	struct sites sites = {
		.reader = reader,
		.frames = &frames,
		.tally = &replay->tally,
		.run = &b->model.run,
		.arena = &b->arena,
		.gap = find_gap(b, reader, options, &readings->reachability),
		.heap = options->pages ? &readings->heap : NULL,
		.releasers = options->details ? &readings->releasers : NULL,
		.threads = options->threads ? &readings->threads : NULL,
		.reachability = &readings->reachability,
		.ages = options->ages,
		.epochs = &replay->epochs,
	};

	b->model.run.gap = explain_gap(sites.gap);
	if (sites.gap == VERDICT_GAP_EVENTS)
		reachability_doubt(&readings->reachability);
	frames.symbols = b->symbols = symbols_new();
	if (options->sources)
		frames.sources = sources_new(&b->arena);
	releasers_sort(&readings->releasers);
	if (options->threads)
		site_threads_sort(&readings->threads, &b->model);
	sites_build(&sites, &b->model, &options->shown);
	reachability_build(&readings->reachability, &b->model, &frames, &replay->tally, sites.ids);
	savings_build(&b->model, &sites, &readings->buffers);
	groups_remark(&sites);
	groups_build(&sites, &b->model, options->groupings, &options->shown);
	if (options->pages)
		heap_build(&readings->heap, &b->model, &b->arena, reader, replay, sites.ids);
	if (options->details)
		lexis_build(&readings->lexis, &b->model, &b->arena, reader, &replay->tally,
			    sites.ids);
	build_findings(b, &frames, &readings->findings, reader, sites.ids);
	build_notes(b, &frames);
	sites_release(&sites);
	sources_free(frames.sources);
	frames_release(&frames);
}

/*
 * When the program's interpreter began to take itself apart, if that was all that it did until the process
 * ended; else 0. A program that merely had one in it goes on for longer.
 */
static uint64_t teardown_of(const struct reader *reader, const struct build_options *options)
{
	const struct trace_python *python = reader_python(reader);
	uint64_t end_ns = reader_elapsed_ns(reader, reader_last_stamp(reader)), began_ns;

	if (!python || !python->teardown_stamp || options->to_the_end || options->until_stamp)
		return 0;
	began_ns = reader_elapsed_ns(reader, python->teardown_stamp);
	if (end_ns - began_ns > TEARDOWN_NS && end_ns - began_ns > began_ns / TEARDOWN_SHARE)
		return 0;
	return python->teardown_stamp;
}

/*
 * The trace is read up to three times: once for nearly everything; up to the peak, to see how blocks
 * lie there; and once more if there are releases that need judging. Live blocks of one reading are
 * given up before the next.
 */
void build_model(struct build *b, struct reader *reader, const char *trace_path,
		 const struct build_options *options)
{
	const struct generations_rule *rule = options->generations ? options->generations
								   : &generations_default;
	bool details = options->details && !options->run_only;
	struct readings readings;
	struct replay *replay = &readings.replay;
	struct replay_options replay_options = {
		.clock = rule->clock,
		.pages = options->pages && !options->run_only,
		.since_stamp = options->since_stamp,
		.until_stamp = options->until_stamp,
		.lexis = details ? &readings.lexis : NULL,
		.releasers = details ? &readings.releasers : NULL,
		.threads = options->threads && !options->run_only ? &readings.threads : NULL,
		.buffers = reader_python(reader) && !options->run_only ? &readings.buffers : NULL,
		.observer = &readings.findings.observer,
	};
	struct build_options without_pages = *options;
	uint64_t teardown_stamp = teardown_of(reader, options);
	struct model_run *run = &b->model.run;

	if (teardown_stamp)
		replay_options.until_stamp = teardown_stamp;
	/* Of a page that has a recorded block, the others are not known. */
	if (reader_program(reader)->sample_interval_bytes) {
		without_pages.pages = replay_options.pages = false;
		options = &without_pages;
	}
	memset(b, 0, sizeof *b);
	b->model.snapshot = (struct model_snapshot){.missing = "", .cause = ""};
	memset(&readings, 0, sizeof readings);
	findings_init(&readings.findings, reader);
	readings.reachability.teardown_stamp = teardown_stamp;
	if (!options->run_only)
		reachability_watch(&readings.reachability, reader, &replay_options);
	replay_run(replay, reader, &replay_options);
	reachability_follow(&readings.reachability, replay);
	memcpy(b->events_by_kind, replay->events_by_kind, sizeof b->events_by_kind);
	generations_resolve(rule, generations_turnover(&replay->tally), run->generation_ages);
	if (replay_options.pages)
		heap_survey_end(&readings.heap, replay, run->generation_ages[GENERATIONS - 2],
				options->details);
	if (replay_options.threads)
		site_threads_count_survivors(&readings.threads, &replay->tally, &replay->live,
					     run->generation_ages);
	livemap_release(&replay->live);
	if (options->run_only)
		reachability_check_words(reader);
	else
		reachability_find(&readings.reachability, replay);
	findings_resolve(&readings.findings, reader, replay);
	run_describe(run, &b->arena, reader, trace_path, replay, &readings.findings);
	run->teardown_ns = teardown_stamp ? reader_elapsed_ns(reader, teardown_stamp) : 0;
	run->since_ns = options->since_stamp ? reader_elapsed_ns(reader, options->since_stamp) : 0;
	run->until_ns = options->until_stamp ? reader_elapsed_ns(reader, options->until_stamp) : 0;
	if (!options->run_only) {
		overview_build(&b->model, &b->arena, reader, &replay->tally, rule);
		epochs_build(&replay->epochs, &b->model, &b->arena, &replay->tally);
		modules_build(&b->model, &b->arena, reader);
		if (details)
			overview_resident(&b->model, &b->arena, reader);
		if (replay_options.pages)
			heap_survey_peak(&readings.heap, reader, replay);
		build_details(b, reader, &readings, options);
	}
	heap_release(&readings.heap);
	reachability_release(&readings.reachability);
	findings_release(&readings.findings);
	replay_release(replay);
	lexis_release(&readings.lexis);
	releasers_release(&readings.releasers);
	site_threads_release(&readings.threads);
	buffers_release(&readings.buffers);
}

void build_release(struct build *b)
{
	if (b->symbols)
		symbols_free(b->symbols);
	arena_release(&b->arena);
	memset(b, 0, sizeof *b);
}
