/* SPDX-License-Identifier: MIT */
/*
 * event_decoder.h - the payload of an event chunk back into events. Private to analyzer/trace; the
 * layout is in event_columns.h. Safe with any bytes.
 */
#ifndef TENURE_EVENT_DECODER_H
#define TENURE_EVENT_DECODER_H

#include <stddef.h>

#include "event_columns.h"

struct event_decoder;

struct event_decoder *event_decoder_new(void);
void event_decoder_free(struct event_decoder *decoder);

/* Reads the first EVENTS_PROLOGUE_BYTES of a payload. Returns NULL, or what is wrong. */
const char *event_decoder_prologue(const uint8_t *payload, struct event_prologue *prologue);

/*
 * Decodes a payload that is at least EVENTS_PROLOGUE_BYTES long into events, which has room for
 * prologue->count. Stacks above stack_max are refused. Returns NULL, or what is wrong.
 */
const char *event_decoder_run(struct event_decoder *decoder, const uint8_t *payload,
			      size_t payload_bytes, const struct event_prologue *prologue,
			      stack_id stack_max, struct trace_event *events);

#endif
