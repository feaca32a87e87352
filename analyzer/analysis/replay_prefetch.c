/* SPDX-License-Identifier: MIT */
#include "replay_prefetch.h"

void replay_prefetch(const struct livemap *live, const struct tally *tally,
		     const struct trace_event *events, size_t count, uint32_t *hashes)
{
	const struct tally_site *sites[REPLAY_PREFETCH_EVENTS];
	uint8_t births[REPLAY_PREFETCH_EVENTS], releases[REPLAY_PREFETCH_EVENTS];
	size_t birth_count = 0, release_count = 0;

	for (size_t i = 0; i < count; i++) {
		bool is_release = events[i].kind == EVENT_FREE ||
				  events[i].kind == EVENT_REALLOC_BEGIN;

		hashes[i] = livemap_hash(events[i].address);
		livemap_prefetch_bucket(live, hashes[i]);
		if (tally)
			__builtin_prefetch(tally_index(tally, events[i].stack));
		releases[release_count] = births[birth_count] = (uint8_t)i;
		release_count += is_release;
		birth_count += !is_release;
	}
	for (size_t i = 0; i < count; i++)
		__builtin_prefetch(livemap_first(live, hashes[i]), 1);
	if (!tally)
		return;
	for (size_t i = 0; i < birth_count; i++) {
		uint32_t known = *tally_index(tally, events[births[i]].stack);
		const struct tally_site *site = &tally->sites[known ? known - 1 : 0];

		__builtin_prefetch(site, 1);
		__builtin_prefetch(&site->allocations, 1);
	}
	for (size_t i = 0; i < release_count; i++) {
		uint32_t site = livemap_first(live, hashes[releases[i]])->site;

		sites[i] = &tally->sites[site < tally->site_count ? site : 0];
		__builtin_prefetch(sites[i], 1);
	}
	for (size_t i = 0; i < release_count; i++)
		__builtin_prefetch(sites[i]->dead.list, 1);
}
