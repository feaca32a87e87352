/* SPDX-License-Identifier: MIT */
/*
 * event_encoder.h - events of one thread into the payload of an event chunk. Private to
 * analyzer/trace; the layout is in event_columns.h.
 */
#ifndef TENURE_EVENT_ENCODER_H
#define TENURE_EVENT_ENCODER_H

#include "chunk.h"
#include "trace.h"

struct event_encoder;

struct event_encoder *event_encoder_new(void);
void event_encoder_free(struct event_encoder *encoder);

/* Replaces the payload. 1 to EVENTS_PER_CHUNK_MAX events, all of one thread, stamps ascending. */
void event_encoder_run(struct event_encoder *encoder, const struct trace_event *events,
		       uint32_t count, struct chunk_payload *payload);

#endif
