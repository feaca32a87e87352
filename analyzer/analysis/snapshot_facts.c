/* SPDX-License-Identifier: MIT */
#include "snapshot_facts.h"

static const char *cause_word(uint32_t cause)
{
	switch (cause) {
	case TRACE_SNAPSHOT_EXIT:
		return "exit";
	case TRACE_SNAPSHOT_REQUEST:
		return "request";
	case TRACE_SNAPSHOT_INTERVAL:
		return "interval";
	case TRACE_SNAPSHOT_CALL:
		return "call";
	default:
		return "unknown";
	}
}

static struct model_collector collector_of(const struct trace_snapshot *s)
{
	struct model_collector to = {.known = s->collector.known, .enabled = s->collector.enabled};

	for (int i = 0; i < PYTHON_GENERATIONS; i++) {
		const struct trace_python_generation *from = &s->collector.generations[i];

		to.generations[i] = (struct model_collector_generation){
			from->threshold, from->collections, from->collected, from->uncollectable};
	}
	return to;
}

static bool main_returned(const struct trace_snapshot *s)
{
	bool returned = false;

	for (uint32_t i = 0; i < s->thread_count; i++)
		returned |= s->threads[i].flags & TRACE_FROZEN_EMPTY;
	return returned;
}

void snapshot_facts(struct model_snapshot *to, const struct trace_snapshot *from)
{
	to->cause = cause_word(from->cause);
	to->main_returned = main_returned(from);
	to->pause_ns = from->pause_ns;
	to->read_bytes = from->read_bytes;
	to->unread_bytes = from->unread_bytes;
	to->threads = from->thread_count;
	to->collector = collector_of(from);
}
