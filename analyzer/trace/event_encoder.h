/* SPDX-License-Identifier: MIT */
/*
 * event_encoder.h - events of one thread into the payload of an event chunk. Private to
 * analyzer/trace; the layout is in event_columns.h.
 */
#ifndef TENURE_EVENT_ENCODER_H
#define TENURE_EVENT_ENCODER_H

#include "chunk.h"
#include "event_columns.h"

struct event_encoder;

struct event_encoder *event_encoder_new(void);
void event_encoder_free(struct event_encoder *encoder);

/* Replaces the payload. The events are those of the prologue, stamps ascending; stacks above
 * stack_max, which no reader would take, become none. */
void event_encoder_run(struct event_encoder *encoder, const struct event_prologue *prologue,
		       const struct event_record *events, stack_id stack_max,
		       struct chunk_payload *payload);

#endif
