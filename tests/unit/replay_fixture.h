/* SPDX-License-Identifier: MIT */
/*
 * replay_fixture.h - a replay, and a short way to feed it events of one thread in order.
 */
#ifndef TENURE_REPLAY_FIXTURE_H
#define TENURE_REPLAY_FIXTURE_H

#include "analyzer/analysis/replay.h"

static struct replay r;
static uint64_t stamp; /* of the last event */

static inline void put(uint8_t kind, uint64_t address, uint64_t size, stack_id stack)
{
	replay_event(&r, &(struct trace_event){
				 .stamp = ++stamp,
				 .address = address,
				 .size = size,
				 .stack = stack,
				 .thread = 1,
				 .kind = kind,
				 .api = kind == EVENT_FREE ? API_FREE : API_MALLOC,
			 });
}

#endif
