/* SPDX-License-Identifier: MIT */
/*
 * leak_injection.c - how well verdicts find leaks that are known because they were put there.
 *
 * Reads traces of real programs, chooses one in eight of the sites that release all they allocate
 * and still do so behind the first fifth of the run, and lets a share of their releases vanish. (A
 * leak in the start-up of a program alone looks like what the program keeps.) A site is found if
 * its verdict is then leak or growing. Sites that were left alone and are flagged count as false
 * alarms, also those that the program itself makes grow. Usage: leak_injection TRACE...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/analysis/judge.h"
#include "analyzer/analysis/replay.h"
#include "analyzer/util/array.h"

#define ALLOCATIONS_MIN 30u
#define LEAKED_MIN 3u /* blocks: fewer are no pattern, but they are counted apart */
#define ONE_IN 8u

static const double shares[] = {1, 0.3, 0.1, 0.03, 0.01};
#define SHARES (sizeof shares / sizeof *shares)

static struct score {
	unsigned injected, found, few, false_alarms, others;
} scores[SHARES];

static uint64_t mix(uint64_t value)
{
	value = (value ^ (value >> 31)) * 0x9e3779b97f4a7c15ull;
	value = (value ^ (value >> 29)) * 0xbf58476d1ce4e5b9ull;
	return value ^ (value >> 32);
}

static bool is_chosen(const struct tally *tally, const struct tally_site *site)
{
	uint32_t last = slices_at_stamp(&tally->slices, site->last_birth_stamp);

	return (last == tally->slices.current ||
		tally->slices.marks[last].clock > tally->clock / 5) &&
	       site->allocations >= ALLOCATIONS_MIN && !site->live_blocks && !site->resized &&
	       mix(site->stack) % ONE_IN == 0;
}

static void replay_with(struct replay *r, struct reader *reader, const bool *chosen, double share)
{
	struct tally_clock clock = {
		.start_stamp = reader_program(reader)->start_stamp,
		.last_stamp = reader_last_stamp(reader),
		.ns_per_stamp = 1,
	};
	struct trace_event event;
	uint64_t number = 0;

	clock.ns_per_stamp = (double)reader_elapsed_ns(reader, clock.last_stamp) /
			     (double)(clock.last_stamp - clock.start_stamp + 1);
	reader_rewind(reader);
	replay_init(r, reader_stack_count(reader), 1u << 16, &clock, NULL);
	while (reader_next(reader, &event)) {
		uint32_t hash = livemap_hash(event.address);
		const struct live_block *block = chosen && event.kind == EVENT_FREE
							 ? livemap_find(&r->live, event.address,
									hash)
							 : NULL;

		/* As if the program had forgotten it; a reused address then ends it unseen, so it
		 * gets one that nobody uses. */
		if (block && chosen[r->tally.sites[block->site].stack] &&
		    (double)(mix(++number) >> 11) * 0x1p-53 < share) {
			uint64_t elsewhere = event.address | 1ull << 60 | number << 48;
			struct live_block moved;
			struct live_block *to;
			bool found;

			livemap_take(&r->live, event.address, hash, &moved);
			to = livemap_put(&r->live, elsewhere, livemap_hash(elsewhere), &found);
			moved.address = to->address;
			moved.next = to->next;
			*to = moved;
			continue;
		}
		replay_event(r, &event);
	}
	replay_finish(r);
}

static void score(struct score *to, const struct replay *r, const bool *chosen)
{
	const struct tally *tally = &r->tally;
	uint8_t *traits = xcalloc(tally->site_count, sizeof *traits);
	struct judgement judgement;
	struct judge judge;

	judge_init(&judge, tally, tally->sites, tally->site_count, traits, VERDICT_GAP_NONE);
	for (size_t i = 0; i < tally->site_count; i++) {
		const struct tally_site *site = &tally->sites[i];
		enum verdict verdict;
		bool flagged;

		judge_site(&judge, i, NULL, &judgement);
		verdict = judgement.result.verdict;
		flagged = verdict == VERDICT_LEAK || verdict == VERDICT_GROWING;

		if (!chosen[site->stack]) {
			to->others += site->allocations >= ALLOCATIONS_MIN;
			to->false_alarms += flagged;
		} else if (site->live_blocks >= LEAKED_MIN) {
			to->injected++;
			to->found += flagged;
		} else {
			to->few += site->live_blocks > 0;
		}
	}
	judge_release(&judge);
	free(traits);
}

static bool inject(const char *path)
{
	struct trace_error error;
	struct reader *reader = reader_new(path, &error);
	struct replay r;
	bool *chosen;

	if (!reader) {
		fprintf(stderr, "%s: %s\n", path, error.message);
		return false;
	}
	chosen = xcalloc(reader_stack_count(reader) + 1, sizeof *chosen);
	replay_with(&r, reader, NULL, 0);
	for (size_t i = 0; i < r.tally.site_count; i++)
		chosen[r.tally.sites[i].stack] = is_chosen(&r.tally, &r.tally.sites[i]);
	replay_release(&r);
	for (size_t i = 0; i < SHARES; i++) {
		replay_with(&r, reader, chosen, shares[i]);
		score(&scores[i], &r, chosen);
		replay_release(&r);
	}
	free(chosen);
	reader_free(reader);
	return true;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: leak_injection TRACE...\n");
		return 2;
	}
	for (int i = 1; i < argc; i++)
		if (!inject(argv[i]))
			return 2;
	puts("releases lost  sites leaking  found  recall  under 3 blocks  false alarms  other sites");
	for (size_t i = 0; i < SHARES; i++)
		printf("%12.0f %%  %13u  %5u  %5.0f %%  %14u  %12u  %11u\n", 100 * shares[i],
		       scores[i].injected, scores[i].found,
		       scores[i].injected ? 100.0 * scores[i].found / scores[i].injected : 0.0,
		       scores[i].few, scores[i].false_alarms, scores[i].others);
	return 0;
}
