/* SPDX-License-Identifier: MIT */
/*
 * replay_prefetch.h - starts loading what events will need before they are replayed, in steps since one leads
 * to the next. Private to replay.c.
 *
 * What kind the next event is cannot be foreseen, and a jump costs more than loading something in vain:
 * so births and releases are told apart once, without one.
 */
#ifndef TENURE_REPLAY_PREFETCH_H
#define TENURE_REPLAY_PREFETCH_H

#include "../trace/trace.h"
#include "livemap.h"
#include "tally.h"

#define REPLAY_PREFETCH_EVENTS 64u /* at most */

/* hashes[i] becomes that of events[i]'s address. There must be live blocks. tally: where they will be
 * counted, with a site at least; NULL: nowhere. */
void replay_prefetch(const struct livemap *live, const struct tally *tally,
		     const struct trace_event *events, size_t count, uint32_t *hashes);

#endif
