/* SPDX-License-Identifier: MIT */
/*
 * findings.h - errors that the record of allocations and releases proves by itself.
 *
 * Mismatched releases and failures are seen while the trace is replayed. The release of an address
 * that is not live is only a suspicion then: findings_resolve replays the trace once more, with an
 * eye on the suspected addresses alone, and tells double frees, addresses inside a live block and
 * foreign ones apart, without a limit on how long ago a block died. Nothing is claimed on a trace
 * that may lack events; what could not be decided is counted instead.
 */
#ifndef TENURE_FINDINGS_H
#define TENURE_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../model.h"
#include "../trace/reader.h"
#include "replay.h"

/* Occurrences of one error at one place. */
struct finding {
	enum finding_rule rule;
	uint8_t allocation_api, release_api, first_release_api; /* API_NONE if unknown */
	bool injected;
	uint16_t error_number; /* of a failure */
	stack_id allocation; /* 0: unknown or none */
	stack_id release; /* the fullest seen; of a failure, the failing call */
	stack_id first_release;
	/* Of the stack only the innermost frame is this event's, see fullest_borrow. */
	bool release_borrowed, first_release_borrowed;
	uint64_t occurrences;
	uint64_t bytes; /* of the first block, or wanted first */
	uint64_t distance_bytes; /* FINDING_INTERIOR_FREE: from the block's start */
	uint64_t first_stamp;
};

struct suspect; /* an address that was released although it was not live */

struct findings {
	/* Results */
	struct finding *list;
	size_t count;
	bool certain; /* valid after findings_resolve: rules other than failures are reported */
	uint64_t undecided_releases; /* of addresses that were not live */
	uint64_t undecided_mismatches;
	uint64_t inherited; /* releases of blocks that a forked process got from its parent */

	/* Own */
	size_t capacity;
	uint32_t *groups; /* hash table of index + 1 into list */
	size_t group_bits;
	uint64_t *suspected; /* addresses: a hash set, then sorted to search in */
	size_t suspected_count;
	struct suspect *suspects;
	uint64_t unknown_releases, mismatches;
	bool unexplained; /* an address came back that was never seen to be released */
	const struct reader *reader;
	struct replay_observer observer;
};

/* Watch a replay of this reader by passing &f->observer to it. */
void findings_init(struct findings *f, const struct reader *reader);

/* After the replay: decides. Rewinds and reads the trace again if there is a suspicion. */
void findings_resolve(struct findings *f, struct reader *reader, const struct replay *replay);

void findings_release(struct findings *f);

#endif
