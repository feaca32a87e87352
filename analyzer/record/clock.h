/* SPDX-License-Identifier: MIT */
/*
 * clock.h - reads the clock of the stamps and CLOCK_MONOTONIC together.
 */
#ifndef TENURE_RECORD_CLOCK_H
#define TENURE_RECORD_CLOCK_H

#include <stdint.h>

#include "../trace/trace.h"

/* kind: enum clock_kind. The stamp lies between two readings of the other clock; of a few tries
 * the narrowest counts, monotonic_ns is its middle. */
struct trace_clock clock_read(uint32_t kind);

/* How long a unit of stamps is, measured on this machine. */
double clock_ns_per_stamp(uint32_t kind);

#endif
